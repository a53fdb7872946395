"""Results of rules on calls against what truly happened: precision and recall of each, and who is accused wrongly.

The truth of an officer at a call is measured on what the camera truly recorded and the store still holds, against the
time the officer was truly there. A value within `SLACK` of a limit is neither right nor wrong.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from benchmarks.simulation.things import Call, Piece, World
from domain.finding import ActivityResult, SubjectKind
from storage.schema.tables import EVALUATION, FINDING
from storage.versions import current

SLACK = 15.0
MISSING, OFFICER, LATE, EARLY, GAP = (
    "missing.no-recording",
    "missing.officer-not-recording",
    "incomplete.late-start",
    "incomplete.early-end",
    "incomplete.gap",
)
GAPS = frozenset({GAP, "incomplete.unexplained-gap"})
LIMIT: Mapping[str, float] = {LATE: 60.0, EARLY: 120.0, GAP: 10.0}
STRONGER: Mapping[str, frozenset[str]] = {
    LATE: frozenset({MISSING, OFFICER, "incomplete.fragment"}),
    EARLY: frozenset({MISSING, OFFICER, "incomplete.fragment"}),
    GAP: frozenset({MISSING, OFFICER, "incomplete.unexplained-gap"}),
    OFFICER: frozenset({MISSING, "missing.shift-without-clips"}),
    MISSING: frozenset({"missing.shift-without-clips"}),
}
"""What says the same or more about an officer, so that the lesser rule may be silent."""
SHORTEST = 60.0  # a stay that has to be recorded


@dataclass(frozen=True, slots=True)
class Measure:
    """One officer at one call, in truth: nothing recorded, or how late, how early, the longest hole."""

    recorded: bool
    late: float = 0.0
    early: float = 0.0
    gap: float = 0.0


@dataclass(slots=True)
class FlagScore:
    """Counts by rule; `accused` are calls with a fault of severity fail where the truth has none."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    lacking: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)  # lacking, but the result is unknown and says so
    calls: int = 0
    unknown: int = 0
    accused: dict[str, list[str]] = field(default_factory=dict)

    def rows(self) -> Iterable[tuple[str, ...]]:
        for rule in sorted({*self.right, *self.wrong, *self.lacking}):
            right, wrong, lacking = self.right[rule], self.wrong[rule], self.lacking[rule]
            precision, recall = right / max(right + wrong, 1), right / max(right + lacking, 1)
            yield rule, str(right), str(wrong), str(lacking), str(self.open[rule]), f"{precision:.3f}", f"{recall:.3f}"


HEADING = ("rule", "right", "wrong", "lacking", "of these unknown", "precision", "recall")


def flags(connection: Connection, world: World) -> FlagScore:
    """Every call of the world."""
    measures = {call.number: measured(call, footage) for call, footage in _footage(world)}
    query = select(FINDING.c.subject, FINDING.c.rule, FINDING.c.officer, FINDING.c.severity, FINDING.c.result)
    rows = connection.execute(query.where(current(FINDING), FINDING.c.kind == SubjectKind.INCIDENT.value)).all()
    said: dict[str, set[tuple[str, str | None, str]]] = {}
    for row in rows:
        if row.result == "fail":
            said.setdefault(row.subject, set()).add((row.rule, row.officer, row.severity))
    verdicts = select(EVALUATION.c.subject, EVALUATION.c.result)
    wanted = verdicts.where(current(EVALUATION), EVALUATION.c.kind == SubjectKind.INCIDENT.value)
    results = {row.subject: row.result for row in connection.execute(wanted).all()}
    found = FlagScore(calls=len(world.calls))
    for number, by_officer in measures.items():
        open_ = results.get(number) in (ActivityResult.UNKNOWN.value, ActivityResult.PENDING.value)
        found.unknown += open_
        _judge(found, number, by_officer, (said.get(number, set()), open_))
    return found


def _footage(world: World) -> Iterable[tuple[Call, dict[str, list[Piece]]]]:
    by_officer: dict[str, list[Piece]] = {}
    for piece in world.stored():
        if piece.whole:
            by_officer.setdefault(piece.take.duty.officer, []).append(piece)
    for some in by_officer.values():
        some.sort(key=lambda piece: piece.start)
    for call in world.calls:
        officers = {duty.officer for duty in call.duties}
        yield call, {officer: by_officer.get(officer, []) for officer in officers}


def measured(call: Call, footage: Mapping[str, list[Piece]]) -> dict[str, Measure]:
    """The truth about each officer; nothing about a stay too short to be recorded."""
    if call.left - call.arrived < SHORTEST:
        return {}
    return {officer: _measure(call, pieces) for officer, pieces in footage.items()}


def _measure(call: Call, pieces: Iterable[Piece]) -> Measure:
    shown = [
        (max(piece.start, call.arrived), min(piece.end, call.left))
        for piece in pieces
        if piece.start < call.left and piece.end > call.arrived
    ]
    if not shown:
        return Measure(recorded=False)
    reached, hole = shown[0][1], 0.0
    for start, end in shown[1:]:
        hole, reached = max(hole, start - reached), max(reached, end)
    return Measure(True, shown[0][0] - call.arrived, call.left - reached, hole)


def _judge(
    found: FlagScore, number: str, truth: Mapping[str, Measure], verdict: tuple[set[tuple[str, str | None, str]], bool]
) -> None:
    said, open_ = verdict
    nobody = bool(truth) and not any(one.recorded for one in truth.values())
    _whole_call(found, (MISSING, nobody), said, open_)
    for officer, one in truth.items():
        mine = {rule for rule, who, _ in said if who in (officer, None)}
        absent = not one.recorded and not nobody
        _compare(found, OFFICER, absent, (mine, open_))
        for rule, value in _decidable(one):
            _compare(found, rule, value > LIMIT[rule], (_merged(mine), open_))
    for rule, officer, severity in said:
        if severity == "fail" and truth and _innocent(rule, officer, truth):
            found.accused.setdefault(number, []).append(f"{rule} {officer}")


def _decidable(one: Measure) -> list[tuple[str, float]]:
    """What of an officer's recording is clear of a limit, by rule."""
    values = ((LATE, one.late), (EARLY, one.early), (GAP, one.gap)) if one.recorded else ()
    return [(rule, value) for rule, value in values if abs(value - LIMIT[rule]) > SLACK or value == 0]


def _merged(rules: set[str]) -> set[str]:
    return {GAP if rule in GAPS else rule for rule in rules}


def _whole_call(found: FlagScore, truth: tuple[str, bool], said: set[tuple[str, str | None, str]], open_: bool) -> None:
    rule, holds = truth
    _compare(found, rule, holds, ({name for name, _, _ in said}, open_))


def _compare(found: FlagScore, rule: str, holds: bool, verdict: tuple[set[str], bool]) -> None:
    said, open_ = verdict
    if rule in said:
        (found.right if holds else found.wrong)[rule] += 1
    elif holds and not said & STRONGER[rule]:
        found.lacking[rule] += 1
        found.open[rule] += open_


def _innocent(rule: str, officer: str | None, truth: Mapping[str, Measure]) -> bool:
    """A fault of severity fail that the truth knows nothing of, not even within the slack."""
    some = [one for who, one in truth.items() if officer in (who, None)]
    if rule == MISSING:
        return any(one.recorded for one in some)
    if rule == OFFICER:
        return all(one.recorded for one in some)
    values = {LATE: "late", EARLY: "early", GAP: "gap", "incomplete.unexplained-gap": "gap"}
    if rule not in values:
        return False
    limit = LIMIT[GAP if rule in GAPS else rule]
    return all(one.recorded and getattr(one, values[rule]) < limit - SLACK for one in some)
