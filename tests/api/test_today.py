"""今日自查: the figures of one's unit, each leading to exactly its rows, beside those of yesterday."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, insert, update

from domain.due import Due, due_span
from domain.timespan import utc
from storage.engine import DatabaseSettings, open_engine
from storage.queries.today import flag_counts, most_urgent, open_when, recoverable, results
from storage.schema.tables import EVALUATION, FINDING, REVIEW_ENTRY, SCAN, WORK
from storage.tallies import rebuild
from tests.api import world
from tests.api.client import Client
from tests.api.people import ELSEWHERE, district
from tests.api.test_pages import Outline, outline
from tests.api.world import MINUTE, NOW, UNIT
from tests.databases import migrate

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
MORNING, EVENING = utc(2026, 11, 22, 16), utc(2026, 11, 23, 16)
"""Midnight in Shanghai before and after NOW."""
TODAY = due_span(Due.TODAY, NOW, ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("today") / "t.db") as client:
        yield client


@pytest.fixture(scope="module")
def officer(house: Client) -> Client:
    return house.signed_in("officer")


def card(made: Outline, text: str, flag: str) -> tuple[str, int]:
    """Where a card leads, and its number."""
    found = re.search(rf'class="card-main" href="([^"]*flag={flag}[^"]*)">.*?class="n">(\d+)<', text, flags=re.DOTALL)
    assert found, flag
    return found[1].replace("&amp;", "&"), int(found[2])


@pytest.mark.parametrize("flag", ["missing", "incomplete", "nonstandard"])
def test_the_number_of_a_card_is_that_of_the_list_it_leads_to(officer: Client, flag: str) -> None:
    href, number = card(outline(officer, "/"), officer.get("/").text, flag)
    assert href.startswith("/findings?")
    assert len(officer.everything(f"/api/v1{href}", 100)) == number


def test_the_officer_sees_the_own_unit_and_what_is_overdue_first(officer: Client) -> None:
    made = outline(officer, "/")
    assert "今日自查" in made.text
    assert "11月23日 星期一" in made.text  # 12:00 in Shanghai
    assert "已过时限 1" in made.text
    opened = [link["href"] for link in made.all("a") if "data-open" in link]
    assert opened[0] == f"/findings/{'a' * 16}"  # due a minute ago
    assert f"/findings/{'e' * 16}" not in opened  # of no unit


def test_somebody_elsewhere_sees_noughts(house: Client) -> None:
    text = house.signed_in("officer.elsewhere").get("/").text
    for flag in ("missing", "incomplete", "nonstandard"):
        assert card(outline(house.signed_in("officer.elsewhere"), "/"), text, flag)[1] == 0


def test_an_inspector_of_the_unit_may_look_at_it_by_name_and_nobody_at_anothers(house: Client, officer: Client) -> None:
    assert house.signed_in("inspector").get(f"/?unit={UNIT}").status_code == 200
    assert officer.get(f"/?unit={ELSEWHERE}", accept="text/html").status_code == 404


def test_pending_and_undecided_activities_lead_to_their_lists(officer: Client) -> None:
    text = outline(officer, "/").text
    assert "待判定" in text
    assert "无法判定" in text


def test_every_store_of_the_unit_says_until_when_it_is_known(officer: Client) -> None:
    made = outline(officer, "/")
    assert "dock-a" in made.text
    assert "/stores/dock-a" in [link["href"] for link in made.all("a")]
    assert "完整至 11-23 11:50" in made.text


def test_the_page_is_complete_in_english(officer: Client) -> None:
    text = outline(officer, "/?lang=en").text
    assert "To be dealt with" in text
    assert "Cannot be decided" in text


def all_decided(client: Client, status: str = "confirmed") -> None:
    with client.app.state.house.writer.begin() as connection:
        connection.execute(update(FINDING).values(status=status))


def test_a_day_is_signed_only_when_nothing_is_open_and_what_is_stands_there(tmp_path: Path) -> None:
    with district(tmp_path / "s.db") as client:
        officer = client.signed_in("officer")
        made = outline(officer, "/")
        assert "还有 4 项须处理或说明后方可签收" in made.text
        assert f"/findings/{'a' * 16}" in [link["href"] for link in made.all("a")]
        assert "签收本日自查" not in made.text
        all_decided(client)
        assert "签收本日自查" in outline(officer, "/").text
        asked = {"unit": UNIT, "period": "2026-11-23", "next": "/"}
        assert officer.post("/sign-offs", asked).status_code == 303
        assert "officer 已于 11-23 12:00 签收" in outline(officer, "/").text
        assert "签收本日自查" not in outline(officer, "/").text


def test_the_close_of_the_week_is_for_supervisors_and_who_only_looks_sees_neither(house: Client) -> None:
    assert "周结 2026-W48" in outline(house.signed_in("supervisor"), "/").text
    assert "周结" not in outline(house.signed_in("officer"), "/").text
    assert "日清" not in outline(house.signed_in("inspector"), "/").text


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """The small district in either database; changes are undone."""
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    world.build(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def decided(connection: Connection, key: str, at: datetime, before: str, after: str, number: int = 1) -> None:
    """A decision as it is kept, and the status it leaves."""
    row: dict[str, Any] = {"finding_key": key, "number": number, "at": at, "actor": "account:li", "role": "officer"}
    said: dict[str, Any] = {"reason": None, "note": "", "bulk": None, "attachment": None, "attachment_name": None}
    connection.execute(insert(REVIEW_ENTRY), {**row, **said, "action": "confirm", "before": before, "after": after})
    connection.execute(update(FINDING).where(FINDING.c.key == key).values(status=after))


def yesterday(connection: Connection) -> None:
    """The one scan was before the day began."""
    connection.execute(update(SCAN).values(started_at=MORNING - DAY, finished_at=MORNING - DAY + MINUTE))


def test_no_scan_before_the_day_began_is_no_difference(connection: Connection) -> None:
    assert open_when(connection, [UNIT], MORNING) is None
    assert {one.change for one in flag_counts(connection, [UNIT], NOW, MORNING, TODAY)} == {None}


def test_what_was_decided_today_was_open_yesterday(connection: Connection) -> None:
    yesterday(connection)
    decided(connection, "a" * 16, MORNING + MINUTE, "open", "confirmed")
    counts = {one.flag: one for one in flag_counts(connection, [UNIT], NOW, MORNING, TODAY)}
    assert (counts["incomplete"].open, counts["incomplete"].before, counts["incomplete"].change) == (1, 2, -1)
    assert (counts["missing"].open, counts["missing"].change) == (1, 0)


def test_what_was_decided_before_is_not_open_yesterday_though_reopened_today(connection: Connection) -> None:
    yesterday(connection)
    decided(connection, "b" * 16, MORNING - MINUTE, "open", "dismissed")
    decided(connection, "b" * 16, MORNING + MINUTE, "dismissed", "open", 2)
    counts = {one.flag: one for one in flag_counts(connection, [UNIT], NOW, MORNING, TODAY)}
    assert (counts["missing"].open, counts["missing"].before) == (1, 0)


def test_what_a_scan_of_today_found_or_closed_is_the_difference(connection: Connection) -> None:
    yesterday(connection)
    times = {"started_at": MORNING + MINUTE, "finished_at": MORNING + 2 * MINUTE, "claimed_until": NOW}
    connection.execute(insert(SCAN), {"id": 2, "state": "complete", "host": "h", "process": 1, **times})
    connection.execute(update(FINDING).where(FINDING.c.key == "b" * 16).values(until_scan=2))
    connection.execute(update(FINDING).where(FINDING.c.key == "a" * 16).values(since_scan=2))
    counts = {one.flag: one for one in flag_counts(connection, [UNIT], NOW, MORNING, TODAY)}
    assert (counts["missing"].open, counts["missing"].before) == (0, 1)
    assert (counts["incomplete"].open, counts["incomplete"].before) == (2, 1)


def test_what_is_due_at_the_end_of_the_day_is_due_today_and_what_is_past_is_overdue(connection: Connection) -> None:
    connection.execute(update(FINDING).where(FINDING.c.key == "b" * 16).values(due_at=EVENING))
    connection.execute(update(FINDING).where(FINDING.c.key == "c" * 16).values(unit=UNIT, due_at=EVENING + MINUTE))
    counts = {one.flag: one for one in flag_counts(connection, [UNIT], NOW, MORNING, TODAY)}
    assert (counts["missing"].overdue, counts["missing"].due_today) == (0, 1)
    assert (counts["incomplete"].overdue, counts["incomplete"].due_today) == (1, 1)  # a minute ago is this day, too


def test_the_most_urgent_come_first_and_only_open_ones(connection: Connection) -> None:
    connection.execute(update(FINDING).where(FINDING.c.key == "b" * 16).values(status="explained"))
    found = [row["id"] for row in most_urgent(connection, [UNIT], 10)]
    assert found[0] == "a" * 16
    assert "b" * 16 not in found


def test_what_can_be_recovered_goes_by_the_time_that_is_left(connection: Connection) -> None:
    for key, until in (("b", NOW + DAY), ("a", NOW + 2 * MINUTE), ("d", NOW - MINUTE)):
        connection.execute(update(FINDING).where(FINDING.c.key == key * 16).values(recover_until=until))
    assert [one.key for one in recoverable(connection, [UNIT], NOW, 5)] == ["a" * 16, "b" * 16]
    connection.execute(update(FINDING).where(FINDING.c.key == "a" * 16).values(status="dismissed"))
    assert [one.key for one in recoverable(connection, [UNIT], NOW, 5)] == ["b" * 16]
    assert recoverable(connection, [ELSEWHERE], NOW, 5) == ()


def test_of_every_unit_together_the_kept_counts_say_what_the_activities_themselves_do(connection: Connection) -> None:
    since, until = (datetime(2026, 11, day, tzinfo=ZONE) for day in (1, 30))

    def told() -> set[tuple[str, str, int]]:
        return {(one.kind, one.result, one.count) for one in results(connection, None, since, until, ZONE)}

    one_by_one = told()  # nothing has been counted yet
    assert one_by_one
    rebuild(connection, ZONE)
    connection.execute(delete(WORK))
    connection.execute(update(EVALUATION).values(result="unknown"))  # not looked at any more
    assert told() == one_by_one
