"""抽查 and 核查: what an inspector may say about a drawn activity, who may check it again, and what it adds up to.

The self-check miss rate counts, among the looked-at activities that the self-check had called fine, those where it had
passed over something. The second-level check is blind: whoever may still give it does not learn the first verdict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.agreement import Kappa, kappa
from domain.finding import FindingStatus
from domain.sampling import CONFIDENCE, Interval, Weighted, interval, weighted

ROUNDS = (1, 2)
COMMENT_LENGTH = 2000


class Choice(StrEnum):
    """Which activities a population is made of, by what was concluded about them."""

    ALL = "all"
    COMPLIANT = "compliant"  # 判定合规
    NONCOMPLIANT = "noncompliant"  # 判定不合规
    DISMISSED = "dismissed"  # 自查判为不属实
    EXPLAINED = "explained"  # 已作说明


class Stratify(StrEnum):
    NONE = "none"
    UNIT = "unit"
    RESULT = "result"
    FLAG = "flag"
    OFFICER = "officer"  # the first one named


class SelfCheck(StrEnum):
    """What the self-check had made of an activity."""

    FINE = "fine"  # nothing found, or everything found was dismissed
    FAULTS = "faults"  # something confirmed or explained
    OPEN = "open"  # not decided yet


class CheckVerdict(StrEnum):
    """Whether what program and self-check had said is true."""

    AGREED = "agreed"  # 属实
    DISAGREED = "disagreed"  # 不属实
    UNDECIDED = "undecided"  # 无法判断


@dataclass(frozen=True, slots=True)
class Check:
    """What one inspector found. `missed`: the self-check had passed over something."""

    round: int
    at: datetime
    actor: str
    verdict: CheckVerdict
    missed: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One drawn activity with its checks, by round."""

    position: int
    stratum: str
    self_check: SelfCheck
    checks: tuple[Check, ...]

    @property
    def last(self) -> Check | None:
        """The check that counts: the second-level one where there is one."""
        return max(self.checks, key=lambda check: check.round, default=None)


@dataclass(frozen=True, slots=True)
class Figures:
    """What some drawn activities add up to. `undecided` ones are in no share."""

    drawn: int
    checked: int
    undecided: int
    agreement: Interval
    missed: Interval
    missed_elsewhere: int


@dataclass(frozen=True, slots=True)
class Results:
    """Of a whole sample, and by stratum. `second`: of the activities checked twice, those with the same verdict;
    `kappa`: how much that is beyond chance.

    `weighted`: the miss rate with each stratum weighing as much as in the population; None where that is not known.
    """

    whole: Figures
    strata: Mapping[str, Figures]
    second: Interval
    kappa: Kappa
    weighted: Weighted | None


def self_check_of(statuses: Iterable[str]) -> SelfCheck:
    """From the states of an activity's findings."""
    found = set(statuses)
    if FindingStatus.OPEN in found:
        return SelfCheck.OPEN
    return SelfCheck.FAULTS if found & {FindingStatus.CONFIRMED, FindingStatus.EXPLAINED} else SelfCheck.FINE


def contradiction(self_check: SelfCheck, verdict: CheckVerdict, missed: bool) -> str | None:
    """Why a verdict cannot be meant so, None when it can: `agreed-missed`, `disagreed-nothing`, `undecided-missed`."""
    if missed and verdict is CheckVerdict.UNDECIDED:
        return "undecided-missed"
    if self_check is not SelfCheck.FINE:
        return None
    if missed and verdict is CheckVerdict.AGREED:
        return "agreed-missed"
    return "disagreed-nothing" if not missed and verdict is CheckVerdict.DISAGREED else None


def next_round(checks: Sequence[Check], actor: str) -> int | None:
    """Which check this person may give now: nobody checks the same activity twice. None: none."""
    if len(checks) >= len(ROUNDS) or any(check.actor == actor for check in checks):
        return None
    return ROUNDS[len(checks)]


def shown_to(checks: Sequence[Check], actor: str, *, closed: bool) -> tuple[Check, ...]:
    """The checks that a person may see: all of a closed sample, or once no blind check is to come; else their own."""
    if closed or len(checks) >= len(ROUNDS):
        return tuple(checks)
    return tuple(check for check in checks if check.actor == actor)


def results(items: Sequence[Checked], members: Mapping[str, int], confidence: float = CONFIDENCE) -> Results:
    """Add up the checks of a sample. `members`: how many the population has in each stratum."""
    names = sorted({*members, *(item.stratum for item in items)})
    strata = {name: figures([one for one in items if one.stratum == name], confidence) for name in names}
    parts = [
        (members.get(name, 0), one.checked - one.undecided, one.missed.count, one.missed.hits)
        for name, one in strata.items()
    ]
    twice = kappa(verdict_pairs(items), confidence)
    whole, second = figures(items, confidence), interval(twice.same, twice.pairs, confidence)
    return Results(whole, strata, second, twice, weighted(parts, confidence))


def verdict_pairs(items: Iterable[Checked]) -> list[tuple[CheckVerdict, CheckVerdict]]:
    """Verdicts of the first and the blind second check, of every activity that has both."""
    twice = (item.checks for item in items if len(item.checks) == len(ROUNDS))
    return [(first.verdict, second.verdict) for first, second in twice]


def figures(items: Sequence[Checked], confidence: float = CONFIDENCE) -> Figures:
    """Counts and shares of some drawn activities."""
    checked = [(item.self_check, last) for item in items if (last := item.last) is not None]
    decided = [(said, last) for said, last in checked if last.verdict is not CheckVerdict.UNDECIDED]
    fine = [last for said, last in decided if said is SelfCheck.FINE]
    agreed = sum(last.verdict is CheckVerdict.AGREED for _, last in decided)
    missed = sum(last.missed for last in fine)
    return Figures(
        drawn=len(items),
        checked=len(checked),
        undecided=len(checked) - len(decided),
        agreement=interval(agreed, len(decided), confidence),
        missed=interval(missed, len(fine), confidence),
        missed_elsewhere=sum(last.missed for said, last in decided if said is not SelfCheck.FINE),
    )
