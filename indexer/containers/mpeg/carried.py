"""One stream as transport packets carry it (ISO/IEC 13818-1 § 2.4.3): counters, PES headers, payload."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from indexer.containers.continuity import Ticks
from indexer.containers.mpeg.blocks import COUNTER, HEADER, LOADED, PACKET, SCRAMBLED, START, Block, Words
from indexer.containers.mpeg.payload import Bytes, joined, windows
from indexer.containers.mpeg.stamps import FIXED, SEEN, is_packet, is_timed
from indexer.containers.mpeg.streams import Elementary

DISCONTINUITY, RANDOM_ACCESS = 0x80, 0x40
LOADED_START = START | LOADED
PREFIX = b"\0\0\1"
NEAR = 4  # packets from a start on in which the stream's parameters are looked for


@dataclass(slots=True)
class Part:
    """The stretches of a block that carry one stream, as in Block; packets of `length` bytes in `data`."""

    data: Bytes
    length: int
    at: Ticks
    words: Words
    counts: Ticks
    payload: Ticks
    flags: Bytes

    @classmethod
    def of(cls, block: Block, those: Ticks) -> "Part":
        return cls(
            block.data,
            block.length,
            block.at[those],
            block.words[those],
            block.counts[those],
            block.payload[those],
            block.flags[those],
        )

    def between(self, first: int, end: int, most: int | None = None) -> "Part":
        """Some of the stretches, each cut to its first packets."""
        those = slice(first, end)
        counts = self.counts[those] if most is None else np.minimum(self.counts[those], most)
        return Part(
            self.data, self.length, self.at[those], self.words[those], counts, self.payload[those], self.flags[those]
        )

    def lengths(self) -> Ticks:
        """Bytes of payload of each stretch."""
        return self.counts * (PACKET - HEADER) + HEADER - self.payload

    def content(self) -> Bytes:
        """The payload of all its packets."""
        total = int(self.counts.sum())
        firsts = self.counts.cumsum() - self.counts
        at = np.repeat(self.at - firsts * self.length, self.counts) + np.arange(total) * self.length
        begins = np.full(total, HEADER)
        begins[firsts] = self.payload
        return joined(self.data, at + begins, PACKET - begins, PACKET - HEADER)

    def packets(self) -> Iterator[tuple[int, bytes, bool]]:
        """Of each packet where it begins, its payload, and whether something begins in it."""
        for stretch, count in enumerate(self.counts.tolist()):
            at, data = int(self.at[stretch]), self.data
            yield at, self.first(stretch), bool(self.words[stretch] & START)
            for place in range(at + self.length, at + count * self.length, self.length):
                yield place, data[place + HEADER : place + PACKET].tobytes(), False

    def first(self, stretch: int) -> bytes:
        """The payload of a stretch's first packet."""
        return self.data[self.at[stretch] + self.payload[stretch] : self.at[stretch] + PACKET].tobytes()

    def last(self, stretch: int) -> bytes:
        """The payload of a stretch's last packet."""
        if self.counts[stretch] == 1:
            return self.first(stretch)
        at = int(self.at[stretch] + (self.counts[stretch] - 1) * self.length)
        return self.data[at + HEADER : at + PACKET].tobytes()

    def following(self, stretch: int) -> int | None:
        """The next stretch that has a payload."""
        behind = np.flatnonzero(self.lengths()[stretch + 1 :])
        return stretch + 1 + int(behind[0]) if len(behind) else None

    def unload(self, stretch: int) -> None:
        """The stretch's first packet is as if it had no payload."""
        self.payload[stretch] = PACKET
        self.words[stretch] &= ~np.uint32(LOADED_START)


@dataclass(slots=True)
class Carried:
    """What has been seen of the stream's packets. Those before the byte `since` of the file do not count."""

    stream: Elementary
    key: int
    since: int = 0
    begun: bool = False  # a start has been seen
    _count: int = -1
    _last: bytes = b""  # payload of the last packet that has one
    _torn: bytes = b""  # of a packet that begins: a header that the next packet goes on with
    _torn_alone: bool = False

    def take(self, block: Block) -> None:
        those = np.flatnonzero(block.keys == self.key)
        if block.offset < self.since:
            those = those[block.at[those] + block.offset >= self.since]
        if not len(those):
            return
        part = Part.of(block, those)
        self.stream.scrambled = self.stream.scrambled or bool((part.words & SCRAMBLED).any())
        self._check_counters(part)
        resumed = self._resume(part) if self._torn else []
        starts = np.flatnonzero((part.words & LOADED_START) == LOADED_START)
        timed = self._headers(part, starts)
        if self.stream.wanted:
            self._give(part, starts, np.concatenate((np.array(resumed, np.int64), timed)))
        elif self.stream.looks:
            self._look(part, starts)

    def _check_counters(self, part: Part) -> None:
        """Each packet with a payload counts one further; a marked jump is allowed, and to send a packet twice."""
        loaded = part.words & LOADED != 0
        first, counts, places = (part.words >> COUNTER & 15).astype(np.int64), part.counts, None
        if not loaded.all():  # then the second packet of the stretch is the first with a payload
            first, counts = first + ~loaded, counts - ~loaded
            places = np.flatnonzero(counts)
            first, counts = first[places], counts[places]
        if not len(first):
            return
        ends = first + counts - 1
        before = np.concatenate(([self._count if self._count >= 0 else first[0] - 1], ends[:-1]))
        step = (first - before) & 15
        odd = np.flatnonzero(step != 1)
        if len(odd):
            self._jumps(part, np.arange(len(first)) if places is None else places, odd, step)
        self._count = int(ends[-1]) & 15
        self._last = part.last(-1 if places is None else int(places[-1]))

    def _jumps(self, part: Part, places: Ticks, odd: Ticks, step: Ticks) -> None:
        for place in odd.tolist():
            stretch = int(places[place])
            if step[place]:
                self.stream.lost += not part.flags[stretch] & DISCONTINUITY
            elif part.words[stretch] & LOADED:
                before = part.last(int(places[place - 1])) if place else self._last
                if part.first(stretch) == before:
                    part.unload(stretch)

    def _headers(self, part: Part, starts: Ticks) -> Ticks:
        """The PES headers (§ 2.4.3.6); gives the stretches at whose begin a timed packet's payload begins."""
        raw = windows(part.data, SEEN)[part.at[starts] + part.payload[starts]]
        ends = part.payload[starts] + FIXED + raw[:, FIXED - 1]
        short = np.flatnonzero(ends > PACKET)
        if len(short):
            starts, ends, raw = self._mended(part, starts, raw, short)
        self.stream.stamps.collect(raw, part.flags[starts] & RANDOM_ACCESS != 0)
        if not self.stream.wanted:
            return starts[:0]
        packets = is_packet(raw)
        part.payload[starts[packets]] = np.minimum(ends[packets], PACKET)
        return starts[is_timed(raw)]

    def _mended(self, part: Part, starts: Ticks, raw: Bytes, short: Ticks) -> tuple[Ticks, Ticks, Bytes]:
        """Headers that their transport packet does not hold to the end are put together with the next one's payload."""
        for place in short.tolist():
            stretch = int(starts[place])
            begin, following = part.first(stretch), part.following(stretch)
            raw[place] = 0
            if not PREFIX.startswith(begin[:3]):
                continue
            if following is None:
                self._torn, self._torn_alone = begin, bool(part.flags[stretch] & RANDOM_ACCESS)
            else:
                raw[place] = self._whole(begin, part, following)
        ends = part.payload[starts] + FIXED + raw[:, FIXED - 1]
        kept = slice(0, len(starts) - bool(self._torn))
        return starts[kept], ends[kept], raw[kept]

    def _whole(self, begin: bytes, part: Part, stretch: int) -> Bytes:
        """A header that goes on in the first packet of a stretch, where the payload then begins behind it."""
        whole = begin + part.first(stretch)
        if part.words[stretch] & START or part.payload[stretch] == PACKET or len(whole) < FIXED:
            self.stream.stamps.timeless += 1
            return np.zeros(SEEN, np.uint8)
        rest = max(FIXED + whole[FIXED - 1] - len(begin), 0)
        part.payload[stretch] = min(part.payload[stretch] + rest, PACKET)
        return np.frombuffer(whole[:SEEN].ljust(SEEN, b"\0"), np.uint8)

    def _resume(self, part: Part) -> list[int]:
        """The header that the block before this one left open."""
        begin, stretch = self._torn, part.following(-1)
        if stretch is None:
            return []
        self._torn = b""
        raw = self._whole(begin, part, stretch)[None]
        self.stream.stamps.collect(raw, np.array([self._torn_alone]))
        return [stretch] if is_timed(raw)[0] else []

    def _give(self, part: Part, starts: Ticks, timed: Ticks) -> None:
        """Payload to the stream, from its first start on and as far as it wants it."""
        first = 0
        if not self.begun:
            if not len(starts):
                return
            self.begun, first = True, int(starts[0])
        ends = part.lengths()[first:].cumsum()
        part = part.between(first, first + int(np.searchsorted(ends, self.stream.wanted)) + 1)
        begins = np.concatenate(([0], ends))[timed - first]
        self.stream.take(part.content(), begins)

    def _look(self, part: Part, starts: Ticks) -> None:
        for start in starts.tolist():
            self.stream.look(part.between(start, start + NEAR, NEAR).content().tobytes())
            if not self.stream.looks:
                return
