"""What was seen in each picture, and the observations that all pictures of a clip give."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby

from detectors.content.overlay.reading import Moment, Shown
from detectors.content.overlay.story import NARROW, Reading, Run, Story, story
from domain.observation import Observation, ObservationKind

DETECTOR = "overlay"
VERSION = 2
TOGETHER = 2  # pictures that must agree before numbers, a turn or the absence of a clock is said


class Sight(StrEnum):
    """What a picture gave: a date and time, something like a clock that could not be read, no clock."""

    READ = "read"
    UNREAD = "unread"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Look:
    """One picture that was looked at, at its media time, s."""

    at: float
    sight: Sight
    shown: Shown | None = None
    sure: float = 0.0
    numbers: tuple[str, ...] = ()


def told(looks: Iterable[Look]) -> Story:
    """What the readings tell together."""
    ordered = sorted(looks, key=lambda one: one.at)
    order, _ = _order(ordered)
    return story(_readings(ordered, order))


def observations(looks: Sequence[Look], parts: Sequence[tuple[float, float]], turn: int = 0) -> tuple[Observation, ...]:
    """Everything that the pictures tell. `turn`: degrees clockwise that put the text right."""
    ordered = sorted(looks, key=lambda one: one.at)
    order, certain = _order(ordered)
    tale = story(_readings(ordered, order))
    return (
        *_checked(ordered, parts),
        *((_clock(run) for run in tale.runs) if certain else ()),
        *_jumps(tale),
        *_stops(tale),
        *(_missing(ordered, parts) if tale.runs or tale.stops or _bare(ordered) else ()),
        *_numbers(ordered),
        *_turned(tale, turn),
    )


def _order(looks: Sequence[Look]) -> tuple[str, bool]:
    """How day and month stand, as the pictures in which only one way is possible tell; whether that is certain."""
    votes: Counter[str] = Counter()
    open_ones = 0
    for look in looks:
        orders = [moment.order for moment in look.shown.moments] if look.shown else []
        votes.update(orders if len(orders) == 1 else [])
        open_ones += len(orders) > 1
    best = votes.most_common(1)[0][0] if votes else "dmy"
    return best, not open_ones or bool(votes)


def _readings(looks: Iterable[Look], order: str) -> list[Reading]:
    found = []
    for look in looks:
        if look.shown is None or look.shown.week:
            continue
        moment = _chosen(look.shown.moments, order)
        found.append(Reading(look.at, moment.seconds, look.shown.step, look.shown.text, look.sure))
    return found


def _chosen(moments: Sequence[Moment], order: str) -> Moment:
    return next((one for one in moments if one.order == order), moments[0])


def _observation(
    kind: ObservationKind, span: tuple[float, float], value: float | None, detail: str | None
) -> Observation:
    units = {
        ObservationKind.CLOCK: "local-epoch-s",
        ObservationKind.CLOCK_JUMP: "s",
        ObservationKind.CLOCK_STOPPED: "s",
        ObservationKind.TURNED: "deg",
    }
    start, end = (timedelta(seconds=round(at, 6)) for at in span)
    rounded = None if value is None else round(value, 3)
    return Observation(DETECTOR, VERSION, kind, start, end, rounded, units.get(kind, "count"), detail)


def _checked(looks: Sequence[Look], parts: Iterable[tuple[float, float]]) -> Iterable[Observation]:
    for start, end in parts:
        seen = sum(start - 1 <= look.at <= end + 1 for look in looks)
        if seen:
            yield _observation(ObservationKind.OVERLAY_CHECKED, (start, end), seen, None)


def _clock(run: Run) -> Observation:
    """No value of a clock without seconds whose minute was not seen to turn: it may be up to a minute ahead."""
    first, last = run.readings[0], run.readings[-1]
    pace = "" if run.rate == 1.0 else f" (×{run.rate:.3f})"
    value = run.zero if run.wide <= NARROW else None
    return _observation(ObservationKind.CLOCK, (first.at, last.at), value, f"{first.text} → {last.text}{pace}")


def _jumps(tale: Story) -> Iterable[Observation]:
    for jump in tale.jumps:
        detail = f"{jump.before.text} → {jump.after.text}"
        yield _observation(ObservationKind.CLOCK_JUMP, (jump.before.at, jump.after.at), jump.gained, detail)


def _stops(tale: Story) -> Iterable[Observation]:
    for stop in tale.stops:
        span = stop[0].at, stop[-1].at
        yield _observation(ObservationKind.CLOCK_STOPPED, span, span[1] - span[0], stop[0].text)


def _bare(looks: Iterable[Look]) -> bool:
    """No picture shows anything like a clock. Where some do and none is believed, the clock is there but illegible."""
    return all(look.sight is Sight.NONE for look in looks)


def _missing(looks: Sequence[Look], parts: Sequence[tuple[float, float]]) -> Iterable[Observation]:
    """Stretches in whose pictures no clock stands; all parts, where no picture of the clip shows one."""
    for sight, group in groupby(looks, key=lambda one: one.sight):
        blank = list(group)
        if sight is not Sight.NONE or len(blank) < TOGETHER:
            continue
        spans = [(blank[0].at, blank[-1].at)] if len(blank) < len(looks) else parts
        for span in spans:
            yield _observation(ObservationKind.CLOCK_MISSING, span, len(blank), None)


def _numbers(looks: Sequence[Look]) -> Iterable[Observation]:
    """Numbers that at least two pictures show, in the order in which they stand."""
    seen = [look for look in looks if look.numbers]
    often = Counter(number for look in seen for number in dict.fromkeys(look.numbers))
    kept = [number for number, pictures in often.items() if pictures >= TOGETHER]
    if kept:
        yield _observation(ObservationKind.NUMBERS, (seen[0].at, seen[-1].at), max(often.values()), " ".join(kept))


def _turned(tale: Story, turn: int) -> Iterable[Observation]:
    readings = sorted((one for run in (*(run.readings for run in tale.runs), *tale.stops) for one in run), key=_at)
    if turn and len(readings) >= TOGETHER:
        yield _observation(ObservationKind.TURNED, (readings[0].at, readings[-1].at), turn, None)


def _at(reading: Reading) -> float:
    return reading.at
