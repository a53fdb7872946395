"""Stills of typical cases over HTTP: in the file of who may see footage, noted as viewed, kept when it is gone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.audit import Action
from storage.schema.tables import AUDIT_ENTRY, FILED_REPORT
from tests.api.client import Client
from tests.api.films import OTHER
from tests.api.people import district
from tests.api.world import GAPPED

pytestmark = pytest.mark.slow

FORM = {"name": "monthly", "period": "2026-11"}
ASKED = "name=monthly&period=2026-11"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "films.db", films=True) as client:
        yield client


def viewed(client: Client) -> list[tuple[str, str]]:
    with client.app.state.house.reading() as connection:
        query = select(AUDIT_ENTRY.c.subject, AUDIT_ENTRY.c.actor).where(AUDIT_ENTRY.c.action == Action.MEDIA_VIEWED)
        return [tuple(row) for row in connection.execute(query.order_by(AUDIT_ENTRY.c.sequence)).all()]


def stills_filed(client: Client) -> list[dict[str, Any]]:
    with client.app.state.house.reading() as connection:
        tables = connection.execute(select(FILED_REPORT.c.tables)).scalars().all()
    return [table["stills"] for found in tables for table in found if table["name"] == "stills"]


def test_who_may_see_footage_takes_it_away_with_the_report_and_it_is_noted(house: Client) -> None:
    inspector = house.signed_in("inspector")
    page = inspector.get(f"/reports/download?{ASKED}&format=html").raise_for_status().text
    assert page.count("data:image/jpeg;base64,") == 2  # of the incident with a gap, and of the session
    first, second = viewed(house)
    assert first != second
    assert {actor for _, actor in (first, second)} == {"account:inspector"}


def test_an_auditor_has_the_report_without_pictures(house: Client) -> None:
    auditor = house.signed_in("auditor")
    page = auditor.get(f"/reports/download?{ASKED}&format=html").raise_for_status().text
    assert GAPPED in page
    assert "data:image" not in page
    assert "未附画面" in page
    assert viewed(house) == []
    shown = auditor.get(f"/reports?{ASKED}", accept="text/html").text
    assert GAPPED in shown
    assert "/stills/" not in shown


def test_a_filed_run_keeps_its_picture_when_the_footage_is_gone(house: Client, tmp_path: Path) -> None:
    inspector, auditor = house.signed_in("inspector"), house.signed_in("auditor")
    address = inspector.post("/reports/file", FORM).headers["location"]
    (still,) = stills_filed(house)
    key = min(still)
    first = {form: inspector.get(f"{address}/{form}").raise_for_status().content for form in ("pdf", "xlsx", "html")}
    shutil.rmtree(tmp_path / "dock-a")
    shutil.rmtree(tmp_path / "cache")
    assert {form: inspector.get(f"{address}/{form}").raise_for_status().content for form in first} == first
    assert f"{address}/stills/{key}" in inspector.get(address, accept="text/html").text
    shown = inspector.get(f"{address}/stills/{key}").raise_for_status()
    assert (shown.headers["content-type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert inspector.get(f"{address}/stills/1-1").status_code == 404
    assert auditor.get(f"{address}/stills/{key}").status_code == 403
    assert "data:image" not in auditor.get(f"{address}/html").raise_for_status().text


def test_a_file_that_is_gone_leaves_words_in_its_place(house: Client, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "dock-a")
    page = house.signed_in("inspector").get(f"/reports/download?{ASKED}&format=html").raise_for_status().text
    assert "未附画面" in page
    assert OTHER not in page
    assert page.count("data:image/jpeg;base64,") == len(viewed(house)) == 1  # of the room, which is still there
