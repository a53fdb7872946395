"""What no option of FFmpeg's muxers makes: real clips, their structure rewritten here, or joined, or copied."""

import functools
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.golden import media, riff
from tests.golden.ebml import laced, unsized

PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts")


def _copied(name: str, *options: str, source: str = "plain.mp4", before: tuple[str, ...] = ()) -> bytes:
    path = media.folder() / name
    command = [media.FFMPEG, "-v", "error", "-y", *before, "-i", str(media.clip(source)), *options, "-c", "copy"]
    subprocess.run([*command, str(path)], check=True)
    return path.read_bytes()


def turned(name: str) -> bytes:
    """To be shown a quarter counter-clockwise, which is 270 degrees clockwise."""
    return _copied(name, before=("-display_rotation", "90"))


def late(name: str) -> bytes:
    """The sound begins half a second behind the picture: an empty edit."""
    path = media.folder() / name
    picture, sound = "testsrc=s=160x120:r=25:d=3", "sine=d=3:r=16000"
    inputs = ["-f", "lavfi", "-i", picture, "-itsoffset", "0.5", "-f", "lavfi", "-i", sound]
    how = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0", "-c:a", "aac"]
    subprocess.run([media.FFMPEG, "-v", "error", "-y", *inputs, *how, str(path)], check=True)
    return path.read_bytes()


def boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the boxes between two offsets."""
    while at < end:
        size = int.from_bytes(data[at : at + 4])
        size = int.from_bytes(data[at + 8 : at + 16]) if size == 1 else size
        yield data[at + 4 : at + 8], at, at + size
        at += size


def rewritten(data: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """Every box after `change(kind, content)`, parents' sizes made to fit. The movie must lie behind its data."""
    parts = []
    for kind, at, end in boxes(data, 0, len(data)):
        content = data[at + 8 : end]
        content = rewritten(content, change) if kind in PARENTS else content
        content = change(kind, content)
        parts.append(struct.pack(">I", len(content) + 8) + kind + content)
    return b"".join(parts)


def large() -> bytes:
    """64-bit sizes and offsets: the free box that FFmpeg leaves in front of its data becomes their longer header."""

    def change(kind: bytes, content: bytes) -> bytes:
        if kind != b"stco":
            return content
        count = int.from_bytes(content[4:8])
        return content[:8] + struct.pack(f">{count}Q", *struct.unpack_from(f">{count}I", content, 8))

    data = rewritten(media.clip("plain.mp4").read_bytes(), change).replace(b"stco", b"co64")
    at = data.index(b"free") - 4
    assert data[at + 12 : at + 16] == b"mdat"
    size = int.from_bytes(data[at + 8 : at + 12]) + 8
    return data[:at] + struct.pack(">I4sQ", 1, b"mdat", size) + data[at + 16 :]


def packed() -> bytes:
    """A movie compressed as QuickTime does it."""
    data = media.clip("pcm.mov").read_bytes()
    begin = next(at for kind, at, _ in boxes(data, 0, len(data)) if kind == b"moov")
    movie = zlib.compress(data[begin:])
    inner = box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", len(data) - begin) + movie)
    return data[:begin] + box(b"moov", box(b"cmov", inner))


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def lengthless(value: int | None) -> bytes:
    """The movie header's duration replaced, or with None its box taken away."""

    def change(kind: bytes, content: bytes) -> bytes:
        return (
            content[:16] + struct.pack(">I", value) + content[20:] if kind == b"mvhd" and value is not None else content
        )

    data = rewritten(media.clip("plain.mp4").read_bytes(), change)
    return data if value is not None else data.replace(b"mvhd", b"free")


def slowed() -> bytes:
    """The picture's edit at half the rate: six seconds of a track of three."""
    data = bytearray(media.clip("plain.mp4").read_bytes())
    at = data.index(b"elst")
    struct.pack_into(">I", data, at + 12, 2 * int.from_bytes(data[at + 12 : at + 16]))
    struct.pack_into(">I", data, at + 20, 0x8000)
    return bytes(data)


def described_twice() -> bytes:
    """The picture's description stands twice, and the last run of chunks refers to the second one."""
    seen: list[bytes] = []

    def change(kind: bytes, content: bytes) -> bytes:
        seen.append(kind)
        if kind == b"stsd" and seen.count(kind) == 1:
            one = content[8:]
            size = struct.pack(">HH", 176, 144)  # the second one states another picture size (offset 32 of an entry)
            return content[:4] + struct.pack(">I", 2) + one + one[:32] + size + one[36:]
        if kind == b"stsc" and seen.count(kind) == 1:
            assert int.from_bytes(content[4:8]) > 1
            return content[:-4] + struct.pack(">I", 2)
        return content

    return rewritten(media.clip("plain.mp4").read_bytes(), change)


def joined(*offsets: float) -> bytes:
    """Transport streams one behind the other, each with its times from an offset on."""
    parts = []
    for offset in offsets:
        name = f"from-{offset}.ts"
        recipe = media.H264 | media.SOUND | {"mpegts_copyts": 1, "output_ts_offset": offset}
        parts.append(media.encoded(name, recipe, 3).read_bytes())
    return b"".join(parts)


def headed() -> bytes:
    """A Hikvision block: their header of 40 bytes, then a program stream, under the name of an MP4."""
    return b"IMKH".ljust(40, b"\1") + media.clip("h264.mpg").read_bytes()


def unindexed() -> bytes:
    """An AVI of which the index was never written; sizes are right."""
    data = media.clip("h264.avi").read_bytes()
    at = data.rindex(b"idx1")
    return data[:4] + struct.pack("<I", at - 8) + data[8:at]


VARIANTS: dict[str, Callable[[], bytes]] = {
    "turned.mp4": lambda: turned("turned.mp4"),
    "turned.mkv": lambda: turned("turned.mkv"),
    "late.mp4": lambda: late("late.mp4"),
    "large.mp4": large,
    "packed.mov": packed,
    "zero-length.mp4": lambda: lengthless(0),
    "headless.mp4": lambda: lengthless(None),
    "slowed.mp4": slowed,
    "two-descriptions.mp4": described_twice,
    "wrap.ts": lambda: joined(95_442),
    "set-back.ts": lambda: joined(100, 10),
    "jump.ts": lambda: joined(10, 100),
    "hikvision.mp4": headed,
    "unindexed.avi": unindexed,
    "opendml.avi": lambda: riff.reindexed(media.clip("h264.avi").read_bytes(), 2),
    "unsized.mkv": lambda: unsized(media.clip("plain.mkv").read_bytes()),
    "laced-ebml.mkv": lambda: laced(media.clip("plain.mkv").read_bytes(), "ebml"),
    "laced-xiph.mkv": lambda: laced(media.clip("plain.mkv").read_bytes(), "xiph"),
}


@functools.cache
def clip(name: str) -> Path:
    path = media.folder() / f"variant-{name}"
    path.write_bytes(VARIANTS[name]())
    return path
