"""From a trak and its fragments to a track on the presentation time line, in the words of `domain.media`."""

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from domain.media import Discontinuity, ProblemCode, Track, TrackKind
from indexer.containers.assembly import many_holes, steady
from indexer.containers.continuity import MAX_HOLES, Runs, lasting, nominal
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.changes import MAX_CHANGES, marks
from indexer.containers.isobmff.fragments import Fragments
from indexer.containers.isobmff.movie import MediaTrack, Movie
from indexer.containers.isobmff.tables import sync_spacing
from indexer.containers.isobmff.timeline import Exact, Placed, placed, presented

PLAYED = (TrackKind.VIDEO, TrackKind.AUDIO)
NO_TIME = timedelta(0)
MICRO = 1_000_000  # what a timedelta can express


@dataclass(frozen=True, slots=True)
class Laid:
    """A track on the presentation's time line, still with its place on the container's own clock."""

    track: Track
    start: Fraction
    edits: int
    samples: int
    inside: int


def lay(media: MediaTrack, found: Movie, collected: Fragments | None, problems: ProblemList) -> Laid:
    """One track's measurements; the samples of fragments follow those of moov."""
    runs, offsets, samples, inside, base = media.runs, media.offsets, media.samples, media.inside, 0
    fragmented = collected.tracks.get(media.track_id) if collected else None
    if fragmented and fragmented.samples:
        runs, offsets = fragmented.runs(problems), fragmented.composition()
        samples, inside, base = fragmented.samples, fragmented.inside, fragmented.base or 0
        if media.kind is TrackKind.VIDEO:
            media = replace(media, sync=fragmented.alone.numbers(samples))
    shown = presented(runs, offsets, media.scale, media.label, problems)
    uses = fragmented.uses if fragmented else media.uses
    shown = replace(shown, marks=marks(uses, media.described.alike, runs, offsets)) if uses else shown
    lost = sum(hole.length for hole in shown.holes)
    movie_scale = found.times.scale if found.times else media.scale
    shown = shown.later(base) if base else shown
    on_line = placed(shown, media.edits, (media.scale, movie_scale), fragmented is not None)
    if len(on_line.holes) == MAX_HOLES:
        problems.add(ProblemCode.TOO_DEEP, many_holes(media.label))
    track = _track(media, on_line, runs, (samples, lost))
    return Laid(track, Fraction(on_line.start) / on_line.scale, on_line.edits, samples, min(inside, samples))


def _track(media: MediaTrack, on_line: Placed, runs: Runs, counted: tuple[int, int]) -> Track:
    """`counted`: samples, and ticks between them in which nothing is shown."""
    samples, lost = counted
    described, picture = media.described, media.kind is TrackKind.VIDEO
    still = picture and samples == 1 and described.codec in ("mjpeg", "png")  # a thumbnail
    played = media.kind in PLAYED and not still  # texts and positions come when they come
    recorded = lasting(runs.total - lost, media.scale).total_seconds() if picture else 0
    return Track(
        media.number,
        TrackKind.STILL if still else media.kind,
        described.codec,
        lasting(on_line.start, on_line.scale),
        lasting(on_line.end - on_line.start, on_line.scale),
        samples,
        width=(described.width or media.width or None) if picture else None,
        height=(described.height or media.height or None) if picture else None,
        frame_rate=runs.samples / recorded if recorded > 0 else None,
        declared_frame_rate=described.declared.rate,
        channels=described.channels,
        sample_rate=(described.sample_rate or media.scale) if media.kind is TrackKind.AUDIO else None,
        discontinuities=_discontinuities(on_line) if on_line.holes and played else (),
        profile=described.declared.profile,
        level=described.declared.level,
        rotation=media.rotation if picture else None,
        sync_spacing=_sync_spacing(media, runs) if picture and not still else None,
        constant_rate=_steady(media, runs) if picture and not still else None,
        changes_at=tuple(lasting(at, on_line.scale) for at in on_line.changes[:MAX_CHANGES]),
    )


def _discontinuities(on_line: Placed) -> tuple[Discontinuity, ...]:
    scale = on_line.scale
    whole: list[tuple[Exact, Exact]] = [hole for hole in on_line.holes if hole[1] * MICRO > scale]
    return tuple(Discontinuity(lasting(at, scale), lasting(length, scale)) for at, length in whole)


def _sync_spacing(media: MediaTrack, runs: Runs) -> timedelta | None:
    spacing = sync_spacing(media.sync, runs)
    return lasting(spacing, media.scale) if spacing else None


def _steady(media: MediaTrack, runs: Runs) -> bool | None:
    """Of all samples but the last, whose duration many muxers only guess."""
    counts, ticks = runs.counts, runs.ticks
    if not counts.all():  # a sample whose duration a later fragment corrected leaves a run of none
        counts, ticks = counts[counts > 0], ticks[counts > 0]
    ticks = ticks[:-1] if len(counts) > 1 and counts[-1] == 1 else ticks
    return steady(ticks, nominal(runs), media.scale)


def shifted(one: Laid, by: Fraction) -> Track:
    """The track on a line that begins with the first thing presented."""
    start = lasting(by, 1)
    holes = tuple(replace(hole, at=hole.at - start) for hole in one.track.discontinuities)
    changes = tuple(at - start for at in one.track.changes_at)
    return replace(one.track, start=max(one.track.start - start, NO_TIME), discontinuities=holes, changes_at=changes)
