"""Frames of sound inside elementary streams: AAC in ADTS (ISO/IEC 13818-7 § 6.2), MPEG audio (11172-3), AC-3."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from indexer.containers.continuity import Ticks

ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
LAYER2 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
LAYER3 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
LAYER2_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
MPEG_RATES = (44100, 48000, 32000)
AC3_KBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
AC3_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)
HEAD = 7
MAX_KNOWN = 65_536


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: bytes, samples in it, samples a second, channels."""

    length: int
    samples: int
    rate: int
    channels: int


def adts(head: bytes) -> Frame | None:
    index = head[2] >> 2 & 15
    if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or index >= len(ADTS_RATES):
        return None
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    channels = (head[2] & 1) << 2 | head[3] >> 6
    blocks = (head[6] & 3) + 1
    return Frame(length, 1024 * blocks, ADTS_RATES[index], 8 if channels == 7 else channels) if length >= HEAD else None


def mpeg_audio(head: bytes) -> Frame | None:
    """Layers II and III of MPEG-1, MPEG-2 and MPEG-2.5."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    kbits, index = head[2] >> 4, head[2] >> 2 & 3
    if (
        head[0] != 0xFF
        or head[1] & 0xE0 != 0xE0
        or version == 1
        or layer not in (1, 2)
        or kbits in (0, 15)
        or index == 3
    ):
        return None
    low = version != 3
    bits = (LAYER2_LOW if low else LAYER2 if layer == 2 else LAYER3)[kbits] * 1000
    rate = MPEG_RATES[index] >> (0, 1, 2)[0 if not low else 1 if version == 2 else 2]
    samples = 576 if low and layer == 1 else 1152
    return Frame(samples // 8 * bits // rate + (head[2] >> 1 & 1), samples, rate, 1 if head[3] >> 6 == 3 else 2)


def ac3(head: bytes) -> Frame | None:
    rate, size = head[4] >> 6, head[4] & 0x3F
    if head[:2] != b"\x0b\x77" or rate == 3 or size // 2 >= len(AC3_KBITS) or head[5] >> 3 > 10:
        return None
    frequency, kbits = (48000, 44100, 32000)[rate], AC3_KBITS[size // 2]
    words = kbits * 1000 * 1536 // (frequency * 16) + (size & 1 if rate == 1 else 0)
    return Frame(words * 2, 1536, frequency, AC3_CHANNELS[head[6] >> 5])


PARSERS: Mapping[str, Callable[[bytes], Frame | None]] = {"aac": adts, "mp2": mpeg_audio, "mp3": mpeg_audio, "ac3": ac3}


@dataclass(slots=True)
class FrameWalk:
    """Goes from frame to frame over a stream that comes in pieces; looks for the next one where none is."""

    parse: Callable[[bytes], Frame | None]
    first: Frame | None = None
    lost: int = 0
    _base: int = 0  # of the bytes kept, in the stream
    _skip: int = 0  # of the next piece, because the last frame reaches into it
    _kept: bytes = b""
    _known: dict[bytes, Frame | None] = field(default_factory=dict)

    def frames(self, data: bytes) -> Ticks:
        """Where in the stream the frames begin whose heads are in what has come so far."""
        content = self._kept + data
        found: list[int] = []
        at, end, known = self._skip, len(content) - HEAD, self._known
        while at <= end:
            head = content[at : at + HEAD]
            frame = known.get(head) or self._learn(head)
            if frame is None:
                at = self._search(content, at + 1)
                continue
            found.append(self._base + at)
            at += frame.length
        self._kept, self._skip = content[at:], max(at - len(content), 0)
        self._base += min(at, len(content))
        return np.array(found, np.int64)

    def _learn(self, head: bytes) -> Frame | None:
        frame = self.parse(head)
        if frame is None or frame.length < HEAD:
            return None
        self.first = self.first or frame
        if len(self._known) < MAX_KNOWN:
            self._known[head] = frame
        return frame

    def _search(self, content: bytes, at: int) -> int:
        self.lost += 1
        found = content.find(b"\x0b\x77" if self.parse is ac3 else b"\xff", at)
        return found if found >= 0 else max(len(content) - 1, at)
