"""AVI files written chunk by chunk (AVI 1.0, OpenDML 1.02): 25 pictures a second, sizes as given, any kind of index."""

import struct

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
