"""Work by the clock on its page and in the API: next times, what came of it, a button for whoever may press it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from api.timetable import Planned
from domain.audit import Action
from domain.jobs import JobState
from domain.notices import NoticeKind
from domain.wording import say
from storage.audit import entries_of
from storage.jobs import Ended, Holder, claim, finish, job_runs, note_skipped
from storage.notices import add_notice, note_failed, notices, take_notices
from storage.schema.tables import JOB_RUN
from tests.api import world
from tests.api.client import Client
from tests.api.desks import office

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>"
PLAN = (
    Planned("scan", "*/15 * * * *", world.NOW + HOUR / 4),
    Planned("deadlines", "5 * * * *", world.NOW + HOUR / 12),
    Planned("report:completeness-yesterday", "30 7 * * *", None),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with office(tmp_path / "a.db") as client:
        object.__setattr__(client.app.state.house, "timetable", lambda now: PLAN)
        with client.app.state.house.writer.begin() as connection:
            scan = claim(connection, "scan", world.NOW - HOUR, world.NOW - HOUR, Holder("h", 1))
            assert scan is not None
            said = {"files": 12, "said": say("文件 12 个", "12 files")}
            finish(connection, scan, world.NOW - HOUR + timedelta(seconds=90), Ended(JobState.DONE, said, None))
            due = claim(connection, "deadlines", world.NOW - HOUR, world.NOW - HOUR, Holder("h", 1))
            assert due is not None
            finish(
                connection, due, world.NOW - HOUR, Ended(JobState.FAILED, None, say("磁盘已满", f"disk full {HOSTILE}"))
            )
            note_skipped(
                connection, "deadlines", world.NOW - 2 * HOUR, world.NOW - 2 * HOUR, say("未结束", "not ended")
            )
        yield client


@pytest.fixture
def chief(house: Client) -> Client:
    return house.signed_in("chief")


def text(client: Client, address: str = "/administration/schedule", **more: str) -> str:
    answer = client.get(address, accept="text/html", **more)
    assert answer.status_code == 200, answer.text[:400]
    return answer.text


def test_the_page_tells_next_last_how_long_and_what_came_of_it(chief: Client) -> None:
    made = text(chief)
    for word in ("扫描", "11-23 12:15", "1 分 30 秒", "文件 12 个", "报表 · completeness-yesterday", "不再执行"):
        assert word in made, word
    assert HOSTILE not in made
    english = text(chief, "/administration/schedule?lang=en")
    for word in ("Scan", "12 files", "disk full", "failed", "never again"):
        assert word in english, word


def test_runs_of_one_job_can_be_seen_by_themselves(chief: Client) -> None:
    runs = text(chief, "/administration/schedule?job=deadlines").partition('id="runs"')[2].partition("<h2>通知")[0]
    assert "跳过" in runs
    assert "文件 12 个" not in runs


def test_the_button_asks_once_leaves_an_entry_and_the_page_says_so(house: Client, chief: Client) -> None:
    for _ in range(2):
        answer = chief.post("/administration/schedule/run", {"job": "deadlines"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/administration/schedule?asked")
    with house.app.state.house.reading() as connection:
        waiting = [one for one in job_runs(connection) if one.state is JobState.WAITING]
        entries = entries_of(connection, "job:deadlines", [Action.JOB_ASKED])
    assert [(one.job, one.actor) for one in waiting] == [("deadlines", "account:chief")]
    assert [json.loads(one.detail) for one in entries] == [{"run": waiting[0].id}] * 2
    made = text(chief, "/administration/schedule?asked")
    assert "已请求执行" in made
    assert "等待执行" in made
    (button,) = re.findall(r'value="deadlines"><button[^>]*>', made)
    assert "disabled" in button


@pytest.mark.parametrize("job", ["", "backup", "scan'; --", "x" * 5000])
def test_a_job_that_is_none_cannot_be_asked_for(house: Client, chief: Client, job: str) -> None:
    assert chief.post("/administration/schedule/run", {"job": job}).status_code == 404
    with house.app.state.house.reading() as connection:
        assert all(one.state is not JobState.WAITING for one in job_runs(connection))


@pytest.mark.parametrize("who", ["officer", "supervisor", "inspector", "auditor", "administrator", "clerk"])
def test_only_an_administrator_of_every_unit_sees_it_and_asks(house: Client, who: str) -> None:
    client = house.signed_in(who)
    assert client.get("/administration/schedule", accept="text/html").status_code == 403
    assert client.get("/api/v1/jobs").status_code == 403
    assert client.post("/administration/schedule/run", {"job": "scan"}).status_code == 403


def test_a_form_of_another_site_asks_for_nothing(house: Client, chief: Client) -> None:
    answer = chief.send("POST", "/administration/schedule/run", {"sec-fetch-site": "cross-site"}, data={"job": "scan"})
    assert answer.status_code == 403


def test_notices_are_listed_with_their_receiver_and_without_any_address(house: Client, chief: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        told = ("store:dock-a", world.UNIT, (say(f"存储 {HOSTILE}：存疑", f"store {HOSTILE}: doubtful"),))
        add_notice(connection, world.NOW, "wecom", NoticeKind.STORE, told)
        mine = take_notices(connection, notices(connection), world.NOW)
        note_failed(connection, mine, world.NOW, (), say("未送达：对方返回 500", "not delivered: it answered 500"))
    made = text(chief)
    for word in ("存储异常", "wecom", "待发送 1", "未送达：对方返回 500", "下次尝试 11-23 12:01"):
        assert word in made, word
    assert HOSTILE not in made


def test_the_api_tells_the_same(chief: Client) -> None:
    scan, due, report = chief.get("/api/v1/jobs").raise_for_status().json()["items"]
    assert (scan["job"], scan["line"], scan["next_at"]) == ("scan", "*/15 * * * *", "2026-11-23T12:15:00+08:00")
    assert (scan["last"]["state"], scan["last"]["seconds"], scan["last"]["result"]["files"]) == ("done", 90.0, 12)
    assert scan["last"] == scan["done"]
    assert (due["last"]["state"], due["done"], due["busy"]) == ("skipped", None, None)
    assert report == {
        "job": "report:completeness-yesterday",
        "line": "30 7 * * *",
        "next_at": None,
        "last": None,
        "done": None,
        "busy": None,
    }
    assert chief.get("/api/v1/jobs?limit=1").status_code == 422


def test_a_server_without_a_schedule_says_so(tmp_path: Path) -> None:
    with office(tmp_path / "b.db") as client:
        chief = client.signed_in("chief")
        assert "本服务没有定时任务" in text(chief)
        assert chief.get("/api/v1/jobs").json() == {"items": []}


def test_a_thousand_runs_are_a_short_page(house: Client, chief: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        rows = [
            {"job": "scan", "due_at": world.NOW + number * HOUR, "state": "done", "actor": "schedule"}
            for number in range(1000)
        ]
        connection.execute(insert(JOB_RUN), rows)
    assert len(text(chief)) < 100_000
