"""Boxes of ISO/IEC 14496-12 § 4.2: the walk over a file's top level by seeking, and over children in memory.

Nothing here believes a size or count before it was held against the bytes that are really there.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from domain.media import Problem, ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.counted import CountedStream

FURTHEST = 1 << 43  # bytes; file systems refuse to seek beyond some 16 TiB
MAX_TOP_LEVEL = 500_000  # 24 h in fragments of half a second, with an index box each
MAX_CHILDREN = 20_000
MAX_PROBLEMS = 50
MAX_IN_MEMORY = 64 * 1024 * 1024  # the index of a day; anything larger is none

HEADER = struct.Struct(">I4s")
LARGE_SIZE = struct.Struct(">Q")
U32 = struct.Struct(">I")


class ProblemList:
    """What is wrong with one file, each thing said once, and never more than anyone would read."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, code: ProblemCode, detail: str, offset: int | None = None) -> None:
        if len(self._found) < MAX_PROBLEMS:
            self._found[Problem(code, detail, offset)] = None

    def join(self, others: "ProblemList") -> None:
        for problem in others.all():
            self.add(problem.code, problem.detail, problem.offset)

    def has(self, code: ProblemCode) -> bool:
        return any(problem.code is code for problem in self._found)

    def all(self) -> tuple[Problem, ...]:
        return tuple(self._found)


class Box(NamedTuple):
    """Where a box lies: `start` of its header, `body` of its content, `end` one past its last byte.

    `end` is what the box claims; the walk has already reported a claim beyond the file or parent. Offsets are
    bytes of the file at top level and bytes of the enclosing buffer below it.
    """

    kind: bytes
    start: int
    body: int
    end: int

    @property
    def label(self) -> str:
        return self.kind.decode("latin-1")


def top_level(source: Source, problems: ProblemList, at: int = 0, most: int = MAX_TOP_LEVEL) -> Iterator[Box]:
    """The boxes of the file itself from `at` on, one header read each; stops where the file stops making sense."""
    stream, head, size = source.stream, source.head, source.size
    for _ in range(most):
        if size - at < HEADER.size:
            if at < size:
                zh, en = f"文件在块头第 {size - at} 字节处结束", f"file ends {size - at} bytes into a box header"
                problems.add(ProblemCode.TRUNCATED, say(zh, en), at)
            return
        raw = head[at : at + 16] if at + 16 <= len(head) else read_at(stream, at, 16)
        box = _header(raw, at, size, problems)
        if box is None:
            return
        if box.end > size:
            problems.add(ProblemCode.TRUNCATED, cut_box(box.label, box.end - at, size - at), at)
        yield box
        at = box.end
    zh, en = f"顶层数据块超过 {MAX_TOP_LEVEL} 个", f"more than {MAX_TOP_LEVEL} boxes at the top level"
    problems.add(ProblemCode.TOO_DEEP, say(zh, en), at)


def cut_box(label: str, announced: int, there: int) -> str:
    """Said of a box that runs past the end of the file; both counts in bytes."""
    zh = f"{label} 数据块：声明 {announced} 字节，文件内有 {there} 字节"
    return say(zh, f"{label} box: {announced} bytes announced, {there} in the file")


def fewer_entries(label: str, announced: int, there: int) -> str:
    """Said of a table that counts other entries than stand in its box."""
    return say(
        f"{label} 数据块：声明 {announced} 项，实有 {there} 项",
        f"{label} box: {announced} entries announced, {there} there",
    )


def _header(raw: bytes, at: int, limit: int, problems: ProblemList) -> Box | None:
    """The box whose header `raw` holds, `limit` being where its parent ends; None when there is no box here."""
    length, kind = HEADER.unpack_from(raw)
    body = at + 8
    if length == 1:
        if len(raw) < 16:
            detail = say("上级数据块在 64 位块长度内结束", "parent ends inside a 64-bit box size")
            problems.add(ProblemCode.TRUNCATED, detail, at)
            return None
        length, body = LARGE_SIZE.unpack_from(raw, 8)[0], at + 16
    if kind == b"\0\0\0\0":
        return None  # zero padding, as recorders that preallocate leave it
    if not plausible(kind):
        zh, en = f"应为数据块之处不是数据块：类型 {kind!r}", f"no box where one must begin: type {kind!r}"
        problems.add(ProblemCode.BAD_BOX, say(zh, en), at)
        return None
    if length == 0:  # § 4.2.2: to the end; a camera that lost power leaves mdat like this as well
        return Box(kind, at, body, max(limit, body))
    if at + length < body:
        name = kind.decode("latin-1")
        zh, en = f"{name} 数据块长 {length} 字节，短于块头", f"{name} box of {length} bytes is shorter than a header"
        problems.add(ProblemCode.BAD_BOX, say(zh, en), at)
        return None
    return Box(kind, at, body, at + length)


@lru_cache(maxsize=1024)
def plausible(kind: bytes) -> bool:
    """Four printable characters; © (A9) begins QuickTime's text boxes, ms and a number its Microsoft codecs."""
    if all(0x20 <= byte < 0x7F for byte in kind[1:]):
        return 0x20 <= kind[0] < 0x7F or kind[0] == 0xA9
    return kind[:3] == b"ms\0"


def children(buffer: memoryview, start: int, end: int, problems: ProblemList) -> Iterator[Box]:
    """The boxes between two offsets of a buffer; one that overruns is reported and given as far as it is there."""
    at, unpack = start, HEADER.unpack_from
    for _ in range(MAX_CHILDREN):
        if end - at < HEADER.size:
            return  # four zero bytes end QuickTime's user data; up to seven bytes cannot be a box
        length, kind = unpack(buffer, at)
        if 8 <= length <= end - at and plausible(kind):  # the usual case, without a detour
            yield Box(kind, at, at + 8, at + length)
            at += length
            continue
        box = _header(bytes(buffer[at : min(at + 16, end)]), at, end, problems)
        if box is None:
            return
        if box.end > end:
            zh = f"{box.label} 数据块：声明 {box.end - at} 字节，上级内仅剩 {end - at} 字节"
            detail = say(zh, f"{box.label} box: {box.end - at} bytes announced, {end - at} left in its parent")
            problems.add(ProblemCode.BOX_OVERRUN, detail, at)
            box = Box(box.kind, box.start, min(box.body, end), end)
        yield box
        at = box.end
    zh, en = f"同一上级内数据块超过 {MAX_CHILDREN} 个", f"more than {MAX_CHILDREN} boxes in one parent"
    problems.add(ProblemCode.TOO_DEEP, say(zh, en), at)


def child(buffer: memoryview, parent: Box, kind: bytes, problems: ProblemList) -> Box | None:
    """The first child of a kind, or None."""
    return next((box for box in children(buffer, parent.body, parent.end, problems) if box.kind == kind), None)


def read_at(stream: BinaryIO, offset: int, length: int) -> bytes:
    """Exactly `length` bytes, or fewer when the file ends before; none where no file reaches."""
    if length <= 0 or not 0 <= offset < FURTHEST:
        return b""
    if isinstance(stream, CountedStream):
        return stream.read_at(offset, length)
    stream.seek(offset)
    data = stream.read(length)
    while data and len(data) < length:  # an unbuffered stream may give less than asked for
        more = stream.read(length - len(data))
        if not more:
            break
        data += more
    return data


def load(stream: BinaryIO, head: bytes, box: Box, size: int, problems: ProblemList) -> memoryview | None:
    """A top-level box's content in memory, as far as the file holds it; None when it is too large to be an index."""
    length = min(box.end, size) - box.body
    if length > MAX_IN_MEMORY:
        zh = f"{box.label} 数据块长 {length} 字节，最多读取 {MAX_IN_MEMORY} 字节"
        detail = say(zh, f"{box.label} box of {length} bytes, at most {MAX_IN_MEMORY} are read")
        problems.add(ProblemCode.OUT_OF_MEMORY, detail, box.start)
        return None
    if box.body + length <= len(head):
        return memoryview(head)[box.body : box.body + max(length, 0)]
    return memoryview(read_at(stream, box.body, max(length, 0)))
