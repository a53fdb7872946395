"""What changed against the stretch before: figures side by side, findings by rule, and problems that come back."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from domain.wording import say
from reports.base import Column, Form, Part, Row, Word, share
from reports.daily import FLAG, RULE
from reports.tally import DECIDED_AT, NEVER, SCAN, UNIT, Tally, unit_of
from storage.queries.counted import Activities
from storage.queries.overview import WEEKS
from storage.queries.overview_words import DEFINITIONS
from storage.tallies import Counted, Found, monday

PERCENT, HOUR = 100, 3_600_000_000
CHANGE = Column("change", ("变化", "Change"), Form.NUMBER)
NAMES: Mapping[str, Word] = MappingProxyType(
    {
        "activities": ("活动", "Activities"),
        "due": ("到期应判定", "Due to be judged"),
        "compliant": ("合规", "Compliant"),
        "noncompliant": ("不合规", "Noncompliant"),
        "unknown": ("无法判定", "Cannot be decided"),
        "rate": ("合规率 %", "Compliant %"),
        "covered_rate": ("记录完整率（活动）%", "Covered activities %"),
        "covered_time": ("记录完整率（时长，分母为小时）%", "Time on record % (of hours)"),
        "standard_rate": ("规范率 %", "Standard %"),
        "reviewed_rate": ("已审核占比 %", "Reviewed %"),
        "unknown_share": ("无法判定占比 %", "Undecidable %"),
    }
)
COUNTS = ("activities", "due", "compliant", "noncompliant", "unknown")
SAID: Mapping[str, Word] = MappingProxyType(
    {
        "rate": ("合规 ÷（合规 + 不合规）。", "Compliant / (compliant + noncompliant)."),
        "unknown_share": (
            "无法判定 ÷（合规 + 不合规 + 无法判定）。",
            "Undecidable / (compliant, noncompliant, undecidable).",
        ),
    }
)
FIGURES = Part(
    name="figures",
    title=("指标与上期比较", "Figures against the stretch before"),
    about=(
        "比率以百分数表示，变化为百分点；分母一并列出；无法判定的不计入合规率与完整率的分母。",
        "Rates are in percent, their change in points; the first two are of those that could be decided.",
    ),
    columns=(
        Column("figure", ("指标", "Figure"), words=dict(NAMES)),
        Column("value", ("本期", "Now"), Form.NUMBER),
        Column("of", ("分母", "Of"), Form.NUMBER),
        Column("before", ("上期", "Before"), Form.NUMBER),
        Column("of_before", ("上期分母", "Of, before"), Form.NUMBER),
        CHANGE,
        Column("meaning", ("算法", "How it is counted"), Form.STATEMENT),
        *(SCAN, DECIDED_AT),
    ),
    key=("figure",),
)
RULES_CHANGED = Part(
    name="rules",
    title=("问题类别与上期比较", "Findings by rule against the stretch before"),
    about=(
        "本期活动（含其关联片段）上的问题数，与上期相比；减少者为改进。",
        "Findings on activities of the period and their clips, against the stretch before; fewer is an improvement.",
    ),
    columns=(
        *(FLAG, RULE, Column("found", ("本期", "Now"), Form.NUMBER)),
        *(Column("before", ("上期", "Before"), Form.NUMBER), CHANGE),
        *(Column("open", ("尚待处理", "Still open"), Form.NUMBER), SCAN, DECIDED_AT),
    ),
    key=("rule",),
)
REPEATED = Part(
    name="repeated",
    title=("重复出现的问题", "Problems that come back"),
    about=(
        "同一单位至少两周出现的同一规则的问题（周报统计四周，其他统计本期）。",
        "The same rule found in one unit in at least two weeks: of four in the weekly report, else of the period.",
    ),
    columns=(
        *(UNIT, RULE, Column("weeks", ("出现周数", "Weeks"), Form.NUMBER)),
        *(
            Column("found", ("问题数", "Findings"), Form.NUMBER),
            Column("open", ("尚待处理", "Still open"), Form.NUMBER),
            *(SCAN, DECIDED_AT),
        ),
    ),
    key=("unit", "rule"),
)


@dataclass(slots=True)
class _Last:
    """The latest scan and decision behind a row: by these a comparison tells why it changed."""

    scan: int = 0
    decided_at: datetime = NEVER

    def see(self, scan: int, decided_at: datetime | None) -> None:
        self.scan = max(self.scan, scan)
        self.decided_at = max(self.decided_at, decided_at or NEVER)

    def row(self) -> dict[str, Any]:
        return {"scan": self.scan, "decided_at": None if self.decided_at == NEVER else self.decided_at.isoformat()}


def figure_rows(now: Tally, before: Tally) -> list[Row]:
    """Counts first, then rates with denominators; none where there is nothing at all."""
    if not now.activities and not before.activities:
        return []
    old, last = _figures(before), _Last()
    for one in (now, before):
        last.see(one.scan, one.decided_at)
    rows: list[Row] = []
    for name, (value, of) in _figures(now).items():
        then, of_then = old[name]
        change = None if value is None or then is None else round(value - then, 1)
        known = SAID.get(name) or (DEFINITIONS.get(name) if name not in COUNTS else None)
        meaning = None if known is None else say(*known)
        rows.append(_row(name, (value, of), (then, of_then), change) | {"meaning": meaning, **last.row()})
    return rows


def _row(name: str, now: Any, before: Any, change: float | None) -> dict[str, Any]:
    names = ("value", "of", "before", "of_before")
    return {"figure": name, **dict(zip(names, (*now, *before), strict=True)), "change": change}


def _figures(one: Tally) -> dict[str, tuple[float | None, int | None]]:
    stages, results = one.stages, one.results
    decided, due = one.decided, stages["due"]
    covered_of = due - results["unknown"]
    counts = {"activities": one.activities, "due": due, **{name: results[name] for name in COUNTS[2:]}}
    rates = {
        "rate": (one.rate, decided),
        "covered_rate": (share(stages["covered"], covered_of), covered_of),
        "covered_time": (one.coverage, round(one.required_us / HOUR)),
        "standard_rate": (share(stages["standard"], stages["covered"]), stages["covered"]),
        "reviewed_rate": (share(stages["reviewed"], due), due),
        "unknown_share": (one.unknown_share, decided + results["unknown"]),
    }
    return {
        **{name: (count, None) for name, count in counts.items()},
        **{name: (percent(value), of) for name, (value, of) in rates.items()},
    }


def percent(value: float | None) -> float | None:
    """In percent with one decimal; never rounded up to the whole or down to nothing."""
    if value is None or value in (0, 1):
        return None if value is None else value * float(PERCENT)
    return min(max(round(value * PERCENT, 1), 0.1), 99.9)


def points(now: float | None, before: float | None) -> float | None:
    """Change of a share in percentage points."""
    return None if now is None or before is None else round((now - before) * PERCENT, 1)


def rule_rows(now: Activities, before: Activities) -> list[Row]:
    """By rule, the most frequent first."""
    found, old = _by_rule(now, lambda one: one.rule), _by_rule(before, lambda one: one.rule)
    still = _by_rule(now, lambda one: one.rule if one.open else "")
    flags: dict[str, str] = {}
    last: dict[str, _Last] = {}
    for act in (*before.values(), *now.values()):
        for one in act.findings.values():
            flags[one.rule] = one.flag
            last.setdefault(one.rule, _Last()).see(act.scan, one.decided_at)
    rows = [
        {
            "flag": flags[rule],
            "rule": rule,
            "found": found[rule],
            "before": old[rule],
            "change": found[rule] - old[rule],
            "open": still[rule],
            **last[rule].row(),
        }
        for rule in flags
    ]
    return sorted(rows, key=lambda row: (-row["found"], row["rule"]))


def _by_rule(activities: Activities, named: Callable[[Found], str]) -> Counter[str]:
    keys = {key: one for act in activities.values() for key, one in act.findings.items()}
    return Counter(named(one) for one in keys.values())


def repeated_rows(activities: Iterable[Counted]) -> list[Row]:
    """The longest first."""
    weeks: dict[tuple[str, str], set[str]] = {}
    found: dict[tuple[str, str], dict[str, bool]] = {}
    last: dict[tuple[str, str], _Last] = {}
    for act in activities:
        for key, one in act.findings.items():
            place = (unit_of(act), one.rule)
            weeks.setdefault(place, set()).add(monday(act.place[2]))
            found.setdefault(place, {})[key] = one.open
            last.setdefault(place, _Last()).see(act.scan, one.decided_at)
    rows = [
        {
            "unit": unit or None,
            "rule": rule,
            "weeks": len(weeks[unit, rule]),
            "found": len(keys),
            "open": sum(keys.values()),
            **last[unit, rule].row(),
        }
        for (unit, rule), keys in found.items()
        if len(weeks[unit, rule]) >= WEEKS
    ]
    return sorted(rows, key=lambda row: (-row["weeks"], -row["found"], row["unit"] or "", row["rule"]))
