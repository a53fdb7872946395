"""Where every chunk of media data lies: idx1 (AVI 1.0), ix## behind indx (OpenDML § 3.2), or the chunks themselves."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.avi.layout import CHUNK, Chunk, Layout
from indexer.containers.avi.streams import StreamHeader
from indexer.containers.base import Source
from indexer.containers.continuity import Ticks
from indexer.containers.handover import HandOver
from indexer.containers.isobmff.boxes import ProblemList, read_at
from indexer.containers.riff import NOT_CLOSED, no_chunk

IDX1 = np.dtype([("kind", "u1", 4), ("flags", "<u4"), ("offset", "<u4"), ("size", "<u4")])
INDX = struct.Struct("<HBBI4s")
STANDARD = struct.Struct("<HBBI4sQ4x")
SUPER_ENTRY = np.dtype([("offset", "<u8"), ("size", "<u4"), ("duration", "<u4")])
STANDARD_ENTRY = np.dtype([("offset", "<u4"), ("size", "<u4")])
SUPER, CHUNKS = 0, 1
KEY, NO_TIME = 0x10, 0x100
DELTA, SIZE_BITS = 0x80000000, 0x7FFFFFFF
MAX_INDEX = 64 * 1024 * 1024
MAX_PARTS = 4096
MAX_WALKED = 2_000_000
PLAYED = frozenset({b"dc", b"db", b"wb", b"iv", b"pc", b"tx", b"sb", b"st"})
UNSTREAMED = frozenset({b"JUNK", b"LIST", b"RIFF", b"idx1"})


@dataclass(frozen=True, slots=True)
class Entries:
    """One stream's chunks in file order: where their data begin, how long they are, which can be decoded alone."""

    offsets: Ticks
    sizes: Ticks
    alone: Ticks


NOTHING = Entries(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def entries(source: Source, layout: Layout, streams: tuple[StreamHeader, ...], problems: ProblemList) -> list[Entries]:
    """By OpenDML index where all streams have one, else by idx1, else by the headers of the chunks."""
    if streams and all(stream.index[3:4] == b"\0" and len(stream.index) > 24 for stream in streams):
        return [_open_dml(source, stream.index) for stream in streams]
    if layout.index is not None and len(layout.movies) == 1:
        return _idx1(source, layout.index, layout.movies[0], len(streams))
    if not problems.has(ProblemCode.TRUNCATED):
        problems.add(ProblemCode.TRUNCATED, NOT_CLOSED)
    return _walked(source, layout.movies, len(streams), problems)


def _open_dml(source: Source, index: bytes) -> Entries:
    """A super index lists standard indexes, whose offsets count from a base of their own."""
    width, _, kind, count, _ = INDX.unpack_from(index)
    listed = np.frombuffer(index, SUPER_ENTRY, min(count, (len(index) - 24) // SUPER_ENTRY.itemsize), 24)
    if kind != SUPER or width != SUPER_ENTRY.itemsize // 4 or len(listed) > MAX_PARTS:
        zh, en = (
            f"超级索引类型 {kind}，每行 {4 * width} 字节",
            f"super index of kind {kind} with rows of {4 * width} bytes",
        )
        raise HandOver(say(zh, en))
    parts = [_standard(source, int(row["offset"]), int(row["size"])) for row in listed]
    if not parts:
        return NOTHING
    return Entries(
        np.concatenate([part.offsets for part in parts]),
        np.concatenate([part.sizes for part in parts]),
        np.concatenate([part.alone for part in parts]),
    )


def _standard(source: Source, at: int, size: int) -> Entries:
    if size > MAX_INDEX or at + size > source.size:
        raise HandOver(say(f"{size} 字节的索引超出文件末尾", f"index of {size} bytes beyond the end"), at)
    raw = read_at(source.stream, at, size)
    if len(raw) < CHUNK.size + STANDARD.size:
        raise HandOver(say("索引没有表头", "index without a header"), at)
    width, sub, kind, count, _, base = STANDARD.unpack_from(raw, CHUNK.size)
    head = CHUNK.size + STANDARD.size
    if kind != CHUNKS or width != 2 or sub or count > (len(raw) - head) // STANDARD_ENTRY.itemsize:
        zh = f"索引类型 {kind}.{sub}，{count} 行，每行 {4 * width} 字节"
        raise HandOver(say(zh, f"index of kind {kind}.{sub} with {count} rows of {4 * width} bytes"), at)
    rows = np.frombuffer(raw, STANDARD_ENTRY, count, head)
    sizes = rows["size"].astype(np.int64)
    return Entries(rows["offset"].astype(np.int64) + base, sizes & SIZE_BITS, (sizes & DELTA == 0).astype(np.int64))


def _idx1(source: Source, index: Chunk, movie: Chunk, streams: int) -> list[Entries]:
    """Offsets count from the list's form or from the file's beginning: the first chunk shows which."""
    length = index.end - index.body
    if length > MAX_INDEX:
        raise HandOver(say(f"idx1 索引长 {length} 字节", f"idx1 of {length} bytes"), index.at)
    raw = read_at(source.stream, index.body, length)
    rows = np.frombuffer(raw, IDX1, len(raw) // IDX1.itemsize)
    if not len(rows):
        raise HandOver(say("idx1 索引为空", "idx1 without a row"), index.at)
    base = _base(source, rows, movie)
    names = rows["kind"]
    digits = names[:, :2].astype(np.int64) - ord("0")
    number = np.where((digits >= 0).all(axis=1) & (digits <= 9).all(axis=1), digits[:, 0] * 10 + digits[:, 1], -1)
    flags = rows["flags"]
    number = np.where((flags & NO_TIME != 0) | _is_palette(names), -1, number)
    offsets, sizes = rows["offset"].astype(np.int64) + base + CHUNK.size, rows["size"].astype(np.int64)
    alone = (flags & KEY != 0).astype(np.int64)
    return [Entries(offsets[number == n], sizes[number == n], alone[number == n]) for n in range(streams)]


def _is_palette(names: NDArray[np.uint8]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (names[:, 2:] == np.frombuffer(b"pc", np.uint8)).all(axis=1)
    return found


def _base(source: Source, rows: NDArray[np.void], movie: Chunk) -> int:
    """Where offsets count from. Raises HandOver when neither way leads to the first and the last chunk."""
    for base in (movie.body - 4, 0):
        if all(_leads(source, base, rows[place]) for place in (0, len(rows) // 2, len(rows) - 1)):
            return base
    raise HandOver(say("idx1 索引指不到数据块", "idx1 does not lead to its chunks"), movie.at)


def _leads(source: Source, base: int, row: np.void) -> bool:
    at = base + int(row["offset"])
    raw = read_at(source.stream, at, CHUNK.size) if at + CHUNK.size <= source.size else b""
    if len(raw) < CHUNK.size:
        return at >= source.size  # cut off: said elsewhere
    kind, size = CHUNK.unpack(raw)
    return bool(kind == row["kind"].tobytes()) and (size == int(row["size"]) or kind == b"LIST")


def _walked(source: Source, movies: Iterable[Chunk], streams: int, problems: ProblemList) -> list[Entries]:
    """The headers of the chunks themselves, payloads passed over: a file without an index."""
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(streams)]
    for kind, at, size in (chunk for movie in movies for chunk in _media_chunks(source, movie, problems)):
        if _is_media(kind) and int(kind[:2]) < streams and kind[2:] != b"pc":
            found[int(kind[:2])][0].append(at)
            found[int(kind[:2])][1].append(size)
    return [
        Entries(np.array(offsets, np.int64), np.array(sizes, np.int64), np.zeros(len(sizes), np.int64))
        for offsets, sizes in found
    ]


def _media_chunks(source: Source, movie: Chunk, problems: ProblemList) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of the chunks in a list of media data, inner lists entered."""
    at = movie.body
    for _ in range(MAX_WALKED):
        raw = read_at(source.stream, at, CHUNK.size) if movie.end - at >= CHUNK.size else b""
        if len(raw) < CHUNK.size or not any(raw[:4]):
            return
        kind, size = CHUNK.unpack(raw)
        at += CHUNK.size
        if not _is_media(kind) and kind not in UNSTREAMED and kind[:2] != b"ix":
            raise HandOver(no_chunk(kind), at)
        if kind in (b"LIST", b"RIFF"):
            at += 4
            continue
        if at + size > source.size:
            detail = say(f"文件在 {size} 字节的数据块内结束", f"the file ends inside a chunk of {size} bytes")
            problems.add(ProblemCode.TRUNCATED, detail, at)
            return
        yield kind, at, size
        at += size + (size & 1)
    raise HandOver(say(f"数据块超过 {MAX_WALKED} 个", f"more than {MAX_WALKED} chunks"), at)


def _is_media(kind: bytes) -> bool:
    return kind[:2].isdigit() and kind[2:] in PLAYED
