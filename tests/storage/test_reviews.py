"""Decisions survive scans and each other: nothing is overwritten, all is in the log, whoever is second is told."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from domain.access import RIGHTS, Right, Role
from domain.audit import Action, Entry, faults
from domain.finding import Finding, FindingStatus, Flag, Outcome, Result, SubjectKind
from domain.history import ChangeKind
from domain.review import Decision, Reason, ReviewEntry
from storage.attachments import keep_attachment, uses_of
from storage.audit import append, audit_head, audit_rows
from storage.engine import DatabaseSettings, open_engine
from storage.findings import write_verdicts
from storage.queries import Filters
from storage.queries.findings import FINDINGS_BY_DUE
from storage.review_history import history_of
from storage.review_refusals import (
    AttachmentUnknown,
    DecidedMeanwhile,
    FindingBusy,
    FindingResolved,
    FindingUnknown,
    SaidTooLittle,
    StepRefused,
)
from storage.reviews import Decider, Standing, Wish, decide, decide_many, entries_of_findings, standings
from storage.schema.tables import FINDING, REVIEW_ENTRY
from storage.verdicts import Judged, Verdict, rows_of
from tests.databases import migrate
from tests.storage.queries import rows

pytestmark = pytest.mark.slow

A, B, NUMBER = "a" * 16, "b" * 16, "JQ1"
LATER = rows.at(500)


def person(role: Role, *, unit: str | None = rows.UNIT, name: str = "li") -> Decider:
    units = None if unit is None else frozenset({unit})
    return Decider(f"account:{name}", role.value, RIGHTS[role], units, "127.0.0.1")


OFFICER, SUPERVISOR = person(Role.OFFICER), person(Role.SUPERVISOR, name="wang")
INSPECTOR = person(Role.INSPECTOR, name="zhao")


def explain(key: str = A, expected: int = 0, **more: Any) -> Wish:
    return Wish(key, Decision.EXPLAIN, expected, **{"reason": Reason.BATTERY, "note": "没电了", **more})


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Two open findings of one incident, found by scan 1."""
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        for minute in range(1, 5):
            rows.scan(connection, minute)
        rows.store(connection)
    write(engine, 1, (A, B))
    yield engine
    engine.dispose()


def write(engine: Engine, scan: int, keys: tuple[str, ...], **measured: Any) -> None:
    """A scan concludes that exactly these findings hold on the incident."""
    with engine.begin() as connection:
        judge(connection, scan, keys, **measured)


def judge(connection: Connection, scan: int, keys: tuple[str, ...], **measured: Any) -> None:
    kind = SubjectKind.INCIDENT
    outcome = Outcome(Result.FAIL, measured={"gap_s": 10.0, **measured})
    found = [Finding(key, "incomplete.gap", 1, Flag.INCOMPLETE, kind, NUMBER, rows.UNIT, outcome) for key in keys]
    verdict = Verdict(kind, NUMBER, NUMBER, rows.UNIT, "noncompliant", [], found, [], None)
    said = rows_of(verdict, Judged(rows.at(scan), "r", {"incomplete": rows.at(900)}))
    write_verdicts(connection, kind, {NUMBER: said}, scan)


def take(engine: Engine, who: Decider, wish: Wish) -> ReviewEntry:
    with engine.begin() as connection:
        return decide(connection, who, wish, LATER)


def standing(engine: Engine, key: str = A) -> Standing | None:
    with engine.connect() as connection:
        return standings(connection, [key]).get(key)


def entries(engine: Engine, key: str = A) -> list[ReviewEntry]:
    with engine.connect() as connection:
        return entries_of_findings(connection, [key]).get(key, [])


def test_a_decision_changes_the_finding_and_is_kept_and_logged(engine: Engine) -> None:
    entry = take(engine, OFFICER, explain(note="  没电了 "))
    assert (entry.number, entry.before, entry.after) == (1, FindingStatus.OPEN, FindingStatus.EXPLAINED)
    found = standing(engine)
    assert found is not None
    assert (found.status, found.decision, found.reviews) == (FindingStatus.EXPLAINED, Decision.EXPLAIN, 1)
    assert entries(engine) == [entry]
    assert (entry.note, entry.reason, entry.at) == ("没电了", Reason.BATTERY, LATER)
    with engine.connect() as connection:
        (row,) = audit_rows(connection)
        assert list(faults([row], audit_head(connection))) == []
    assert (row.actor, row.action, row.subject, row.unit) == ("account:li", "review", f"finding:{A}", rows.UNIT)
    detail = json.loads(row.detail)
    assert (detail["decision"], detail["before"], detail["after"]) == ("explain", "open", "explained")
    assert (detail["reason"], detail["note"], detail["bulk"]) == ("battery", "没电了", None)


def test_the_loop_goes_on_by_the_supervisor_and_back(engine: Engine) -> None:
    take(engine, OFFICER, explain())
    take(engine, SUPERVISOR, Wish(A, Decision.RETURN, 1, note="附上维修单"))
    assert standing(engine) == Standing(A, FindingStatus.OPEN, Decision.RETURN, 2, rows.UNIT, rows.at(900))
    take(engine, OFFICER, explain(expected=2))
    take(engine, SUPERVISOR, Wish(A, Decision.ACCEPT, 3))
    with pytest.raises(StepRefused) as accepted:
        take(engine, OFFICER, explain(expected=4))
    assert accepted.value.hindrance == "accepted"
    take(engine, INSPECTOR, Wish(A, Decision.REOPEN, 4, note="复核"))
    decisions = [entry.decision.value for entry in entries(engine)]
    assert decisions == ["explain", "return", "explain", "accept", "reopen"]


def test_nothing_is_written_when_a_decision_is_refused(engine: Engine) -> None:
    refused: list[tuple[Decider, Wish, type[Exception]]] = [
        (SUPERVISOR, explain(), StepRefused),
        (OFFICER, Wish(A, Decision.ACCEPT, 0), StepRefused),
        (SUPERVISOR, Wish(A, Decision.ACCEPT, 0), StepRefused),
        (OFFICER, explain(reason=None), SaidTooLittle),
        (OFFICER, explain(reason=Reason.OTHER, note=" \n"), SaidTooLittle),
        (OFFICER, explain("0" * 16), FindingUnknown),
        (person(Role.OFFICER, unit="elsewhere"), explain(), FindingUnknown),
        (OFFICER, explain(expected=1), DecidedMeanwhile),
        (OFFICER, explain(attachment="0" * 64), AttachmentUnknown),
    ]
    for who, wish, expected in refused:
        with pytest.raises(expected):
            take(engine, who, wish)
    assert entries(engine) == []
    assert standing(engine) == Standing(A, FindingStatus.OPEN, None, 0, rows.UNIT, rows.at(900))
    with engine.connect() as connection:
        assert list(audit_rows(connection)) == []


def test_whoever_looked_at_an_older_state_is_told_who_decided_what(engine: Engine) -> None:
    first = take(engine, OFFICER, explain())
    with pytest.raises(DecidedMeanwhile) as told:
        take(engine, person(Role.OFFICER, name="zhang"), Wish(A, Decision.CONFIRM, 0))
    assert (told.value.last, told.value.reviews, told.value.status) == (first, 1, FindingStatus.EXPLAINED)


def test_two_people_at_once_one_wins_and_the_other_is_told(engine: Engine) -> None:
    barrier = threading.Barrier(2)
    outcomes: list[object] = []

    def attempt(who: Decider, wish: Wish) -> None:
        barrier.wait(10)
        try:
            outcomes.append(take(engine, who, wish))
        except DecidedMeanwhile as refusal:
            outcomes.append(refusal)

    wishes = ((OFFICER, explain()), (person(Role.OFFICER, name="zhang"), Wish(A, Decision.CONFIRM, 0)))
    both_end(*(lambda pair=pair: attempt(*pair) for pair in wishes))
    won = [one for one in outcomes if isinstance(one, ReviewEntry)]
    lost = [one for one in outcomes if isinstance(one, DecidedMeanwhile)]
    assert len(won) == len(lost) == 1
    assert lost[0].last == won[0]
    assert entries(engine) == won
    with engine.connect() as connection:
        assert list(faults(audit_rows(connection), audit_head(connection))) == []


def both_end(*work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_a_decision_that_waits_for_a_scan_is_made_on_the_new_version(engine: Engine) -> None:
    """The scan has written a new version and not yet committed when somebody decides."""
    made: list[ReviewEntry] = []
    thread = threading.Thread(target=lambda: made.append(take(engine, OFFICER, explain())), daemon=True)
    with engine.begin() as connection:
        judge(connection, 2, (A, B), gap_s=99.0)
        thread.start()
        thread.join(0.4)
        assert made == []
    thread.join(20)
    assert made[0].number == 1
    with engine.connect() as connection:
        row = connection.execute(select(FINDING).where(FINDING.c.key == A, FINDING.c.until_scan.is_(None))).one()
    assert (row.since_scan, row.measured["gap_s"], row.status, row.reviews) == (2, 99.0, "explained", 1)


def test_a_scan_that_waits_for_a_decision_keeps_it(engine: Engine) -> None:
    thread = threading.Thread(target=lambda: write(engine, 2, (A, B), gap_s=99.0), daemon=True)
    with engine.begin() as connection:
        decide(connection, OFFICER, explain(), LATER)
        thread.start()
        thread.join(0.4)
    thread.join(20)
    with engine.connect() as connection:
        row = connection.execute(select(FINDING).where(FINDING.c.key == A, FINDING.c.until_scan.is_(None))).one()
    assert (row.since_scan, row.status, row.decision, row.reviews) == (2, "explained", "explain", 1)


def test_a_decision_survives_new_versions_of_the_finding(engine: Engine) -> None:
    take(engine, OFFICER, Wish(A, Decision.CONFIRM, 0))
    write(engine, 2, (A, B), gap_s=99.0)
    assert standing(engine) == Standing(A, FindingStatus.CONFIRMED, Decision.CONFIRM, 1, rows.UNIT, rows.at(900))


def test_a_finding_that_ends_is_resolved_and_is_not_decided_any_more(engine: Engine) -> None:
    take(engine, OFFICER, explain())
    write(engine, 3, (B,))
    assert standing(engine) is None
    with pytest.raises(FindingResolved) as told:
        take(engine, SUPERVISOR, Wish(A, Decision.ACCEPT, 1))
    assert (told.value.scan, told.value.at) == (3, rows.at(3))
    with pytest.raises(FindingUnknown):
        take(engine, person(Role.SUPERVISOR, unit="elsewhere"), Wish(A, Decision.ACCEPT, 1))


def test_a_finding_that_comes_back_is_a_new_question_with_its_old_history(engine: Engine) -> None:
    take(engine, OFFICER, explain())
    take(engine, SUPERVISOR, Wish(A, Decision.ACCEPT, 1))
    write(engine, 2, (B,))
    write(engine, 3, (A, B))
    assert standing(engine) == Standing(A, FindingStatus.OPEN, None, 2, rows.UNIT, rows.at(900))
    entry = take(engine, OFFICER, explain(expected=2))
    assert entry.number == 3
    assert [one.number for one in entries(engine)] == [1, 2, 3]


def test_a_note_of_the_feeds_that_was_returned_does_not_explain_again_by_itself(engine: Engine) -> None:
    write(engine, 2, (A, B), explained="approved")
    assert standing(engine) == Standing(A, FindingStatus.EXPLAINED, None, 0, rows.UNIT, rows.at(900))
    take(engine, SUPERVISOR, Wish(A, Decision.RETURN, 0, note="不符合"))
    write(engine, 3, (A, B), explained="approved", gap_s=11.0)
    found = standing(engine)
    assert found is not None
    assert (found.status, found.decision) == (FindingStatus.OPEN, Decision.RETURN)


def test_the_history_tells_people_and_program_in_order_with_the_causes(engine: Engine) -> None:
    take(engine, OFFICER, explain())
    write(engine, 2, (A, B), gap_s=99.0)
    write(engine, 3, (B,))
    with engine.connect() as connection:
        told = history_of(connection, A)
    assert [one.change or (one.entry and one.entry.decision) for one in told] == [
        *(ChangeKind.FOUND, ChangeKind.CHANGED, ChangeKind.CLOSED, Decision.EXPLAIN),
    ]
    assert [one.scan for one in told] == [1, 2, 3, None]
    assert [one.at for one in told] == [rows.at(1), rows.at(2), rows.at(3), LATER]
    assert ("measured gap_s", 10.0, 99.0) in told[1].fields
    assert all(cause.what for one in told[:3] for cause in one.causes)


def test_a_file_that_arrived_is_named_where_a_scan_resolved_a_finding(engine: Engine) -> None:
    with engine.begin() as connection:
        late = rows.file(connection, "late.mp4", since_scan=2)
        rows.link(connection, NUMBER, late, since_scan=2)
    write(engine, 2, (B,))
    with engine.connect() as connection:
        *_, last = history_of(connection, A)
    assert (last.change, last.scan) == (ChangeKind.CLOSED, 2)
    assert "dock-a:late.mp4" in {cause.item for cause in last.causes}


def test_bulk_decides_each_by_itself_under_one_mark(engine: Engine) -> None:
    take(engine, OFFICER, Wish(B, Decision.CONFIRM, 0))
    with engine.begin() as connection:
        wishes = [explain(A), explain(B), explain("0" * 16), explain(A)]
        made, decided, unknown, twice = decide_many(connection, OFFICER, wishes, LATER, "mark-1")
    assert isinstance(made, ReviewEntry)
    assert (made.bulk, made.number) == ("mark-1", 1)
    assert isinstance(decided, DecidedMeanwhile)
    assert isinstance(unknown, FindingUnknown)
    assert isinstance(twice, DecidedMeanwhile)
    assert [entry.bulk for entry in entries(engine)] == ["mark-1"]
    with engine.connect() as connection:
        assert [json.loads(row.detail)["bulk"] for row in audit_rows(connection)] == [None, "mark-1"]


def test_bulk_does_not_wait_for_what_somebody_else_is_writing(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    results: list[object] = []

    def bulk() -> None:
        with engine.begin() as connection:
            results.extend(decide_many(connection, OFFICER, [explain(A), explain(B)], LATER, "m"))

    with engine.begin() as connection:
        connection.execute(select(FINDING.c.id).where(FINDING.c.key == A).with_for_update())
        both_end(bulk)
    assert isinstance(results[0], FindingBusy)
    assert isinstance(results[1], ReviewEntry)


def test_the_number_is_unique_for_a_finding_even_without_the_lock(engine: Engine) -> None:
    """Somebody who wrote past the lock is met by the index: the decision is refused, not doubled."""
    with engine.begin() as connection:
        values = {"finding_key": A, "number": 1, "at": LATER, "actor": "account:x", "role": "officer", "note": ""}
        states = {"action": "confirm", "before": "open", "after": "confirmed"}
        connection.execute(insert(REVIEW_ENTRY).values({**values, **states}))
    with pytest.raises(DecidedMeanwhile) as told:
        take(engine, OFFICER, explain())
    assert told.value.last is not None
    assert told.value.last.actor == "account:x"


def test_a_file_is_kept_once_and_known_where_it_is_attached(engine: Engine) -> None:
    with engine.begin() as connection:
        first = keep_attachment(connection, b"hello", "text/plain", OFFICER.actor, LATER)
        again = keep_attachment(connection, b"hello", "text/plain", "account:wang", LATER + timedelta(days=1))
        assert first == again
        assert uses_of(connection, first.digest) == []
    take(engine, OFFICER, explain(attachment=first.digest, attachment_name="说明.txt"))
    with engine.connect() as connection:
        (use,) = uses_of(connection, first.digest)
    assert (use.finding, use.unit, use.name) == (A, rows.UNIT, "说明.txt")


def test_whoever_only_knows_the_digest_of_a_file_cannot_attach_it(engine: Engine) -> None:
    with engine.begin() as connection:
        kept = keep_attachment(connection, b"theirs", "text/plain", "account:zhao", LATER)
    with pytest.raises(AttachmentUnknown):
        take(engine, OFFICER, explain(attachment=kept.digest, attachment_name="x.txt"))
    entry = Entry(OFFICER.actor, Action.ATTACHED, f"attachment:{kept.digest}")
    with engine.begin() as connection:
        append(connection, LATER, [entry])
    take(engine, OFFICER, explain(attachment=kept.digest, attachment_name="x.txt"))


def test_a_right_that_was_taken_from_a_token_is_not_there(engine: Engine) -> None:
    with pytest.raises(StepRefused):
        take(engine, replace(OFFICER, rights=OFFICER.rights - {Right.EXPLAIN}), explain())


def test_the_most_urgent_are_listed_first_page_by_page(engine: Engine) -> None:
    with engine.begin() as connection:
        for letter, severity, due in (("c", "warn", 10), ("d", "fail", 30), ("e", "info", 5), ("f", "fail", 20)):
            rows.finding(connection, letter * 16, "clip", "dock-a:x.mp4", severity=severity, due_at=rows.at(due))
    take(engine, OFFICER, explain())
    found, cursor = [], None
    with engine.connect() as connection:
        while True:
            page = FINDINGS_BY_DUE.page(connection, Filters(), 2, cursor)
            found += [row["id"][0] for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        soon = Filters(due=rows.span(0, 25))
        due = [row["id"][0] for row in FINDINGS_BY_DUE.rows(connection, soon, None)]
        waiting = list(FINDINGS_BY_DUE.rows(connection, Filters(status="awaiting"), None))
        open_ones = list(FINDINGS_BY_DUE.rows(connection, Filters(status="open"), None))
    assert found == ["f", "d", "a", "b", "c", "e"]
    assert due == ["f", "c", "e"]
    assert [row["id"] for row in waiting] == [A]
    assert len(open_ones) == 5
