"""An object store on loopback for tests, and what a test does to it; its requests are logged nowhere.

The server runs in this process, so a test puts objects into it directly, dated as it likes.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from indexer.stores import s3_client
from indexer.stores.base import Addressing, StoreSettings
from indexer.stores.s3 import ObjectStore

BUCKET = "evidence"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "SECRETTEST", "AWS_DEFAULT_REGION": "us-east-1"}
ELSEWHERE = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CONFIG_FILE")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket of a server that is being tested against, as its owner sees it."""

    endpoint: str
    name: str = BUCKET

    def put(self, key: str, content: bytes, at: datetime | None = None) -> None:
        made = server().put_object(self.name, key, content)
        if at is not None:  # as if the server had taken it at another time
            made.last_modified = at.astimezone(UTC).replace(tzinfo=None)

    def put_tree(self, tree: Mapping[str, bytes], at: datetime | None = None, prefix: str = "") -> None:
        for path, content in tree.items():
            self.put(prefix + path, content, at)

    def put_folder(self, folder: Path, prefix: str = "") -> None:
        """Every file below a folder, dated as there."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
                self.put(prefix + path.relative_to(folder).as_posix(), path.read_bytes(), at)

    def content(self, key: str) -> bytes:
        found: bytes = server().get_object(self.name, key).value
        return found

    def remove(self, key: str) -> None:
        server().delete_object(self.name, key)

    def settings(self, name: str = "dock", prefix: str = "", **more: Any) -> StoreSettings:
        location = f"s3://{self.name}/{prefix}".rstrip("/")
        return StoreSettings(name, location, endpoint=self.endpoint, addressing=Addressing.PATH, **more)

    def store(self, prefix: str = "") -> ObjectStore:
        return ObjectStore(self.settings(prefix=prefix))


def server() -> Any:
    """What the server keeps."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


@contextmanager
def served() -> Iterator[str]:
    """The address of an empty server; credentials for it are in the environment of this process and its children."""
    from moto.server import ThreadedMotoServer

    log = logging.getLogger("werkzeug")
    before, log.disabled = log.disabled, True
    one = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    one.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for key, value in KEYS.items():
                patch.setenv(key, value)
            for key in ELSEWHERE:
                patch.delenv(key, raising=False)
            patch.setattr(s3_client, "PATIENCE", s3_client.Patience(2.0, 5.0, 2))
            patch.setattr(s3_client, "_clients", {})
            host, port = one.get_host_and_port()
            yield f"http://{host}:{port}"
    finally:
        one.stop()
        log.disabled = before


@contextmanager
def bucket_at(endpoint: str, name: str = BUCKET) -> Iterator[Bucket]:
    """An empty bucket."""
    from moto.s3.models import s3_backends

    server().create_bucket(name, "us-east-1")
    try:
        yield Bucket(endpoint, name)
    finally:
        server().buckets.pop(name)
        s3_backends.bucket_accounts.pop(name)
