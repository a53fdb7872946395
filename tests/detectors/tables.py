"""Readable tables of tests/cases/*.toml → facts. Times are local (+08:00); a bare time of day is on 2026-11-20.

Coverage is worked out here from the stretches on record by plain interval arithmetic, apart from the program's own.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from detectors.content_facts import FootageContent
from detectors.rule import Facts, IncidentFacts, SessionFacts, SharedRoom, StoreProof, Unplayable
from domain.activity import (
    ActivityKind,
    Bound,
    Explanation,
    Incident,
    InterrogationSession,
    Interruption,
    OfficerTimes,
    RequiredWindow,
    WindowDefaults,
)
from domain.coverage import Bounds, Coverage
from domain.gap import Gap, GapCause
from domain.link import Link, LinkBasis, LinkMethod, LinkStatus
from domain.timespan import ZERO, Span, covered, total, uncovered
from tests.detectors.tables_of_content import content
from tests.detectors.tables_of_content import known_keys as known_keys

LOCAL = timezone(timedelta(hours=8))
DAY = "2026-11-20"
NOW = "2026-11-24 12:00:00"
STORE = StoreProof("dock-a", "online", 7, datetime(2026, 11, 24, 3, 0, tzinfo=LOCAL), folders=12, files=345)
STORES = {
    "complete": (STORE,),
    "offline": (STORE, StoreProof("dock-b", "unreachable", 6, None)),
    "refused": (StoreProof("dock-a", "online", 7, None, folders=12, files=345, refused=("2026-11-20",)),),
    "none": (),
}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text if "-" in text else f"{DAY} {text}").replace(tzinfo=LOCAL)


def maybe(table: Mapping[str, Any], key: str) -> datetime | None:
    return instant(table[key]) if key in table else None


def span(text: str) -> Span:
    """`10:00:00-10:20:00`, or `2026-11-20 23:50:00 to 2026-11-21 00:10:00`."""
    start, end = text.split(" to ") if " to " in text else text.split("-")
    return Span(instant(start), instant(end))


def spans(table: Mapping[str, Any], key: str) -> list[Span]:
    return [span(text) for text in table.get(key, ())]


def measure(window: RequiredWindow, recorded: list[Span], error: timedelta, causes: Mapping[str, str]) -> Coverage:
    """Footage against a window at three settings of the clock: behind, as read, ahead."""

    def at(shift: timedelta) -> tuple[timedelta, timedelta, timedelta]:
        parts = covered(window.span, [each.shifted(shift) for each in recorded])
        if not parts:
            return ZERO, window.span.duration, window.span.duration
        return total(parts), parts[0].start - window.span.start, window.span.end - parts[-1].end

    readings = [at(shift) for shift in (-error, ZERO, error)]
    bounds = [Bounds(min(values), values[1], max(values)) for values in zip(*readings, strict=True)]
    parts = covered(window.span, recorded)
    inside = Span(parts[0].start, parts[-1].end) if parts else window.span
    gaps = tuple(
        Gap(hole, GapCause(causes.get(f"{hole.start:%H:%M:%S}", "unknown")))
        for hole in (uncovered(inside, recorded) if parts else ())
    )
    return Coverage(None, window, bounds[0], bounds[1], bounds[2], gaps, error)


def explanations(table: Mapping[str, Any]) -> tuple[Explanation, ...]:
    return tuple(
        Explanation(
            "1",
            row.get("officer"),
            Span(instant(row["from"]), instant(row["to"])) if "from" in row else None,
            row["reason"],
            approved_by=row.get("approved_by"),
        )
        for row in table.get("explanations", ())
    )


def link(number: str, file_id: int, method: str = "auto", status: str = "linked") -> Link:
    return Link(
        ActivityKind.INCIDENT,
        number,
        None,
        file_id,
        LinkBasis.BADGE,
        ZERO,
        1.0,
        LinkStatus(status),
        None,
        LinkMethod(method),
    )


def with_party(coverage: Coverage, officer: str | None = None, channel: str | None = None) -> Coverage:
    values = (coverage.window, coverage.covered, coverage.late, coverage.early, coverage.gaps, coverage.clock_error)
    return Coverage(officer, *values, channel=channel)


def unplayable(table: Mapping[str, Any]) -> tuple[Unplayable, ...]:
    """Files that cannot be played, by all the time that they may have run: the start and the latest end."""
    found = []
    for row in table.get("unplayable", ()):
        known_keys(row, "name", "reach", "lost_power")
        reach = span(row["reach"])
        found.append(Unplayable(row["name"], reach.start, reach, row.get("lost_power", True)))
    return tuple(found)


def incident_record(table: Mapping[str, Any]) -> Incident:
    rows = table.get("officers", [])
    return Incident(
        table.get("number", "J31011420261120001"),
        "310114010000",
        maybe(table, "received"),
        maybe(table, "dispatched"),
        maybe(table, "arrived"),
        maybe(table, "finished"),
        maybe(table, "feedback"),
        tuple(row["badge"] for row in rows),
        tuple(
            OfficerTimes(r["badge"], None, maybe(r, "arrived"), maybe(r, "finished")) for r in rows if "arrived" in r
        ),
        table.get("category"),
        table.get("status"),
    )


INCIDENT_KEYS = (
    "number received dispatched arrived finished feedback category status excluded now officers stores "
    "explanations explanations_known assignments_known custody_entry linked_s linked_clips upload_due "
    "gap_causes shifts_without_clips together_until unnamed linked content"
).split()


def incident(table: Mapping[str, Any]) -> IncidentFacts:
    known_keys(table, *INCIDENT_KEYS)
    rows, record = table.get("officers", []), incident_record(table)
    causes = table.get("gap_causes", {})
    coverages, footage, worst = [], [], ZERO
    for row in rows:
        known_keys(
            row,
            *("badge", "recorded", "clock_error_s", "devices", "unplaced", "arrived", "finished", "upload_due"),
            "unplayable",
        )
        error = timedelta(seconds=row.get("clock_error_s", 0))
        window = record.required_window(WindowDefaults(), row["badge"])
        if window:
            coverages.append(with_party(measure(window, spans(row, "recorded"), error, causes), row["badge"]))
        footage += spans(row, "recorded")
        worst = max(worst, error)
    footage += spans(table, "unnamed")
    window = record.required_window(WindowDefaults())
    if window and "together_until" in table:
        window = RequiredWindow(
            Span(window.span.start, instant(table["together_until"])), window.start_known, Bound.STATED
        )
    return IncidentFacts(
        incident=record,
        now=instant(table.get("now", NOW)),
        coverages=tuple(coverages),
        together=measure(window, footage, worst, causes) if window else None,
        issued={row["badge"]: tuple(row.get("devices", ["1234567"])) for row in rows},
        assignments_known=table.get("assignments_known", True),
        unplaced={row["badge"]: tuple(row["unplaced"]) for row in rows if "unplaced" in row},
        upload_due={row["badge"]: instant(row["upload_due"]) for row in rows if "upload_due" in row},
        excluded=table.get("excluded"),
        custody_entry=maybe(table, "custody_entry"),
        links=tuple(link("1", at) for at in range(table.get("linked_clips", 1 if footage else 0))),
        linked_duration=timedelta(seconds=table.get("linked_s", total(footage).total_seconds())),
        linked_span=around(spans(table, "linked") or footage),
        stores=STORES[table.get("stores", "complete")],
        explanations=explanations(table),
        explanations_known=table.get("explanations_known", False),
        shifts_without_clips=tuple(table.get("shifts_without_clips", ())),
        unplayable={row["badge"]: unplayable(row) for row in rows if "unplayable" in row},
        content=footage_content(table),
    )


def footage_content(table: Mapping[str, Any]) -> tuple[FootageContent, ...] | None:
    """Clips that are footage of an activity: where they lie, whose they are, and what was measured in them."""
    from tests.detectors import tables_of_things as things

    if "content" not in table:
        return None
    found = []
    for row in table["content"]:
        known_keys(row, "officer", "clip", "measured")
        clip = things.placed(row["clip"], None)
        assert clip.duration is not None
        measured = content(row.get("measured", {}), clip.duration.total_seconds())
        found.append(FootageContent(clip, measured, row.get("officer")))
    return tuple(found)


def around(some: Sequence[Span]) -> Span | None:
    """From the first start to the last end."""
    return Span(min(one.start for one in some), max(one.end for one in some)) if some else None


def session(table: Mapping[str, Any]) -> SessionFacts:
    known_keys(
        table,
        *("started", "signed", "category", "room", "room_registered", "interruptions", "channels", "other", "chain"),
        *("stores", "explanations", "explanations_known", "now", "clock_error_s", "unplaced", "upload_due"),
        *("unplayable", "shared", "officers", "content"),
    )
    record = InterrogationSession(
        "S20261120001",
        "A3101142026110001",
        table.get("category", "讯问"),
        "310114030000",
        table.get("room", "XW-01"),
        officers=tuple(table.get("officers", ())),
        started_at=maybe(table, "started"),
        signed_at=maybe(table, "signed"),
        interruptions=tuple(Interruption(each, "用餐") for each in spans(table, "interruptions")),
        channels=tuple(row["channel"] for row in table.get("channels", ())),
    )
    window = record.required_window(WindowDefaults())
    error = timedelta(seconds=table.get("clock_error_s", 0))
    rows = table.get("channels", ())
    footage = [each for row in rows for each in spans(row, "recorded")] + spans(table, "other")
    return SessionFacts(
        session=record,
        now=instant(table.get("now", NOW)),
        channels=tuple(
            with_party(measure(window, spans(row, "recorded"), error, {}), None, row["channel"])
            for row in rows
            if window
        ),
        together=measure(window, footage, error, {}) if window else None,
        upload_due=maybe(table, "upload_due"),
        room_registered={"yes": True, "no": False, "no register": None}[table.get("room_registered", "yes")],
        chain=tuple(spans(table, "chain")),
        stores=STORES[table.get("stores", "complete")],
        explanations=explanations(table),
        explanations_known=table.get("explanations_known", False),
        unplaced=tuple(table.get("unplaced", ())),
        unplayable=unplayable(table),
        shared=tuple(shared_room(row) for row in table.get("shared", ())),
        content=footage_content(table),
    )


def shared_room(row: Mapping[str, Any]) -> SharedRoom:
    known_keys(row, "number", "time", "first", "person")
    same = {"same": True, "other": False, "not known": None}[row.get("person", "other")]
    return SharedRoom(row["number"], span(row["time"]), row.get("first", True), same)


def facts_of(case: Mapping[str, Any]) -> Facts:
    """The one table of facts in a case."""
    from tests.detectors import tables_of_things as things

    kinds: dict[str, Callable[[Mapping[str, Any]], Facts]] = {
        "incident": incident,
        "session": session,
        "clip": things.clip,
        "device": things.device,
        "store": things.store,
        "feed": things.feed,
    }
    present = [kind for kind in kinds if kind in case]
    assert len(present) == 1, f"a case needs one table of facts, got {present}"
    return kinds[present[0]](case[present[0]])
