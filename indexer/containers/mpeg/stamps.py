"""Times of PES packets (ISO/IEC 13818-1 § 2.4.3.7): 33 bits at 90 kHz, unrolled and kept running over splices."""

from dataclasses import dataclass, field, replace

import numpy as np

from domain.media import ProblemCode
from indexer.containers.continuity import Runs, Ticks, nominal
from indexer.containers.isobmff.boxes import ProblemList

CLOCK = 90_000
WRAP = 1 << 33
HALF = WRAP >> 1
BACK = CLOCK  # decoding times may stumble by less than a second
NONE = -1  # no decoding time: it is that of presentation


@dataclass(slots=True)
class Stamps:
    """Collects one stream's times chunk by chunk: when shown, when decoded, and which can be decoded alone."""

    shown: list[Ticks] = field(default_factory=list)
    decoded: list[Ticks] = field(default_factory=list)
    alone: list[Ticks] = field(default_factory=list)  # 1 where a sample can be decoded alone
    timeless: int = 0

    def add(self, shown: Ticks, decoded: Ticks, alone: Ticks) -> None:
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
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, f"{label}: time goes backwards {int(back.sum())} times")
    line = np.concatenate((order[:1], np.where(back, usual, step))).cumsum()
    return Unrolled(line + ahead, np.concatenate(stamps.alone), line, usual)


def aligned(tracks: list[Unrolled]) -> list[Unrolled]:
    """Streams that begin on different sides of the wrap, put on one line."""
    latest = max((int(one.shown[0]) for one in tracks), default=0)
    return [
        replace(one, shown=one.shown + WRAP, order=one.order + WRAP) if latest - int(one.shown[0]) > HALF else one
        for one in tracks
    ]


def time(raw: Ticks) -> Ticks:
    """The five bytes of each row as a time (§ 2.4.3.6)."""
    return (raw[:, 0] >> 1 & 7) << 30 | raw[:, 1] << 22 | (raw[:, 2] >> 1) << 15 | raw[:, 3] << 7 | raw[:, 4] >> 1
