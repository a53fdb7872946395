"""月报（研判、讲评会）: the waterfall, rates against the month before, trend, ranking, what repeats, typical cases."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from domain.activity import ActivityKind
from domain.finding import ActivityResult
from domain.wording import say
from reports.base import Asked, Chart, Column, Draw, Form, Part, Report, Row, Tables, Total, Word, share
from reports.cases import CASES, case_rows
from reports.change import FIGURES, REPEATED, RULES_CHANGED, figure_rows, points, repeated_rows, rule_rows
from reports.completeness import FLAG_WORDS, KINDS, RESULT_WORDS
from reports.daily import RULE
from reports.tally import (
    COVERAGE,
    DECIDED_AT,
    SCAN,
    UNIT,
    VERDICTS,
    Tally,
    agreed,
    day_of,
    read,
    read_before,
    tallies_by,
    tally,
    unit_of,
)
from reports.weekly import POINTS, RATE_BEFORE
from storage.queries.overview_words import DEFINITIONS
from storage.tallies import STAGES, Counted, monday

LEAST = 10
"""A unit with fewer activities that could be decided is told, not ranked."""
LONGEST_BY_DAY = 62
STAGE_WORDS: Mapping[str, Word] = MappingProxyType(
    {
        "known": ("应接", "Known"),
        "in_scope": ("在范围", "In scope"),
        "due": ("到期", "Due"),
        "looked": ("已扫描", "Scanned"),
        "linked": ("已关联", "Linked"),
        "covered": ("完整", "Complete"),
        "standard": ("规范", "Standard"),
        "reviewed": ("已审核", "Reviewed"),
    }
)
COLUMNS = (
    Column("stage", ("环节", "Stage"), words=dict(STAGE_WORDS)),
    Column("count", ("数量", "Number"), Form.NUMBER),
    Column("of", ("上一环节（分母）", "Of"), Form.NUMBER),
    Column("share", ("占比", "Share"), Form.SHARE),
    Column("dropped", ("减少", "Less by"), Form.NUMBER),
    Column("meaning", ("算法", "How it is counted"), Form.STATEMENT),
    SCAN,
    DECIDED_AT,
)
RANKED = {"yes": ("", ""), "no": (f"分母不足 {LEAST}，不排名", f"fewer than {LEAST}: not ranked")}
TREND = Part(
    name="trend",
    title=("走势", "Trend"),
    about=(
        "按日（期间超过两个月时按周，以周一为名）。",
        "By day; in a period of over two months by week, named by its Monday.",
    ),
    columns=(Column("day", ("日期", "Day")), *VERDICTS, COVERAGE, SCAN, DECIDED_AT),
    key=("day",),
    charts=(
        Chart(("合规率与记录完整率", "Compliant rate and coverage"), Draw.LINES, "day", ("rate", "coverage")),
        Chart(("活动与不合规", "Activities and noncompliant"), Draw.LINES, "day", ("activities", "noncompliant")),
    ),
)
RANKING = Part(
    name="ranking",
    title=("各单位排名（合规率由低到高）", "Units, the lowest rate first"),
    about=(
        f"可判定活动不足 {LEAST} 起的单位列出而不排名：分母过小，比率不足为凭。",
        f"Units with fewer than {LEAST} decided activities are listed, not ranked: a rate of so few says nothing.",
    ),
    columns=(
        *(Column("rank", ("名次", "Rank"), Form.NUMBER), UNIT),
        Column("decided", ("可判定（分母）", "Decided (of)"), Form.NUMBER),
        *VERDICTS[4:],
        *(COVERAGE, RATE_BEFORE, POINTS),
        *(Column("ranked", ("说明", "Note"), words=RANKED), SCAN, DECIDED_AT),
    ),
    key=("unit",),
    charts=(Chart(("各单位合规率", "Compliant rate by unit"), Draw.BARS, "unit", ("rate",)),),
)
FAULTS = Part(
    name="faults",
    title=("不合规与无法判定的活动", "Noncompliant and undecidable activities"),
    about=(
        "供逐起查对；详细依据见“记录完整情况”报表或各活动页面。",
        "To be looked up one by one; evidence is in the report of completeness and on the page of each.",
    ),
    columns=(
        Column("kind", ("活动", "Activity"), words=KINDS),
        *(Column("number", ("编号", "Number")), UNIT, Column("day", ("日期", "Day"))),
        Column(
            "result",
            ("判定", "Verdict"),
            words=RESULT_WORDS,
        ),
        Column("coverage", ("记录完整率", "Coverage"), Form.SHARE),
        Column("flags", ("问题类别", "Flags"), Form.LIST, FLAG_WORDS),
        Column("rules", ("问题", "Findings"), Form.LIST, RULE.words),
        Column("open", ("待处理", "Open"), Form.NUMBER),
        *(SCAN, DECIDED_AT),
    ),
    key=("kind", "number"),
)


def rows(connection: Connection, asked: Asked) -> Tables:
    """All tables of the month; FiguresDisagree where its sums contradict each other."""
    now, before = read(connection, asked, asked.period), read_before(connection, asked)
    whole, by_unit = tally(now.values()), tallies_by(now, unit_of)
    by_day = tallies_by(now, day_of)
    agreed(whole, by_unit, by_day)
    weeks = len(asked.period.days) > LONGEST_BY_DAY
    parts: dict[str, Sequence[Row]] = {
        "figures": figure_rows(whole, tally(before.values())),
        "trend": _trend(tallies_by(now, week_of) if weeks else by_day),
        "ranking": ranking(by_unit, tallies_by(before, unit_of)),
        "rules": rule_rows(now, before),
        "repeated": repeated_rows(now.values()),
        "cases": case_rows(connection, now),
        "faults": [_fault(*key, one) for key, one in now.items() if _faulty(one)],
    }
    return Tables(list(waterfall(whole)), parts)


def waterfall(whole: Tally) -> Iterable[Row]:
    """From what is known to what is reviewed; nothing where there is nothing."""
    stages = whole.stages if whole.activities else {}
    established = {name: whole.row()[name] for name in ("scan", "decided_at")}
    for stage, before in zip(STAGES, (None, *STAGES[:-1]), strict=True):
        if stage in stages:
            of = None if before is None else stages["due" if stage == "reviewed" else before]
            yield {
                "stage": stage,
                "count": stages[stage],
                "of": of,
                "share": None if of is None else share(stages[stage], of),
                "dropped": None if of is None else of - stages[stage],
                "meaning": say(*DEFINITIONS[stage]),
                **established,
            }


def totals(found: Sequence[Row]) -> list[Total]:
    """The end of the waterfall against its beginning."""
    counts = {row["stage"]: row["count"] for row in found}
    known, due = counts.get("known", 0), counts.get("due", 0)
    return [
        Total("known", STAGE_WORDS["known"], known),
        Total("due", STAGE_WORDS["due"], due, known),
        *(Total(stage, STAGE_WORDS[stage], counts.get(stage, 0), due) for stage in STAGES[3:]),
    ]


def week_of(one: Counted) -> str:
    """The Monday of its week."""
    return monday(day_of(one))


def _trend(found: Mapping[str, Tally]) -> list[Row]:
    return [{"day": day, **one.row()} for day, one in found.items()]


def ranking(now: Mapping[str, Tally], before: Mapping[str, Tally]) -> list[Row]:
    """The lowest rate first; behind them, by code, the units of which too few could be decided."""

    def order(unit: str) -> tuple[bool, float, int, str]:
        one = now[unit]
        few = one.decided < LEAST
        return (few, 0.0 if few or one.rate is None else one.rate, 0 if few else -one.decided, unit)

    rows: list[Row] = []
    for number, unit in enumerate(sorted(now, key=order), 1):
        one, old = now[unit], before.get(unit, Tally())
        few = one.decided < LEAST
        rows.append(
            {
                "rank": None if few else number,
                "unit": unit or None,
                "decided": one.decided,
                **one.row(),
                "rate_before": old.rate,
                "change": points(one.rate, old.rate),
                "ranked": "no" if few else "yes",
            }
        )
    return rows


def _faulty(one: Counted) -> bool:
    return one.result in (ActivityResult.NONCOMPLIANT, ActivityResult.UNKNOWN)


def _fault(kind: str, number: str, one: Counted) -> dict[str, Any]:
    found = sorted(one.findings.values(), key=lambda finding: (finding.flag, finding.rule))
    row = tally([one]).row()
    return {
        "kind": ActivityKind(kind).value,
        "number": number,
        "unit": unit_of(one) or None,
        "day": day_of(one),
        "result": one.result,
        "coverage": row["coverage"],
        "flags": list(dict.fromkeys(finding.flag for finding in found)),
        "rules": list(dict.fromkeys(finding.rule for finding in found)),
        "open": sum(finding.open for finding in found),
        **{name: row[name] for name in ("scan", "decided_at")},
    }


MONTHLY = Report(
    name="monthly",
    title=("月报（研判与讲评）", "Monthly report (analysis for the review meeting)"),
    heading=("从应接到已审核", "From known to reviewed"),
    about=(
        "从应接到已审核的逐级数量、各项比率及与上期比较、走势、单位排名、重复问题与典型案例；各环节、各单位、各日之和已核对一致。",
        "From known to reviewed, rates and how they changed, trend, units, what comes back, typical cases. Sums agree.",
    ),
    columns=COLUMNS,
    key=("stage",),
    rows=rows,
    totals=totals,
    charts=(Chart(("从应接到已审核", "From known to reviewed"), Draw.BARS, "stage", ("count",)),),
    parts=(FIGURES, TREND, RANKING, RULES_CHANGED, REPEATED, CASES, FAULTS),
)
