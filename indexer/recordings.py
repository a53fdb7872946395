"""Clips of one device → recordings: the segments of one press of the button, joined on the camera's own clock.

Cameras cut at 5, 10, 30 min or 4 h; the next segment starts within 2 s in 92 % of cases (`docs/design/linking.md`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from domain.clip import Clip, Recording
from domain.gap import Gap, GapCause
from domain.timespan import ZERO, Span
from domain.wording import say
from indexer.gaps import gaps_inside
from indexer.pace import Pace, at_pace, follows_at_pace, true_pace

READING_MOST = timedelta(seconds=2)  # no start is read worse than this relative to its neighbours


@dataclass(frozen=True, slots=True)
class RecordingLimits:
    """`[recordings]` of config.toml. `reading_seconds`: resolution of a start whose source states no error."""

    join_seconds: float = 2.0
    overlap_seconds: float = 5.0
    reading_seconds: float = 1.0


DEFAULTS = RecordingLimits()


def assemble(clips: Iterable[Clip], limits: RecordingLimits = DEFAULTS) -> tuple[Recording, ...]:
    """One device's clips as recordings, in order of start. Unplaced clips and stills (no duration) are left out.

    Channels of one recorder are kept apart. Where the device's pace explains the holes (a wrong frame rate), the
    clips in the recording are as long as they really ran, and a `FRAME_RATE` gap notes each phantom.
    """
    moving = [clip for clip in clips if clip.span is not None and clip.span.duration > ZERO]
    recordings = []
    for _, group in groupby(sorted(moving, key=_order), key=_camera):
        recordings += _of_one_camera(list(group), limits)
    return tuple(sorted(recordings, key=lambda r: (r.span, r.clips[0].name)))


def _camera(clip: Clip) -> tuple[str, ...]:
    """What runs on its own: a device's channel; files of no known device hold together by folder."""
    if clip.device is not None:
        return ("device", clip.device, clip.room or "", clip.channel or "")
    folder = clip.path.rpartition("/")[0]
    return ("folder", clip.store, folder, clip.officer or "", clip.room or "", clip.channel or "")


def _order(clip: Clip) -> tuple[tuple[str, ...], Span, int, str]:
    if clip.span is None:
        raise ValueError(f"{clip.name}: expected a placed clip, got one without a span")
    return _camera(clip), clip.span, -1 if clip.sequence is None else clip.sequence, clip.name


def _of_one_camera(clips: list[Clip], limits: RecordingLimits) -> list[Recording]:
    chain, copies = _without_copies(clips, limits)
    pace = true_pace(chain, timedelta(seconds=limits.reading_seconds))
    runs: list[list[Clip]] = []
    for clip in chain:
        if runs and _continues(runs[-1][-1], clip, pace, limits):
            runs[-1].append(clip)
        else:
            runs.append([clip])
    return [_recording(run, copies, pace, limits) for run in runs]


def _without_copies(clips: Sequence[Clip], limits: RecordingLimits) -> tuple[list[Clip], dict[int, list[Clip]]]:
    """A clip with the same start and end as another is its copy (or its second lens): same recording, no new time."""
    chain: list[Clip] = []
    copies: dict[int, list[Clip]] = {}
    for clip in clips:
        first = next((c for c in reversed(chain[-4:]) if _same_stretch(c, clip, limits)), None)
        if first is None:
            chain.append(clip)
        else:
            copies.setdefault(first.file_id, []).append(clip)
    return chain, copies


def _same_stretch(one: Clip, other: Clip, limits: RecordingLimits) -> bool:
    if one.span is None or other.span is None:
        return False
    allowed = min(_reading(one, other, limits), one.span.duration / 2)
    return abs(one.span.start - other.span.start) <= allowed and abs(one.span.end - other.span.end) <= allowed


def _reading(one: Clip, other: Clip, limits: RecordingLimits) -> timedelta:
    """Resolution of the two starts against each other; the clock's own error is the same in both and cancels."""
    errors = (s.error for clip in (one, other) for s in clip.sources if s.chosen)
    worst = max(errors, default=timedelta(seconds=limits.reading_seconds))
    return min(worst, READING_MOST)


def _continues(previous: Clip, following: Clip, pace: Pace | None, limits: RecordingLimits) -> bool:
    if previous.span is None or following.span is None:
        return False
    hole = following.span.start - previous.span.end
    reading = _reading(previous, following, limits)
    if -timedelta(seconds=limits.overlap_seconds) <= hole <= timedelta(seconds=limits.join_seconds) + reading:
        return True
    return pace is not None and follows_at_pace(previous, following, pace, reading)


def _recording(
    run: Sequence[Clip], copies: dict[int, list[Clip]], pace: Pace | None, limits: RecordingLimits
) -> Recording:
    clips: list[Clip] = []
    gaps: list[Gap] = []
    for clip, following in zip(run, [*run[1:], None], strict=True):
        real = at_pace(clip, pace, following) if pace else clip
        clips += [real, *(at_pace(copy, pace, following) if pace else copy for copy in copies.get(clip.file_id, ()))]
        gaps += gaps_inside(real)
        gaps += _phantom(clip, real, pace) if pace else _roll_over(clip, following, limits)
    spans = [clip.span for clip in clips if clip.span is not None]
    whole = Span(min(s.start for s in spans), max(s.end for s in spans))
    return Recording(run[0].device, tuple(clips), whole, tuple(sorted(gaps, key=lambda gap: gap.span)))


def _phantom(clip: Clip, real: Clip, pace: Pace) -> tuple[Gap, ...]:
    if clip.span is None or real.span is None or real.span.end <= clip.span.end:
        return ()
    reason = say(
        f"{clip.name}：实际录至下一段开始，标称帧率与实际帧率不符",
        f"{clip.name}: recorded to the next start, frame rate declared is not the one delivered",
    )
    return (Gap(Span(clip.span.end, real.span.end), GapCause.FRAME_RATE, (pace.evidence, reason)),)


def _roll_over(clip: Clip, following: Clip | None, limits: RecordingLimits) -> tuple[Gap, ...]:
    """A hole between two segments, noted when it is longer than what the reading of their starts can tell."""
    if following is None or clip.span is None or following.span is None:
        return ()
    if following.span.start - clip.span.end <= _reading(clip, following, limits):
        return ()
    evidence = say(f"{clip.name} 之后为 {following.name}", f"{clip.name} is followed by {following.name}")
    return (Gap(Span(clip.span.end, following.span.start), GapCause.ROLL_OVER, (evidence,)),)
