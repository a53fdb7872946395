"""Headers of PES packets in a program stream: as MPEG-2 writes them (ISO/IEC 13818-1 § 2.4.3.6) and as MPEG-1 does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.containers.continuity import Ticks
from indexer.containers.mpeg.stamps import NONE, time

SEEN = 32  # bytes from the start code on in which a header's times stand
FIXED = 6  # start code, stream id, length
STUFFING = 16
TWO_BYTES, TIME, BOTH, PLAIN = 0b01, 0b0010, 0b0011, 0x0F


@dataclass(frozen=True, slots=True)
class Headers:
    """Of each packet: where its start code and, from there, its payload is, its payload's length, its times.

    `shown` and `decoded` are given for timed packets only.
    """

    starts: Ticks
    begins: Ticks
    lengths: Ticks
    timed: NDArray[np.bool_]
    shown: Ticks
    decoded: Ticks
    scrambled: bool

    def payloads(self, data: NDArray[np.uint8], limit: int | None = None) -> bytes:
        """The payloads one behind the other."""
        view = data.data
        spans = zip((self.starts + self.begins)[:limit].tolist(), self.lengths[:limit].tolist(), strict=True)
        return b"".join([view[at : at + length] for at, length in spans])


def headers(data: NDArray[np.uint8], starts: Ticks) -> Headers:
    """Packets whose header is neither form are left out."""
    raw = data[starts[:, None] + np.arange(SEEN)]
    second = raw[:, 6] >> 6 == 0b10
    if second.all():
        return _second(raw.astype(np.int64), starts)
    if not second.any():
        return _first(raw.astype(np.int64), starts)
    return _second(raw[second].astype(np.int64), starts[second])


def _second(raw: Ticks, starts: Ticks) -> Headers:
    begins = 9 + raw[:, 8]
    timed = raw[:, 7] & 0x80 != 0
    both = raw[timed, 7] & 0x40 != 0
    stamped = raw[timed]
    return Headers(
        starts,
        begins,
        _lengths(raw, begins),
        timed,
        time(stamped[:, 9:14]),
        np.where(both, time(stamped[:, 14:19]), NONE),
        bool((raw[:, 6] & 0x30).any()),
    )


def _lengths(raw: Ticks, begins: Ticks) -> Ticks:
    lengths: Ticks = np.maximum(FIXED + (raw[:, 4] << 8 | raw[:, 5]) - begins, 0)
    return lengths


def _first(raw: Ticks, starts: Ticks) -> Headers:
    """ISO/IEC 11172-1 § 2.4.3.3: stuffing, buffer size, then times or the byte 0000 1111."""
    at = FIXED + np.argmax(raw[:, FIXED : FIXED + STUFFING] != 0xFF, axis=1)
    rows = np.arange(len(raw))
    at += np.where(raw[rows, at] >> 6 == TWO_BYTES, 2, 0)
    at = np.minimum(at, SEEN - 10)
    mark = raw[rows, at]
    timed, both = (mark >> 4 == TIME) | (mark >> 4 == BOTH), mark >> 4 == BOTH
    known = timed | (mark == PLAIN)
    begins = at + np.where(both, 10, np.where(timed, 5, 1))
    raw, starts, at, timed, both, begins = (part[known] for part in (raw, starts, at, timed, both, begins))
    rows = np.flatnonzero(timed)[:, None]
    shown = time(raw[rows, at[timed][:, None] + np.arange(5)])
    decoded = time(raw[rows, at[timed][:, None] + np.arange(5, 10)])
    return Headers(
        starts, begins, _lengths(raw, begins), timed, shown, np.where(both[timed], decoded, NONE), scrambled=False
    )
