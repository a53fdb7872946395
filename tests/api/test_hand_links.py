"""Linking by hand from the page and by the API: who may, what is refused, what the page says until the next scan."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.access import Right, Role
from domain.audit import Action
from storage.audit import entries_of
from storage.queries import activity_story
from storage.schema.tables import HAND_LINK, SCAN_REQUEST, WORK
from tests.api.client import Client
from tests.api.people import district, give_token
from tests.api.test_pages import outline
from tests.api.world import ABSENT, GAPPED, UNIT

pytestmark = pytest.mark.slow

PAGE = f"/incidents/{GAPPED}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "h.db") as client:
        yield client


def form(clip: int, made: bool, links: int = 0, number: str = GAPPED, **more: str) -> dict[str, str]:
    said = "yes" if made else "no"
    return {"kind": "incident", "number": number, "clip": str(clip), "made": said, "links": str(links), **more}


def words(client: Client) -> list[tuple[str, int, bool, str | None, str]]:
    with client.app.state.house.engine.connect() as connection:
        rows = connection.execute(select(HAND_LINK).order_by(HAND_LINK.c.id)).all()
        return [(row.number, row.file_id, row.made, row.officer, row.note) for row in rows]


def test_a_proposed_clip_is_linked_and_the_page_says_from_when_it_counts(house: Client) -> None:
    officer = house.signed_in("officer")
    assert "lost-clock.mp4" in outline(officer, PAGE).text
    answer = officer.post("/links", form(5, True, officer="031021"))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(PAGE)
    assert words(house) == [(GAPPED, 5, True, "031021", "")]
    text = outline(officer, PAGE).text
    assert "officer 于 11-23 12:00 人工关联" in text
    assert "自下一次扫描起计入" in text


def test_it_asks_for_a_scan_queues_what_has_to_be_judged_and_is_in_the_log(house: Client) -> None:
    house.signed_in("officer").post("/links", form(5, True))
    with house.app.state.house.engine.connect() as connection:
        assert [row.stores for row in connection.execute(select(SCAN_REQUEST)).all()] == [[""]]
        queued = {(row.step, row.subject) for row in connection.execute(select(WORK)).all()}
        assert ("evaluate", f"incident:{GAPPED}") in queued
        assert ("evaluate", "clip:5") in queued
        (entry,) = entries_of(connection, f"incident:{GAPPED}", [Action.LINKED])
    assert (entry.actor, entry.unit) == ("account:officer", UNIT)
    assert '"clip":5' in entry.detail


def test_taking_a_link_away_needs_a_reason(house: Client) -> None:
    officer = house.signed_in("officer")
    for note in ("", "   "):
        assert officer.post("/links", form(1, False, note=note)).status_code == 422
    assert words(house) == []
    assert officer.post("/links", form(1, False, note="<i>他人佩戴</i>")).status_code == 303
    assert words(house) == [(GAPPED, 1, False, None, "<i>他人佩戴</i>")]
    page = officer.get(PAGE).text
    assert "<i>他人佩戴" not in page
    assert "&lt;i&gt;他人佩戴" in page


def test_the_second_of_two_at_once_is_told_who_was_first(house: Client) -> None:
    assert house.signed_in("supervisor").post("/links", form(5, True)).status_code == 303
    answer = house.signed_in("officer").post("/links", form(2, False, note="too late"))
    assert answer.status_code == 409
    assert "supervisor" in answer.text
    assert len(words(house)) == 1


def test_neither_anothers_incident_nor_anothers_clip_nor_one_that_is_not_there(house: Client) -> None:
    stranger, officer = house.signed_in("officer.elsewhere"), house.signed_in("officer")
    assert stranger.post("/links", form(5, True)).status_code == 404
    assert officer.post("/links", form(999, True)).status_code == 404
    assert officer.post("/links", form(5, True, number="JQ-none")).status_code == 404
    assert officer.post("/links", form(5, True) | {"kind": "clip"}).status_code == 400
    assert officer.post("/links", form(5, True) | {"clip": "x"}).status_code == 400
    assert words(house) == []


def test_an_inspector_looks_and_links_nothing(house: Client) -> None:
    inspector = house.signed_in("inspector")
    assert 'action="/links"' not in inspector.get(PAGE).text
    assert inspector.post("/links", form(5, True)).status_code == 403


def test_history_names_who_linked_what(house: Client) -> None:
    officer = house.signed_in("officer")
    officer.post("/links", form(5, True))
    officer.post("/links", form(5, False, 1, note="看错了"))
    made = outline(officer, PAGE).text
    assert made.index("看错了", made.index("历史")) > 0
    assert "取消关联" in made


def asked(clip: int, made: bool = True, links: int = 0, **more: Any) -> dict[str, Any]:
    return {"kind": "incident", "number": ABSENT, "clip": clip, "made": made, "links": links, **more}


def test_by_the_api_the_same_and_a_repeated_request_has_no_second_effect(house: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        secret = give_token(connection, Role.OFFICER, UNIT)
    program = house.with_token(secret)
    headers = {"idempotency-key": "one"}
    first = program.send("POST", "/api/v1/links", headers, json=asked(3, officer="031077"))
    assert first.status_code == 201, first.text
    assert (first.json()["clip"], first.json()["links"], first.json()["officer"]) == (3, 1, "031077")
    again = program.send("POST", "/api/v1/links", headers, json=asked(3, officer="031077"))
    assert again.json() == first.json()
    assert words(house) == [(ABSENT, 3, True, "031077", "")]


def test_the_api_refuses_as_the_page_does(house: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        secret = give_token(connection, Role.OFFICER, UNIT)
        looking = give_token(connection, Role.OFFICER, UNIT, (Right.SEE,))
    program = house.with_token(secret)
    assert house.with_token(looking).send("POST", "/api/v1/links", json=asked(3)).status_code == 403
    assert program.send("POST", "/api/v1/links", json=asked(3, made=False)).status_code == 422
    assert program.send("POST", "/api/v1/links", json=asked(3, links=4)).status_code == 409
    assert program.send("POST", "/api/v1/links", json=asked(999)).status_code == 404
    assert words(house) == []


def test_where_there_were_very_many_scans_their_changes_are_told_on_request(
    house: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity_story, "MOST_LOOKS", -1)
    officer = house.signed_in("officer")
    assert "?scans=1#history" in officer.get(PAGE).text
    assert "?scans=1#history" not in officer.get(f"{PAGE}?scans=1").text
