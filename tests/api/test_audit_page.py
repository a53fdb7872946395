"""The page of the audit log: who sees what of it, its check at a button, its export as a whole file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from domain.audit_file import AuditFile
from storage.audit import audit_head, log_faults
from storage.schema.tables import AUDIT_ENTRY
from tests.api import world
from tests.api.client import Client
from tests.api.desks import office

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with office(tmp_path / "a.db") as client:
        yield client


@pytest.fixture
def chief(house: Client) -> Client:
    return house.signed_in("chief")


def test_the_audit_log_is_narrowed_by_who_what_subject_and_time(house: Client, chief: Client) -> None:
    Client(house.app).post("/sign-in", {"name": "officer", "password": "wrong"})
    everything = chief.get("/administration/audit").text
    assert everything.count('class="num">') > 1
    only = chief.get("/administration/audit?actor=visitor&action=sign-in.refused&subject=account:off*").text
    assert only.count('<td class="num">') == 1
    assert "account:officer" in only
    assert chief.get("/administration/audit?from=2026-11-24").text.count('<td class="num">') == 0
    assert "2026-11-99" in chief.get("/administration/audit?from=2026-11-99").text


def test_an_auditor_of_a_station_sees_its_entries_only(house: Client, chief: Client) -> None:
    chief.post("/administration/users", {"name": "mine", "role": "officer", "unit": world.UNIT})
    chief.post("/administration/users", {"name": "theirs", "role": "officer", "unit": "310114990000"})
    chief.post("/administration/users", {"name": "anywhere", "role": "officer", "unit": "*"})
    page = house.signed_in("auditor").get("/administration/audit").text
    assert "account:mine" in page
    assert "account:theirs" not in page
    assert "account:anywhere" not in page
    whole = house.signed_in("clerk").get("/administration/audit").text
    assert all(f"account:{name}" in whole for name in ("mine", "theirs", "anywhere"))


def test_the_log_is_checked_at_a_button_and_a_changed_row_is_named(house: Client) -> None:
    clerk = house.signed_in("clerk")
    assert 'class="message done"' in clerk.post("/administration/audit/verify").text
    with house.app.state.house.writer.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET actor = 'account:other' WHERE sequence = 1"))
    page = clerk.post("/administration/audit/verify").text
    assert "第 1 条与摘要不符" in page
    assert clerk.post("/administration/audit/verify", {"head": "nonsense"}).status_code == 400


def test_the_log_is_checked_against_a_head_that_was_printed_before(house: Client) -> None:
    clerk = house.signed_in("clerk")
    head = clerk.get("/api/v1/audit/head").json()
    good = clerk.post("/administration/audit/verify", {"head": f"{head['sequence']}:{head['digest']}"})
    assert "所给链尾在日志中" in good.text
    other = clerk.post("/administration/audit/verify", {"head": f"{head['sequence']}:{'0' * 64}"})
    assert "此前公布的链尾" in other.text


def test_the_exported_log_is_whole_and_its_export_is_written_to_the_log(house: Client) -> None:
    clerk = house.signed_in("clerk")
    answer = clerk.post("/administration/audit/export")
    assert answer.headers["content-disposition"].startswith("attachment")
    file = AuditFile(answer.text.splitlines(keepends=True))
    assert list(file.faults()) == []
    with house.app.state.house.reading() as connection:
        last = connection.execute(select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.sequence.desc())).mappings().first()
        assert audit_head(connection).sequence == file.head.sequence + 1
        assert list(log_faults(connection, file.head)) == []
    assert last is not None
    assert last["action"] == "export"
    assert house.signed_in("auditor").post("/administration/audit/export").status_code == 403


def test_an_auditor_is_led_to_the_log_and_sees_no_other_part(house: Client) -> None:
    clerk = house.signed_in("clerk")
    assert clerk.get("/administration").headers["location"] == "/administration/audit"
    for part in ("users", "tokens", "limits", "exclusions", "feeds"):
        assert clerk.get(f"/administration/{part}").status_code == 403
        assert f'href="/administration/{part}"' not in clerk.get("/administration/audit").text


def test_the_chain_is_whole_after_everything_that_was_done(house: Client, chief: Client) -> None:
    chief.post("/administration/users", {"name": "li", "role": "officer", "unit": world.UNIT})
    chief.post("/administration/tokens", {"name": "t", "role": "officer", "unit": "*", "days": "1", "per_minute": "5"})
    with house.app.state.house.reading() as connection:
        assert audit_head(connection).sequence >= 3
        assert list(log_faults(connection)) == []
