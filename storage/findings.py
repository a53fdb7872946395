"""Evaluations, coverage and findings: written per subject, superseded when they change, closed when they end."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from domain.audit import Entry
from domain.finding import FindingStatus, SubjectKind
from storage import tallies
from storage.among import among
from storage.queueing import of_clips
from storage.schema.tables import COVERAGE, EVALUATION, FINDING
from storage.verdict_audit import finding_entries, result_entries
from storage.verdicts import VerdictRows
from storage.versions import Change, chunks, current, replace

_OF_EARLIER = ("id", "key", "first_seen_at", "due_at", "until_scan", "status", "measured", "reviews", "decision")


def write_verdicts(
    connection: Connection, kind: SubjectKind, verdicts: Mapping[str, VerdictRows | None], scan: int
) -> list[Entry]:
    """Make what is stored about subjects of one kind equal to their verdicts, by key; None: the subject is gone.

    Returns what has to be appended to the audit log at the very end of the same transaction.
    """
    entries: list[Entry] = []
    for keys in chunks(sorted(verdicts)):
        found = [verdict for key in keys if (verdict := verdicts[key]) is not None]
        mine = (EVALUATION.c.kind == kind.value) & among(EVALUATION.c.subject_key, keys)
        rows = [verdict.evaluation for verdict in found]
        results = replace(connection, EVALUATION, mine, rows, key=("subject_key",), scan=scan)
        entries += result_entries(results, scan)
        if kind in (SubjectKind.INCIDENT, SubjectKind.SESSION):
            _write_coverage(connection, kind, keys, found, scan)
            tallies.mark_activities(connection, kind.value, keys)
        changes = _write_findings(connection, kind, keys, found, scan)
        if kind is SubjectKind.CLIP:
            tallies.mark_clips(connection, sorted({_subject_key(change) for change in changes}))
        entries += finding_entries(changes, scan)
    return entries


def _subject_key(change: Change) -> str:
    version = change.after or change.before
    return str(version["subject_key"]) if version else ""


def _write_coverage(
    connection: Connection, kind: SubjectKind, keys: Sequence[str], verdicts: Sequence[VerdictRows], scan: int
) -> None:
    rows = [row for verdict in verdicts for row in verdict.coverages]
    scope = (COVERAGE.c.kind == kind.value) & among(COVERAGE.c.number, keys)
    replace(connection, COVERAGE, scope, rows, key=("number", "lane"), scan=scan)


def _write_findings(
    connection: Connection, kind: SubjectKind, keys: Sequence[str], verdicts: Sequence[VerdictRows], scan: int
) -> list[Change]:
    rows = {row["key"]: dict(row) for verdict in verdicts for row in verdict.findings}
    for key, versions in _earlier(connection, rows).items():
        rows[key]["first_seen_at"] = min(one.first_seen_at for one in versions)
        before = next((one for one in versions if one.until_scan is None), None)
        rows[key]["status"] = _status(rows[key]["status"], before)
        rows[key]["reviews"] = max(one.reviews for one in versions)
        if before is not None:  # what comes back is a new question: an answer given to the old one is only history
            rows[key]["decision"] = before.decision
            rows[key]["due_at"] = min(rows[key]["due_at"], before.due_at)
    scope = (FINDING.c.kind == kind.value) & among(FINDING.c.subject_key, keys)
    return replace(
        connection,
        FINDING,
        scope,
        list(rows.values()),
        key=("key",),
        scan=scan,
        carry=("first_seen_at",),
        fresh=("last_seen_at",),
    )


def _earlier(connection: Connection, keys: Iterable[str]) -> dict[str, list[Any]]:
    """All versions of findings in any earlier life: one that comes back is no new question."""
    found: dict[str, list[Any]] = {}
    columns = [FINDING.c[name] for name in _OF_EARLIER]
    for part in chunks(sorted(keys)):
        # Locked where the database can: a person who decides meanwhile waits, and then decides on the new version.
        query = select(*columns).where(among(FINDING.c.key, part)).order_by(FINDING.c.id).with_for_update()
        for row in connection.execute(query).all():
            found.setdefault(row.key, []).append(row)
    return found


def _status(concluded: str, before: Any) -> str:
    """What a person decided stays; an approved note of the feeds makes a finding explained as long as it is there.

    A note that a person has returned or reopened does not come into force again by itself; a new one does.
    """
    if before is None:
        return concluded
    by_note = bool(before.measured.get("explained"))
    if before.decision is not None and by_note:
        return str(before.status)
    if concluded == FindingStatus.EXPLAINED and before.status == FindingStatus.OPEN:
        return concluded
    return concluded if by_note and before.status == FindingStatus.EXPLAINED else str(before.status)


def open_keys(connection: Connection, kind: SubjectKind, subject_keys: Iterable[str]) -> set[str]:
    """Keys of the findings that hold now on some subjects."""
    found: set[str] = set()
    for part in chunks(subject_keys):
        query = select(FINDING.c.key).where(
            current(FINDING), FINDING.c.kind == kind.value, among(FINDING.c.subject_key, part)
        )
        found |= set(connection.execute(query).scalars())
    return found


def due_subjects(connection: Connection, due: Iterable[ColumnElement[bool]]) -> set[tuple[str, str]]:
    """(kind, key) of subjects, clips aside, whose evaluation fulfils one of these conditions."""
    found: set[tuple[str, str]] = set()
    for condition in due:
        query = select(EVALUATION.c.kind, EVALUATION.c.subject_key).where(current(EVALUATION), condition, ~of_clips())
        found.update((row.kind, row.subject_key) for row in connection.execute(query).all())
    return found


def evaluated(connection: Connection, kinds: Iterable[str]) -> list[tuple[str, str]]:
    """(kind, key) of every evaluated subject of some kinds."""
    query = select(EVALUATION.c.kind, EVALUATION.c.subject_key).where(
        current(EVALUATION), EVALUATION.c.kind.in_(list(kinds))
    )
    rows = connection.execute(query.order_by(EVALUATION.c.kind, EVALUATION.c.subject_key)).all()
    return [(row.kind, row.subject_key) for row in rows]
