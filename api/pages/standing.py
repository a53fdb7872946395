"""How each officer or channel of an activity stands, in one sentence: what was required and what is not on record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from api.pages.rendering import Reader
from api.timeline_json import lane_name
from domain.timespan import ZERO
from storage.queries.timeline import Lane, Timeline


@dataclass(frozen=True, slots=True)
class Standing:
    """`mark`: whole, parts, nothing, or waiting where it is not measured yet."""

    who: str
    text: str
    mark: str


def standings(line: Timeline, reader: Reader) -> tuple[Standing, ...]:
    """One for each lane, in the order of the time line."""
    return tuple(_standing(lane, reader) for lane in line.lanes)


def _standing(lane: Lane, reader: Reader) -> Standing:
    who = reader.t("lane.all") if lane.key == "all" else lane_name(lane)
    length = lane.window.end - lane.window.start
    required = reader.t("activity.required", length=reader.length(length))
    if lane.ratio is None:
        return Standing(who, reader.t("comma.clause").join((required, reader.t("activity.unmeasured"))), "waiting")
    if lane.covered <= ZERO:
        return Standing(who, reader.t("comma.clause").join((required, reader.t("activity.nothing"))), "nothing")
    missing = list(_missing(lane, reader))
    said = missing or [reader.t("activity.whole")]
    return Standing(who, reader.t("comma.clause").join((required, *said)), "parts" if missing else "whole")


def _missing(lane: Lane, reader: Reader) -> Iterator[str]:
    if lane.late > ZERO:
        yield reader.t("activity.late", length=reader.length(lane.late))
    inside = sum((gap.end - gap.start for gap in lane.gaps), timedelta(0))
    if len(lane.gaps) == 1:
        yield reader.t("activity.gap", length=reader.length(inside))
    elif lane.gaps:
        yield reader.t("activity.gaps", length=reader.length(inside), count=len(lane.gaps))
    if lane.early > ZERO:
        yield reader.t("activity.early", length=reader.length(lane.early))
