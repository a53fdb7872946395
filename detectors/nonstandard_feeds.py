"""Feeds: could they be read, were rows rejected, and on which days did a feed of activities say too little?"""

from dataclasses import replace

from detectors.basis import LOCAL
from detectors.feed_days import LEAST_DAYS, FeedHole
from detectors.limits import Limits
from detectors.rule import FeedFacts, Rule, judging
from detectors.verdict import Outcomes, failed, not_applicable, passed, unknown
from domain.finding import Flag, MeasuredValue, Outcome, Severity, SubjectKind
from domain.wording import say

HOLE_RULE = "nonstandard.feed-hole"


def feed(facts: FeedFacts, _limits: Limits) -> Outcomes:
    """A feed that cannot be read, or whose rows were rejected."""
    measured: dict[str, MeasuredValue] = {
        "accepted": facts.accepted,
        "corrected": facts.corrected,
        "rejected": facts.rejected,
    }
    if facts.error:
        return (failed(Severity.FAIL, say("数据源无法读取", "the feed cannot be read"), facts.error, **measured),)
    if facts.rejected:
        text = say(f"{facts.rejected} 行被拒绝", f"{facts.rejected} rows were rejected")
        return (failed(Severity.WARN, text, *facts.reasons[:5], **measured),)
    if not facts.accepted and not facts.corrected:
        return (
            unknown(say("数据源没有任何行", "the feed has no row: nothing to say or wrongly filtered"), **measured),
        )
    return (passed(say("全部行已接受", "every row was accepted"), **measured),)


def feed_hole(facts: FeedFacts, _limits: Limits) -> Outcomes:
    """Days on which a feed of activities says far less than it usually does: one finding per stretch of days."""
    if not facts.activities:
        return (not_applicable(say("不是警情或办案活动数据", "no feed of incidents or sessions")),)
    if facts.error:
        return (not_applicable(say("无法读取：见 nonstandard.feed", "cannot be read: said by nonstandard.feed")),)
    if facts.holes:
        outcomes = tuple(_hole(hole) for hole in facts.holes)
    elif not facts.days_compared:
        lack = say(
            f"可比的日子不足 {LEAST_DAYS} 天，不知平常有多少",
            f"fewer than {LEAST_DAYS} days to compare with: what is usual is not known",
        )
        outcomes = (unknown(lack, days_compared=0),)
    else:
        text = say("每天的数量与平常相当", "every day has about as many as is usual")
        outcomes = (passed(text, days_compared=facts.days_compared),)
    return tuple(replace(outcome, recheck_at=facts.next_day_due) for outcome in outcomes)


def _hole(hole: FeedHole) -> Outcome:
    days = (hole.last - hole.first).days + 1
    meanwhile = say(
        "依赖该数据的结论在此期间无法判定，这些日子的比率偏低",
        "what depends on it is unknown for that time, and rates of these days are too low",
    )
    found = failed(
        Severity.WARN if hole.counted else Severity.FAIL,
        described(hole),
        meanwhile,
        first_day=hole.first.isoformat(),
        last_day=hole.last.isoformat(),
        days=days,
        counted=hole.counted,
        usual=hole.usual,
    )
    return replace(found, anchor=hole.first.isoformat(), span=hole.span)


def described(hole: FeedHole) -> str:
    """The hole in words."""
    days = hole.first.isoformat()
    zh, en = (days, f"on {days}")
    if hole.last != hole.first:
        last = hole.last.isoformat()
        zh, en = f"{days} 至 {last}", f"from {days} to {last}"
    return say(
        f"数据源 {hole.feed} 在 {zh} 只有 {hole.counted} 条，平常约 {hole.usual:g} 条，疑有缺口",
        f"feed {hole.feed} names {hole.counted} activities {en}, usually about {hole.usual:g}: it seems to have a hole",
    )


RULES = (
    Rule(
        id="nonstandard.feed",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="数据源有误",
        title_en="A feed has faults",
        condition_zh="数据源无法读取，或有行被拒绝",
        condition_en="Feed cannot be read, or rows of it were rejected",
        basis=(LOCAL,),
        applies_to=(SubjectKind.FEED,),
        check=judging(FeedFacts, feed),
    ),
    Rule(
        id=HOLE_RULE,
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="数据源疑有缺口",
        title_en="A feed seems to have a hole",
        condition_zh=(
            "警情或办案活动数据在一天或连续数天没有任何活动，或不足平常的四分之一，而平常日子如此少的概率低于千分之一"
            "（与之前28天、同一星期几比较；警情本来就少的单位不会因此提出；每个缺口一个问题）"
        ),
        condition_en=(
            "A feed of incidents or sessions names none on a day or on days in a row, or less than a quarter of the "
            "usual number, which on ordinary days would be a chance below 1 in 1000 (compared with the 28 days before "
            "and the same weekday; a station with few calls does not alarm; one finding per hole)"
        ),
        basis=(LOCAL,),
        applies_to=(SubjectKind.FEED,),
        check=judging(FeedFacts, feed_hole),
        limits=("feed_arrival_hours", "feed_chance_ratio", "feed_low_ratio"),
    ),
)
