"""MP4 files of ten seconds with boxes that say who made them, and what the reader makes of those."""

import io
from datetime import datetime

from domain.media import Probe
from indexer.containers.base import Source
from indexer.containers.isobmff.reader import IsoBmffReader
from tests.boxes import build, steady, track

PLAIN = track(tables=steady("250x40", 250))
NOON = datetime(2024, 1, 15, 12, 0, 0)


def probe(data: bytes) -> Probe:
    return IsoBmffReader().probe(Source("x", io.BytesIO(data), len(data), data[:4096]))


def film(inside: str = "", beside: str = "", tracks: str = PLAIN, mvhd: str = "mvhd") -> bytes:
    """A movie with boxes inside moov and beside it; the media data come first."""
    return build(f"ftyp brand=isom\nmdat bytes=10000\nmoov\n  {mvhd}\n{tracks}{inside}{beside}")


def user_data(*lines: str) -> bytes:
    return film("  udta\n" + "".join(f"    {line}\n" for line in lines))
