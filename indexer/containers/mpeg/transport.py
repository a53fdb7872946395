"""Reader of MPEG transport streams (ISO/IEC 13818-1 § 2.4), packets of 188, 192 or 204 bytes: one pass, in arrays."""

from dataclasses import replace
from typing import BinaryIO, cast

from domain.media import Probe, ProblemCode
from domain.wording import say
from indexer.containers.about import cut_packet, track_label
from indexer.containers.assembly import assembled
from indexer.containers.base import Source
from indexer.containers.formats import TS_PACKETS, recognise, transport_step
from indexer.containers.handover import HandOver, refused
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.mpeg.blocks import Walk
from indexer.containers.mpeg.chunks import Remembered
from indexer.containers.mpeg.programs import Programs
from indexer.containers.mpeg.stamps import aligned, unrolled
from indexer.containers.mpeg.streams import Elementary, track_of

PACKETS_AT_FIRST = 1024
PATIENCE = 20  # blocks of so many packets in which further programs may begin


class TransportReader:
    """MPEG-TS with tables; what has none goes to the fallback."""

    name = "transport"
    version = 4

    def recognises(self, source: Source) -> bool:
        return recognise(source.head) == "ts"

    def probe(self, source: Source) -> Probe:
        try:
            return self.attempt(source)
        except HandOver as why:
            return refused("ts", self.name, self.version, why)

    def attempt(self, source: Source) -> Probe:
        """Measure the file. Raises HandOver where packets are hardly ever in step or their tables are missing."""
        length, first = transport_step(source.head)
        if not length:
            raise HandOver(say("没有传输流数据包", "no packets of a transport stream"))
        problems = ProblemList()
        begun = Remembered(source.stream, source.head)
        source = replace(source, stream=cast(BinaryIO, begun))
        begun.learning = True
        found = _programs(Walk(source, length, first, PACKETS_AT_FIRST))
        begun.learning = False
        walk = Walk(source, length, first)
        for block in walk.blocks():
            found.take(block, late=True)
            for carried in found.streams.values():
                carried.take(block)
            walk.bulk = [carried.key for carried in found.streams.values() if carried.stream.known]
        streams = [carried.stream for _, carried in sorted(found.streams.items())]
        for stream in streams:
            stream.settle()
        _report(walk, problems)
        return _probe(streams, Probe("ts", self.name, self.version, None), problems)


def _programs(walk: Walk) -> Programs:
    """The programs that are there from the file's begin on. A file cut from a stream has packets of them first."""
    found, patience = Programs(), PATIENCE
    for block in walk.blocks():
        found.take(block, late=False)
        patience -= bool(found.streams)
        if found.complete or not patience:
            break
    return found


def _report(walk: Walk, problems: ProblemList) -> None:
    """Places where no packet was, and an end inside a packet."""
    if walk.first >= walk.length:
        detail = say(f"开头 {walk.first} 字节内没有数据包", f"no packet in the first {walk.first} bytes")
        problems.add(ProblemCode.DECODER_ERROR, detail, 0)
    if walk.lost:
        count, place, total = len(walk.lost), walk.lost[0][0], sum(length for _, length in walk.lost)
        zh = f"{count} 处缺少数据包，共 {total} 字节，首处在字节 {place}"
        detail = say(zh, f"{count} places where no packet was, {total} bytes in all, the first at byte {place}")
        problems.add(ProblemCode.DECODER_ERROR, detail, place)
    rest = (walk.rest + dict(TS_PACKETS)[walk.length]) % walk.length
    if rest and not walk.searching:
        problems.add(ProblemCode.TRUNCATED, cut_packet(rest, walk.length), walk.source.size)


def _probe(streams: list[Elementary], probe: Probe, problems: ProblemList) -> Probe:
    timed = [stream for stream in streams if stream.stamps.count]
    if not timed:
        zh = "节目映射表所列的流没有带时间戳的数据包"
        raise HandOver(say(zh, "no timed packet of a stream that a program map lists"))
    places = {id(stream): place for place, stream in enumerate(streams, 1)}
    lines = aligned([unrolled(one.stamps, track_label(places[id(one)], one.kind), problems) for one in timed])
    times = dict(zip(map(id, timed), lines, strict=True))
    tracks = [track_of(place, one, times.get(id(one)), problems) for place, one in enumerate(streams, 1)]
    return replace(assembled(probe, tracks, problems), problems=problems.all())
