"""The pages about stores: how far each is known, what is wrong with it, what is gone, and asking for a scan."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from domain.audit import Action
from storage.audit import entries_of
from storage.schema.tables import FOLDER, SCAN, SCAN_REQUEST, STORE_SCAN, STORED
from tests.api.client import Client
from tests.api.people import district
from tests.api.test_pages import outline
from tests.api.world import HOSTILE, NOW

pytestmark = pytest.mark.slow

DOUBT = "存储为空，3 个已知文件同时消失 / the store is empty, 3 known files are gone at once"
DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "s.db") as client:
        yield client


def writing(client: Client) -> AbstractContextManager[Connection]:
    """A transaction beside the application."""
    found: AbstractContextManager[Connection] = client.app.state.house.writer.begin()
    return found


def in_doubt(client: Client) -> None:
    with writing(client) as connection:
        connection.execute(update(STORE_SCAN).where(STORE_SCAN.c.store_id == 1).values(state="doubtful", detail=DOUBT))


def requests(client: Client) -> list[tuple[str, list[str], list[str]]]:
    with client.app.state.house.engine.connect() as connection:
        rows = connection.execute(select(SCAN_REQUEST).order_by(SCAN_REQUEST.c.id)).all()
        return [(row.actor, row.stores, row.confirmed) for row in rows]


def opened(client: Client, address: str) -> list[str]:
    """Where the rows of a list lead."""
    return sorted(link["href"] or "" for link in outline(client, address).all("a") if "data-open" in link)


def test_each_store_says_its_state_and_counts_that_lead_to_the_files(house: Client) -> None:
    officer = house.signed_in("officer")
    made = outline(officer, "/stores")
    assert "dock-a" in made.text
    assert "完整至 2026-11-23 11:50" in made.text
    hrefs = [link["href"] for link in made.all("a")]
    assert "/stores/dock-a/files?state=present" in hrefs
    assert opened(officer, "/stores/dock-a/files?state=present") == ["/clips/1", "/clips/2", "/clips/3", "/clips/5"]
    assert opened(officer, "/stores/dock-a/files?state=missing") == []


def test_a_store_of_another_unit_is_not_there(house: Client) -> None:
    stranger = house.signed_in("officer.elsewhere")
    for address in ("/stores/dock-a", "/stores/dock-a/files", "/stores/nowhere"):
        assert stranger.get(address, accept="text/html").status_code == 404, address
    assert "dock-a" not in outline(stranger, "/stores").text
    assert stranger.post("/stores/scan", {"store": "dock-a"}).status_code == 404
    assert stranger.post("/stores/dock-a/confirm", {"sure": "yes", "detail": ""}).status_code == 404
    assert requests(house) == []


def test_refused_folders_and_entries_left_out_are_told_with_the_reason(house: Client) -> None:
    with writing(house) as connection:
        more = {"store_id": 1, "since_scan": 1, "until_scan": None, "files": 0, "fingerprint": None}
        refused = {**more, "path": "locked", "refused": "拒绝访问 / permission denied", "skipped": []}
        skipped = {**more, "path": "odd", "refused": None, "skipped": [["<b>link</b>", "符号链接 / a symbolic link"]]}
        connection.execute(insert(FOLDER), [refused, skipped])
    made = outline(house.signed_in("officer"), "/stores/dock-a")
    for word in ("locked", "拒绝访问", "<b>link</b>", "符号链接"):
        assert word in made.text


@pytest.mark.parametrize(("limits", "until"), [({}, "2027-05-20"), ({"limits.retention_months": 12}, "2027-11-20")])
def test_the_ledger_says_when_a_file_was_seen_last_and_how_long_it_should_have_lived(
    house: Client, limits: dict[str, int], until: str
) -> None:
    with writing(house) as connection:
        times = {"started_at": NOW + DAY, "finished_at": NOW + DAY, "claimed_until": NOW + DAY}
        scan = {"id": 2, "state": "complete", "host": "h", "process": 1, "plan": {"limits": limits}}
        connection.execute(insert(SCAN), {**scan, **times})
        values = {"state": "missing", "state_at": NOW + DAY, "since_scan": 2}
        connection.execute(update(STORED).where(STORED.c.file_id == 2).values(**values))
    made = outline(house.signed_in("officer"), "/stores/dock-a")
    assert HOSTILE.rpartition("/")[2] in made.text.replace("\u200b", "")
    assert "11-23 11:50" in made.text  # the last look that was believed
    assert until in made.text  # six months after it was recorded, or as many as the last scan went by
    assert "早于最短保存期" in made.text
    assert "3 天" in made.text  # recorded on the 20th, gone on the 24th at noon: less than four days


def test_scan_now_is_a_request_with_an_entry_in_the_log_and_the_page_says_it_waits(house: Client) -> None:
    officer = house.signed_in("officer")
    answer = officer.post("/stores/scan", {"store": "dock-a"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/stores/dock-a")
    assert requests(house) == [("account:officer", ["dock-a"], [])]
    assert "已请求扫描，等待开始" in outline(officer, "/stores/dock-a").text
    with house.app.state.house.engine.connect() as connection:
        (entry,) = entries_of(connection, "scan-request:1", [Action.SCAN_ASKED])
    assert entry.actor == "account:officer"


def test_who_may_not_operate_sees_no_button_and_is_refused(house: Client) -> None:
    inspector = house.signed_in("inspector")
    assert 'action="/stores/scan"' not in inspector.get("/stores/dock-a").text
    assert inspector.post("/stores/scan", {"store": "dock-a"}).status_code == 403
    assert requests(house) == []


def test_a_doubtful_store_is_confirmed_only_with_the_box_ticked_and_as_it_was_seen(house: Client) -> None:
    in_doubt(house)
    officer = house.signed_in("officer")
    assert "3 个已知文件同时消失" in outline(officer, "/stores/dock-a").text
    assert officer.post("/stores/dock-a/confirm", {"detail": DOUBT}).status_code == 400
    assert officer.post("/stores/dock-a/confirm", {"sure": "yes", "detail": "another state"}).status_code == 409
    assert requests(house) == []
    assert officer.post("/stores/dock-a/confirm", {"sure": "yes", "detail": DOUBT}).status_code == 303
    assert requests(house) == [("account:officer", [], ["dock-a"])]


def test_a_store_that_is_online_has_nothing_to_confirm(house: Client) -> None:
    officer = house.signed_in("officer")
    assert "/confirm" not in officer.get("/stores/dock-a").text
    assert officer.post("/stores/dock-a/confirm", {"sure": "yes", "detail": ""}).status_code == 409


def test_a_state_that_is_none_is_refused(house: Client) -> None:
    assert house.signed_in("officer").get("/stores/dock-a/files?state=odd", accept="text/html").status_code == 400


def test_the_pages_are_complete_in_english(house: Client) -> None:
    officer = house.signed_in("officer")
    text = outline(officer, "/stores/dock-a?lang=en").text
    for word in ("Scan now", "collection station", "Ledger of what is gone", "Clocks of the unit's devices"):
        assert word in text, word
