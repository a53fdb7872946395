"""Hurts finished files in the ways that cameras, cards and cables do."""

import re
from pathlib import Path

from sample_media.program_stream import repack
from sample_media.tables import Container, Damage, SampleClip

CUT = 0.6


class WrongShape(RuntimeError):
    """The encoder's output is not what a damage needs."""


def boxes(content: bytes) -> list[tuple[bytes, int, int]]:
    """Top-level boxes as (type, offset, size); ISO/IEC 14496-12 § 4.2 without 64-bit sizes."""
    found, offset = [], 0
    while offset + 8 <= len(content):
        size = int.from_bytes(content[offset : offset + 4], "big")
        found.append((content[offset + 4 : offset + 8], offset, size))
        offset += max(size, 8)
    return found


def offset_of(content: bytes, kind: bytes) -> int:
    offsets = [offset for name, offset, _ in boxes(content) if name == kind]
    if len(offsets) != 1:
        raise WrongShape(f"expected one {kind.decode()} box, got {len(offsets)}")
    return offsets[0]


def truncate(path: Path) -> None:
    """Keep the index and the first 60 % of the whole."""
    content = path.read_bytes()
    if offset_of(content, b"moov") > offset_of(content, b"mdat"):
        raise WrongShape(f"{path.name}: the index must lie before the data")
    path.write_bytes(content[: int(len(content) * CUT)])


def drop_index(path: Path) -> None:
    """Power lost before the moov was written."""
    content = path.read_bytes()
    path.write_bytes(content[: offset_of(content, b"moov")])


def keep_beginning(path: Path) -> None:
    """A copy in progress: the first third."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])


def forget_muxer(path: Path) -> None:
    """Matroska insists on a muxing application; give it a camera's word of the same length instead of "Lavf"."""
    content = path.read_bytes()
    path.write_bytes(re.sub(rb"(\x4d\x80\x84|\x57\x41\x84)Lavf", rb"\1BCam", content))


def forget_vendor(path: Path) -> None:
    """The vendor code of QuickTime sample descriptions, likewise."""
    path.write_bytes(path.read_bytes().replace(b"FFMP", b"BCam"))


def as_program_stream(path: Path) -> None:
    source = path.rename(path.with_suffix(".transport"))
    repack(source, path)
    source.unlink()


FINISH = {Container.MKV: forget_muxer, Container.MOV: forget_vendor, Container.PS: as_program_stream}


def finish(clip: SampleClip, path: Path) -> None:
    """Bring a sound encode into the state that the day's table asks for."""
    if clip.form.container in FINISH:
        FINISH[clip.form.container](path)
    match clip.damage:
        case Damage.TRUNCATED:
            truncate(path)
        case Damage.NO_INDEX:
            drop_index(path)
        case Damage.COPYING:
            keep_beginning(path)
        case _:
            pass
