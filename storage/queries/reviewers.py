"""Decisions of a period with what became of them by a time, for comparing how people decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from domain.calibration import undone, waited
from domain.inspection import CheckVerdict
from domain.review import Decision, ReviewEntry
from storage.queries.closed_samples import ClosedSample
from storage.queries.filters import Filters, wanted_units
from storage.reviews import entries_of_findings
from storage.schema.tables import FINDING, REVIEW_ENTRY
from storage.versions import chunks, known


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `waited`: how long the finding had lain there. `undone`: returned or reopened later.

    `inspected`: whether an inspection that looked at the activity afterwards found it so (True) or not; None where
    none did, or it could not be decided.
    """

    actor: str
    decision: Decision
    bulk: bool
    waited: timedelta | None
    undone: bool
    inspected: bool | None


@dataclass(frozen=True, slots=True)
class _Question:
    """A finding: its unit, and the times at which it was put."""

    unit: str | None
    asked: tuple[datetime, ...]


def decisions(
    connection: Connection, filters: Filters, when: datetime, samples: Sequence[ClosedSample]
) -> list[Decided]:
    """Those of a period (`since`, `until`) on findings of unit and scope, as known at a time."""
    assert filters.since is not None
    assert filters.until is not None
    within = (REVIEW_ENTRY.c.at >= filters.since, REVIEW_ENTRY.c.at < filters.until, REVIEW_ENTRY.c.at <= when)
    keys = sorted(connection.execute(select(REVIEW_ENTRY.c.finding_key).where(*within).distinct()).scalars())
    questions, units = _questions(connection, keys), wanted_units(connection, filters)
    checked = _inspected(samples)
    found: list[Decided] = []
    for part in chunks(keys):
        for key, entries in entries_of_findings(connection, part).items():
            known_then = [entry for entry in entries if entry.at <= when]
            question = questions.get(key, _Question(None, ()))
            if units is None or question.unit in units:
                found += _of_finding(known_then, question, checked.get(key, ()), (filters.since, filters.until))
    return found


def _of_finding(
    entries: Sequence[ReviewEntry],
    question: _Question,
    checks: Sequence[tuple[datetime, bool]],
    period: tuple[datetime, datetime],
) -> Iterable[Decided]:
    for at, entry in enumerate(entries):
        if not period[0] <= entry.at < period[1]:
            continue
        # An inspection looked at what stood when its sample was drawn; an accepted explanation still stands.
        replaced = next((later.at for later in entries[at + 1 :] if later.decision is not Decision.ACCEPT), None)
        mine = [said for drawn, said in checks if drawn >= entry.at and (replaced is None or drawn < replaced)]
        yield Decided(
            *(entry.actor, entry.decision, entry.bulk is not None),
            waited=waited(entries, at, question.asked),
            undone=undone(entries, at),
            inspected=mine[-1] if mine else None,
        )


def _questions(connection: Connection, keys: Sequence[str]) -> dict[str, _Question]:
    found: dict[str, _Question] = {}
    for part in chunks(keys):
        query = select(FINDING.c.key, FINDING.c.unit, FINDING.c.first_seen_at)
        mine = query.where(known(FINDING), FINDING.c.key.in_(part)).order_by(FINDING.c.id)
        for key, unit, asked in connection.execute(mine).all():
            earlier = found[key].asked if key in found else ()
            found[key] = _Question(unit, (*earlier, asked))
    return found


def _inspected(samples: Iterable[ClosedSample]) -> dict[str, list[tuple[datetime, bool]]]:
    """By finding: when a sample was drawn that holds it, and whether what was said of the activity was found so."""
    found: dict[str, list[tuple[datetime, bool]]] = {}
    for one in samples:
        for item in one.items:
            last = item.checked().last
            if last is None or last.verdict is CheckVerdict.UNDECIDED:
                continue
            stated: Sequence[Mapping[str, Any]] = item.frozen["findings"]
            for finding in stated:
                said = (one.sample.at, last.verdict is CheckVerdict.AGREED)
                found.setdefault(finding["key"], []).append(said)
    return {key: sorted(said) for key, said in found.items()}
