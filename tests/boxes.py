"""Builds MP4 files, whole and broken, from readable text: one box a line, children indented by two spaces.

    ftyp brand=isom
    moov
      mvhd scale=1000 duration=10000
    mdat bytes=100

Values: `runs=250x512,1x5120` count × ticks, of stsc `runs=1:250,2:250:2` chunk : samples : description ·
`edits=1000@0,500@-1` movie ticks @ media tick, `*0.5` after it a rate · `at=48,148` numbers · `described=2` of trex and
tfhd the description · `created=2024-01-15T14:30:25` and `modified=` UTC · `text=` of a box (`_` is a blank), in a box
whose name begins with © as QuickTime's international text. Any box takes `v=1`, `flags=0x…`, `hex=…` for its content,
`size=N` to lie about its length, `large` for a 64-bit length, `cut=N` to lose its last bytes.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

EPOCH = datetime(1904, 1, 1, tzinfo=UTC)


@dataclass
class Line:
    kind: bytes
    values: dict[str, str] = field(default_factory=dict)
    children: list["Line"] = field(default_factory=list)

    def number(self, key: str, default: int = 0) -> int:
        return int(self.values.get(key, str(default)), 0)

    def numbers(self, key: str) -> list[int]:
        return [int(text, 0) for text in self.values.get(key, "").split(",") if text]

    def pairs(self, key: str, between: str) -> list[tuple[int, int]]:
        texts = [text.split(between) for text in self.values.get(key, "").split(",") if text]
        return [(int(left), int(right)) for left, right in texts]

    @property
    def full(self) -> bytes:
        """Version and flags."""
        return struct.pack(">I", self.number("v") << 24 | self.number("flags"))


def build(text: str) -> bytes:
    """The bytes of every box in the text, one after the other."""
    top = Line(b"")
    depths: list[tuple[int, Line]] = [(-1, top)]
    for raw in text.splitlines():
        if not raw.strip():
            continue
        depth = len(raw) - len(raw.lstrip())
        name, *words = raw.split()
        values = dict(word.split("=", 1) if "=" in word else (word, "") for word in words)
        line = Line(name.replace("©", "\xa9").ljust(4).encode("latin-1"), values)
        while depths[-1][0] >= depth:
            depths.pop()
        depths[-1][1].children.append(line)
        depths.append((depth, line))
    return b"".join(encode(line) for line in top.children)


def encode(line: Line) -> bytes:
    content = (
        bytes.fromhex(line.values["hex"])
        if "hex" in line.values
        else ENCODERS.get(line.kind, user_text if line.kind[:1] == b"\xa9" else bare)(line)
    )
    content += b"".join(encode(child) for child in line.children)
    header = 16 if "large" in line.values else 8
    length = line.number("size", len(content) + header)
    if header == 16:
        whole = struct.pack(">I4sQ", 1, line.kind, length) + content
    else:
        whole = struct.pack(">I4s", length, line.kind) + content
    return whole[: len(whole) - line.number("cut")]


def bare(line: Line) -> bytes:
    return line.values.get("text", "").replace("_", " ").encode() + bytes(line.number("bytes"))


def ftyp(line: Line) -> bytes:
    return line.values.get("brand", "isom").ljust(4).encode() + bytes(4)


def _seconds(line: Line, key: str) -> int:
    """A time as seconds since 1904."""
    text = line.values.get(key, "0")
    return int(text) if text.isdigit() else int((datetime.fromisoformat(text + "+00:00") - EPOCH).total_seconds())


def _times(line: Line) -> bytes:
    layout = ">QQIQ" if line.number("v") == 1 else ">IIII"
    times = _seconds(line, "created"), _seconds(line, "modified")
    return line.full + struct.pack(layout, *times, line.number("scale", 1000), line.number("duration"))


def mvhd(line: Line) -> bytes:
    return _times(line) + bytes(80)


def mdhd(line: Line) -> bytes:
    return _times(line) + bytes(4)


def tkhd(line: Line) -> bytes:
    start = struct.pack(
        ">QQ" if line.number("v") == 1 else ">II", _seconds(line, "created"), _seconds(line, "modified")
    )
    middle = bytes(4 + (8 if line.number("v") == 1 else 4)) + bytes(52)
    size = struct.pack(">II", line.number("width") << 16, line.number("height") << 16)
    return line.full + start + struct.pack(">I", line.number("id", 1)) + middle + size


def hdlr(line: Line) -> bytes:
    name = line.values.get("name", "VideoHandler").replace("_", " ").encode()
    return line.full + bytes(4) + line.values.get("type", "vide").encode() + bytes(12) + name + b"\0"


def elst(line: Line) -> bytes:
    rows = []
    layout = ">Qqi" if line.number("v") == 1 else ">Iii"
    for text in line.values.get("edits", "").split(","):
        length, _, rest = text.partition("@")
        media, _, rate = rest.partition("*")
        rows.append(struct.pack(layout, int(length), int(media), int(float(rate or "1") * 65536)))
    return line.full + struct.pack(">I", line.number("count", len(rows))) + b"".join(rows)


def _pairs(line: Line, between: str = "x") -> bytes:
    rows = line.pairs("runs", between)
    packed = b"".join(struct.pack(">II", left, right & 0xFFFFFFFF) for left, right in rows)
    return line.full + struct.pack(">I", line.number("count", len(rows))) + packed


def stsz(line: Line) -> bytes:
    sizes = line.numbers("sizes")
    count = line.number("count", len(sizes))
    packed = b"".join(struct.pack(">I", size) for size in sizes)
    return line.full + struct.pack(">II", line.number("each"), count) + packed


def stz2(line: Line) -> bytes:
    sizes, bits = line.numbers("sizes"), line.number("bits", 8)
    if bits == 4:
        even = [*sizes, 0] if len(sizes) & 1 else sizes
        packed = bytes(high << 4 | low for high, low in zip(even[::2], even[1::2], strict=True))
    else:
        packed = b"".join(size.to_bytes(bits // 8) for size in sizes)
    return line.full + struct.pack(">II", bits, line.number("count", len(sizes))) + packed


def stsc(line: Line) -> bytes:
    rows = [[*map(int, text.split(":")), 1][:3] for text in line.values.get("runs", "").split(",") if text]
    packed = b"".join(struct.pack(">III", *row) for row in rows)
    return line.full + struct.pack(">I", line.number("count", len(rows))) + packed


def _offsets(layout: str) -> Callable[[Line], bytes]:
    def encoder(line: Line) -> bytes:
        numbers = line.numbers("at")
        packed = b"".join(struct.pack(layout, number) for number in numbers)
        return line.full + struct.pack(">I", line.number("count", len(numbers))) + packed

    return encoder


def stsd(line: Line) -> bytes:
    return line.full + struct.pack(">I", line.number("count", len(line.children)))


def _visual(line: Line) -> bytes:
    return bytes(24) + struct.pack(">HH", line.number("width", 160), line.number("height", 120)) + bytes(50)


def _sound(line: Line) -> bytes:
    fixed = struct.pack(">HHH", 0, line.number("channels", 1), line.number("bits", 16))
    return (
        bytes(8)
        + struct.pack(">H", line.number("version"))
        + bytes(4)
        + fixed
        + bytes(4)
        + struct.pack(">I", line.number("rate", 8000) << 16)
    )


def trex(line: Line) -> bytes:
    numbers = (line.number("id", 1), line.number("described", 1), line.number("ticks"), line.number("each"), 0)
    return line.full + struct.pack(">5I", *numbers)


def _whole(line: Line) -> bytes:
    """One number after version and flags: mehd duration, tfdt time, mfhd sequence."""
    return line.full + struct.pack(">Q" if line.number("v") == 1 else ">I", line.number("value"))


def tfhd(line: Line) -> bytes:
    flags, rest = line.number("flags", 0x020000), b""
    for key, flag, layout in (("base", 1, ">Q"), ("described", 2, ">I"), ("ticks", 8, ">I"), ("each", 0x10, ">I")):
        if key in line.values:
            flags |= flag
            rest += struct.pack(layout, line.number(key))
    return struct.pack(">II", flags, line.number("id", 1)) + rest


def trun(line: Line) -> bytes:
    columns = [(flag, line.numbers(key)) for key, flag in (("ticks", 0x100), ("sizes", 0x200), ("shifts", 0x800))]
    used = [(flag, numbers) for flag, numbers in columns if numbers]
    flags = sum(flag for flag, _ in used) | (1 if "data" in line.values else 0)
    count = line.number("count", len(used[0][1]) if used else 0)
    data = struct.pack(">i", line.number("data")) if "data" in line.values else b""
    rows = b"".join(
        struct.pack(">I", number & 0xFFFFFFFF) for row in zip(*(n for _, n in used), strict=True) for number in row
    )
    return struct.pack(">II", line.number("v") << 24 | flags, count) + data + rows


def sidx(line: Line) -> bytes:
    sizes = line.numbers("sizes")
    head = struct.pack(">IIIIHH", 1, line.number("scale", 1000), 0, line.number("first"), 0, len(sizes))
    return line.full + head + b"".join(struct.pack(">III", size, 1000, 0) for size in sizes)


def data(line: Line) -> bytes:
    """The value of an iTunes or QuickTime item; `type=1` UTF-8."""
    return struct.pack(">II", line.number("type", 1), 0) + line.values.get("text", "").replace("_", " ").encode()


def keys(line: Line) -> bytes:
    """QuickTime's names of metadata, `names=` with commas."""
    names = [name.encode() for name in line.values.get("names", "").split(",")]
    rows = b"".join(struct.pack(">I4s", 8 + len(name), b"mdta") + name for name in names)
    return line.full + struct.pack(">I", len(names)) + rows


def user_text(line: Line) -> bytes:
    """QuickTime user data: length, language, characters."""
    text = line.values.get("text", "").replace("_", " ").encode(line.values.get("coding", "utf-8"))
    return struct.pack(">HH", len(text), 0) + text


ENCODERS: dict[bytes, Callable[[Line], bytes]] = (
    {b"ftyp": ftyp, b"mvhd": mvhd, b"mdhd": mdhd, b"tkhd": tkhd, b"hdlr": hdlr, b"elst": elst, b"stsd": stsd}
    | {b"stts": _pairs, b"ctts": _pairs, b"stsz": stsz, b"stz2": stz2, b"stsc": stsc, b"stco": _offsets(">I")}
    | {b"co64": _offsets(">Q"), b"trex": trex, b"mehd": _whole, b"tfdt": _whole, b"mfhd": _whole, b"tfhd": tfhd}
    | {b"trun": trun, b"sidx": sidx, b"data": data, b"keys": keys}
    | dict.fromkeys((b"avc1", b"hvc1", b"jpeg", b"encv", b"mp4v"), _visual)
    | dict.fromkeys((b"mp4a", b"sowt", b"twos", b"alaw", b"ulaw", b"enca"), _sound)
)


def track(kind: str = "vide", codec: str = "avc1", scale: int = 1000, tables: str = "", edits: str = "") -> str:
    """The text of one trak: `tables` are the lines of stbl below stsd, `edits` the value of elst, if any."""
    lines = ["  trak", "    tkhd id=1"]
    if edits:
        lines += ["    edts", f"      elst edits={edits}"]
    lines += ["    mdia", f"      mdhd scale={scale}", f"      hdlr type={kind} name=", "      minf", "        stbl"]
    lines += ["          stsd", f"            {codec}"]
    lines += ["          " + line for line in tables.strip().splitlines()]
    return "\n".join(lines) + "\n"


def movie(tracks: str, scale: int = 1000, duration: int = 0, data: int = 10_000) -> bytes:
    """A file with its data in front of the index: ftyp (16 bytes), mdat from byte 24 on, moov."""
    head = f"ftyp brand=isom\nmdat bytes={data}\nmoov\n  mvhd scale={scale} duration={duration}\n"
    return build(head + tracks)


def steady(stts: str, samples: int, each: int = 10) -> str:
    """The tables of a track whose samples of `each` bytes lie in one chunk at the start of the data."""
    return f"stts runs={stts}\nstsz each={each} count={samples}\nstsc runs=1:{samples}\nstco at=24\n"
