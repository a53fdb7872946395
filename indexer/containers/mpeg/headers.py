"""Headers of PES packets in a program stream: as MPEG-2 writes them (ISO/IEC 13818-1 § 2.4.3.6) and as MPEG-1 does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.containers.continuity import Ticks
from indexer.containers.mpeg.payload import Bytes
from indexer.containers.mpeg.stamps import FIXED, NONE, Stamps, time
from indexer.containers.mpeg.stamps import SEEN as STAMPED

SEEN = 32  # bytes from the start code on in which a header's times stand
BEFORE = 6  # start code, stream id, length
STUFFING = 16
TWO_BYTES, TIME, BOTH, PLAIN = 0b01, 0b0010, 0b0011, 0x0F


@dataclass(frozen=True, slots=True)
class Headers:
    """Of each packet: its first SEEN bytes, where its start code is, where from there its payload is, if it is timed.

    `first` are the times shown and decoded of the timed packets, where MPEG-1 wrote them.
    """

    raw: Bytes
    starts: Ticks
    begins: Ticks
    timed: NDArray[np.bool_]
    first: tuple[Ticks, Ticks] | None = None

    @property
    def lengths(self) -> Ticks:
        """Bytes of payload of each packet."""
        stated = self.raw[:, 4].astype(np.int64) << 8 | self.raw[:, 5]
        lengths: Ticks = np.maximum(BEFORE + stated - self.begins, 0)
        return lengths

    @property
    def scrambled(self) -> bool:
        return self.first is None and bool((self.raw[:, 6] & 0x30).any())

    def payloads(self, data: Bytes, limit: int | None = None) -> bytes:
        """The payloads one behind the other."""
        view = data.data
        spans = zip((self.starts + self.begins)[:limit].tolist(), self.lengths[:limit].tolist(), strict=True)
        return b"".join([view[at : at + length] for at, length in spans])

    def stamp(self, stamps: Stamps) -> None:
        """The times go to those of the stream."""
        alone = np.zeros(int(self.timed.sum()), np.bool_)
        if self.first is None:
            stamps.collect(self.raw[self.timed, :STAMPED], alone)
        else:
            stamps.add(*self.first, alone.astype(np.int64))


def headers(raw: Bytes, starts: Ticks) -> Headers:
    """Of packets by their first SEEN bytes. Those whose header is neither form are left out."""
    second = raw[:, 6] >> 6 == 0b10
    if not second.any():
        return _first(raw, starts)
    if not second.all():
        raw, starts = raw[second], starts[second]
    return Headers(raw, starts, FIXED + raw[:, FIXED - 1].astype(np.int64), raw[:, 7] & 0x80 != 0)


def _first(raw: Bytes, starts: Ticks) -> Headers:
    """ISO/IEC 11172-1 § 2.4.3.3: stuffing, buffer size, then times or the byte 0000 1111."""
    at = BEFORE + np.argmax(raw[:, BEFORE : BEFORE + STUFFING] != 0xFF, axis=1)
    rows = np.arange(len(raw))
    at += np.where(raw[rows, at] >> 6 == TWO_BYTES, 2, 0)
    at = np.minimum(at, SEEN - 10)
    mark = raw[rows, at]
    timed, both = (mark >> 4 == TIME) | (mark >> 4 == BOTH), mark >> 4 == BOTH
    known = timed | (mark == PLAIN)
    begins = at + np.where(both, 10, np.where(timed, 5, 1))
    raw, starts, at, timed, both, begins = (part[known] for part in (raw, starts, at, timed, both, begins))
    rows, wide = np.flatnonzero(timed)[:, None], raw.astype(np.int64)
    shown = time(wide[rows, at[timed][:, None] + np.arange(5)])
    decoded = time(wide[rows, at[timed][:, None] + np.arange(5, 10)])
    return Headers(raw, starts, begins, timed, (shown, np.where(both[timed], decoded, NONE)))
