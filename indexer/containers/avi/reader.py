"""Reader of AVI by its index: chunks are counted and timed, media data are not read.

A chunk without a byte is a frame that the camera dropped: its time passes, nothing new is shown. A few of them are a
lower delivered rate; a run that the rule of `continuity.py` calls a hole is one.
"""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import numpy as np

from domain.media import Probe, ProblemCode, Track, TrackKind
from domain.wording import say
from indexer.containers.about import track_label
from indexer.containers.assembly import Shown, assembled, compared, placed
from indexer.containers.avi.index import Entries, entries
from indexer.containers.avi.layout import Layout, survey
from indexer.containers.avi.streams import StreamHeader, stated, stream_headers
from indexer.containers.base import Source
from indexer.containers.continuity import MAX_SECONDS, as_delta
from indexer.containers.handover import HandOver, refused
from indexer.containers.isobmff.boxes import ProblemList, read_at
from indexer.containers.isobmff.parameter_sets import NOTHING, Parameters, from_annex_b, from_config

NO_TIME = timedelta(0)
LOOK = 4096  # bytes of the first picture, for its parameters
CONFIGS = {"h264": b"avcC", "hevc": b"hvcC"}
CONFIGURED = b"\1"  # the version of these, where a start code would begin with 0
MAX_RATE = 1000


class AviReader:
    """AVI with idx1, with OpenDML indexes, or with chunks that can be walked."""

    name = "avi"
    version = 4

    def recognises(self, source: Source) -> bool:
        return source.head[:4] == b"RIFF" and source.head[8:12] == b"AVI "

    def probe(self, source: Source) -> Probe:
        try:
            return self.attempt(source)
        except HandOver as why:
            return refused("avi", self.name, self.version, why)

    def attempt(self, source: Source) -> Probe:
        """Measure the file. Raises HandOver when neither index nor chunks lead through it."""
        if not self.recognises(source):
            raise HandOver(say("没有 AVI 的 RIFF 文件头", "no RIFF header of an AVI"))
        problems = ProblemList()
        layout = survey(source, problems)
        streams = stream_headers(layout.header)
        if not streams or not layout.movies:
            raise HandOver(say("没有流头或没有媒体数据", "no stream header or no media data"))
        listed = entries(source, layout, streams, problems)
        inside_file = [_inside(source, one) for one in listed]
        tracks = [
            _track(source, (place, stream, one), problems)
            for place, (stream, one) in enumerate(zip(streams, inside_file, strict=True), 1)
        ]
        probe = assembled(_named(Probe("avi", self.name, self.version, None), layout), tracks, problems)
        probe = compared(probe, _stated(streams), problems)
        probe = _shared(probe, listed, inside_file, problems)
        return replace(probe, problems=problems.all())


def _inside(source: Source, one: Entries) -> Entries:
    """The chunks that lie wholly in the file."""
    there = one.offsets + one.sizes <= source.size
    return one if there.all() else Entries(one.offsets[there], one.sizes[there], one.alone[there])


def _shared(probe: Probe, listed: list[Entries], there: list[Entries], problems: ProblemList) -> Probe:
    """How much of what the index lists is in the file."""
    count, found = sum(len(one.sizes) for one in listed), sum(len(one.sizes) for one in there)
    if found < count:
        lost = count - found
        zh = f"{count} 个数据块中有 {lost} 个超出文件末尾"
        problems.add(ProblemCode.DATA_MISSING, say(zh, f"{lost} of {count} chunks lie beyond the end of the file"))
        return replace(probe, decodable_share=found / count)
    return probe


def _stated(streams: tuple[StreamHeader, ...]) -> timedelta | None:
    """The header's number of pictures, as time."""
    lengths = [s.length * s.tick for s in streams if s.kind is TrackKind.VIDEO and s.length and s.tick]
    longest = max(lengths, default=Fraction(0))
    return as_delta(longest) if 0 < longest < MAX_SECONDS else None


def _track(source: Source, one: tuple[int, StreamHeader, Entries], problems: ProblemList) -> Track:
    place, stream, chunks = one
    real = np.flatnonzero(chunks.sizes)
    declared = _parameters(source, stream, chunks)
    rate = float(1 / stream.tick) if stream.tick and stream.kind is TrackKind.VIDEO else None
    track = Track(
        place,
        stream.kind,
        stream.codec,
        NO_TIME,
        NO_TIME,
        len(real),
        stream.width or declared.width,
        stream.height or declared.height,
        declared_frame_rate=rate if rate and rate <= MAX_RATE else declared.rate,
        channels=stream.channels,
        sample_rate=stream.sample_rate,
        profile=declared.profile,
        level=declared.level,
    )
    if not len(real) or not stream.tick:
        if len(real) and stream.kind is not TrackKind.OTHER:
            raise HandOver(say(f"流 {place} 没有时间刻度", f"stream {place} without a time scale"))
        return track
    if stream.unit:
        return _steady(track, stream, chunks)
    label = track_label(place, track.kind)
    times = (real + stream.start).astype(np.int64)
    sync = times[chunks.alone[real] != 0] if chunks.alone.any() else None
    return placed(track, Shown(times, stream.tick, len(chunks.sizes) - int(real[-1]), sync=sync), label, problems)


def _steady(track: Track, stream: StreamHeader, chunks: Entries) -> Track:
    """Sound in units of one size: its bytes are its time, and it cannot have a hole."""
    lasting = Fraction(int(chunks.sizes.sum()), stream.unit) * stream.tick
    start = stream.start * stream.tick
    if lasting > MAX_SECONDS or start > MAX_SECONDS:
        raise HandOver(say(f"声音长 {float(lasting):.0f} s", f"sound of {float(lasting):.0f} s"))
    return replace(track, start=as_delta(start), duration=as_delta(lasting))


def _parameters(source: Source, stream: StreamHeader, chunks: Entries) -> Parameters:
    """The parameter sets in the header, where an MP4's description was copied, or at the head of the first picture."""
    real = np.flatnonzero(chunks.sizes)
    if stream.codec not in CONFIGS or not len(real):
        return NOTHING
    if stream.private[:1] == CONFIGURED:
        return from_config(CONFIGS[stream.codec], stream.private)
    if (found := from_annex_b(stream.codec, stream.private)) != NOTHING:
        return found
    at, size = int(chunks.offsets[real[0]]), int(chunks.sizes[real[0]])
    return from_annex_b(stream.codec, read_at(source.stream, at, min(size, LOOK)))


def _named(probe: Probe, layout: Layout) -> Probe:
    """Device, writer and the camera's local time."""
    said = stated(layout.describing, layout.header)
    writer, stream = said.take("writer"), said.take("handler")
    return replace(
        probe,
        writer=writer or stream,
        creation_time=said.times.get("IDIT") or said.times.get("ICRD"),
        tags=said.tags,
        stated_times=said.times,
    )
