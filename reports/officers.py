"""民警情况: of each officer what was attended, how much of it is on record, and which questions name the officer."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from domain.activity import ActivityKind
from domain.finding import ActivityResult, Flag, SubjectKind
from domain.vocabulary import FLAGS
from reports import stages
from reports.base import Asked, Column, Form, Report, Row, Total, share
from reports.stages import STAGES, Stage
from storage.queries.activity_facts import activity_facts
from storage.queries.findings import FINDINGS
from storage.queries.officer_facts import (
    Registered,
    attendees,
    officer_clips,
    officer_lanes,
    officer_register,
    owners,
)

LATE = "nonstandard.late-upload"
DECIDED = (ActivityResult.COMPLIANT, ActivityResult.NONCOMPLIANT)
COLUMNS = (
    Column("officer", ("警号", "Badge")),
    Column("name", ("姓名", "Name")),
    Column("unit", ("单位", "Unit")),
    Column("activities", ("出警 / 办案活动", "Activities"), Form.NUMBER),
    Column("decided", ("其中可判定", "Decided"), Form.NUMBER),
    Column("unknown", ("其中无法判定", "Cannot be decided"), Form.NUMBER),
    Column("unknown_share", ("无法判定占比", "Undecidable"), Form.SHARE),
    Column("required_s", ("应记录", "Required"), Form.LENGTH),
    Column("covered_s", ("已记录", "On record"), Form.LENGTH),
    Column("coverage", ("记录完整率", "Coverage"), Form.SHARE),
    *(Column(flag.value, FLAGS[flag], Form.NUMBER) for flag in Flag),
    *stages.COLUMNS,
    Column("clips", ("片段", "Clips"), Form.NUMBER),
    Column("late", ("导入不及时的片段", "Imported late"), Form.NUMBER),
    Column("late_share", ("导入不及时占比", "Imported late (share)"), Form.SHARE),
    Column("scan", ("最近所据扫描", "Latest scan"), Form.NUMBER, compared=False),
)


@dataclass(slots=True)
class _Officer:
    """What is added up for one badge."""

    results: Counter[str | None] = field(default_factory=Counter)
    required: float = 0.0
    covered: float = 0.0
    flags: Counter[str] = field(default_factory=Counter)
    stages: list[Stage] = field(default_factory=list)
    clips: int = 0
    late: int = 0
    scan: int | None = None


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of badge: everybody who attended an activity, has a clip, or is named by a finding of the period."""
    found: dict[str, _Officer] = defaultdict(_Officer)
    _attended(connection, asked, found)
    _asked_about(connection, asked, found)
    for badge, clips in officer_clips(connection, asked.filters()).items():
        found[badge].clips = clips
    register = {
        badge: known
        for badge, known in officer_register(connection).items()
        if asked.scope is None or known.unit in asked.scope  # a colleague from elsewhere is told by the badge alone
    }
    return [_row(badge, found[badge], register.get(badge)) for badge in sorted(found)]


def _attended(connection: Connection, asked: Asked, found: dict[str, _Officer]) -> None:
    numbers: dict[str, list[str]] = defaultdict(list)
    for one in activity_facts(connection, asked.filters()):
        numbers[one.kind].append(one.number)
        for badge in dict.fromkeys(one.officers):
            found[badge].results[one.result] += 1
            found[badge].scan = max(one.scan, found[badge].scan or 0)
    for kind, those in numbers.items():
        for lane in officer_lanes(connection, kind, those):
            officer = found[lane.officer]
            officer.required += lane.required_s
            officer.covered += lane.covered_s
            officer.scan = max(lane.scan, officer.scan or 0)


def _asked_about(connection: Connection, asked: Asked, found: dict[str, _Officer]) -> None:
    """Findings that name an officer; of those that name nobody those on what an officer attended or recorded."""
    listed = list(FINDINGS.rows(connection, asked.filters(), None))
    stand = stages.stages(connection, listed, asked.as_of)
    nameless = [row for row in listed if not row["officer"]]
    on_clips = owners(connection, (row["id"] for row in nameless if row["kind"] == SubjectKind.CLIP))
    attended = {
        kind.value: attendees(connection, kind, (row["subject"] for row in nameless if row["kind"] == kind))
        for kind in ActivityKind
    }
    for row in listed:
        of_activity = attended.get(row["kind"], {}).get(row["subject"], ())
        concerned = of_activity or on_clips.get(row["id"], ())
        for badge in {row["officer"]} if row["officer"] else concerned:
            officer = found[badge]
            officer.flags[row["flag"]] += 1
            officer.stages.append(stand[row["id"]])
            officer.late += row["rule"] == LATE


def _row(badge: str, one: _Officer, known: Registered | None) -> Row:
    decided, unknown = sum(one.results[result] for result in DECIDED), one.results[ActivityResult.UNKNOWN]
    return {
        "officer": badge,
        "name": known and known.name,
        "unit": known and known.unit,
        "activities": one.results.total(),
        "decided": decided,
        "unknown": unknown,
        "unknown_share": share(unknown, decided + unknown),
        "required_s": one.required,
        "covered_s": one.covered,
        "coverage": share(one.covered, one.required),
        **{flag.value: one.flags[flag] for flag in Flag},
        **stages.counted(one.stages),
        "clips": one.clips,
        "late": one.late,
        "late_share": share(one.late, one.clips),
        "scan": one.scan,
    }


def totals(found: Sequence[Row]) -> list[Total]:
    """Over all officers: an activity or finding of two counts for each."""
    sums: Mapping[str, float] = {
        name: sum(row[name] for row in found)
        for name in ("activities", "decided", "unknown", "required_s", "covered_s", "clips", "late", *Flag, *Stage)
    }
    judged, findings = sums["decided"] + sums["unknown"], sum(sums[flag] for flag in Flag)
    nameless = sum(row["name"] is None for row in found)
    return [
        Total("officers", ("民警", "Officers"), len(found)),
        Total("unregistered", ("登记中无姓名", "Without a name in the register"), nameless, len(found)),
        Total("attended", ("人次（活动）", "Attendances"), sums["activities"]),
        Total("unknown-share", ("无法判定占比", "Undecidable"), share(sums["unknown"], judged), judged, Form.SHARE),
        Total(
            "coverage",
            ("记录完整率（时长）", "Coverage (of time)"),
            share(sums["covered_s"], sums["required_s"]),
            None,
            Form.SHARE,
        ),
        *(Total(flag.value, FLAGS[flag], sums[flag], findings) for flag in Flag),
        *(Total(one.value, STAGES[one], sums[one], findings) for one in Stage),
        Total("late", ("导入不及时的片段", "Imported late"), sums["late"], sums["clips"]),
    ]


OFFICERS = Report(
    name="officers",
    title=("民警情况", "Officers"),
    about=(
        "期间内每名民警参加的活动、应记录与已记录时长、涉及的问题及处理情况、导入不及时的片段。涉及：指名该民警的问"
        "题；未指名而在其参加的活动或其本人片段上的问题（每人各计一次，与问题清单按民警筛选一致）。多人参加的活动每"
        "人各计一次；无法判定占比以已评定的活动为分母；导入时间不明者不算不及时。所列为待核实的问题，不是结论；姓名"
        "仅取自登记。",
        "Of each officer the activities attended, time required and on record, findings that concern the officer "
        "and where they stand, clips imported late. A finding concerns whom it names; one that names nobody those "
        "who attended the activity, or whose clip it is (it counts for each, as when the list of findings is "
        "narrowed to an officer). An activity of several counts for each; the undecidable share is of those judged; "
        "where the time of import is not known it is not late. These are questions to be looked into, not "
        "conclusions; names come from the register.",
    ),
    columns=COLUMNS,
    key=("officer",),
    rows=rows,
    totals=totals,
)
