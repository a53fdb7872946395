"""What a reader makes of bytes in memory, and MP4 files of ten seconds with boxes that say who made them."""

import io
from datetime import datetime
from typing import Any

from domain.media import Probe
from indexer.containers.base import ContainerReader, Source
from indexer.containers.isobmff.reader import IsoBmffReader
from tests.boxes import build, steady, track

PLAIN = track(tables=steady("250x40", 250))
NOON = datetime(2024, 1, 15, 12, 0, 0)


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data

    def readinto(self, buffer: Any, /) -> int:
        count = super().readinto(buffer)
        self.count += count
        return count


def read_by(reader: ContainerReader, data: bytes) -> tuple[Probe, int]:
    """What the reader says of a file with these bytes, and how many of them it read beside the head."""
    stream = Counting(data)
    return reader.probe(Source("x", stream, len(data), data[:4096])), stream.count


def probe(data: bytes) -> Probe:
    return read_by(IsoBmffReader(), data)[0]


def film(inside: str = "", beside: str = "", tracks: str = PLAIN, mvhd: str = "mvhd") -> bytes:
    """A movie with boxes inside moov and beside it; the media data come first."""
    return build(f"ftyp brand=isom\nmdat bytes=10000\nmoov\n  {mvhd}\n{tracks}{inside}{beside}")


def user_data(*lines: str) -> bytes:
    return film("  udta\n" + "".join(f"    {line}\n" for line in lines))
