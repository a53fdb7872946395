"""From verdicts on recordings to one link row per clip and activity, with runner-up and evidence.

A clip is linked to the windows that it overlaps itself. One between windows belongs to the call it was on the way to,
or to the nearest activity of its recording: one press of the button is one effort.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.activity import Bound
from domain.clip import Clip
from domain.link import Link, LinkBasis, LinkStatus, RunnerUp
from domain.timespan import ZERO, Span
from domain.vocabulary import BASES, BOUNDS
from domain.wording import say
from indexer.candidates import LOSERS
from indexer.judging import Verdict, Verdicts
from indexer.scoring import BASIS_WEIGHT, Fit, Footage, LinkingLimits

CONTINUED = 0.8  # of the recording's score, for a clip that does not overlap the window itself


@dataclass(frozen=True, slots=True)
class _Row:
    fit: Fit
    status: LinkStatus
    overlap: timedelta
    distance: timedelta
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Option:
    """A neighbouring window that a clip without overlap may belong to; `stretch`: recorded time beyond the window."""

    fit: Fit
    distance: timedelta
    stretch: timedelta
    ahead: bool


def clip_links(footage: Footage, fits: Sequence[Fit], verdicts: Verdicts, limits: LinkingLimits) -> list[Link]:
    """The link rows of every clip of one recording."""
    links: list[Link] = []
    for clip in footage.recording.clips:
        if clip.span is None:
            continue
        rows = _bounded(_rows(clip.span, footage, fits, verdicts, limits), limits)
        links += [_link(clip, footage, row, rows) for row in rows]
    return links


def _rows(span: Span, footage: Footage, fits: Sequence[Fit], verdicts: Verdicts, limits: LinkingLimits) -> list[_Row]:
    held = any(verdicts[one.key].status is LinkStatus.LINKED and _believed(span, one) for one in fits)
    moved = {} if held else _attributed(span, footage, fits, verdicts, limits)
    rows = []
    for one in fits:
        shared = _overlap(span, one)
        verdict = _of_clip(verdicts[one.key], shared > ZERO, held and not _believed(span, one))
        verdict = verdict or moved.get(one.key) or _left_out(verdicts[one.key])
        rows.append(_Row(one, verdict.status, shared, _distance(span, one), verdict.score, verdict.reason))
    return rows


def _of_clip(verdict: Verdict, overlaps: bool, doubtful: bool) -> Verdict | None:
    """The recording's verdict where it holds for this clip; None where the clip does not overlap what was claimed.

    `doubtful`: the clip lies in the part of a window that is not believed, and another window explains it.
    """
    if verdict.status is LinkStatus.REJECTED or verdict.whole:
        return verdict
    if overlaps and doubtful and verdict.status is LinkStatus.LINKED:
        reason = say(
            "在时段不可信的部分，属于另一活动",
            "in the part of the window that is not believed, another activity explains it",
        )
        return replace(verdict, status=LinkStatus.REJECTED, score=verdict.score * 0.5, reason=reason)
    return verdict if overlaps else None


def _left_out(verdict: Verdict) -> Verdict:
    others = say("该段记录的其他片段在此时段内", "other clips of the recording lie in it")
    return Verdict(LinkStatus.REJECTED, verdict.score * CONTINUED * 0.5, others)


def _believed(span: Span, one: Fit) -> bool:
    return span.start < one.need.end and one.need.start < span.end


def _overlap(span: Span, one: Fit) -> timedelta:
    """With the window as recorded (at least one second long), so that a stay without length can be overlapped."""
    end = max(one.need.end, one.need.window.span.end)
    return max(ZERO, min(span.end, end) - max(span.start, one.need.start))


def _distance(span: Span, one: Fit) -> timedelta:
    return max(ZERO, one.need.start - span.end, span.start - one.need.end)


def _attributed(
    span: Span, footage: Footage, fits: Sequence[Fit], verdicts: Verdicts, limits: LinkingLimits
) -> Verdicts:
    """The one activity of its recording that a clip without overlap belongs to, if any."""
    linked = [one for one in fits if verdicts[one.key].status is LinkStatus.LINKED and one.overlap > ZERO]
    options = _options(span, footage.recording.span, linked)
    if not options:
        return {}
    chosen = options[0]
    status, reason = _status(span, chosen, limits)
    if footage.basis is LinkBasis.UNIT and status is LinkStatus.LINKED:
        status = LinkStatus.PROPOSED
    return {chosen.fit.key: Verdict(status, verdicts[chosen.fit.key].score * CONTINUED, reason)}


def _options(span: Span, recording: Span, linked: Sequence[Fit]) -> list[_Option]:
    """The linked window before the clip and the one after it, likelier first."""
    before = max((o for o in linked if o.need.end <= span.start), key=lambda o: (o.need.end, o.key), default=None)
    after = min((o for o in linked if o.need.start >= span.end), key=lambda o: (o.need.start, o.key), default=None)
    options = []
    if after is not None:
        called = after.need.called_at
        begun = max(recording.start, before.need.end) if before else recording.start
        options.append(_Option(after, max(ZERO, called - span.end), max(ZERO, called - begun), ahead=True))
        if span.start + span.duration / 2 >= called:
            return options
    if before is not None:
        over = min(recording.end, after.need.called_at) if after else recording.end
        stretch = max(ZERO, over - before.need.end)
        options.append(_Option(before, span.start - before.need.end, stretch, ahead=False))
    return sorted(options, key=lambda option: (option.distance, option.ahead))


def _status(span: Span, option: _Option, limits: LinkingLimits) -> tuple[LinkStatus, str]:
    near = timedelta(minutes=limits.lead_minutes)
    zh, en = ("之前", "before") if option.ahead else ("之后", "after")
    distance = f"{option.distance.total_seconds():.0f}"
    reason = say(
        f"在活动{zh} {distance} 秒，该段记录延续至其时段内",
        f"{distance} s {en} the call, the recording goes on into its window",
    )
    if option.ahead and span.start + span.duration / 2 >= option.fit.need.called_at:
        return LinkStatus.LINKED, say(
            "在派警与到达之间，该段记录延续至时段内",
            "between dispatch and arrival, the recording goes on into the window",
        )
    if option.stretch <= near:
        return LinkStatus.LINKED, reason
    return (LinkStatus.PROPOSED if option.distance <= near else LinkStatus.REJECTED), reason


def _bounded(rows: Sequence[_Row], limits: LinkingLimits) -> list[_Row]:
    """Everything linked or proposed, and the nearest losers."""
    kept = [row for row in rows if row.status is not LinkStatus.REJECTED]
    reach = timedelta(hours=limits.candidate_hours)
    losers = [row for row in rows if row.status is LinkStatus.REJECTED and row.distance <= reach]
    kept += sorted(losers, key=lambda row: (row.distance, -row.score, row.fit.key))[:LOSERS]
    return sorted(kept, key=lambda row: (-row.score, row.fit.need.start, row.fit.key))


def _link(clip: Clip, footage: Footage, row: _Row, rows: Sequence[_Row]) -> Link:
    window = row.fit.need.window
    other = next((r for r in rows if r is not row), None)
    return Link(
        kind=window.kind,
        number=window.number,
        officer=footage.officer,
        file_id=clip.file_id,
        basis=footage.basis,
        overlap=row.overlap,
        score=round(row.score, 3),
        status=row.status,
        runner_up=RunnerUp(other.fit.need.window.number, round(other.score, 3)) if other else None,
        evidence=_evidence(clip, footage, row, other),
    )


def _evidence(clip: Clip, footage: Footage, row: _Row, other: _Row | None) -> tuple[str, ...]:
    one, window = row.fit, row.fit.need.window
    if row.status is LinkStatus.REJECTED and row.distance > max(ZERO, one.clock_error):
        return row.reason, _distant(row.distance)  # nothing more to weigh
    said = [row.reason, *_measured(footage, row), *_unsure(one, row)]
    if footage.basis is LinkBasis.ROOM and window.channels and clip.channel not in window.channels:
        zh, en = "、".join(window.channels), ", ".join(window.channels)
        said.append(
            say(
                f"通道 {clip.channel or '不明'} 不在应录通道 {zh} 之列",
                f"channel {clip.channel or 'unknown'} is not among the required {en}",
            )
        )
    if other is not None:
        margin, rival = f"{row.score - other.score:+.2f}", other.fit.need.window.number
        said.append(say(f"与 {rival} 的得分差 {margin}", f"margin {margin} to {rival}"))
    return tuple(said)


def _measured(footage: Footage, row: _Row) -> list[str]:
    """Basis, overlap and where the recording begins, as figures."""
    one, weight = row.fit, f"{BASIS_WEIGHT[footage.basis]:.2f}"
    zh, en = BASES[footage.basis]
    shared, length = (f"{value.total_seconds():.0f}" for value in (row.overlap, one.need.window.span.duration))
    said = [
        say(f"{zh} {weight}", f"{en} {weight}"),
        say(f"与 {length} 秒的时段重叠 {shared} 秒", f"overlap {shared} s of window {length} s"),
    ]
    if one.overlap > ZERO:
        said.append(
            say(
                f"该段记录占时段的 {one.of_window:.0%}，其 {one.of_recording:.0%} 在时段内",
                f"recording holds {one.of_window:.0%} of the window, {one.of_recording:.0%} of it lies inside",
            )
        )
        begun = say("在活动期间开始", "start within call"), say("在活动之前已开始", "begun before the call")
        said.append(begun[0] if one.begun_within else begun[1])
    elif row.distance > ZERO:
        said.append(_distant(row.distance))
    return said


def _unsure(one: Fit, row: _Row) -> list[str]:
    """What about clock and window is not certain."""
    said: list[str] = []
    if one.clock < 1.0 and one.clock_error > ZERO and row.distance <= one.clock_error:
        error = f"{one.clock_error.total_seconds():.0f}"
        said.append(
            say(
                f"时钟误差 ±{error} 秒：在 {one.clock:.0%} 的可能时钟下有重叠",
                f"clock ±{error} s: overlaps under {one.clock:.0%} of plausible clocks",
            )
        )
    ends = (("起点", "start", one.need.window.start_known), ("终点", "end", one.need.window.end_known))
    for zh, en, known in ends:
        if known is not Bound.STATED:
            known_zh, known_en = BOUNDS[known]
            said.append(say(f"时段{zh}{known_zh}", f"window {en} {known_en}"))
    return said


def _distant(distance: timedelta) -> str:
    apart = f"{distance.total_seconds():.0f}"
    return say(f"相距 {apart} 秒", f"{apart} s apart")
