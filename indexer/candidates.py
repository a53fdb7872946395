"""Which windows are near which recording: sorted once, found by bisection, so that cost grows with neighbours only."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.activity import Bound
from domain.link import LinkBasis
from indexer.scoring import BASIS_WEIGHT, SECOND, ActivityWindow, Fit, Footage, Key, LinkingLimits, Need, fit, prepare

LOSERS = 3
"""How many considered losers a clip keeps: enough to explain an absence, few enough to read."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Prepared windows in order of start; `longest` is the longest recorded stretch among them."""

    needs: tuple[Need, ...]
    starts: tuple[datetime, ...]
    longest: timedelta


def prepared(windows: Iterable[ActivityWindow], limits: LinkingLimits) -> Needs:
    """Windows ready for comparison, in an order that does not depend on the input's."""
    needs = _bounded_by_neighbours(sorted((prepare(window, limits) for window in set(windows)), key=_need_order))
    needs.sort(key=_need_order)
    longest = max((need.window.span.duration for need in needs), default=timedelta(0))
    return Needs(tuple(needs), tuple(need.start for need in needs), longest)


def _bounded_by_neighbours(needs: Sequence[Need]) -> list[Need]:
    """Nobody is in two places: an end that is not stated lies before the same party's next stated arrival, and an
    estimated arrival after the end of what came before. Stated times are left alone: they may overlap in truth."""
    parties: dict[tuple[str | None, str | None], list[Need]] = {}
    for need in needs:
        parties.setdefault((need.window.officer, need.window.room), []).append(need)
    bounded: list[Need] = []
    for party, row in parties.items():
        bounded += row if party == (None, None) else _bounded_row(row)
    return bounded


def _bounded_row(row: Sequence[Need]) -> list[Need]:
    arrivals = [need.start for need in row if need.window.start_known is Bound.STATED]
    left: datetime | None = None
    bounded: list[Need] = []
    for need in row:
        start, end = need.start, need.end
        if need.window.start_known is not Bound.STATED and left is not None and start < left < end:
            start = left
        if need.window.end_known is not Bound.STATED:
            index = bisect_right(arrivals, max(start, need.start))
            end = min(end, arrivals[index]) if index < len(arrivals) else end
        else:
            left = max(left or need.end, need.end)
        bounded.append(replace(need, start=start, end=max(end, start + SECOND)))
    return bounded


def _need_order(need: Need) -> tuple[datetime, datetime, str, str, str]:
    window = need.window
    return need.start, window.span.end, window.kind, window.number, repr(window)


def distinct(footage: Iterable[Footage]) -> list[Footage]:
    """Each recording once, on its strongest basis, in order of time."""
    best: dict[tuple[int, ...], Footage] = {}
    for take in footage:
        files = tuple(clip.file_id for clip in take.recording.clips)
        if files not in best or _strength(take) > _strength(best[files]):
            best[files] = take
    return sorted(best.values(), key=lambda take: (take.recording.span, take.recording.clips[0].name))


def _strength(take: Footage) -> tuple[float, str, str]:
    return BASIS_WEIGHT[take.basis], take.basis, take.officer or ""


def candidates(take: Footage, needs: Needs, limits: LinkingLimits) -> tuple[Fit, ...]:
    """Every activity near the recording and the nearest farther ones, best fit first; one fit per activity."""
    best: dict[Key, Fit] = {}
    for need in _near(take, needs, limits):
        found = fit(take, need, limits)
        if need.key not in best or found.score > best[need.key].score:
            best[need.key] = found
    return tuple(sorted(best.values(), key=lambda one: (-one.score, one.need.start, one.key)))


def _near(take: Footage, needs: Needs, limits: LinkingLimits) -> list[Need]:
    """Windows that may relate to the recording, and on either side as many others as a clip can have losers."""
    span, error = take.recording.span, take.recording.clock_error
    reach = timedelta(hours=limits.candidate_hours)
    reach += min(error, reach)
    related = max(timedelta(minutes=limits.approach_minutes, seconds=limits.approach_seconds), min(error, reach))
    first = bisect_left(needs.starts, span.start - reach - needs.longest)
    earliest, before, after = span.start - reach, span.start - related, span.end + related
    near: list[Need] = []
    passed: list[tuple[datetime, Need]] = []
    ahead = 0
    for need in needs.needs[first : bisect_left(needs.starts, span.end + reach)]:
        end = need.window.span.end
        if end <= earliest or not _concerns(take, need.window):
            continue
        if end < before:
            passed.append((end, need))
        elif need.start <= after or ahead < LOSERS:
            near.append(need)
            ahead += need.start > after
    return near + [need for _, need in sorted(passed, key=lambda item: item[0])[-LOSERS:]]


def _concerns(take: Footage, window: ActivityWindow) -> bool:
    """A window of another officer or another room is no candidate, whatever its time."""
    if take.basis is LinkBasis.ROOM:
        room = take.recording.clips[0].room
        return window.room is None or room is None or window.room == room
    return take.officer is None or window.officer is None or take.officer == window.officer
