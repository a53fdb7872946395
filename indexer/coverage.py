"""How much of a required window is on record, under every plausible clock (`docs/design/linking.md`, coverage).

The clips of one device share one clock and shift together within ± their clock error. What holds for every shift can
be said; what depends on it is left to the bounds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.activity import RequiredWindow
from domain.clip import Clip
from domain.coverage import Bounds, Coverage
from domain.timespan import ZERO, Span, covered, merge, total
from indexer.gaps import JOINING, NOTHING_KNOWN, GapContext, gaps_in_window, on_record


@dataclass(frozen=True, slots=True)
class _Block:
    """Merged footage of one clock: `device` and `error` name it."""

    device: str
    error: timedelta
    spans: tuple[Span, ...]

    def at(self, shift: timedelta) -> tuple[Span, ...]:
        moved = max(-self.error, min(self.error, shift))
        return tuple(span.shifted(moved) for span in self.spans) if moved else self.spans


@dataclass(frozen=True, slots=True)
class _Measure:
    covered: timedelta
    late: timedelta
    early: timedelta


def measure(
    window: RequiredWindow,
    clips: Sequence[Clip],
    *,
    officer: str | None = None,
    channel: str | None = None,
    context: GapContext = NOTHING_KNOWN,
    joining: timedelta = JOINING,
) -> Coverage:
    """One officer's (or channel's) clips against one window: covered, late, early and interior gaps.

    Holes up to `joining` count as covered, so that nominal covered + late + early + gaps = required whenever any
    footage lies in the window. Unplaced clips say nothing here. `Coverage.clips` are those that lie in the window
    under at least one plausible clock.
    """
    near = [clip for clip in clips if _reaches(clip, window.span, context, joining)]
    blocks = _blocks(near, context, joining)
    nominal = _measure(window.span, (span for block in blocks for span in block.spans), joining)
    every = [nominal, *(_measure(window.span, s, joining) for s in _scenarios(window.span, blocks, joining))]
    inside = [clip for clip in near if _reaches(clip, window.span, context)]
    return Coverage(
        officer=officer,
        window=window,
        covered=_bounds([m.covered for m in every]),
        late=_bounds([m.late for m in every]),
        early=_bounds([m.early for m in every]),
        gaps=gaps_in_window(window.span, near, context, joining),
        clock_error=max((clip.clock_error for clip in inside), default=ZERO),
        clips=tuple(sorted({clip.file_id for clip in inside})),
        channel=channel,
        near=any(_begun_within(clip, window.reach) for clip in clips),
    )


def _begun_within(clip: Clip, reach: Span) -> bool:
    """Some plausible clock has the clip begin there."""
    begun = Span(clip.span.start, clip.span.start).widened(clip.clock_error, clip.clock_error) if clip.span else None
    return begun is not None and bool(clip.duration) and begun.start < reach.end and begun.end >= reach.start


def _reaches(clip: Clip, window: Span, context: GapContext, slack: timedelta = ZERO) -> bool:
    """The clip lies in the window under some plausible clock, or within `slack` of it: a seam may lie on the edge."""
    if clip.span is None:
        return False
    tail = max((p.end - clip.span.end for p in context.phantoms if p.start == clip.span.end), default=ZERO)
    reach = clip.clock_error + slack
    return clip.span.widened(reach, reach + tail).overlaps(window)


def _blocks(clips: Sequence[Clip], context: GapContext, joining: timedelta) -> tuple[_Block, ...]:
    clocks: dict[tuple[str, timedelta], list[Span]] = {}
    for part, clip in on_record(clips, context):
        device = clip.device or f"{clip.store}:{clip.path}"  # an unknown camera shares its clock with nobody
        clocks.setdefault((device, clip.clock_error), []).append(part)
    return tuple(_Block(device, error, merge(spans, joining)) for (device, error), spans in sorted(clocks.items()))


def _measure(window: Span, footage: Iterable[Span], joining: timedelta) -> _Measure:
    parts = covered(window, merge(footage, joining))
    if not parts:
        return _Measure(ZERO, window.duration, window.duration)
    return _Measure(total(parts), parts[0].start - window.start, window.end - parts[-1].end)


def _bounds(values: Sequence[timedelta]) -> Bounds:
    """The first value is the nominal one."""
    return Bounds(min(values), values[0], max(values))


def _scenarios(window: Span, blocks: Sequence[_Block], joining: timedelta) -> list[list[Span]]:
    """Footage under every shift that matters: each device alone, all together, and each at its own best and worst.

    For one clock the measures are linear between the shifts at which an edge of footage meets an edge of the window, so
    these shifts and the ends of the interval give exact bounds.
    """
    devices = sorted({block.device for block in blocks if block.error > ZERO})
    shifts = {device: _shifts(window, [b for b in blocks if b.device == device]) for device in devices}
    found = [_moved(blocks, {device: shift}) for device in devices for shift in shifts[device]]
    if len(devices) < 2:
        return found
    together = sorted({shift for options in shifts.values() for shift in options})
    found += [_moved(blocks, dict.fromkeys(devices, shift)) for shift in together]
    alone = {d: [(_alone(window, blocks, d, shift, joining), shift) for shift in shifts[d]] for d in devices}
    for pick in (min, max):
        found.append(_moved(blocks, {device: pick(options)[1] for device, options in alone.items()}))
    return found


def _alone(window: Span, blocks: Sequence[_Block], device: str, shift: timedelta, joining: timedelta) -> timedelta:
    """What one device alone covers under one shift of its clock."""
    spans = (span for block in blocks if block.device == device for span in block.at(shift))
    return _measure(window, spans, joining).covered


def _moved(blocks: Sequence[_Block], shifts: dict[str, timedelta]) -> list[Span]:
    return [span for block in blocks for span in block.at(shifts.get(block.device, ZERO))]


def _shifts(window: Span, blocks: Sequence[_Block]) -> list[timedelta]:
    found = {ZERO}
    for block in blocks:
        found |= {-block.error, block.error}
        edges = (edge for span in block.spans for edge in (span.start, span.end))
        meets = {border - edge for edge in edges for border in (window.start, window.end)}
        found |= {shift for shift in meets if abs(shift) <= block.error}
    return sorted(found)
