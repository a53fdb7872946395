"""日报（每日自查）: a day's verdicts by unit, findings by rule, what is due or can be recovered, stores, sign-off."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from detectors import RULES
from domain.finding import FindingStatus
from domain.timespan import Span
from domain.vocabulary import FINDING_STATES, FLAGS, SEVERITIES, STORE_KINDS, STORE_STATES, SUBJECT_KINDS
from reports.base import Asked, Column, Form, Part, Report, Row, Tables, Total, iso
from reports.signing import DAYS, day_rows
from reports.tally import (
    COVERAGE,
    DECIDED_AT,
    SCAN,
    UNIT,
    VERDICTS,
    agreed,
    read,
    tallies_by,
    tally,
    totals_of,
    unit_of,
    units_asked,
)
from storage.queries import LISTS, Filters
from storage.queries.standing import Standing, of_period, recoverable, waiting

SOON = timedelta(hours=48)
RULE = Column("rule", ("问题", "Finding"), words={rule.id: (rule.title_zh, rule.title_en) for rule in RULES})
FLAG = Column("flag", ("类别", "Flag"), words={flag.value: word for flag, word in FLAGS.items()})
SEVERITY = Column("severity", ("程度", "Severity"), words={one.value: word for one, word in SEVERITIES.items()})
STATUS = Column("status", ("状态", "Status"), words={one.value: word for one, word in FINDING_STATES.items()})
SUBJECT = Column("subject", ("对象", "Subject"))
KIND = Column(
    "kind", ("对象类别", "Kind"), words={one.value: word for one, word in SUBJECT_KINDS.items()}, compared=False
)
OFFICER = Column("officer", ("民警", "Officer"))
ID = Column("id", ("问题编号", "Id"), compared=False)
OVERDUE = Column("overdue", ("已过时限", "Overdue"), Form.NUMBER)
COLUMNS = (UNIT, *VERDICTS, COVERAGE, SCAN, DECIDED_AT)
KINDS = {str(one): word for one, word in STORE_KINDS.items()}
STATES_OF_STORES = {str(one): word for one, word in STORE_STATES.items()}
STATES = (FindingStatus.OPEN, FindingStatus.EXPLAINED, FindingStatus.CONFIRMED, FindingStatus.DISMISSED)
PROBLEMS = Part(
    name="problems",
    title=("问题及处理", "Findings and what became of them"),
    about=(
        "期间内各规则的问题数，及其中待处理、已说明、属实、不属实与已过时限的。",
        "Findings of the period by rule: open, explained, confirmed, dismissed, and past their time.",
    ),
    columns=(
        *(FLAG, RULE, Column("found", ("问题数", "Findings"), Form.NUMBER)),
        *(Column(state.value, FINDING_STATES[state], Form.NUMBER) for state in STATES),
        *(OVERDUE, SCAN, DECIDED_AT),
    ),
    key=("rule",),
    totals=lambda rows: _problem_totals(rows),
)
DUE = Part(
    name="due",
    title=("到期与超期", "Due and overdue"),
    about=(
        "截至时刻仍待处理的问题：期间内的，以及时限在期末之前的；按时限排列。",
        "What waits for somebody at the time of the report: of the period, or due by its end; the first due first.",
    ),
    columns=(
        *(Column("due_at", ("时限", "Due"), Form.TIME), Column("late", ("超期", "Overdue by"), Form.LENGTH)),
        *(SEVERITY, RULE, SUBJECT, OFFICER, UNIT, STATUS, KIND, ID, SCAN),
    ),
    key=("id",),
)
RECOVER = Part(
    name="recover",
    title=("须立即追回", "To be recovered now"),
    about=(
        "48 小时内将被循环覆盖的素材：尽快从记录仪或采集站取回。",
        "Footage that is overwritten within 48 hours unless it is fetched from the camera or the station.",
    ),
    columns=(
        *(Column("until", ("最迟", "Until"), Form.TIME), Column("left", ("剩余", "Left"), Form.LENGTH)),
        *(RULE, SUBJECT, OFFICER, UNIT, Column("evidence", ("依据", "Evidence"), Form.STATEMENT), KIND, ID, SCAN),
    ),
    key=("id",),
)
STORES = Part(
    name="stores",
    title=("存疑存储", "Stores in doubt"),
    about=(
        "未能完整查看的存储：其中的“未发现记录”尚不能作准。",
        "Stores that were not seen whole: no recording found there does not count yet.",
    ),
    columns=(
        *(
            Column("name", ("存储", "Store")),
            Column("kind", ("种类", "Kind"), words=KINDS),
            UNIT,
        ),
        Column("state", ("状态", "State"), words=STATES_OF_STORES),
        Column("detail", ("说明", "Detail"), Form.STATEMENT),
        Column("scanned_at", ("完整至", "Complete to"), Form.TIME),
        Column("errors", ("无法列出的文件夹", "Folders refused"), Form.NUMBER),
        SCAN,
    ),
    key=("name",),
)


def rows(connection: Connection, asked: Asked) -> Tables:
    """All tables of the day."""
    units, period = units_asked(connection, asked), asked.period
    activities = read(connection, asked, period)
    by_unit = tallies_by(activities, unit_of)
    agreed(tally(activities.values()), by_unit)
    waits = waiting(connection, units, period.span, asked.as_of)
    soon = recoverable(connection, units, Span(asked.as_of, asked.as_of + SOON), asked.as_of)
    parts = {
        "problems": problem_rows(of_period(connection, units, period.span, asked.as_of), asked),
        "due": [_due(one, asked) for one in waits],
        "recover": [_recover(one, asked) for one in soon],
        "stores": _doubtful(connection, asked),
        "sign-offs": day_rows(connection, asked, by_unit),
    }
    return Tables([{"unit": unit or None, **one.row()} for unit, one in by_unit.items()], parts)


def problem_rows(found: Iterable[Standing], asked: Asked) -> list[Row]:
    """By rule, the most frequent first."""
    grouped: dict[str, list[Standing]] = {}
    for one in found:
        grouped.setdefault(one.rule, []).append(one)
    order = sorted(grouped, key=lambda rule: (-len(grouped[rule]), rule))
    return [{"rule": rule, **_problem(grouped[rule], asked)} for rule in order]


def _problem(found: Sequence[Standing], asked: Asked) -> Row:
    decided = [one.decided_at for one in found if one.decided_at is not None]
    return {
        "flag": found[0].flag,
        "found": len(found),
        **{state.value: sum(one.status == state for one in found) for state in STATES},
        "overdue": sum(one.waits and one.due_at < asked.as_of for one in found),
        "scan": max(one.scan for one in found),
        "decided_at": iso(max(decided, default=None)),
    }


def _problem_totals(found: Sequence[Row]) -> list[Total]:
    whole = sum(row["found"] for row in found)
    return [
        Total("found", ("问题数", "Findings"), whole),
        *(Total(s.value, FINDING_STATES[s], sum(row[s.value] for row in found), whole) for s in STATES),
        Total("overdue", ("已过时限", "Overdue"), sum(row["overdue"] for row in found), whole),
    ]


def _due(one: Standing, asked: Asked) -> Row:
    late = (asked.as_of - one.due_at).total_seconds()
    return {**_told(one), "due_at": iso(one.due_at), "late": late if late > 0 else None}


def _recover(one: Standing, asked: Asked) -> Row:
    assert one.recover_until is not None
    left = (one.recover_until - asked.as_of).total_seconds()
    return {**_told(one), "until": iso(one.recover_until), "left": left, "evidence": next(iter(one.evidence), None)}


def _told(one: Standing) -> dict[str, object]:
    same = ("rule", "severity", "kind", "subject", "officer", "unit", "status", "scan")
    return {**{name: getattr(one, name) for name in same}, "id": one.key}


def _doubtful(connection: Connection, asked: Asked) -> list[Row]:
    listed = LISTS["stores"].rows(connection, Filters(unit=asked.unit, scope=asked.scope), None)
    names = ("name", "kind", "unit", "state", "detail", "errors", "scan")
    return [
        {**{name: row[name] for name in names}, "scanned_at": iso(row["scanned_at"])}
        for row in listed
        if row["state"] != "online" or row["errors"]
    ]


DAILY = Report(
    name="daily",
    title=("日报（每日自查）", "Daily report (self-check)"),
    heading=("各单位判定", "Verdicts by unit"),
    about=(
        "当日活动的判定、问题及处理、到期与超期、须立即追回的素材、存疑存储与日清情况。",
        "Verdicts of the day, findings and what became of them, what is due or to be recovered, stores, sign-off.",
    ),
    columns=COLUMNS,
    key=("unit",),
    rows=rows,
    totals=totals_of,
    parts=(PROBLEMS, DUE, RECOVER, STORES, DAYS),
)
