"""A bucket of an object store, or what lies below a prefix of it, as a store (S3 and what speaks like it).

What a listing says of an object is its size and the time at which the server took it, in whole seconds. There are no
folders, links or hidden attributes: folders are made of the names. See `docs/design/objects.md`.
"""

import errno
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from domain.clip import StoredFile
from domain.errors import ConfigError, StoreUnavailable
from domain.wording import COLON, joined, say
from indexer.stores.base import Folder, StoreSettings
from indexer.stores.local import parts_of_path
from indexer.stores.object_stream import HEAD, ObjectStream, Ranges
from indexer.stores.object_walk import OutOfOrder, Page, walked
from indexer.stores.s3_client import Access, Client, Trouble, client_of, require_client
from indexer.stores.walking import Listing, instant

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
AGAIN_S = 30.0
"""For how long what was fetched of a file serves the next opening of it: it is measured, and then its digest made."""


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, and what the keys of the store begin with: "" or ending in "/"."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, settings: StoreSettings) -> "Place":
        """Raises ConfigError; an address with credentials is not shown."""
        bucket, _, prefix = settings.location[len("s3://") :].partition("/")
        where = f"stores.{settings.name}.location"
        if "@" in bucket or ":" in bucket:
            zh, en = "s3:// 地址中不得有密钥或端口", "expected s3://bucket/prefix without keys or a port"
            hint = "credentials come from the environment or a profile, the server from `endpoint`"
            raise ConfigError(say(f"{where}：{zh}", f"{where}: {en}: {hint}"))
        parts = prefix.rstrip("/").split("/") if prefix.rstrip("/") else []
        if not BUCKET.fullmatch(bucket) or any(part in ("", ".", "..") for part in parts):
            raise ConfigError(f"{where}: expected s3://bucket/prefix, got {settings.location!r}")
        return cls(bucket, "".join(f"{part}/" for part in parts))


class ObjectStore:
    """A store whose files are objects. One instance is for one thread; the line beneath is shared."""

    def __init__(self, settings: StoreSettings) -> None:
        require_client(settings.name)
        self._settings = settings
        self._place = Place.of(settings)
        self._client = client_of(
            Access(settings.endpoint, settings.region, settings.profile, settings.addressing, settings.ca_file)
        )
        self._last: tuple[str, float, Ranges] | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def client(self) -> Client:
        """The line to the server."""
        return self._client

    def walk(self) -> Iterator[Folder]:
        """Every folder once, parents before children, siblings in code-point order of their path."""
        for listing in self.listings():
            files = tuple(StoredFile(self.name, path, size, instant(at)) for path, size, at in sorted(listing.files))
            yield Folder(listing.path, files, listing.refused, listing.skipped)

    def listings(self) -> Iterator[Listing]:
        """As `walk`, without making a value of every file."""
        try:
            yield from walked(self, self._place.prefix)
        except OutOfOrder as error:
            zh, en = "服务器的对象清单顺序有误", "the server lists objects out of order"
            raise self._unavailable(Trouble("", 0, say(zh, en))) from error

    def page(self, prefix: str, *, level: bool = False, after: str = "", following: str | None = None) -> Page:
        """One page of the listing below a prefix. Raises StoreUnavailable."""
        asked = {"Prefix": prefix} | ({"Delimiter": "/"} if level else {})
        if following is not None:
            asked["ContinuationToken"] = following
        elif after:
            asked["StartAfter"] = after
        try:
            return self._client.page(self._place.bucket, asked)
        except Trouble as error:
            raise self._unavailable(error) from error

    def stat(self, path: str) -> StoredFile | None:
        """The file as it is now, None when it is gone. Raises StoreUnavailable.

        A listing, not a HEAD: it needs no right to read the object, says the same time as the walk, and tells a missing
        bucket from a missing object.
        """
        key = self._key(path)
        try:
            page = self._client.page(self._place.bucket, {"Prefix": key, "MaxKeys": 1})
        except Trouble as error:
            raise self._unavailable(error) from error
        return next(
            (StoredFile(self.name, path, size, instant(at)) for found, size, at in page.objects if found == key), None
        )

    def open(self, path: str) -> BinaryIO:
        """The object as it is now; later bytes are of the same version or an error. Raises OSError;
        StoreUnavailable when the store is gone; ValueError for a path that leaves it."""
        key, last = self._key(path), self._last
        if last is None or last[0] != key or time.monotonic() - last[1] > AGAIN_S:
            self._last = last = (key, time.monotonic(), self._ranges(key))
        return cast(BinaryIO, ObjectStream(last[2]))

    def forget(self, path: str) -> None:
        """The next opening fetches everything anew."""
        del path
        self._last = None

    def local_path(self, path: str) -> Path | None:
        """None: it lies on no path of this machine."""
        self._key(path)
        return None

    def _key(self, path: str) -> str:
        return self._place.prefix + "/".join(parts_of_path(path))

    def _ranges(self, key: str) -> Ranges:
        bucket = self._place.bucket
        try:
            head = self._client.get(bucket, key, (0, HEAD))
        except Trouble as error:
            if error.code == "InvalidRange" or error.status == 416:
                return self._empty(key)
            if error.whole:
                raise self._unavailable(error) from error
            raise _as_os_error(error, key) from error

        def fetch(begin: int, end: int) -> bytes:
            try:
                part = self._client.get(bucket, key, (begin, end), head.etag)
            except Trouble as error:
                raise _as_os_error(error, key) from error
            if (part.etag, part.size) != (head.etag, head.size):  # a server that does not know conditions
                raise _as_os_error(Trouble("PreconditionFailed", 412, CHANGED), key)
            return part.content

        return Ranges(head.size, head.modified_at, fetch, head.content)

    def _empty(self, key: str) -> Ranges:
        """An object without bytes has no range to be answered with."""
        found = self.stat(key.removeprefix(self._place.prefix))
        if found is None:
            raise FileNotFoundError(errno.ENOENT, "No such object", key)
        if found.size:
            raise OSError(errno.EIO, say("服务器不支持按范围读取", "the server does not read by ranges"), key)

        def nothing(begin: int, end: int) -> bytes:
            raise OSError(errno.EIO, f"no bytes from {begin} to {end}")

        return Ranges(0, found.modified_at, nothing)

    def _unavailable(self, error: Trouble) -> StoreUnavailable:
        at = f"s3://{self._place.bucket}/{self._place.prefix}"
        told = say(f"存储 {self.name}：{at}", f"store {self.name}: {at}")
        return StoreUnavailable(joined((told, error.said), COLON))


CHANGED = say("打开后对象有变化", "the object has changed since it was opened")


def _as_os_error(error: Trouble, key: str) -> OSError:
    if error.gone:
        return FileNotFoundError(errno.ENOENT, error.said, key)
    denied = error.status == 403 and error.code != "InvalidObjectState"
    number = errno.EACCES if denied else errno.ESTALE if error.status == 412 else errno.EIO
    return OSError(number, error.said, key)
