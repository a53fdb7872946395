"""Elements of EBML (RFC 8794 § 4-6): ids, sizes and the plain values inside them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHILDREN = 10_000
WIDTH = bytes([0] + [9 - byte.bit_length() for byte in range(1, 256)])  # first byte → bytes of the number; 0: none
UNKNOWN = frozenset((1 << 7 * width) - 1 for width in range(1, 9))


@dataclass(frozen=True, slots=True)
class Element:
    """`size` None: unknown, to the end of its parent (RFC 8794 § 6.2)."""

    id: int
    body: int
    size: int | None


def element(raw: bytes, at: int = 0, where: int = 0) -> Element | None:
    """Id and size at `raw[at:]`, `body` counted from `where` for that place; None when there is no element."""
    if at >= len(raw):
        return None
    width = WIDTH[raw[at]]
    if not 1 <= width <= 4 or len(raw) <= at + width:
        return None
    sized = WIDTH[raw[at + width]]
    head = width + sized
    if not sized or len(raw) < at + head:
        return None
    size = int.from_bytes(raw[at + width : at + head]) & ((1 << 7 * sized) - 1)
    unknown = size == (1 << 7 * sized) - 1
    return Element(int.from_bytes(raw[at : at + width]), where + head, None if unknown else size)


def children(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Id and content of every element in a parent's content, as far as they are whole."""
    at = 0
    for _ in range(MAX_CHILDREN):
        found = element(content, at, at)
        if found is None or found.size is None or found.body + found.size > len(content):
            return
        yield found.id, content[found.body : found.body + found.size]
        at = found.body + found.size


def first_of_each(content: bytes) -> dict[int, bytes]:
    """The first child of every id."""
    found: dict[int, bytes] = {}
    for kind, value in children(content):
        found.setdefault(kind, value)
    return found


def number(raw: bytes | None, default: int = 0) -> int:
    """An unsigned integer; an absent or empty one is the default."""
    return int.from_bytes(raw) if raw and len(raw) <= 8 else default


def real(raw: bytes | None) -> float | None:
    if raw is None or len(raw) not in (4, 8):
        return None
    return float(struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0])


def text(raw: bytes | None) -> str:
    return (raw or b"").split(b"\0")[0].decode("utf-8", "replace").strip()
