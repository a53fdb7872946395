"""How measurements become verdicts: three-valued comparison under every plausible clock, doubts, explanations.

A rule may fail only when it fails under every plausible clock and nothing that could hold footage was unseen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from detectors.limits import Limits
from detectors.rule import StoreProof
from domain.coverage import Bounds
from domain.finding import MeasuredValue, Outcome, Result, Severity
from domain.timespan import ZERO, Span
from domain.vocabulary import STORE_STATES, Word
from domain.wording import say

Outcomes = tuple[Outcome, ...]


def in_seconds(duration: timedelta) -> float:
    """A duration as a number for `measured`, to a tenth of a second."""
    return round(duration.total_seconds(), 1)


def local(instant: datetime, limits: Limits) -> str:
    """An instant as people at the station write it, with its offset."""
    return instant.astimezone(limits.zone).isoformat(" ", "seconds")


def passed(*evidence: str, **measured: MeasuredValue) -> Outcome:
    return Outcome(Result.PASS, Severity.INFO, measured=measured, evidence=evidence)


def unknown(*evidence: str, **measured: MeasuredValue) -> Outcome:
    """The facts cannot decide; the evidence says what is lacking."""
    return Outcome(Result.UNKNOWN, Severity.WARN, measured=measured, evidence=evidence)


def not_applicable(*evidence: str, **measured: MeasuredValue) -> Outcome:
    return Outcome(Result.NOTAPPLICABLE, Severity.INFO, measured=measured, evidence=evidence)


def failed(severity: Severity, *evidence: str, **measured: MeasuredValue) -> Outcome:
    return Outcome(Result.FAIL, severity, measured=measured, evidence=evidence)


def exceeds(value: Bounds, base: timedelta, uncertainty: timedelta) -> Result:
    """Is a duration beyond what is allowed? FAIL under every plausible clock, PASS likewise or at ease, else UNKNOWN.

    The allowance is never below the uncertainty of the times compared. "At ease": nominally at most half the base.
    """
    allowed = max(base, uncertainty)
    if value.low > allowed:
        return Result.FAIL
    if value.high <= allowed or value.nominal * 2 <= base:
        return Result.PASS
    return Result.UNKNOWN


def hole_anchors(prefix: str, holes: Sequence[Span]) -> tuple[str, ...]:
    """Stable anchors of holes in order of time, by the minute: a clock re-estimated by a second changes none."""
    minutes = [f"{prefix}@{hole.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for hole in holes]
    earlier = [minutes[:at].count(minute) for at, minute in enumerate(minutes)]
    return tuple(f"{minute}#{n + 1}" if n else minute for minute, n in zip(minutes, earlier, strict=True))


def hole_inside(hole: Span, window: Span, clock_error: timedelta) -> Bounds:
    """How much of a hole lies inside the window when the camera's clock is wrong by up to `clock_error` either way.

    The least is at one end of what the clock may be; in between the hole may lie inside as a whole.
    """
    most = min(hole.duration, window.duration)
    before, after = window.end - hole.start, hole.end - window.start

    def within(value: timedelta) -> timedelta:
        return max(ZERO, min(most, value))

    nearest = min(before, after)
    return Bounds(within(nearest - clock_error), within(nearest), within(nearest + clock_error))


def unseen_stores(stores: Sequence[StoreProof]) -> tuple[str, ...]:
    """Why absence from the stores is not proven; empty when it is."""
    if not stores:
        return (say("没有任何存储被扫描过", "no store of this unit has been scanned"),)
    return tuple(
        say(
            f"存储 {proof.store} 未能完整扫描（状态：{state(proof)[0]}，{len(proof.refused)} 个目录无法列出）",
            f"store {proof.store} was not seen whole (state {state(proof)[1]}, {len(proof.refused)} folders refused)",
        )
        for proof in stores
        if not proof.complete
    )


def unseen_since(stores: Sequence[StoreProof], due: datetime, limits: Limits) -> tuple[str, ...]:
    """Stores whose last complete scan was before everything must have arrived: what came later was not looked for."""
    return tuple(
        say(
            f"存储 {proof.store} 上次完整扫描在 {local(proof.scanned_at, limits)}，早于上传期限 {local(due, limits)}",
            f"store {proof.store} was last seen whole at {local(proof.scanned_at, limits)}, before the time for upload "
            f"was over at {local(due, limits)}",
        )
        for proof in stores
        if proof.scanned_at is not None and proof.scanned_at < due
    )


def proof_of_absence(stores: Sequence[StoreProof], limits: Limits) -> tuple[str, ...]:
    """What was searched, one piece of evidence per store."""
    return tuple(
        say(
            f"已查存储 {p.store}：{_scan(p, limits)[0]}，{p.folders} 个目录，{p.files} 个文件，{p.errors} 个错误",
            f"searched store {p.store}: {_scan(p, limits)[1]}, {p.folders} folders, {p.files} files, {p.errors} errors",
        )
        for p in stores
    )


def _scan(proof: StoreProof, limits: Limits) -> Word:
    """Which scan it was and when."""
    if proof.scan is None:
        return "从未完整扫描", "never scanned whole"
    if proof.scanned_at is None:
        return f"第 {proof.scan} 次扫描", f"scan {proof.scan}"
    at = local(proof.scanned_at, limits)
    return f"第 {proof.scan} 次扫描（{at}）", f"scan {proof.scan} at {at}"


def state(proof: StoreProof) -> Word:
    """What the state of a store is called."""
    return STORE_STATES.get(proof.state, (proof.state, proof.state))


def doubted(outcome: Outcome, doubts: Iterable[str]) -> Outcome:
    """A failure that any doubt turns into `unknown`; other results stay."""
    lacking = tuple(doubts)
    if outcome.result is not Result.FAIL or not lacking:
        return outcome
    return replace(outcome, result=Result.UNKNOWN, severity=Severity.WARN, evidence=(*outcome.evidence, *lacking))
