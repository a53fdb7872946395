"""JPEG photographs with Exif written here field by field (CIPA DC-008), the picture itself from FFmpeg's encoder."""

import functools
import struct
import subprocess

from tests.golden.media import FFMPEG

EXIF: dict[int, str] = {
    0x010F: "ACME",
    0x0110: "DSJ-7",
    0x0131: "firmware 2.1",
    0x9003: "2024:01:15 14:30:25",
    0x9291: "375",
    0x9011: "+08:00",
    0xA431: "1234567",
}
ROOT_TAGS = (0x010F, 0x0110, 0x0131)
POINTER = 0x8769


@functools.cache
def plain() -> bytes:
    """A 160x120 picture without Exif."""
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", "testsrc=s=160x120:d=0.04:r=25", "-frames:v", "1"]
    command += ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def jpeg(tags: dict[int, str] | None = None) -> bytes:
    """The picture, with an Exif segment when there are tags."""
    return plain() if tags is None else with_segment(plain(), 0xE1, b"Exif\0\0" + tiff(tags))


def with_segment(picture: bytes, marker: int, content: bytes) -> bytes:
    """The picture with one more segment in front of all others."""
    return picture[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + picture[2:]


def tiff(tags: dict[int, str]) -> bytes:
    """A big-endian TIFF block: root directory, Exif directory behind it, all values texts."""
    root = {tag: text for tag, text in tags.items() if tag in ROOT_TAGS}
    inner = {tag: text for tag, text in tags.items() if tag not in ROOT_TAGS}
    at = 8 + 2 + 12 * (len(root) + 1) + 4
    root_values = b"".join(outside(text) for text in root.values())
    inner_at = at + len(root_values)
    rows = directory(root, at) + struct.pack(">HHII", POINTER, 4, 1, inner_at)
    inner_values_at = inner_at + 2 + 12 * len(inner) + 4
    head = b"MM\0*" + struct.pack(">IH", 8, len(root) + 1) + rows + bytes(4) + root_values
    values = b"".join(outside(text) for text in inner.values())
    return head + struct.pack(">H", len(inner)) + directory(inner, inner_values_at) + bytes(4) + values


def directory(tags: dict[int, str], at: int) -> bytes:
    rows = b""
    for tag, text in tags.items():
        packed = value(text)
        rows += (
            struct.pack(">HHII", tag, 2, len(packed), at)
            if len(packed) > 4
            else (struct.pack(">HHI", tag, 2, len(packed)) + packed.ljust(4, b"\0"))
        )
        at += len(packed) if len(packed) > 4 else 0
    return rows


def value(text: str) -> bytes:
    return text.encode() + b"\0"


def outside(text: str) -> bytes:
    """What of a value lies behind the directory: up to four bytes lie in it."""
    return value(text) if len(value(text)) > 4 else b""
