"""Reader of MPEG transport streams (ISO/IEC 13818-1 § 2.4), packets of 188, 192 or 204 bytes: one pass, in arrays."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from domain.media import Probe, ProblemCode, TrackKind
from indexer.containers.assembly import assembled
from indexer.containers.base import Source
from indexer.containers.continuity import Ticks
from indexer.containers.formats import TS_PACKETS, transport_packet
from indexer.containers.handover import HandOver, refused
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.mpeg.stamps import NONE, aligned, time, unrolled
from indexer.containers.mpeg.streams import Elementary, track_of
from indexer.containers.mpeg.tables import program, programs

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]

PACKETS_A_TIME = 16_384
NULL_PACKET = 0x1FFF
MAX_STREAMS = 64
MAX_TABLES = 1000
FIRST_PACKETS, HEAD_PACKETS = 16, 1500
HEADER, STAMPED = 4, 19  # bytes of a packet header; of a PES header with both times
# A packet header as a little-endian word: byte 0 is the lowest.
SYNC, START, IDENTIFIER = 0xFF, 0x4000, 0x00FF1F00
SCRAMBLED, ADAPTED, LOADED, COUNTER = 0xC0000000, 0x20000000, 0x10000000, 24
RANDOM_ACCESS, DISCONTINUITY = 0x40, 0x80


@dataclass(slots=True)
class Pass:
    """What the pass knows: packet length and place of the header in it, tables, streams by packet identifier."""

    length: int
    lead: int
    maps: set[int] = field(default_factory=set)
    streams: dict[int, Elementary] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Many packets: their bytes by row, their headers as words, and where each payload begins in its row."""

    rows: Bytes
    words: Words
    payload: Ticks


class TransportReader:
    """MPEG-TS with tables; what has none goes to the fallback."""

    name = "transport"
    version = 1

    def recognises(self, source: Source) -> bool:
        return transport_packet(source.head) > 0

    def probe(self, source: Source) -> Probe:
        try:
            return self.attempt(source)
        except HandOver as why:
            return refused("ts", self.name, self.version, why)

    def attempt(self, source: Source) -> Probe:
        """Measure the file. Raises HandOver where packets are out of step or their tables are missing."""
        length = transport_packet(source.head)
        if not length:
            raise HandOver("no packets of a transport stream")
        problems = ProblemList()
        state = Pass(length, dict(TS_PACKETS)[length])
        for rows in _chunks(source, length):
            _take(state, rows)
        if not any(one.stamps.count for one in state.streams.values()):
            raise HandOver("no timed packet of a stream that a program map lists")
        if source.size % length:
            detail = f"ends {source.size % length} bytes into a packet of {length}"
            problems.add(ProblemCode.TRUNCATED, detail, source.size)
        return _probe(state, Probe("ts", self.name, self.version, None), problems)


def _probe(state: Pass, probe: Probe, problems: ProblemList) -> Probe:
    streams = [stream for _, stream in sorted(state.streams.items())]
    timed = [stream for stream in streams if stream.stamps.count]
    places = {id(stream): place for place, stream in enumerate(streams, 1)}
    lines = aligned([unrolled(one.stamps, f"track {places[id(one)]} ({one.kind})", problems) for one in timed])
    times = dict(zip(map(id, timed), lines, strict=True))
    tracks = [track_of(place, one, times.get(id(one)), problems) for place, one in enumerate(streams, 1)]
    return replace(assembled(probe, tracks, problems), problems=problems.all())


def _chunks(source: Source, length: int) -> Iterator[Bytes]:
    """The whole file as rows of one packet each; the same memory again and again."""
    buffer = np.empty(PACKETS_A_TIME * length, np.uint8)
    view = buffer.data
    read = getattr(source.stream, "readinto", None)
    source.stream.seek(0)
    filled = 0
    while True:
        if read is not None:
            count = read(view[filled:]) or 0
        else:
            data = source.stream.read(len(view) - filled)
            count = len(data)
            view[filled : filled + count] = data
        filled += count
        if count and filled < len(view):
            continue
        if filled >= length:
            yield buffer[: filled - filled % length].reshape(-1, length)
        if not count:
            return
        filled = 0


def _take(state: Pass, rows: Bytes) -> None:
    """One chunk: headers first, then tables, then the packets that begin something, then sound."""
    lead = state.lead
    words: Words = np.ndarray((len(rows),), "<u4", rows, lead, (state.length,)).copy()
    if not ((words & SYNC) == 0x47).all():
        raise HandOver("packets out of step", int(np.argmin((words & SYNC) == 0x47)) * state.length)
    payload = np.full(len(rows), lead + HEADER, np.int64)
    adapted = np.flatnonzero(words & ADAPTED)
    payload[adapted] += rows[adapted, lead + HEADER].astype(np.int64) + 1
    chunk = Chunk(rows, words, payload)
    starts = np.flatnonzero(words & START)
    identifiers = _identifiers(words[starts])
    _tables(state, chunk, starts, identifiers)
    for identifier, stream in state.streams.items():
        _stream(state, stream, chunk, (identifier, starts[identifiers == identifier]))


def _identifiers(words: Words) -> Ticks:
    return ((words >> 8 & 0x1F) << 8 | words >> 16 & 0xFF).astype(np.int64)


def _tables(state: Pass, chunk: Chunk, starts: Ticks, identifiers: Ticks) -> None:
    """PAT and PMT, each different one once; a later one may add streams."""
    for content in _different(state, chunk, starts[identifiers == 0]):
        state.maps.update(programs(content))
    for identifier in state.maps - {0, NULL_PACKET}:
        for content in _different(state, chunk, starts[identifiers == identifier]):
            new = [(number, what) for number, what in program(content).items() if number not in state.streams]
            for number, (kind, codec) in new[: MAX_STREAMS - len(state.streams)]:
                state.streams[number] = Elementary(kind, codec)


def _different(state: Pass, chunk: Chunk, rows: Ticks) -> Iterator[bytes]:
    """Payloads that were not seen before: tables are sent ten times a second, and hardly ever change."""
    if not len(rows):
        return
    table = chunk.rows[rows, state.lead + HEADER :]
    changed = (table[1:] != table[:-1]).any(axis=1)
    for row in rows[np.append(True, changed)]:
        content = chunk.rows[row, chunk.payload[row] :].tobytes()
        if content not in state.seen and len(state.seen) < MAX_TABLES:
            state.seen.add(content)
            yield content


def _stream(state: Pass, stream: Elementary, chunk: Chunk, which: tuple[int, Ticks]) -> None:
    """The packets of one stream in one chunk."""
    identifier, starts = which
    key = np.uint32((identifier >> 8) << 8 | (identifier & 0xFF) << 16)
    mine = np.flatnonzero((chunk.words & IDENTIFIER) == key)
    if not len(mine):
        return
    _count(stream, chunk, mine, state.lead)
    times = _pes(stream, chunk, starts, state)
    if stream.kind is TrackKind.OTHER and not stream.searched and len(starts):
        stream.recognise(_payload(chunk, mine[mine >= starts[0]][:FIRST_PACKETS])[0])
    if stream.wants_head:
        _head(stream, chunk, mine, starts)
    elif stream.walk is not None:
        _hear(stream, chunk, mine, starts, times)


def _count(stream: Elementary, chunk: Chunk, mine: Ticks, lead: int) -> None:
    """Each packet with a payload counts one further (§ 2.4.3.3); a repeated one is allowed, and a marked jump."""
    words = chunk.words[mine]
    stream.scrambled = stream.scrambled or bool((words & SCRAMBLED).any())
    loaded = np.flatnonzero(words & LOADED)
    counts = (words[loaded] >> COUNTER & 15).astype(np.int64)
    if not len(counts):
        return
    before = stream.last_count if stream.last_count >= 0 else (int(counts[0]) - 1) & 15
    step = np.diff(counts, prepend=before) & 15
    for place in np.flatnonzero(step > 1):
        row = mine[loaded[place]]
        fields = chunk.rows[row, lead + HEADER : lead + HEADER + 2]
        marked = words[loaded[place]] & ADAPTED and fields[0] and fields[1] & DISCONTINUITY
        stream.lost += not marked
    stream.last_count = int(counts[-1])


def _pes(stream: Elementary, chunk: Chunk, starts: Ticks, state: Pass) -> Ticks:
    """Times of the PES headers (§ 2.4.3.6); gives the rows that have one. Their payload begins behind the header."""
    at = chunk.payload[starts]
    whole = at + STAMPED <= state.length
    stream.stamps.timeless += int((~whole).sum())
    starts, at = starts[whole], at[whole]
    raw = chunk.rows[starts[:, None], at[:, None] + np.arange(STAMPED)].astype(np.int64)
    packet = (raw[:, 0] == 0) & (raw[:, 1] == 0) & (raw[:, 2] == 1) & (raw[:, 6] >> 6 == 2)
    timed = packet & (raw[:, 7] & 0x80 != 0)
    stream.stamps.timeless += int((packet & ~timed).sum())
    chunk.payload[starts[packet]] += 9 + raw[packet, 8]
    rows: Ticks = starts[timed]
    raw = raw[timed]
    decoded = np.where(raw[:, 7] & 0x40 != 0, time(raw[:, 14:19]), NONE)
    adapted = (chunk.words[rows] & ADAPTED != 0) & (chunk.rows[rows, state.lead + HEADER] > 0)
    alone = adapted & (chunk.rows[rows, state.lead + HEADER + 1] & RANDOM_ACCESS != 0)
    stream.stamps.add(time(raw[:, 9:14]), decoded, alone.astype(np.int64))
    return rows


def _payload(chunk: Chunk, rows: Ticks) -> tuple[bytes, Ticks]:
    """The payloads of packets one behind the other, and where each begins."""
    length = chunk.rows.shape[1]
    width = length if length != 204 else 188
    begin = np.where(chunk.words[rows] & LOADED, np.minimum(chunk.payload[rows], width), width)
    inside = (np.arange(length) >= begin[:, None]) & (np.arange(length) < width)
    return chunk.rows[rows][inside].tobytes(), np.cumsum(width - begin) - (width - begin)


def _head(stream: Elementary, chunk: Chunk, mine: Ticks, starts: Ticks) -> None:
    if not len(starts):
        return
    part = mine[mine >= starts[0]][:HEAD_PACKETS]
    stream.learn(_payload(chunk, part)[0])


def _hear(stream: Elementary, chunk: Chunk, mine: Ticks, starts: Ticks, timed: Ticks) -> None:
    """Sound from its first start on."""
    if not stream.since_start:
        mine = mine[mine >= starts[0]] if len(starts) else mine[:0]
        stream.since_start = len(mine) > 0
    content, begins = _payload(chunk, mine)
    stream.hear(content, begins[np.searchsorted(mine, timed)])
