"""Frames of sound inside elementary streams: AAC in ADTS (ISO/IEC 13818-7 § 6.2), MPEG audio (11172-3), AC-3."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.containers.continuity import Ticks
from indexer.containers.mpeg.payload import Bytes

ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
LAYER2 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
LAYER3 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
LAYER2_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
MPEG_RATES = (44100, 48000, 32000)
AC3_KBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
AC3_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)
HEAD = 7


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


Parser = Callable[[bytes], Frame | None]
PARSERS: Mapping[str, Parser] = {"aac": adts, "mp2": mpeg_audio, "mp3": mpeg_audio, "ac3": ac3}
# A frame's first byte, bits of its second byte and their values.
SYNC: Mapping[Parser, tuple[int, int, int]] = {
    adts: (0xFF, 0xF6, 0xF0), mpeg_audio: (0xFF, 0xE0, 0xE0), ac3: (0x0B, 0xFF, 0x77),
}  # fmt: skip
TELLING: Mapping[Parser, int] = {mpeg_audio: 1, ac3: 4}  # the first of the two bytes that give a frame's length
UNKNOWN = -1
FEW = 8


def _adts_lengths(content: Bytes, at: Ticks) -> Ticks:
    raw = content[at[:, None] + np.arange(2, 6)].astype(np.int64)
    length = (raw[:, 1] & 3) << 11 | raw[:, 2] << 3 | raw[:, 3] >> 5
    return np.where((raw[:, 0] >> 2 & 15 < len(ADTS_RATES)) & (length >= HEAD), length, 0)


@dataclass(slots=True)
class FrameWalk:
    """Goes from frame to frame over a stream that comes in pieces; looks for the next one where none is."""

    parse: Parser
    first: Frame | None = None
    _base: int = 0  # of the bytes kept, in the stream
    _skip: int = 0  # of the next piece, because the last frame reaches into it
    _kept: bytes = b""
    _known: NDArray[np.int32] | None = None  # lengths by the two bytes that give them
    _alike: bool = True  # frames of one length have been the rule so far

    def frames(self, data: bytes | Bytes) -> Ticks:
        """Where in the stream the frames begin whose heads are in what has come so far."""
        piece = np.frombuffer(data, np.uint8)
        content = np.concatenate((np.frombuffer(self._kept, np.uint8), piece)) if self._kept else piece
        end, at = len(content) - HEAD + 1, self._skip
        found: list[Ticks] = []
        if self._alike and at < end:
            found, at = self._steady(content, at, end)
        if at < end:
            more, at = self._varied(content, at, end)
            found += more
        begins = np.concatenate(found) if found else np.empty(0, np.int64)
        if self.first is None and len(begins):
            self.first = self.parse(content[begins[0] :][:HEAD].tobytes())
        begins += self._base
        self._kept, self._skip = content[at:].tobytes(), max(at - len(content), 0)
        self._base += min(at, len(content))
        return begins

    def _steady(self, content: Bytes, at: int, end: int) -> tuple[list[Ticks], int]:
        """Frames as long as the first one, one behind the other, and where the next one has to be."""
        length = int(self._lengths(content, np.array([at]))[0])
        if not length:
            return [], at
        places = np.arange(at, end, length)
        other = self._lengths(content, places) != length
        count = int(other.argmax()) if other.any() else len(places)
        self._alike = count == len(places) or count >= FEW
        return [places[:count]], at + count * length

    def _varied(self, content: Bytes, at: int, end: int) -> tuple[list[Ticks], int]:
        """All that looks like a frame, and of that what is reached from one frame to the next."""
        places = at + np.flatnonzero(content[at:end] == SYNC[self.parse][0])
        lengths = self._lengths(content, places)
        places, lengths = places[lengths > 0], lengths[lengths > 0]
        ends = places + lengths
        following = np.searchsorted(places, ends)  # where a frame ends and none begins, the next that looks like one
        turns = np.append(np.flatnonzero(following[:-1] != np.arange(1, len(places))), len(places) - 1)
        found: list[Ticks] = []
        place = 0
        while place < len(places):
            turn = int(turns[np.searchsorted(turns, place)])
            found.append(places[place : turn + 1])
            at, place = int(ends[turn]), int(following[turn])
        return found, max(at, end)

    def _lengths(self, content: Bytes, at: Ticks) -> Ticks:
        """The length of the frame at each place, 0 where there is none."""
        begin, bits, value = SYNC[self.parse]
        good = (content[at] == begin) & (content[at + 1] & bits == value)
        lengths = np.zeros(len(at), np.int64)
        lengths[good] = _adts_lengths(content, at[good]) if self.parse is adts else self._looked_up(content, at[good])
        return lengths

    def _looked_up(self, content: Bytes, at: Ticks) -> Ticks:
        """By the parser, asked once for each pair of bytes."""
        known = self._known if self._known is not None else np.full(1 << 16, UNKNOWN, np.int32)
        self._known = known
        first = at + TELLING[self.parse]
        keys = content[first].astype(np.int64) << 8 | content[first + 1]
        unknown = np.flatnonzero(known[keys] == UNKNOWN)
        for key, place in zip(*np.unique(keys[unknown], return_index=True), strict=True) if len(unknown) else ():
            frame = self.parse(content[at[unknown[place]] :][:HEAD].tobytes())
            known[key] = frame.length if frame is not None and frame.length >= HEAD else 0
        lengths: Ticks = known[keys].astype(np.int64)
        return lengths
