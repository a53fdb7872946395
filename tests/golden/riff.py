"""AVI files written chunk by chunk (AVI 1.0, OpenDML 1.02): 25 pictures a second, sizes as given, any kind of index."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Media:
    """One chunk of media data; `alone` can be decoded without others."""

    kind: bytes
    content: bytes
    alone: bool


Rows = dict[bytes, list[tuple[int, int, int]]]  # of each stream: where its indexes lie, how long, what they cover
IDX1, OPENDML, NONE = "idx1", "opendml", "none"


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)


def listed(form: bytes, content: bytes, kind: bytes = b"LIST") -> bytes:
    return chunk(kind, form + content)


def stream_header(frames: int, index: bytes, described: bytes = b"") -> bytes:
    strh = struct.pack("<4s4sIHHIIIIIIII4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, 25, 0, frames, 0, 0, 0, 0, 0, 160, 120)
    strf = struct.pack("<IiiHH4sIiiII", 40, 160, 120, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    parts = chunk(b"strh", strh) + chunk(b"strf", strf) + described
    return listed(b"strl", parts + (chunk(b"indx", index) if index else b""))


def header(frames: int, index: bytes = b"", described: bytes = b"") -> bytes:
    avih = struct.pack("<14I", 40_000, 0, 0, 0, frames, 0, 1, 0, 160, 120, 0, 0, 0, 0)
    return listed(b"hdrl", chunk(b"avih", avih) + stream_header(frames, index, described))


def avi(sizes: list[int], index: str, extra: bytes = b"", described: bytes = b"") -> bytes:
    """A file whose pictures have these sizes, 0 for a dropped one.

    `extra` are chunks behind the header list, `described` chunks of the stream's own list.
    """
    chunks = [chunk(b"00dc", b"\xff" * size) for size in sizes]
    places = [4]  # from the list's form on
    for one in chunks[:-1]:
        places.append(places[-1] + len(one))
    if index != OPENDML:
        rows = b"".join(struct.pack("<4sIII", b"00dc", 0x10, at, size) for at, size in zip(places, sizes, strict=True))
        tail = chunk(b"idx1", rows) if index == IDX1 else b""
        return listed(
            b"AVI ", header(len(sizes), described=described) + extra + listed(b"movi", b"".join(chunks)) + tail, b"RIFF"
        )
    blank = header(len(sizes), super_index(0, 0, len(sizes)), described)
    movie_at = 12 + len(blank) + len(extra) + 8  # of the form of the list of media data
    standard = standard_index(movie_at, places, sizes)
    index_at = movie_at + 4 + sum(map(len, chunks))
    whole = header(len(sizes), super_index(index_at, len(standard), len(sizes)), described)
    return listed(b"AVI ", whole + extra + listed(b"movi", b"".join(chunks) + standard), b"RIFF")


def super_index(at: int, size: int, frames: int) -> bytes:
    return struct.pack("<HBBI4s12xQII", 4, 0, 0, 1, b"00dc", at, size, frames)


def standard_index(base: int, places: list[int], sizes: list[int]) -> bytes:
    rows = b"".join(struct.pack("<II", at + 8, size) for at, size in zip(places, sizes, strict=True))
    return chunk(b"ix00", struct.pack("<HBBI4sQ4x", 2, 0, 1, len(sizes), b"00dc", base) + rows)


def reindexed(data: bytes, parts: int) -> bytes:
    """A real AVI as recorders write beyond a gigabyte (OpenDML § 4): several RIFF parts, an index for each, no idx1."""
    header_at, movie_at = data.index(b"hdrl") - 8, data.index(b"movi")
    header = data[header_at + 12 : header_at + 8 + struct.unpack_from("<I", data, header_at + 4)[0]]
    end = movie_at + struct.unpack_from("<I", data, movie_at - 4)[0]
    flags = [row[1] for row in struct.iter_unpack("<4sIII", data[end + 8 :][: 16 * (len(data[end + 8 :]) // 16)])]
    media = [
        Media(kind, content, bool(flag & 0x10))
        for (kind, content), flag in zip(pieces(data[movie_at + 4 : end]), flags, strict=False)
    ]
    streams = sorted({one.kind for one in media})
    share = -(-len(media) // parts)
    rows: Rows = {kind: [(0, 0, 0)] * parts for kind in streams}
    for _ in range(2):  # lengths do not depend on what the super indexes say
        head = listed(b"hdrl", _with_indexes(header, streams, rows))
        out, rows = b"", {kind: [] for kind in streams}
        for part in range(parts):
            lead = len(out) + 12 + (0 if part else len(head)) + 8
            body, found = _part(media[part * share : (part + 1) * share], streams, lead)
            out += listed(b"AVIX" if part else b"AVI ", (b"" if part else head) + body, b"RIFF")
            for kind in streams:
                rows[kind].append(found[kind])
    return out


def pieces(content: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of chunks one behind the other."""
    found, at = [], 0
    while at < len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        found.append((kind, content[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
    return found


def _with_indexes(header: bytes, streams: list[bytes], rows: Rows) -> bytes:
    """The header list's chunks, with a super index at the end of each stream's list."""
    out, names = b"", iter(streams)
    for kind, content in pieces(header):
        if kind == b"LIST" and content[:4] == b"strl":
            name = next(names)
            plain = b"".join(chunk(k, c) for k, c in pieces(content[4:]) if k not in (b"indx", b"JUNK"))
            entries = b"".join(struct.pack("<QII", *row) for row in rows[name])
            index = struct.pack("<HBBI4s12x", 4, 0, 0, len(rows[name]), name) + entries
            content = content[:4] + plain + chunk(b"indx", index)
        out += chunk(kind, content)
    return out


def _part(media: list[Media], streams: list[bytes], base: int) -> tuple[bytes, dict[bytes, tuple[int, int, int]]]:
    """A list of media data with its indexes behind it; where each index lies, how long it is, what it covers."""
    body, rows = b"", dict.fromkeys(streams, b"")
    for one in media:
        delta = 0 if one.alone else 0x80000000
        rows[one.kind] += struct.pack("<II", 4 + len(body) + 8, len(one.content) | delta)
        body += chunk(one.kind, one.content)
    found = {}
    for kind in streams:
        count = len(rows[kind]) // 8
        index = chunk(b"ix" + kind[:2], struct.pack("<HBBI4sQ4x", 2, 0, 1, count, kind, base) + rows[kind])
        found[kind] = (base + 4 + len(body), len(index), count)
        body += index
    return listed(b"movi", body), found
