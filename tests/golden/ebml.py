"""Real Matroska files rewritten: clusters of unknown size, and sound laced as RFC 9559 § 10.3 has it."""

import itertools
from collections.abc import Iterator

SEGMENT, CLUSTER, CUES, SEEK, TIMESTAMP, SIMPLE = 0x18538067, 0x1F43B675, 0x1C53BB6B, 0x114D9B74, 0xE7, 0xA3
CRC = 0xBF
LACES = {"xiph": 0x02, "ebml": 0x06}
SOUND = 2  # FFmpeg's number for the second track
TOGETHER = 4


def elements(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Id, header and content of the elements one behind the other."""
    at = 0
    while at < len(data):
        width = 9 - data[at].bit_length()
        sized = 9 - data[at + width].bit_length()
        head = width + sized
        size = int.from_bytes(data[at + width : at + head]) & ((1 << 7 * sized) - 1)
        content = data[at + head :] if size == (1 << 7 * sized) - 1 else data[at + head : at + head + size]
        yield int.from_bytes(data[at : at + width]), data[at : at + head], content
        at += head + len(content)


def element(kind: int, content: bytes, known: bool = True) -> bytes:
    size = len(content).to_bytes(7) if known else b"\xff" * 7
    return kind.to_bytes((kind.bit_length() + 7) // 8) + b"\x01" + size + content


def _rebuilt(data: bytes, known: bool, lacing: str | None) -> bytes:
    """Head, and a segment without indexes whose clusters are made anew."""
    (_, head, first), (_, _, segment) = list(elements(data))[:2]
    parts = []
    for kind, lead, content in elements(segment):
        if kind == CLUSTER:
            inner = [one for one in elements(content) if one[0] != CRC]
            parts.append(element(CLUSTER, _blocks(inner, lacing), known))
        elif kind not in (CUES, SEEK):
            parts.append(lead + content)
    return head + first + element(SEGMENT, b"".join(parts), known)


def unsized(data: bytes) -> bytes:
    """As a browser records: neither segment nor clusters say how long they are, and there is no index."""
    return _rebuilt(data, False, None)


def laced(data: bytes, lacing: str) -> bytes:
    """Up to four frames of sound in one block."""
    return _rebuilt(data, True, lacing)


def _blocks(inner: list[tuple[int, bytes, bytes]], lacing: str | None) -> bytes:
    found, waiting = [], []
    for kind, lead, content in inner:
        if lacing and kind == SIMPLE and content[0] == 0x80 | SOUND:
            waiting.append(content)
            if len(waiting) == TOGETHER:
                found.append(_lace(waiting, str(lacing)))
                waiting = []
        else:
            found.append(lead + content)
    return b"".join(found) + (_lace(waiting, str(lacing)) if waiting else b"")


def _lace(blocks: list[bytes], lacing: str) -> bytes:
    """The first block's time counts; sizes of all frames but the last stand in front of the frames."""
    sizes = [len(block) - 4 for block in blocks]
    head = blocks[0][:3] + bytes((blocks[0][3] | LACES[lacing], len(blocks) - 1))
    if lacing == "xiph":
        stated = b"".join(b"\xff" * (size // 255) + bytes((size % 255,)) for size in sizes[:-1])
    else:
        steps = [after - before for before, after in itertools.pairwise(sizes[:-1])]
        stated = (0x4000 | sizes[0]).to_bytes(2) + b"".join((0x4000 | step + 8191).to_bytes(2) for step in steps)
        stated = stated if len(sizes) > 1 else b""
    return element(SIMPLE, head + stated + b"".join(block[4:] for block in blocks))
