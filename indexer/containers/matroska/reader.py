"""Reader of Matroska and WebM (RFC 9559): every block's header, never a payload."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import numpy as np

from domain.media import Probe, ProblemCode, Track
from domain.wording import say
from indexer.containers.about import about, track_label
from indexer.containers.assembly import Shown, assembled, compared, placed
from indexer.containers.base import Source
from indexer.containers.formats import recognise
from indexer.containers.handover import HandOver, refused
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.labels import labelled
from indexer.containers.matroska.blocks import Blocks, Segment, walk
from indexer.containers.matroska.tracks import TrackEntry

FORMATS = ("mkv", "webm")
NO_TIME = timedelta(0)
SECOND = 1_000_000_000


class MatroskaReader:
    """Matroska and WebM, with index or without, closed or live."""

    name = "matroska"
    version = 4

    def recognises(self, source: Source) -> bool:
        return recognise(source.head) in FORMATS

    def probe(self, source: Source) -> Probe:
        try:
            return self.attempt(source)
        except HandOver as why:
            return refused(recognise(source.head) or "unknown", self.name, self.version, why)

    def attempt(self, source: Source) -> Probe:
        """Measure the file. Raises HandOver when an element is not where it must be."""
        container = recognise(source.head)
        if container not in FORMATS:
            raise HandOver(say("没有 EBML 文件头", "no EBML header"))
        problems = ProblemList()
        segment = walk(source, problems)
        if not segment.entries:
            raise HandOver(say("直到文件末尾没有轨道", "no tracks before the end"))
        probe = _named(Probe(container, self.name, self.version, None), segment)
        tracks = [_track(place, entry, segment, problems) for place, entry in enumerate(segment.entries, 1)]
        probe = compared(assembled(probe, tracks, problems), segment.info.duration, problems)
        return replace(probe, problems=problems.all())


def _named(probe: Probe, segment: Segment) -> Probe:
    """Who wrote it, when, with which device."""
    stated, said = segment.info, segment.said
    said.add(labelled(stated.title))
    said.add([("DateUTC", stated.created)] if stated.created else ())
    return replace(
        probe,
        creation_time=stated.created,
        writer=stated.writer,
        muxer=stated.muxer,
        tags=said.tags,
        stated_times=said.times,
    )


def _track(place: int, entry: TrackEntry, segment: Segment, problems: ProblemList) -> Track:
    blocks = segment.blocks[entry.number]
    track = Track(
        place,
        entry.kind,
        entry.codec,
        NO_TIME,
        NO_TIME,
        len(blocks.times),
        entry.width or entry.declared.width,
        entry.height or entry.declared.height,
        declared_frame_rate=entry.declared_rate if entry.width else None,
        channels=entry.channels,
        sample_rate=entry.sample_rate,
        profile=entry.declared.profile,
        level=entry.declared.level,
        rotation=entry.rotation,
    )
    label = track_label(place, track.kind)
    if entry.encrypted:
        problems.add(ProblemCode.ENCRYPTED, about(label, "样本已加密", "samples are encrypted"))
    return placed(track, _shown(blocks, entry, segment.info.scale), label, problems) if blocks.times else track


def _shown(blocks: Blocks, entry: TrackEntry, scale: int) -> Shown:
    """Times without the delay that the codec needs to begin (§ 5.1.4.1.24)."""
    delay = (2 * entry.delay + scale) // (2 * scale)  # as muxers round: halves away from zero
    times = np.frombuffer(blocks.times, np.int64) - delay
    sync = np.frombuffer(blocks.sync, np.int64) - delay if blocks.sync else None
    tail = blocks.latest_duration or round(entry.frame / scale)
    return Shown(times, Fraction(scale, SECOND), tail, sync=sync)
