"""审核一致性: how the people who decide on findings decide, what became of it, and how far blind checks agree."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from sqlalchemy import Connection

from domain.agreement import kappa
from domain.calibration import CLOSING
from domain.inspection import ROUNDS, CheckVerdict
from domain.review import Decision
from reports.base import Asked, Column, Form, Report, Row, Total, Word, share
from reports.samples import UNDEFINED, kappa_cells
from storage.queries.closed_samples import ClosedSample, closed_samples
from storage.queries.reviewers import Decided, decisions

DECISIONS: Mapping[Decision, Word] = {
    Decision.EXPLAIN: ("说明", "Explained"),
    Decision.CONFIRM: ("属实", "Confirmed"),
    Decision.DISMISS: ("不属实", "Dismissed"),
    Decision.ACCEPT: ("认可", "Accepted"),
    Decision.RETURN: ("退回", "Returned"),
    Decision.REOPEN: ("重新核查", "Reopened"),
}
FIRST, SECOND = (Decision.EXPLAIN, Decision.CONFIRM, Decision.DISMISS), (Decision.ACCEPT, Decision.RETURN)
FIRST_WORDS = tuple((one, DECISIONS[one]) for one in FIRST)
COLUMNS = (
    Column("reviewer", ("账户", "Account")),
    Column("decisions", ("处理", "Decisions"), Form.NUMBER),
    *(Column(decision.value, word, Form.NUMBER) for decision, word in DECISIONS.items()),
    Column("first", ("自查处理", "Self-check"), Form.NUMBER),
    *(Column(f"{one.value}_share", (f"{zh}占比", f"{en} (share)"), Form.SHARE) for one, (zh, en) in FIRST_WORDS),
    Column("second", ("认可或退回", "Accepted or returned"), Form.NUMBER),
    Column("accept_share", ("认可占比", "Accepted (share)"), Form.SHARE),
    Column("bulk", ("其中批量", "In bulk"), Form.NUMBER),
    Column("median_s", ("处理用时（中位）", "Time to decide (median)"), Form.LENGTH),
    Column("closing", ("可被改变", "Could be changed"), Form.NUMBER),
    Column("undone", ("被退回或重查", "Returned or reopened"), Form.NUMBER),
    Column("inspected", ("其中经抽查", "Inspected"), Form.NUMBER),
    Column("otherwise", ("抽查结论不同", "Inspection found otherwise"), Form.NUMBER),
    Column("changed", ("后被改变", "Changed later"), Form.NUMBER),
    Column("changed_share", ("后被改变占比", "Changed later (share)"), Form.SHARE),
    Column("unchecked_share", ("未经抽查占比", "Not inspected (share)"), Form.SHARE),
    Column("checks", ("抽查核查", "Inspection checks"), Form.NUMBER),
    Column("pairs", ("其中有他人盲核", "Checked by another too"), Form.NUMBER),
    Column("same", ("两次一致", "Both the same"), Form.NUMBER),
    Column("kappa", ("一致性 κ", "κ"), Form.NUMBER),
    Column("kappa_low", ("κ 下限", "κ from"), Form.NUMBER),
    Column("kappa_high", ("κ 上限", "κ to"), Form.NUMBER),
    Column("kappa_why", ("κ 无法计算的原因", "Why no κ"), words=UNDEFINED),
)


@dataclass(slots=True)
class _Reviewer:
    """What one account did: decisions, and verdicts of inspection beside the other person's."""

    decided: list[Decided] = field(default_factory=list)
    checks: int = 0
    pairs: list[tuple[CheckVerdict, CheckVerdict]] = field(default_factory=list)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of account: everybody who decided or checked something in the period."""
    # Decisions of the period may have been looked at by a sample of any period.
    samples = closed_samples(connection, replace(asked.filters(), since=None, until=None), asked.as_of)
    found: dict[str, _Reviewer] = defaultdict(_Reviewer)
    for one in decisions(connection, asked.filters(), asked.as_of, samples):
        found[one.actor].decided.append(one)
    _checked(samples, asked, found)
    return [_row(actor, found[actor]) for actor in sorted(found)]


def _checked(samples: Sequence[ClosedSample], asked: Asked, found: dict[str, _Reviewer]) -> None:
    """Checks given in the period, each beside the blind one of the other person where there is one."""
    span = asked.period.span
    checks = (item.checks for one in samples for item in one.items)
    for both in checks:
        for check in both:
            if not span.start <= check.at < span.end:
                continue
            found[check.actor].checks += 1
            if len(both) == len(ROUNDS):
                other = next(one for one in both if one.round != check.round)
                found[check.actor].pairs.append((check.verdict, other.verdict))


def _row(actor: str, one: _Reviewer) -> Row:
    counts = Counter(decided.decision for decided in one.decided)
    first, second = (sum(counts[decision] for decision in level) for level in (FIRST, SECOND))
    closing = [decided for decided in one.decided if decided.decision in CLOSING]
    inspected = [decided for decided in closing if decided.inspected is not None]
    changed = sum(decided.undone or decided.inspected is False for decided in closing)
    waits = [decided.waited.total_seconds() for decided in one.decided if decided.waited is not None]
    return {
        "reviewer": actor.removeprefix("account:"),
        "decisions": len(one.decided),
        **{decision.value: counts[decision] for decision in DECISIONS},
        "first": first,
        **{f"{decision.value}_share": share(counts[decision], first) for decision in FIRST},
        "second": second,
        "accept_share": share(counts[Decision.ACCEPT], second),
        "bulk": sum(decided.bulk for decided in one.decided),
        "median_s": median(waits) if waits else None,
        "closing": len(closing),
        "undone": sum(decided.undone for decided in closing),
        "inspected": len(inspected),
        "otherwise": sum(decided.inspected is False for decided in inspected),
        "changed": changed,
        "changed_share": share(changed, len(closing)),
        "unchecked_share": share(len(closing) - len(inspected), len(closing)),
        "checks": one.checks,
        **kappa_cells(kappa(one.pairs)),
    }


def totals(found: Sequence[Row]) -> list[Total]:
    """Over all accounts; a pair of checks counts for each of the two."""
    names = ("decisions", "closing", "changed", "inspected", "otherwise", "bulk")
    sums = {name: sum(row[name] for row in found) for name in names}
    closing, unchecked = sums["closing"], sums["closing"] - sums["inspected"]
    changed: Word = ("后被改变占比", "Changed later (share)")
    return [
        Total("reviewers", ("账户", "Accounts"), len(found)),
        Total("decisions", ("处理", "Decisions"), sums["decisions"]),
        Total("bulk", ("其中批量", "In bulk"), sums["bulk"], sums["decisions"]),
        Total("changed", changed, share(sums["changed"], closing), closing, Form.SHARE),
        Total("otherwise", ("抽查结论不同", "Inspection found otherwise"), sums["otherwise"], sums["inspected"]),
        Total("uninspected-share", ("未经抽查占比", "Not inspected"), share(unchecked, closing), closing, Form.SHARE),
    ]


CALIBRATION = Report(
    name="calibration",
    title=("审核一致性", "Reviewer calibration"),
    about=(
        "期间内每个账户的处理：种类、占比、用时（自问题提出或上一步起的中位数）；其中说明、认可、属实、不属实此后被"
        "退回或重新核查、或抽查（已结束的样本）对该活动结论不同的，记为“后被改变”，分母为此四类处理，未经抽查者占比"
        "另列。κ 为本人与另一人盲核结论的一致性，1 为完全一致，0 与随机相当。用于统一尺度、发现规则不清之处；被改变"
        "可能出于新的材料，不表示当时处理有误。",
        "Of each account the decisions of the period: kinds, shares, time (median, since the question was put or "
        "the step before). Explained, accepted, confirmed and dismissed ones that were returned or reopened later, "
        "or where an inspection (a closed sample) found otherwise about the activity, are changed later; the "
        "denominator is these four, and beside it stands the share that no inspection looked at. κ is the agreement "
        "with another person's blind check, 1 full, 0 as by chance. It is for judging alike and for finding unclear "
        "rules; a change may rest on new material and does not say that the decision was wrong.",
    ),
    columns=COLUMNS,
    key=("reviewer",),
    rows=rows,
    totals=totals,
)
