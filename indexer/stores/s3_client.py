"""The line to an object store: a client of s3fs that can list and read, and refuses to send anything else.

Credentials come from the environment, a profile or the machine's role, as the client's makers define it; they are in no
settings of ours and in no message. Every failure is told as `Trouble`, whose words are ours: those of a server or of
the client may hold addresses with queries in them, or worse.
"""

import importlib.util
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.errors import ConfigError
from domain.wording import say
from indexer.stores.base import Addressing
from indexer.stores.object_walk import Page
from indexer.stores.walking import Entry

READING = frozenset({"ListObjectsV2", "GetObject", "HeadObject", "HeadBucket", "GetBucketLocation", "CreateSession"})
"""All that may be sent. CreateSession is how directory buckets give short credentials to a reader."""
METHODS = frozenset({"GET", "HEAD"})
PAGE = 1000
GONE = frozenset({"NoSuchKey", "404"})
WHOLE = frozenset(
    {
        *("NoSuchBucket", "InvalidBucketName", "AccountProblem", "AllAccessDisabled", "AuthorizationHeaderMalformed"),
        *("InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"),
        "RequestTimeTooSkewed",
    }
)
"""Codes that are about the store and about no single object."""
CHATTY = ("botocore", "aiobotocore", "s3fs", "fsspec", "aiohttp", "urllib3", "asyncio")
"""Loggers that tell headers of requests, signatures and tokens among them, when all is to be logged."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request is waited for, and how often it is sent (500, 503, slow down, broken lines), ever later."""

    connect_s: float = 10.0
    read_s: float = 60.0
    attempts: int = 5


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Access:
    """How a store's server is spoken to; the same for many stores of one server."""

    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    addressing: Addressing = Addressing.AUTO
    ca_file: str | None = None


class Trouble(Exception):
    """A request that came to nothing: the server's code ("" where there was no answer), and what it means in words."""

    def __init__(self, code: str, status: int, said: str) -> None:
        super().__init__(said)
        self.code, self.status, self.said = code, status, said

    @property
    def gone(self) -> bool:
        """Whether the object is not there."""
        return self.code in GONE or (self.status == 404 and self.code not in WHOLE)

    @property
    def whole(self) -> bool:
        """Whether it is about the store, not about one object."""
        return not self.code or self.code in WHOLE


@dataclass(frozen=True, slots=True)
class Got:
    """A part of an object, the size of the whole, and which version of it that was."""

    content: bytes
    size: int
    etag: str
    modified_at: datetime


@dataclass(slots=True)
class Client:
    """Listing and reading in one server's buckets; for any number of threads. Counts requests and bytes of objects."""

    access: Access
    patience: Patience = field(default_factory=lambda: PATIENCE)
    sent: int = 0
    fetched: int = 0
    _system: Any = None
    _guarded: Any = None

    def page(self, bucket: str, asked: Mapping[str, Any]) -> Page:
        """One page of a listing. Raises Trouble."""
        answer = self._run(self._answer, "list_objects_v2", {"Bucket": bucket, "MaxKeys": PAGE, **asked})
        if "IsTruncated" not in answer:  # a page of some proxy would pass for an empty bucket
            raise Trouble("", 0, say("服务器的应答不是对象清单", "the server's answer is no listing"))
        try:
            objects = [_entry(one) for one in answer.get("Contents", ())]
            prefixes = [one["Prefix"] for one in answer.get("CommonPrefixes", ())]
        except (LookupError, ValueError, TypeError) as error:
            raise trouble(error) from None
        return Page(objects, prefixes, answer.get("NextContinuationToken") if answer.get("IsTruncated") else None)

    def get(self, bucket: str, key: str, part: tuple[int, int], etag: str | None = None) -> Got:
        """The bytes from a first to before a last place, fewer at the end; with `etag` of that version only."""
        asked = {"Bucket": bucket, "Key": key, "Range": f"bytes={part[0]}-{part[1] - 1}"}
        got: Got = self._run(self._part, asked | ({"IfMatch": etag} if etag else {}), part)
        return got

    def _run(self, work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        from fsspec.asyn import sync

        system = self._connected()
        return sync(system.loop, work, *arguments)

    def _connected(self) -> Any:
        if self._system is None:
            import s3fs

            for name in CHATTY:
                _no_more_than_news(logging.getLogger(name))
            self._system = s3fs.S3FileSystem(
                endpoint_url=self.access.endpoint,
                client_kwargs=_given(region_name=self.access.region, verify=self.access.ca_file),
                config_kwargs=_config(self.access, self.patience),
                use_listings_cache=False,  # a listing that is remembered would hide what has come and gone
                skip_instance_cache=True,
                **_given(profile=self.access.profile),
            )
        return self._system

    async def _client(self) -> Any:
        client = await self._system.set_session()
        if client is not self._guarded:
            client.meta.events.register_first("before-call.s3", refuse_writing)
            client.meta.events.register_first("before-send.s3", self._refuse_method)
            self._guarded = client
        return client

    def _refuse_method(self, request: Any, **_: Any) -> None:
        """The last look at what leaves this process."""
        if request.method not in METHODS:
            raise PermissionError(f"a store is only read: {request.method} is never sent")
        self.sent += 1

    async def _answer(self, operation: str, asked: Mapping[str, Any]) -> Any:
        try:
            return await getattr(await self._client(), operation)(**asked)
        except troubles() as error:
            raise trouble(error) from None

    async def _part(self, asked: Mapping[str, Any], part: tuple[int, int]) -> Got:
        """With its body; a line that breaks inside the body is tried again like one that breaks before it."""
        for left in reversed(range(max(1, self.patience.attempts))):
            try:
                answer = await (await self._client()).get_object(**asked)
                async with answer["Body"] as body:
                    content = await body.read()
                self.fetched += len(content)
                return _got(answer, content, part)
            except troubles() as error:
                told = trouble(error)
                if told.code or not left or not _broke(error):
                    raise told from None
        raise AssertionError


_clients: dict[tuple[int, Access], Client] = {}
_lock = threading.Lock()


def client_of(access: Access) -> Client:
    """The line of this process to a server, opened once and at the first request: opening one takes a while."""
    with _lock:
        return _clients.setdefault((os.getpid(), access), Client(access))


def require_client(name: str) -> None:
    """Raises ConfigError where the package for object stores is not installed."""
    if importlib.util.find_spec("s3fs") is None:
        zh = f"stores.{name}.location：s3:// 需要软件包 s3fs（pip install 'bwc-compliance[s3]'），本机未安装"
        en = f"stores.{name}.location: s3:// needs the package s3fs (pip install 'bwc-compliance[s3]'), not installed"
        raise ConfigError(say(zh, en))


def refuse_writing(model: Any, **_: Any) -> None:
    """Before anything is sent: a guard in depth, since no code of ours asks for more."""
    if model.name not in READING:
        raise PermissionError(f"a store is only read: {model.name} is never sent")


def _config(access: Access, patience: Patience) -> dict[str, Any]:
    return {
        "connect_timeout": patience.connect_s,
        "read_timeout": patience.read_s,
        "retries": {"mode": "standard", "total_max_attempts": patience.attempts},
        "s3": {"addressing_style": access.addressing.value},
        # sums over whole bodies are of no use for ranges, and not every server knows them
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    }


def _given(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _no_more_than_news(logger: logging.Logger) -> None:
    if logger.getEffectiveLevel() < logging.INFO:
        logger.setLevel(logging.INFO)


def _entry(one: Mapping[str, Any]) -> Entry:
    return one["Key"], int(one["Size"]), int(_whole_seconds(one["LastModified"]).timestamp()) * 1_000_000


def _whole_seconds(moment: datetime) -> datetime:
    """Listings of some servers have milliseconds, headers never have: both are to say the same."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _got(answer: Mapping[str, Any], content: bytes, part: tuple[int, int]) -> Got:
    stated = str(answer.get("ContentRange", "")).rpartition("/")[2]
    size = int(stated) if stated.isdecimal() else -1
    if size < 0 or len(content) != min(part[1], size) - part[0]:
        zh, en = "服务器未按所请求的字节范围应答", "the server did not answer with the range that was asked for"
        raise Trouble("Range", 0, say(zh, en))
    return Got(content, size, str(answer.get("ETag", "")), _whole_seconds(answer["LastModified"]))


def troubles() -> tuple[type[Exception], ...]:
    """What a request may raise beside what our own guards raise."""
    import aiohttp
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    # ValueError: an address that is none, a time in an answer that is none
    kinds = (ClientError, BotoCoreError, ResponseParserError, aiohttp.ClientError)
    return (*kinds, TimeoutError, ConnectionError, ValueError)


def _broke(error: Exception) -> bool:
    """Whether a line broke inside a body; what goes wrong before that, the client has tried again already."""
    import aiohttp
    from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    kinds = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError, aiohttp.ClientError, TimeoutError)
    return isinstance(error, (*kinds, ConnectionError))


def trouble(error: Exception) -> Trouble:
    """An error of the client as ours."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, Mapping):
        name = type(error).__name__
        zh, en = WORDS.get(name, ("无法与服务器通信", "the server cannot be spoken to"))
        return Trouble("", 0, say(f"{zh}（{name}）", f"{en} ({name})"))
    code = str(answer.get("Error", {}).get("Code", ""))[:60] or "unknown"
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    zh, en = WORDS.get(code, ("服务器拒绝", "refused by the server"))
    return Trouble(code, status, say(f"{zh}（{code}，HTTP {status}）", f"{en} ({code}, HTTP {status})"))


WORDS: Mapping[str, tuple[str, str]] = {
    "EndpointConnectionError": ("无法连接服务器", "the server cannot be reached"),
    "ConnectTimeoutError": ("连接服务器超时", "connecting to the server took too long"),
    "HTTPClientError": (
        "无法建立连接（地址、证书文件或重定向）",
        "no line can be had (address, certificates, redirection)",
    ),
    "ReadTimeoutError": ("服务器应答超时", "the server took too long to answer"),
    "SSLError": ("TLS 证书或连接无效", "the server's certificate or TLS line is not valid"),
    "NoCredentialsError": ("没有访问凭据", "there are no credentials"),
    "PartialCredentialsError": ("访问凭据不完整", "the credentials are not complete"),
    "ProfileNotFound": ("没有所配置的凭据档案", "the configured profile of credentials does not exist"),
    "NoSuchBucket": ("存储桶不存在", "there is no such bucket"),
    "NoSuchKey": ("对象不存在", "there is no such object"),
    "AccessDenied": ("无读取权限", "access is denied"),
    "403": ("无读取权限", "access is denied"),
    "InvalidAccessKeyId": ("访问凭据无效", "the credentials are not valid"),
    "SignatureDoesNotMatch": ("访问凭据无效", "the credentials are not valid"),
    "ExpiredToken": ("访问凭据已过期", "the credentials have expired"),
    "RequestTimeTooSkewed": ("本机时钟与服务器相差过大", "the clocks of this machine and the server differ too much"),
    "InvalidObjectState": ("对象已归档，须先取回", "the object is archived and must be restored first"),
    "PreconditionFailed": ("打开后对象有变化", "the object has changed since it was opened"),
    "SlowDown": ("服务器限流", "the server asks for fewer requests"),
}
