"""110 incidents: one row per incident, or one per officer per incident; rows of one number are one incident."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.activity import Incident, OfficerTimes, swapped
from domain.wording import say
from indexer.feeds.badges import badges
from indexer.feeds.cells import shown
from indexer.feeds.draft import Draft, Rejected, about
from indexer.feeds.placing import ordered_times, placed_times

STAGES = ("received_at", "dispatched_at", "arrived_at", "finished_at", "feedback_at")
BEFORE_FEEDBACK = STAGES[:3]  # a first feedback may well come before the work is finished
OWN_STAGES = ("dispatched_at", "arrived_at", "finished_at")  # what an officer's row says of that officer alone
SHARED = ("received_at", "feedback_at", "unit", "category", "status", "address", "longitude", "latitude", "case_number")


def build_incident(draft: Draft) -> Incident:
    """The incident as one row states it. Raises Rejected without a number, or if the row broke off before any time."""
    number = draft.key("number")
    times = placed_times(draft, STAGES, anchor="date")
    if draft.short and not any(times.values()):
        raise Rejected(
            None,
            "警情应至少有一个时间，实为在此之前中断的行",
            "expected an incident with at least one time, got a row that breaks off before it",
        )
    if swapped(times["dispatched_at"] or times["received_at"], times["arrived_at"], times["finished_at"]):
        draft.correct(
            about(
                "arrived_at",
                "晚于 finished_at，两者可能填反：只作为时段的两端",
                "later than finished_at, the two may be the wrong way round: taken as the ends of a stretch only",
            )
        )
    else:
        times = ordered_times(draft, times, STAGES[:4])
    times = ordered_times(draft, times, (*BEFORE_FEEDBACK, "feedback_at"))
    if not any(times.values()):
        draft.remark(say("没有任何时间：无法确定警情的时段", "no time at all: the incident cannot be placed"))
    own = badges(draft, "officer")
    longitude, latitude = _place(draft)
    return Incident(
        number=number,
        unit=draft.code("unit"),
        **times,
        officers=tuple(dict.fromkeys((*badges(draft, "officers"), *own))),
        officer_times=tuple(OfficerTimes(officer, *(times[stage] for stage in OWN_STAGES)) for officer in own),
        category=draft.text("category"),
        status=draft.text("status"),
        address=draft.text("address"),
        longitude=longitude,
        latitude=latitude,
        case_number=draft.code("case_number"),
    )


def _place(draft: Draft) -> tuple[float | None, float | None]:
    """WGS 84 degrees as given; swapped columns are swapped back, impossible ones left empty."""
    longitude, latitude = draft.real("longitude"), draft.real("latitude")
    if longitude is None or latitude is None:
        return None, None
    if 90 < abs(latitude) <= 180 and abs(longitude) <= 90:
        draft.correct(
            about(
                "longitude",
                f"{longitude} 与纬度 {latitude} 颠倒，已对调",
                f"{longitude} and latitude {latitude} are the wrong way round, swapped",
            )
        )
        longitude, latitude = latitude, longitude
    possible = abs(longitude) <= 180 and abs(latitude) <= 90  # also refuses NaN
    if possible and (longitude or latitude):
        return longitude, latitude
    where = f"{shown(draft.cells.get('longitude'))}, {shown(draft.cells.get('latitude'))}"
    draft.correct(
        about(
            "longitude", f"应为地球上的位置，实为 {where}；留空", f"expected a place on earth, got {where}; left empty"
        )
    )
    return None, None


@dataclass(slots=True)
class Merging:
    """The rows of one incident seen so far. Later rows win where they state something; blanks change nothing."""

    incident: Incident
    officers: dict[str, None] = field(default_factory=dict)
    own: dict[str, OfficerTimes] = field(default_factory=dict)

    @classmethod
    def begin(cls, first: Incident) -> "Merging":
        return cls(first, dict.fromkeys(first.officers), {times.officer: times for times in first.officer_times})

    def add(self, later: Incident) -> tuple[str, ...]:
        """Takes the row in and says which fields it changed; another officer's row changes none by being there."""
        names = SHARED if later.officer_times else (*SHARED, *OWN_STAGES)
        changes = {name: value for name in names if (value := getattr(later, name)) not in (None, self._value(name))}
        changed = list(changes)
        if later.officer_times:
            changed += self._add_own(later)
        elif set(later.officers) - self.officers.keys():
            changed.append("officers")
        self.officers.update(dict.fromkeys(later.officers))
        if changes:
            self.incident = replace(self.incident, **changes)
        return tuple(changed)

    def _value(self, name: str) -> object:
        return getattr(self.incident, name)

    def _add_own(self, later: Incident) -> list[str]:
        changed: list[str] = []
        for times in later.officer_times:
            before = self.own.get(times.officer, times)
            stated = {stage: getattr(times, stage) or getattr(before, stage) for stage in OWN_STAGES}
            changed += [stage for stage in OWN_STAGES if stated[stage] != getattr(before, stage)]
            self.own[times.officer] = OfficerTimes(times.officer, **stated)
        return list(dict.fromkeys(changed))

    def result(self) -> Incident:
        """The incident as a whole: dispatched and arrived with its first officer, finished with its last."""
        if not self.own:
            return replace(self.incident, officers=tuple(self.officers))
        incident = self.incident
        rows: list[OfficerTimes | Incident] = list(self.own.values())
        if self.officers.keys() - self.own.keys():
            rows.append(incident)  # some officers have only the incident's own times
        return replace(
            incident,
            officers=tuple(self.officers),
            officer_times=tuple(self.own.values()),
            dispatched_at=_earliest([row.dispatched_at for row in rows]),
            arrived_at=_earliest([row.arrived_at for row in rows]),
            finished_at=_latest([row.finished_at for row in rows]),
        )


def _earliest(moments: list[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _latest(moments: list[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
