"""Times of PES packets (ISO/IEC 13818-1 § 2.4.3.7): 33 bits at 90 kHz, unrolled and kept running over splices."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from domain.media import ProblemCode
from indexer.containers.about import goes_back
from indexer.containers.continuity import Runs, Ticks, nominal
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.mpeg.payload import Bytes

CLOCK = 90_000
WRAP = 1 << 33
HALF = WRAP >> 1
BACK = CLOCK  # decoding times may stumble by less than a second
NONE = -1  # no decoding time: it is that of presentation
PREFIX = np.array([0, 0, 1], np.uint8)
FIXED, SEEN = 9, 19  # bytes of a PES header before its times, and with both of them


@dataclass(slots=True)
class Stamps:
    """Collects one stream's times chunk by chunk: when shown, when decoded, and which can be decoded alone."""

    shown: list[Ticks] = field(default_factory=list)
    decoded: list[Ticks] = field(default_factory=list)
    alone: list[Ticks] = field(default_factory=list)  # 1 where a sample can be decoded alone
    timeless: int = 0
    _headers: list[Bytes] = field(default_factory=list)
    _marks: list[NDArray[np.bool_]] = field(default_factory=list)

    def collect(self, headers: Bytes, alone: NDArray[np.bool_]) -> None:
        """Beginnings of PES packets, SEEN bytes each: what is in them is worked out for all together (`settle`)."""
        if len(headers):
            self._headers.append(headers)
            self._marks.append(alone)

    def settle(self) -> None:
        """The times of the headers collected; what begins otherwise than a packet counts for nothing."""
        if not self._headers:
            return
        raw, marks = np.concatenate(self._headers), np.concatenate(self._marks)
        self._headers, self._marks = [], []
        timed = is_timed(raw)
        self.timeless += int((is_packet(raw) & ~timed).sum())
        stamped, alone = raw[timed].astype(np.int64), marks[timed]
        decoded = np.where(stamped[:, 7] & 0x40 != 0, time(stamped[:, 14:19]), NONE)
        self.add(time(stamped[:, 9:14]), decoded, alone.astype(np.int64))

    def add(self, shown: Ticks, decoded: Ticks, alone: Ticks) -> None:
        self.settle()
        if len(shown):
            self.shown.append(shown)
            self.decoded.append(decoded)
            self.alone.append(alone)

    @property
    def count(self) -> int:
        return sum(len(part) for part in self.shown)


@dataclass(frozen=True, slots=True)
class Unrolled:
    """Times that wrap no more; `alone` marks those of samples that can be decoded alone.

    `order` are the decoding times, `usual` their most frequent distance.
    """

    shown: Ticks
    alone: Ticks
    order: Ticks
    usual: int


def unrolled(stamps: Stamps, label: str, problems: ProblemList) -> Unrolled:
    """One line of time: 33 bits continued, and set on where a splice set it back."""
    shown = np.concatenate(stamps.shown)
    decoded = np.concatenate(stamps.decoded)
    order = np.where(decoded == NONE, shown, decoded)
    ahead = shown - order
    ahead = np.where(ahead < -HALF, ahead + WRAP, np.where(ahead > HALF, ahead - WRAP, ahead))
    step = np.diff(order)
    step = np.where(step < -HALF, step + WRAP, np.where(step > HALF, step - WRAP, step))
    forward = step[step > 0]
    usual = nominal(Runs(np.ones(len(forward), np.int64), forward))
    limit = BACK if (decoded != NONE).any() else 10 * BACK  # presentation times alone go back and forth by frames
    back = step < -limit
    if back.any():
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, goes_back(label, int(back.sum())))
    line = np.concatenate((order[:1], np.where(back, usual, step))).cumsum()
    return Unrolled(line + ahead, np.concatenate(stamps.alone), line, usual)


def aligned(tracks: list[Unrolled]) -> list[Unrolled]:
    """Streams that begin on different sides of the wrap, put on one line."""
    latest = max((int(one.shown[0]) for one in tracks), default=0)
    return [
        replace(one, shown=one.shown + WRAP, order=one.order + WRAP) if latest - int(one.shown[0]) > HALF else one
        for one in tracks
    ]


def is_packet(headers: Bytes) -> NDArray[np.bool_]:
    """Which rows begin as a PES packet with the header of MPEG-2 does (§ 2.4.3.6)."""
    found: NDArray[np.bool_] = (headers[:, :3] == PREFIX).all(axis=1) & (headers[:, 6] >> 6 == 0b10)
    return found


def is_timed(headers: Bytes) -> NDArray[np.bool_]:
    """Which of them state a time of presentation."""
    found: NDArray[np.bool_] = is_packet(headers) & (headers[:, 7] & 0x80 != 0)
    return found


def time(raw: Ticks) -> Ticks:
    """The five bytes of each row as a time (§ 2.4.3.6)."""
    return (raw[:, 0] >> 1 & 7) << 30 | raw[:, 1] << 22 | (raw[:, 2] >> 1) << 15 | raw[:, 3] << 7 | raw[:, 4] >> 1
