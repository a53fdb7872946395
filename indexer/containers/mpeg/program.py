"""Reader of MPEG program streams (ISO/IEC 13818-1 § 2.5), Hikvision's blocks among them: one pass over the headers."""

from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

import numpy as np

from domain.media import Probe, ProblemCode, TrackKind
from domain.wording import say
from indexer.containers.about import LAST_CUT, many_lost, track_label
from indexer.containers.assembly import assembled
from indexer.containers.base import Source
from indexer.containers.continuity import Ticks
from indexer.containers.formats import PACK_START, recognise
from indexer.containers.handover import HandOver, refused
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.parameter_sets import from_annex_b
from indexer.containers.mpeg.alone import Alone
from indexer.containers.mpeg.chunks import Remembered
from indexer.containers.mpeg.headers import SEEN, Headers, headers
from indexer.containers.mpeg.packs import MAP, Piece, pieces
from indexer.containers.mpeg.payload import gathered
from indexer.containers.mpeg.pictures import pictures
from indexer.containers.mpeg.sound import adts, mpeg_audio
from indexer.containers.mpeg.stamps import Unrolled, aligned, unrolled
from indexer.containers.mpeg.streams import SEQUENCE, UNKNOWN, Elementary, track_of
from indexer.containers.mpeg.tables import stream_map

PRIVATE, FIRST_SOUND, FIRST_PICTURE, LAST = 0xBD, 0xC0, 0xE0, 0xEF
FIRST_PACKETS = 64  # of a stream, to see what it is
AC3_SYNC = b"\x0b\x77"
LEADING = 1024  # bytes of a recorder's own header before the first pack
MOST_LOST = 100
ROOM = 1.5  # steps of decoding time longer than this many usual ones leave room for a picture without a time
BEHIND = 64  # bytes of the next packet, its header among them
MOST_ROOMS, ROOM_SHARE, ROOM_BYTES = 2000, 20, 4 * 1024 * 1024


@dataclass(slots=True)
class Pass:
    """Streams by identifier, the stream map's words about them, and where timed pictures lie in the file."""

    streams: dict[int, Elementary] = field(default_factory=dict)
    mapped: dict[int, tuple[TrackKind, str]] = field(default_factory=dict)
    places: dict[int, list[Ticks]] = field(default_factory=dict)
    alone: dict[int, Alone] = field(default_factory=dict)
    last: Piece | None = None
    lost: int = 0
    cut: bool = False


class ProgramReader:
    """MPEG-PS whose packets show its pictures; else the fallback parses it."""

    name = "program"
    version = 5

    def recognises(self, source: Source) -> bool:
        return recognise(source.head) == "ps"

    def probe(self, source: Source) -> Probe:
        try:
            return self.attempt(source)
        except HandOver as why:
            return refused("ps", self.name, self.version, why)

    def attempt(self, source: Source) -> Probe:
        """Measure the file. Raises HandOver when only a parser of pictures can count them."""
        begin = source.head.find(PACK_START, 0, LEADING)
        if begin < 0:
            raise HandOver(say("没有包头", "no pack header"))
        problems, state = ProblemList(), Pass()
        begun = replace(source, stream=cast(BinaryIO, Remembered(source.stream, source.head)))
        for piece in pieces(begun, begin):
            _take(state, piece)
        if state.cut:
            problems.add(ProblemCode.TRUNCATED, LAST_CUT, source.size)
        if state.lost:
            problems.add(
                ProblemCode.DECODER_ERROR, say(f"{state.lost} 处缺少数据包", f"{state.lost} places where no packet was")
            )
        return _probe(source, state, Probe("ps", self.name, self.version, None), problems)


def _probe(source: Source, state: Pass, probe: Probe, problems: ProblemList) -> Probe:
    for stream in state.streams.values():
        stream.settle()
    timed = [(one.kind is not TrackKind.VIDEO, number) for number, one in state.streams.items() if one.stamps.count]
    numbers = [number for _, number in sorted(timed)]
    if not numbers:
        raise HandOver(say("没有带时间戳的数据包", "no timed packet"))
    if any(state.streams[number].codec == UNKNOWN and number >= FIRST_PICTURE for number in numbers):
        zh, en = "画面流的编码在映射表和内容中均未标明", "a picture stream that neither map nor content names"
        raise HandOver(say(zh, en))
    labels = [track_label(place, state.streams[number].kind) for place, number in enumerate(numbers, 1)]
    lines = [unrolled(state.streams[n].stamps, label, problems) for n, label in zip(numbers, labels, strict=True)]
    marked = [_marked(state, number, line) for number, line in zip(numbers, lines, strict=True)]
    filled = [_with_untimed(source, state, number, line) for number, line in zip(numbers, marked, strict=True)]
    tracks = [
        track_of(place, state.streams[number], line, problems)
        for place, (number, line) in enumerate(zip(numbers, aligned(filled), strict=True), 1)
    ]
    return replace(assembled(probe, tracks, problems), problems=problems.all())


def _take(state: Pass, piece: Piece) -> None:
    state.last = piece
    state.lost, state.cut = state.lost + piece.lost, state.cut or piece.cut
    if state.lost > MOST_LOST:
        raise HandOver(many_lost(MOST_LOST), piece.offset)
    kinds = piece.heads[:, 3]
    for at in piece.starts[kinds == MAP]:
        state.mapped.update(stream_map(_body(piece, int(at))))
    counts = np.bincount(kinds, minlength=256)
    for number in (PRIVATE, *range(FIRST_SOUND, LAST + 1)):
        if counts[number]:
            _stream(state, piece, number, (kinds == number).nonzero()[0])


def _body(piece: Piece, at: int) -> bytes:
    length = int(piece.data[at + 4]) << 8 | int(piece.data[at + 5])
    return piece.data[at + 6 : at + 6 + length].tobytes()


def _stream(state: Pass, piece: Piece, number: int, those: Ticks) -> None:
    found = headers(gathered(piece.heads.reshape(-1), those * SEEN, SEEN), piece.starts[those])
    if not len(found.starts):
        return
    if number == PRIVATE:
        _private(piece, found)
        return
    stream = state.streams.get(number)
    if stream is None:
        first = found.payloads(piece.data, FIRST_PACKETS)
        kind, codec = state.mapped.get(number) or _guessed(number, first)
        stream = state.streams[number] = Elementary(kind, codec)
    elif stream.codec == UNKNOWN and number in state.mapped:
        stream.name(*state.mapped[number])
    found.stamp(stream.stamps)
    if number >= FIRST_PICTURE:
        state.alone.setdefault(number, Alone()).take(stream.codec, piece.data, found)
    state.places.setdefault(number, []).append(found.starts[found.timed] + piece.offset)
    stream.scrambled = stream.scrambled or found.scrambled
    if stream.wanted:
        ends = found.lengths.cumsum()
        count = int(np.searchsorted(ends, stream.wanted)) + 1
        content = np.frombuffer(found.payloads(piece.data, count), np.uint8)
        stream.take(content, (ends - found.lengths)[found.timed])


def _private(piece: Piece, found: Headers) -> None:
    """Private stream 1: sound of discs goes to the fallback; recorders keep their own data there."""
    for at, begin, timed in zip(found.starts[:4], found.begins[:4], found.timed[:4], strict=True):
        payload = piece.data[int(at + begin) :][:8].tobytes()
        if payload[0] in range(0x80, 0x90) and AC3_SYNC in payload[3:]:
            raise HandOver(say("私有流中为 AC-3", "AC-3 in a private stream"))
        if payload[0] in range(0xA0, 0xA8) and timed:
            raise HandOver(say("私有流中为 LPCM", "LPCM in a private stream"))


def _guessed(number: int, first: bytes) -> tuple[TrackKind, str]:
    """Without a stream map: by what the first payload looks like."""
    if number < FIRST_PICTURE:
        if len(first) > 7 and adts(first[:7]):
            return TrackKind.AUDIO, "aac"
        return TrackKind.AUDIO, "mp2" if len(first) > 7 and mpeg_audio(first[:7]) else UNKNOWN
    if SEQUENCE in first[:4096]:
        return TrackKind.VIDEO, "mpeg2video"
    found = [codec for codec in ("h264", "hevc") if from_annex_b(codec, first[:4096]).width]
    return TrackKind.VIDEO, found[0] if found else UNKNOWN  # a recording cut from a stream may begin before its map


def _marked(state: Pass, number: int, line: Unrolled) -> Unrolled:
    """With the pictures marked that can be decoded alone."""
    alone = state.alone.get(number)
    return line if alone is None else replace(line, alone=np.array(alone.marks, np.int64))


def _with_untimed(source: Source, state: Pass, number: int, line: Unrolled) -> Unrolled:
    """The pictures that begin in a packet behind another one's time have none of their own: they are counted there."""
    stream = state.streams[number]
    order = line.order
    if stream.kind is not TrackKind.VIDEO or not line.usual or len(order) < 2:
        return line
    step = np.diff(order)
    wide = np.flatnonzero(step > ROOM * line.usual)
    places = np.append(np.concatenate(state.places[number]), source.size)
    wide = np.append(wide, len(order) - 1)
    lengths = places[wide + 1] - places[wide]
    if len(wide) > MOST_ROOMS or int(lengths.sum()) > max(ROOM_BYTES, source.size // ROOM_SHARE):
        zh, en = (
            f"{len(wide)} 个数据包可能含无时间戳的画面",
            f"{len(wide)} packets with room for a picture without a time",
        )
        raise HandOver(say(zh, en))
    added: list[int] = []
    alone: list[bool] = []
    for room, length in zip(wide.tolist(), lengths.tolist(), strict=True):
        end = int(places[room]) + length
        data = _payload(source, state.last, number, (int(places[room]), end))
        behind = _payload(source, state.last, number, (end, min(end + BEHIND, source.size)))
        begun = pictures(stream.codec, data + behind, len(data))
        if begun is None:
            return line
        count = len(begun)
        gap = int(step[room]) if room < len(step) else line.usual * count
        shift = min(line.usual, gap // max(count, 1))
        added.extend(int(line.shown[room]) + place * shift for place in range(1, count))
        alone += begun[1:]
    if not added:
        return line
    more = np.array(added, np.int64)
    return replace(
        line,
        shown=np.concatenate((line.shown, more)),
        alone=np.concatenate((line.alone, np.array(alone, np.int64))),
    )


def _payload(source: Source, last: Piece | None, number: int, where: tuple[int, int]) -> bytes:
    """The stream's payload in the packets that begin there. The last piece of the file is still at hand."""
    found = []
    held = last is not None and where[0] >= last.offset
    for piece in [last] if last is not None and held else pieces(source, *where):
        places = piece.starts + piece.offset
        those = (piece.heads[:, 3] == number) & (places >= where[0]) & (places < where[1])
        found.append(headers(piece.heads[those], piece.starts[those]).payloads(piece.data))
    return b"".join(found)
