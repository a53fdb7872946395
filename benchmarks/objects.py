"""Requests and bytes for one clip in an object store: probe, quick digest, and whether it is still as listed.

`python -m benchmarks.objects [SECONDS]`. The server is on loopback and made for tests, so seconds would measure it and
not us; what counts over a real line is how often it is asked and for how much.
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import probe
from indexer.pipeline.probe import Job, read_files
from indexer.stores import open_store
from indexer.stores.s3_client import Client
from tests.objects import Bucket, bucket_at, served

MOST_REQUESTS, MOST_PERCENT = 4, 1.0
"""The budget of an MP4."""
LONG_AGO = datetime(2024, 1, 15, 6, 30, 25, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading one clip cost."""

    requests: int
    fetched: int
    size: int

    @property
    def percent(self) -> float:
        return 100 * self.fetched / self.size

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.fetched:,} of {self.size:,} bytes ({self.percent:.3f} %)"


def measure(seconds: int = 0) -> dict[str, object]:
    """By container: ten minutes of 1080p, and three seconds of it."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-objects-"))
    try:
        return {name: costs(path) for name, path in _films(folder, seconds).items()}
    finally:
        shutil.rmtree(folder)


def _films(folder: Path, seconds: int) -> dict[str, Path]:
    if seconds:
        probe.SECONDS = seconds
    return probe.build(folder)


def costs(path: Path) -> Cost:
    """Of reading a file once as a scan does, out of a bucket of its own."""
    with served() as endpoint, bucket_at(endpoint) as bucket:
        bucket.put(path.name, path.read_bytes(), LONG_AGO)
        return cost_of(bucket, path.name)


def cost_of(bucket: Bucket, name: str) -> Cost:
    """Of one object, after the listing that the walk makes for a thousand."""
    store = open_store(bucket.settings())
    listed = next(file for folder in store.walk() for file in folder.files if file.path == name)
    client: Client = store.client  # type: ignore[attr-defined]
    sent, fetched = client.sent, client.fetched
    (reading,) = read_files(Job(bucket.settings(), ((1, listed),)))
    assert reading.error is None, reading.error
    assert reading.digest is not None
    return Cost(client.sent - sent, client.fetched - fetched, listed.size)


def main() -> None:
    """The table."""
    for name, cost in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 0).items():
        print(f"{name:16} {cost}", flush=True)


if __name__ == "__main__":
    main()
