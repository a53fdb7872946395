"""Packs H.264 and AAC into an MPEG program stream as room recorders do: one packet a frame (ISO/IEC 13818-1 § 2.5).

ffmpeg's own muxer joins many frames under one time stamp, which no recorder does.
"""

from pathlib import Path

import av

CLOCK = 90_000
VIDEO, AUDIO = 0xE0, 0xC0
H264, AAC = 0x1B, 0x0F  # stream types of table 2-34
MUX_RATE = 2500  # units of 50 bytes a second


def stamp(mark: int, ticks: int) -> bytes:
    """A 33-bit time stamp in five bytes with its marker bits (§ 2.4.3.7)."""
    high, middle, low = ticks >> 30 & 0x7, ticks >> 15 & 0x7FFF, ticks & 0x7FFF
    return bytes([mark << 4 | high << 1 | 1]) + (middle << 1 | 1).to_bytes(2, "big") + (low << 1 | 1).to_bytes(2, "big")


def pack_header(ticks: int) -> bytes:
    """System clock reference at the frame's own time (§ 2.5.3.3)."""
    bits = 0b01
    for width, value in ((3, ticks >> 30), (1, 1), (15, ticks >> 15), (1, 1), (15, ticks), (1, 1), (9, 0), (1, 1)):
        bits = bits << width | value & (1 << width) - 1
    for width, value in ((22, MUX_RATE), (2, 0b11), (5, 0b11111), (3, 0)):
        bits = bits << width | value
    return b"\0\0\1\xba" + bits.to_bytes(10, "big")


def checksum(content: bytes) -> int:
    """CRC-32/MPEG-2 (annex A)."""
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


def stream_map() -> bytes:
    """Which stream id carries which codec (§ 2.5.4)."""
    entries = bytes([H264, VIDEO, 0, 0, AAC, AUDIO, 0, 0])
    body = b"\xe0\xff" + b"\0\0" + len(entries).to_bytes(2, "big") + entries
    head = b"\0\0\1\xbc" + (len(body) + 4).to_bytes(2, "big") + body
    return head + checksum(head).to_bytes(4, "big")


def packets(stream: int, ticks: int, content: bytes) -> bytes:
    """One frame as one or more packets; only the first is stamped."""
    done = b""
    for first in range(0, len(content), 60_000):
        part = content[first : first + 60_000]
        head = b"\x80\x80\x05" + stamp(0b0010, ticks) if first == 0 else b"\x80\x00\x00"
        done += b"\0\0\1" + bytes([stream]) + (len(head) + len(part)).to_bytes(2, "big") + head + part
    return done


def repack(source: Path, target: Path) -> None:
    """Turn a transport stream of one H.264 and one AAC track into a program stream."""
    with av.open(str(source)) as media, target.open("wb") as file:
        for packet in media.demux():
            if packet.pts is None or packet.time_base is None:
                continue
            ticks = int(packet.pts * packet.time_base * CLOCK)
            video = packet.stream.type == "video"
            file.write(pack_header(ticks) + (stream_map() if video and packet.is_keyframe else b""))
            file.write(packets(VIDEO if video else AUDIO, ticks, bytes(packet)))
        file.write(b"\0\0\1\xb9")
