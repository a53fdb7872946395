"""The administration pages: what is changed there counts, is on record, and reaches no further than its units."""

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from api.trials import Outcome, Tell
from detectors.changed_settings import Judging
from domain.errors import UsageError
from storage.accounts import account_named
from storage.audit import entries_of
from storage.schema.tables import SETTING_CHANGE
from storage.setting_changes import current_changes
from tests.api import world
from tests.api.client import Client
from tests.api.desks import office, one_more

pytestmark = pytest.mark.slow

ONCE = re.compile(r'class="shown-once">([^<]+)<')
WARN = "limits.late_start_warn_seconds"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with office(tmp_path / "a.db") as client:
        yield client


@pytest.fixture
def chief(house: Client) -> Client:
    return house.signed_in("chief")


def number_of(house: Client, name: str) -> int:
    with house.app.state.house.reading() as connection:
        account = account_named(connection, name)
    assert account is not None
    return account.id


def changes_told(house: Client, subject: str) -> list[str]:
    with house.app.state.house.reading() as connection:
        rows = entries_of(connection, subject, ["account", "token", "configuration"])
    return [json.loads(row.detail).get("change", "") for row in reversed(rows)]


def test_a_new_user_signs_in_with_the_password_that_is_shown_once_and_must_change_it(
    house: Client, chief: Client
) -> None:
    answer = chief.post("/administration/users", {"name": "Wang.Wu", "role": "officer", "unit": world.UNIT})
    once = ONCE.search(answer.text)
    assert once is not None
    assert answer.headers["cache-control"] == "no-store"
    assert once[1] not in chief.get("/administration/users").text
    newcomer = Client(house.app)
    signed = newcomer.post("/sign-in", {"name": "wang.wu", "password": once[1]})
    assert (signed.status_code, signed.headers["location"]) == (303, "/account")
    assert newcomer.get("/findings", accept="text/html").status_code == 403
    changed = newcomer.post(
        "/account/password", {"now": once[1], "new": "a longer secret 1", "again": "a longer secret 1"}
    )
    assert changed.status_code == 303
    assert newcomer.get("/findings").status_code == 200
    assert changes_told(house, "account:wang.wu") == ["added", "password"]


@pytest.mark.parametrize(
    "given",
    [
        {"name": "", "role": "officer", "unit": "*"},
        {"name": "two words", "role": "officer", "unit": "*"},
        {"name": "chief", "role": "officer", "unit": "*"},
        {"name": "li", "role": "visitor", "unit": "*"},
        {"name": "li", "role": "", "unit": "*"},
        {"name": "li", "role": "officer", "unit": ""},
    ],
)
def test_what_is_no_user_is_refused_with_the_reason_and_what_was_typed_stays(
    chief: Client, given: dict[str, str]
) -> None:
    answer = chief.post("/administration/users", given)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert f'value="{given["name"]}"' in answer.text


def test_another_role_or_unit_ends_the_open_sign_ins(house: Client, chief: Client) -> None:
    officer = house.signed_in("officer")
    number = number_of(house, "officer")
    answer = chief.post(f"/administration/users/{number}/role", {"role": "supervisor", "unit": world.UNIT})
    assert answer.status_code == 303
    assert officer.get("/account", accept="text/html").status_code == 303
    assert 'name="role"' in chief.get(f"/administration/users/{number}").text
    assert "所领导" in house.signed_in("officer").get("/account", accept_language="zh").text


def test_a_disabled_user_is_out_at_once_and_back_when_enabled(house: Client, chief: Client) -> None:
    officer = house.signed_in("officer")
    number = number_of(house, "officer")
    chief.post(f"/administration/users/{number}/disable")
    assert officer.get("/api/v1/findings").status_code == 401
    refused = Client(house.app).post("/sign-in", {"name": "officer", "password": "correct horse battery"})
    assert refused.status_code == 401
    chief.post(f"/administration/users/{number}/enable")
    assert house.signed_in("officer").get("/api/v1/findings").status_code == 200
    assert changes_told(house, "account:officer") == ["disabled", "enabled"]


def test_a_new_one_time_password_unlocks_and_the_old_one_counts_no_more(house: Client, chief: Client) -> None:
    number = number_of(house, "officer")
    for _ in range(5):
        Client(house.app).post("/sign-in", {"name": "officer", "password": "wrong"})
    assert "锁定至" in chief.get(f"/administration/users/{number}", accept_language="zh").text
    made = ONCE.search(chief.post(f"/administration/users/{number}/password").text)
    assert made is not None
    old = Client(house.app).post("/sign-in", {"name": "officer", "password": "correct horse battery"})
    assert old.status_code == 401
    new = Client(house.app).post("/sign-in", {"name": "officer", "password": made[1]})
    assert (new.status_code, new.headers["location"]) == (303, "/account")


def test_a_lock_is_lifted_without_another_password(house: Client, chief: Client) -> None:
    for _ in range(5):
        Client(house.app).post("/sign-in", {"name": "officer", "password": "wrong"})
    assert Client(house.app).post("/sign-in", {"name": "officer", "password": "x"}).status_code == 429
    chief.post(f"/administration/users/{number_of(house, 'officer')}/unlock")
    assert house.signed_in("officer").get("/api/v1/findings").status_code == 200


def test_nobody_takes_the_rights_of_the_last_administrator_of_every_unit(house: Client, chief: Client) -> None:
    number = number_of(house, "chief")
    for address, given in (
        ("disable", {}),
        ("role", {"role": "auditor", "unit": "*"}),
        ("role", {"role": "administrator", "unit": world.UNIT}),
    ):
        answer = chief.post(f"/administration/users/{number}/{address}", given)
        assert answer.status_code == 409, (address, given)
        assert "chief" in answer.text
    chief.post("/administration/users", {"name": "deputy", "role": "administrator", "unit": "*"})
    assert chief.post(f"/administration/users/{number}/disable").status_code == 303


def test_an_administrator_of_one_station_keeps_its_own_people_only(house: Client) -> None:
    local = house.signed_in("administrator")
    listed = local.get("/administration/users").text
    assert ">officer<" in listed
    assert "elsewhere" not in listed
    assert ">chief<" not in listed
    for name in ("officer.elsewhere", "chief"):
        number = number_of(house, name)
        assert local.get(f"/administration/users/{number}").status_code == 404
        assert local.post(f"/administration/users/{number}/disable").status_code == 404
        assert local.post(f"/administration/users/{number}/password").status_code == 404
    for unit in ("*", "310114990000"):
        answer = local.post("/administration/users", {"name": "x", "role": "administrator", "unit": unit})
        assert answer.status_code == 403, unit
    own = number_of(house, "officer")
    assert local.post(f"/administration/users/{own}/role", {"role": "officer", "unit": "*"}).status_code == 403


@pytest.mark.parametrize("address", ["/administration/users", "/administration/tokens", "/administration/trials"])
def test_a_form_without_the_sessions_own_token_changes_nothing(house: Client, chief: Client, address: str) -> None:
    other = house.signed_in("administrator").csrf()
    for csrf in ("", "0" * 64, other):
        answer = chief.send("POST", address, data={"csrf": csrf, "name": "x", "role": "officer", "unit": "*"})
        assert answer.status_code == 403, csrf
    foreign = {"sec_fetch_site": "cross-site"}
    assert chief.send("POST", address, foreign, data={"csrf": chief.csrf(), "name": "x"}).status_code == 403


def finished(client: Client, address: str) -> str:
    """The page of a trial once it is over."""
    until = time.monotonic() + 20
    while True:
        page = client.get(address, accept_language="en").text
        if 'http-equiv="refresh"' not in page:
            return page
        assert time.monotonic() < until
        time.sleep(0.05)


def tried(client: Client, **given: str) -> str:
    """The address of a trial that was begun."""
    answer = client.post("/administration/trials", {"section": "limits", "days": "30", **given})
    assert answer.status_code == 303, answer.text[-900:]
    return str(answer.headers["location"])


def test_a_limit_is_tried_then_saved_with_a_note_and_both_are_on_record(house: Client, chief: Client) -> None:
    before = chief.get("/administration/limits", accept_language="en").text
    assert "config.toml:41" in before
    assert re.search(rf'name="{WARN}" value="75"', before)
    address = tried(chief, **{WARN: "90", "limits.gap_info_seconds": "2"})
    page = finished(chief, address)
    assert "+12 −3" in page
    assert "2 → 3" in page
    assert f'href="/incidents/{world.GAPPED}"' in page
    assert "gap_info_seconds" not in page
    with house.app.state.house.reading() as connection:
        assert current_changes(connection) == []
    assert chief.post(f"{address}/save", {"note": " "}).status_code == 400
    assert chief.post(f"{address}/save", {"note": "as agreed"}).headers["location"] == "/administration/limits?saved"
    with house.app.state.house.reading() as connection:
        (change,) = current_changes(connection)
        (entry,) = entries_of(connection, WARN, ["configuration"])
    assert (change.key, change.value, change.actor, change.note) == (
        "late_start_warn_seconds",
        90.0,
        "account:chief",
        "as agreed",
    )
    detail = json.loads(entry.detail)
    assert (detail["before"], detail["after"], detail["tried"]) == (75.0, 90.0, True)
    after = chief.get("/administration/limits", accept_language="en").text
    assert "page: account:chief at 2026-11-23 12:00" in after
    assert re.search(rf'name="{WARN}" value="90"', after)


def test_a_saved_trial_is_not_saved_twice(house: Client, chief: Client) -> None:
    address = tried(chief, **{WARN: "90"})
    finished(chief, address)
    for _ in range(2):
        chief.post(f"{address}/save", {"note": "once"})
    with house.app.state.house.reading() as connection:
        assert len(connection.execute(select(SETTING_CHANGE)).all()) == 1


def test_a_value_of_the_page_goes_back_to_what_config_toml_says(house: Client, chief: Client) -> None:
    address = tried(chief, **{WARN: "90"})
    finished(chief, address)
    chief.post(f"{address}/save", {"note": "try"})
    back = tried(chief, **{WARN: "90", "reset": WARN})
    assert "75" in finished(chief, back)
    chief.post(f"{back}/save", {"note": "back"})
    with house.app.state.house.reading() as connection:
        assert current_changes(connection) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({WARN: "soon"}, "expected a number (s) from 60"),
        ({WARN: "5"}, "expected a number (s) from 60"),
        ({WARN: "nan"}, "expected a number"),
        ({WARN: "999"}, "late_start_fail_seconds"),
        ({"limits.nonsense": "1"}, "unknown key"),
        ({"limits.gap_info_seconds": "2"}, "no value was changed"),
        ({WARN: "90", "days": "0"}, "days: expected 1 to 90"),
        ({WARN: "90", "days": "x"}, "days: expected a whole number"),
    ],
)
def test_a_value_that_config_toml_could_not_hold_is_refused_with_what_was_expected(
    chief: Client, given: dict[str, str], words: str
) -> None:
    headers = {"accept": "text/html", "accept_language": "en"}
    answer = chief.post("/administration/trials", {"section": "limits", "days": "30", **given}, headers=headers)
    assert answer.status_code == 400
    assert words in answer.text
    if WARN in given:
        assert f'value="{given[WARN]}"' in answer.text


def test_exclusions_are_lines_of_words(house: Client, chief: Client) -> None:
    page = chief.get("/administration/exclusions").text
    assert ">骚扰</textarea>" in page
    answer = chief.post(
        "/administration/trials",
        {"section": "exclude", "days": "7", "exclude.categories": "骚扰\r\n 电话咨询 \r\n\r\n", "exclude.statuses": ""},
    )
    address = answer.headers["location"]
    finished(chief, address)
    saved = chief.post(f"{address}/save", {"note": "月度会议"})
    assert saved.headers["location"] == "/administration/exclusions?saved"
    with house.app.state.house.reading() as connection:
        (change,) = current_changes(connection)
    assert (change.section, change.key, change.value) == ("exclude", "categories", ["骚扰", "电话咨询"])


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(house: Client, chief: Client) -> None:
    first, second = tried(chief, **{WARN: "90"}), None
    finished(chief, first)
    second = tried(chief, **{WARN: "100"})
    finished(chief, second)
    assert chief.post(f"{first}/save", {"note": "first"}).status_code == 303
    assert chief.post(f"{second}/save", {"note": "second"}).status_code == 409
    with house.app.state.house.reading() as connection:
        assert [one.value for one in current_changes(connection)] == [90.0]


def test_one_trial_runs_at_a_time_and_shows_how_far_it_is(tmp_path: Path) -> None:
    go_on = threading.Event()

    def slow(before: Judging, after: Judging, days: int, tell: Tell) -> Outcome:
        tell("evaluate", 3, 12)
        assert go_on.wait(20)
        return one_more(before, after, days, tell)

    with office(tmp_path / "a.db", slow) as house:
        chief = house.signed_in("chief")
        address = tried(chief, **{WARN: "90"})
        running = chief.get(address, accept_language="en").text
        assert 'http-equiv="refresh"' in running
        assert "3 / 12" in running
        busy = chief.post("/administration/trials", {"section": "limits", "days": "30", WARN: "95"})
        assert busy.status_code == 409
        go_on.set()
        finished(chief, address)


def test_a_trial_that_takes_too_long_is_ended_and_says_so(tmp_path: Path) -> None:
    def endless(_before: Judging, _after: Judging, _days: int, tell: Tell) -> Outcome:
        while tell("link", 1, None):
            time.sleep(0.01)
        raise UsageError("试算超时 / the trial took too long")

    with office(tmp_path / "a.db", endless, longest_s=0.3) as house:
        chief = house.signed_in("chief")
        address = tried(chief, **{WARN: "90"})
        assert "the trial took too long" in finished(chief, address)
        chief.post(f"{address}/save", {"note": "urgent"})
        with house.app.state.house.reading() as connection:
            (entry,) = entries_of(connection, WARN, ["configuration"])
        assert json.loads(entry.detail)["tried"] is False


def test_limits_are_changed_by_administrators_of_every_unit_only(house: Client) -> None:
    local = house.signed_in("administrator")
    assert "readonly" in local.get("/administration/limits").text
    answer = local.post("/administration/trials", {"section": "limits", "days": "30", WARN: "90"})
    assert answer.status_code == 403
    assert local.get("/administration/feeds").status_code == 403


def test_rows_of_feeds_are_shown_with_their_fate_their_cells_and_their_activity(chief: Client) -> None:
    assert 'href="/administration/feeds/110?fate=rejected"' in chief.get("/administration/feeds").text
    page = chief.get("/administration/feeds/110").text
    assert f'href="/incidents/{world.GAPPED}"' in page
    assert "<script>alert" not in page
    rejected = chief.get("/administration/feeds/110?fate=rejected", accept_language="en").text
    assert "no number" in rejected
    assert world.GAPPED not in rejected
    assert chief.get("/administration/feeds/nothing").status_code == 404
    assert chief.get("/administration/feeds/110?fate=odd").status_code == 404
