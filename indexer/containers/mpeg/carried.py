"""One stream as transport packets carry it (ISO/IEC 13818-1 § 2.4.3): counters, PES headers, payload."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from indexer.containers.continuity import Ticks
from indexer.containers.mpeg.blocks import COUNTER, FIRST, HEADER, LOADED, PACKET, SCRAMBLED, START, Block, Words
from indexer.containers.mpeg.payload import Bytes, gathered, joined
from indexer.containers.mpeg.stamps import FIXED, SEEN, is_packet, is_timed
from indexer.containers.mpeg.streams import Elementary

DISCONTINUITY, RANDOM_ACCESS = 0x80, 0x40
LOADED_START = START | LOADED
PREFIX = b"\0\0\1"
NEAR = 4  # packets from a start on in which the stream's parameters are looked for


@dataclass(slots=True)
class Part:
    """The packets of a block that carry one stream, as in Block; `at` is where they begin in its data."""

    data: Bytes
    at: Ticks
    words: Words
    counts: Ticks
    payload: Ticks
    flags: Bytes

    @classmethod
    def of(cls, block: Block, those: Ticks) -> "Part":
        words, counts = block.words[those], block.counts[those]
        return cls(block.data, block.at[those], words, counts, block.payload[those], block.flags[those])

    def content(self, first: int, end: int | None = None) -> Bytes:
        """The payload of some of the packets."""
        at, payload = self.at[first:end], self.payload[first:end]
        return joined(self.data, at + payload, PACKET - payload, PACKET - HEADER)

    def bytes_of(self, packet: int) -> bytes:
        """The payload of one packet."""
        return self.data[self.at[packet] + self.payload[packet] : self.at[packet] + PACKET].tobytes()

    def packets(self) -> Iterator[tuple[int, bytes, bool]]:
        """Number and payload of each packet, and whether something begins in it."""
        starts = (self.words & START != 0).tolist()
        return ((packet, self.bytes_of(packet), begins) for packet, begins in enumerate(starts))

    def following(self, packet: int) -> int | None:
        """The next packet that has a payload."""
        behind = np.flatnonzero(self.payload[packet + 1 :] < PACKET)
        return packet + 1 + int(behind[0]) if len(behind) else None

    def unload(self, packet: int) -> None:
        """The packet is as if it had no payload."""
        self.payload[packet] = PACKET
        self.words[packet] &= ~np.uint32(LOADED_START)


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
        those = (block.keys == self.key).nonzero()[0]
        if self.since > block.places[0]:
            those = those[block.places[those] >= self.since]
        if not len(those):
            return
        part = Part.of(block, those)
        self.stream.scrambled = self.stream.scrambled or bool((part.words & SCRAMBLED).any())
        self._check_counters(part)
        resumed = self._resume(part) if self._torn else []
        starts = ((part.words & LOADED_START) == LOADED_START).nonzero()[0]
        timed = self._headers(part, starts)
        if self.stream.wanted:
            self._give(part, starts, np.concatenate((np.array(resumed, np.int64), timed)))
        if self.stream.looks:
            self._look(part, starts)

    def _check_counters(self, part: Part) -> None:
        """Each packet with a payload counts one further; a marked jump is allowed, and to send a packet twice."""
        loaded = part.words & LOADED != 0
        first, counts, places = (part.words >> COUNTER & 15).astype(np.int64), part.counts, None
        if not loaded.all():  # then the first packet with a payload is the next one that this one stands for
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
        self._last = part.bytes_of(-1 if places is None else int(places[-1]))

    def _jumps(self, part: Part, places: Ticks, odd: Ticks, step: Ticks) -> None:
        for place in odd.tolist():
            packet = int(places[place])
            if step[place]:
                self.stream.lost += not part.flags[packet] & DISCONTINUITY
            elif part.words[packet] & LOADED:
                before = part.bytes_of(int(places[place - 1])) if place else self._last
                if part.bytes_of(packet) == before:
                    part.unload(packet)

    def _headers(self, part: Part, starts: Ticks) -> Ticks:
        """The PES headers (§ 2.4.3.6); gives the packetes at whose begin a timed packet's payload begins."""
        raw = gathered(part.data, part.at[starts] + part.payload[starts], SEEN)
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
            packet = int(starts[place])
            begin, following = part.bytes_of(packet), part.following(packet)
            raw[place] = 0
            if not PREFIX.startswith(begin[:3]):
                continue
            if following is None:
                self._torn, self._torn_alone = begin, bool(part.flags[packet] & RANDOM_ACCESS)
            else:
                raw[place] = self._whole(begin, part, following)
        ends = part.payload[starts] + FIXED + raw[:, FIXED - 1]
        kept = slice(0, len(starts) - bool(self._torn))
        return starts[kept], ends[kept], raw[kept]

    def _whole(self, begin: bytes, part: Part, packet: int) -> Bytes:
        """A header that goes on in the first packet of a packet, where the payload then begins behind it."""
        whole = begin + part.bytes_of(packet)
        if part.words[packet] & START or part.payload[packet] == PACKET or len(whole) < FIXED:
            self.stream.stamps.timeless += 1
            return np.zeros(SEEN, np.uint8)
        rest = max(FIXED + whole[FIXED - 1] - len(begin), 0)
        part.payload[packet] = min(part.payload[packet] + rest, PACKET)
        return np.frombuffer(whole[:SEEN].ljust(SEEN, b"\0"), np.uint8)

    def _resume(self, part: Part) -> list[int]:
        """The header that the block before this one left open."""
        begin, packet = self._torn, part.following(-1)
        if packet is None:
            return []
        self._torn = b""
        raw = self._whole(begin, part, packet)[None]
        self.stream.stamps.collect(raw, np.array([self._torn_alone]))
        return [packet] if is_timed(raw)[0] else []

    def _give(self, part: Part, starts: Ticks, timed: Ticks) -> None:
        """Payload to the stream, from its first start on."""
        first = 0
        if not self.begun:
            if not len(starts):
                return
            self.begun, first = True, int(starts[0])
        ends = (PACKET - part.payload[first:]).cumsum()
        begins = np.concatenate((FIRST, ends))[timed - first]
        self.stream.take(part.content(first), begins)

    def _look(self, part: Part, starts: Ticks) -> None:
        for start in starts.tolist():
            self.stream.look(part.content(start, start + NEAR).tobytes())
            if not self.stream.looks:
                return
