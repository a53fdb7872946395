"""抽查结果: closed inspection samples with what they were drawn from and what was found, whole and by stratum."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from domain.activity import ActivityKind
from domain.agreement import Kappa, Undefined
from domain.finding import Flag, SubjectKind
from domain.inspection import Choice, Figures, Results, Stratify, results
from domain.sampling import Interval
from domain.vocabulary import ACTIVITY_RESULTS, FLAGS, SUBJECT_KINDS
from domain.wording import say
from reports.base import Asked, Column, Form, Report, Row, Total, Word, iso, share
from storage.queries.closed_samples import ClosedSample, closed_samples
from storage.queries.unit_register import unit_names
from storage.sampling import replayed

WHOLE = say("全部", "whole sample")
NO_STRATUM = say("无", "none")
CHOICES: Mapping[str, Word] = {
    Choice.ALL: ("全部活动", "all"),
    Choice.COMPLIANT: ("判定合规", "verdict compliant"),
    Choice.NONCOMPLIANT: ("判定不合规", "verdict noncompliant"),
    Choice.DISMISSED: ("自查判为不属实", "dismissed by the self-check"),
    Choice.EXPLAINED: ("已作说明", "explained"),
}
UNDEFINED: Mapping[str, Word] = {
    Undefined.NO_PAIRS: ("没有两次核查的活动", "nothing was checked twice"),
    Undefined.ONE_CATEGORY: ("两次核查只出现同一种结论", "both only ever said the same one thing"),
}
KINDS = {kind.value: SUBJECT_KINDS[SubjectKind(kind.value)] for kind in ActivityKind}
COLUMNS = (
    Column("sample", ("样本", "Sample"), Form.NUMBER),
    Column("name", ("名称", "Name")),
    Column("stratum", ("层", "Stratum"), Form.STATEMENT),
    Column("population", ("总体", "Population"), Form.NUMBER),
    Column("drawn", ("抽取", "Drawn"), Form.NUMBER),
    Column("checked", ("已核查", "Checked"), Form.NUMBER),
    Column("undecided", ("无法判断", "Undecided"), Form.NUMBER),
    Column("missed", ("自查有遗漏", "Passed over"), Form.NUMBER),
    Column("fine", ("遗漏率分母", "Denominator"), Form.NUMBER),
    Column("missed_rate", ("遗漏率", "Miss rate"), Form.SHARE),
    Column("missed_low", ("下限", "from"), Form.SHARE),
    Column("missed_high", ("上限", "to"), Form.SHARE),
    Column("weighted", ("加权", "Weighted"), Form.SHARE),
    Column("weighted_low", ("加权下限", "from"), Form.SHARE),
    Column("weighted_high", ("加权上限", "to"), Form.SHARE),
    Column("pairs", ("两次核查", "Checked twice"), Form.NUMBER),
    Column("same", ("两次一致", "Both the same"), Form.NUMBER),
    Column("kappa", ("κ", "κ"), Form.NUMBER),
    Column("kappa_low", ("κ 下限", "κ from"), Form.NUMBER),
    Column("kappa_high", ("κ 上限", "κ to"), Form.NUMBER),
    Column("kappa_why", ("无 κ", "Why no κ"), words=UNDEFINED),
    Column("confidence", ("置信度", "Confidence"), Form.SHARE),
    Column("kind", ("活动", "Activities"), words=KINDS),
    Column("from", ("总体自", "Population from"), Form.TIME),
    Column("to", ("总体至（不含）", "Population until (not included)"), Form.TIME),
    Column("unit", ("单位", "Unit")),
    Column("choice", ("结论范围", "Which"), words=CHOICES),
    Column("seed", ("种子", "Seed")),
    Column("replay", ("重抽验证", "Drawn again"), words={"yes": ("相同", "the same"), "no": ("不同", "not the same")}),
    Column("closed_at", ("结束时间", "Closed"), Form.TIME),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of number: each sample whole, then stratum by stratum where there is more than one."""
    names = unit_names(connection)
    return [
        row
        for one in closed_samples(connection, asked.filters(), asked.as_of)
        for row in _sample(one, names, drawn_again=replayed(connection, one.sample).same)
    ]


def _sample(one: ClosedSample, names: Mapping[str, str], *, drawn_again: bool) -> Iterable[Row]:
    sample = one.sample
    members = {stratum.name: stratum.population for stratum in sample.strata}
    told = results([item.checked() for item in one.items], members, sample.confidence)
    head: dict[str, Any] = dict.fromkeys(column.key for column in COLUMNS) | {
        "sample": sample.id,
        "name": sample.name,
        "kind": sample.kind.value,
        "from": iso(one.start),
        "to": iso(one.end),
        "unit": sample.unit,
        "choice": sample.conditions["choice"],
        "confidence": sample.confidence,
        "seed": sample.seed,
        "replay": "yes" if drawn_again else "no",
        "closed_at": iso(sample.closed_at),
    }
    whole = {"stratum": WHOLE, "population": sample.population}
    yield {**head, **whole, **_figures(told.whole), **_twice(told)}
    if len(sample.strata) > 1:
        for stratum in sample.strata:
            said = stratum_said(sample.conditions["by"], stratum.name, names)
            figures = _figures(told.strata[stratum.name])
            yield {**head, "stratum": said, "population": stratum.population, **figures}


def stratum_said(by: str, name: str, names: Mapping[str, str]) -> str:
    """The name of a stratum for people; a vocabulary's word in both languages."""
    if not name:
        return NO_STRATUM
    words = {
        Stratify.RESULT: {result.value: word for result, word in ACTIVITY_RESULTS.items()},
        Stratify.FLAG: {flag.value: FLAGS[flag] for flag in Flag},
    }
    word = words.get(Stratify(by), {}).get(name)
    return say(*word) if word else names.get(name, name)


def _figures(one: Figures) -> dict[str, Any]:
    missed: Interval = one.missed
    known = missed.count > 0
    return {
        "drawn": one.drawn,
        "checked": one.checked,
        "undecided": one.undecided,
        "missed": missed.hits,
        "fine": missed.count,
        "missed_rate": missed.share,
        "missed_low": missed.low if known else None,
        "missed_high": missed.high if known else None,
    }


def _twice(told: Results) -> dict[str, Any]:
    weighted = told.weighted
    return {
        "weighted": weighted and weighted.share,
        "weighted_low": weighted and weighted.low,
        "weighted_high": weighted and weighted.high,
        **kappa_cells(told.kappa),
    }


def kappa_cells(kappa: Kappa) -> dict[str, Any]:
    """Agreement of two people, by the keys of the columns; three decimals say all that few pairs can say."""
    rounded = {"kappa": kappa.value, "kappa_low": kappa.low, "kappa_high": kappa.high}
    return {
        "pairs": kappa.pairs,
        "same": kappa.same,
        **{name: None if value is None else round(value, 3) for name, value in rounded.items()},
        "kappa_why": kappa.why and kappa.why.value,
    }


def totals(found: Sequence[Row]) -> list[Total]:
    """Over whole samples; an activity that two samples drew counts for each."""
    whole = [row for row in found if row["stratum"] == WHOLE]
    sums = {name: sum(row[name] for row in whole) for name in ("drawn", "checked", "undecided", "missed", "fine")}
    pairs, same = (sum(row[name] for row in whole) for name in ("pairs", "same"))
    return [
        Total("samples", ("已结束的样本", "Closed samples"), len(whole)),
        Total("drawn", ("抽取", "Drawn"), sums["drawn"]),
        Total("checked", ("已核查", "Checked"), sums["checked"], sums["drawn"]),
        Total(
            "missed-rate", ("自查遗漏率", "Miss rate"), share(sums["missed"], sums["fine"]), sums["fine"], Form.SHARE
        ),
        Total(
            "undecided-share",
            ("无法判断占比", "Undecided (share)"),
            share(sums["undecided"], sums["checked"]),
            sums["checked"],
            Form.SHARE,
        ),
        Total("same", ("两次核查一致", "Both checks the same"), same, pairs),
    ]


SAMPLES = Report(
    name="samples",
    title=("抽查结果", "Inspection samples"),
    about=(
        "总体与期间相交、报表时刻前已结束的样本：总体、分层、种子、抽取与核查数；自查遗漏率 = 自查结论为无问题而核查"
        "发现有遗漏 ÷ 自查无问题且核查有结论者，附精确（Clopper–Pearson）区间；加权值按各层在总体中的比重，区间为精"
        "确区间，每项按最重者计。“无法判断”不入任何比率。κ 为两次盲核结论的一致性（Cohen），1 为完全一致，0 与随机相"
        "当；两次只出现同一种结论时无法计算。分层行列出各层。",
        "Samples whose population reaches into the period and that were closed by the time of the report: "
        "population, strata, seed, drawn, checked. Miss rate = passed over ÷ activities that the self-check had "
        "called fine and the inspection decided, with the exact (Clopper–Pearson) interval; weighted by the "
        "strata's size in the population, its interval exact with each item counted like the heaviest. Undecided "
        "ones are in no rate. κ (Cohen) is the agreement of the two blind checks, 1 full, 0 as by chance; where "
        "both only ever said the same one thing there is none.",
    ),
    columns=COLUMNS,
    key=("sample", "stratum"),
    rows=rows,
    totals=totals,
)
