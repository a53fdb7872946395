"""The chunks of an AVI file (AVI 1.0, OpenDML 1.02 § 2): where the lists lie, without the media data in them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.handover import HandOver
from indexer.containers.isobmff.boxes import ProblemList, read_at
from indexer.containers.riff import cut_chunk, label, no_chunk, unsized

CHUNK = struct.Struct("<4sI")
MAX_CHUNKS = 4096
MAX_HEADER = 4 * 1024 * 1024
LISTS = frozenset({b"RIFF", b"LIST"})
DESCRIBING = frozenset({b"INFO", b"IDIT", b"JUNK", b"ncdt", b"exif", b"_PMX"})
MAX_DESCRIBING = 16
MAX_DESCRIPTION = 256 * 1024  # bytes of one of them
MAX_JUNK = 1024  # of padding, where a maker's text stands at the front


@dataclass(frozen=True, slots=True)
class Chunk:
    """`form` of a list, else empty; `body` behind the form; `end` as the file holds it."""

    kind: bytes
    form: bytes
    at: int
    body: int
    end: int


@dataclass(slots=True)
class Layout:
    """What lies where. `movies`: the lists of media data, one for each RIFF part."""

    header: bytes = b""
    describing: list[tuple[bytes, bytes]] = field(default_factory=list)  # kind and content of what may say who and when
    movies: list[Chunk] = field(default_factory=list)
    index: Chunk | None = None


def survey(source: Source, problems: ProblemList) -> Layout:
    """The lists of every RIFF part. Raises HandOver where no chunk is in its place."""
    layout = Layout()
    for part in chunks(source, 0, source.size, problems):
        if part.kind != b"RIFF":
            break  # makers append their own data
        for chunk in chunks(source, part.body, part.end, problems):
            _note(source, layout, chunk)
    return layout


def _note(source: Source, layout: Layout, chunk: Chunk) -> None:
    if chunk.form == b"movi":
        layout.movies.append(chunk)
    elif chunk.form == b"hdrl" and not layout.header:
        layout.header = content(source, chunk)
    elif (chunk.form or chunk.kind) in DESCRIBING:
        _describing(source, layout, chunk)
    elif chunk.kind == b"idx1" and layout.index is None:
        layout.index = chunk


def _describing(source: Source, layout: Layout, chunk: Chunk) -> None:
    """What may say who and when; padding only where the header is."""
    kind = chunk.form or chunk.kind
    if len(layout.describing) < MAX_DESCRIBING and not (kind == b"JUNK" and layout.movies):
        length = min(chunk.end - chunk.body, MAX_JUNK if kind == b"JUNK" else MAX_DESCRIPTION)
        layout.describing.append((kind, read_at(source.stream, chunk.body, length)))


def content(source: Source, chunk: Chunk) -> bytes:
    if chunk.end - chunk.body > MAX_HEADER:
        name, length = label(chunk.kind), chunk.end - chunk.body
        zh, en = f"{name} 长 {length} 字节，上限 {MAX_HEADER} 字节", f"{name} of {length} bytes, at most {MAX_HEADER}"
        raise HandOver(say(zh, en), chunk.at)
    return read_at(source.stream, chunk.body, chunk.end - chunk.body)


def chunks(source: Source, at: int, end: int, problems: ProblemList) -> Iterator[Chunk]:
    """The chunks between two offsets; one that runs past the end of the file is reported and cut."""
    for _ in range(MAX_CHUNKS):
        raw = read_at(source.stream, at, min(12, end - at)) if end - at >= CHUNK.size else b""
        if len(raw) < CHUNK.size:
            return
        kind, length = CHUNK.unpack_from(raw)
        listed = kind in LISTS
        if not kind.strip(b"\0"):
            return  # padding
        if not all(0x20 <= byte < 0x7F for byte in kind):
            raise HandOver(no_chunk(kind), at)
        if listed and not length:
            problems.add(ProblemCode.TRUNCATED, unsized(kind), at)
            length = source.size - at - CHUNK.size
        stop = at + CHUNK.size + length
        if stop > source.size:
            problems.add(ProblemCode.TRUNCATED, cut_chunk(kind, length + 8, source.size - at), at)
        yield Chunk(kind, raw[8:12] if listed else b"", at, at + (12 if listed else 8), min(stop, source.size))
        at = stop + (stop & 1)


def inside(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind (of a list: its form) and content of the chunks in memory, as far as they are there."""
    at = 0
    for _ in range(MAX_CHUNKS):
        if len(data) - at < CHUNK.size:
            return
        kind, length = CHUNK.unpack_from(data, at)
        body = data[at + CHUNK.size : at + CHUNK.size + length]
        yield (body[:4], body[4:]) if kind in LISTS else (kind, body)
        at += CHUNK.size + length + (length & 1)
