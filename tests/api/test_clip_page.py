"""The page of a clip: what is known of it in both languages, safely written, and nothing for whom it is not."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.pages.marks import MOST_MARKS, Measured, draw_marks, joined, media_time, stretches_of
from api.pages.rendering import Reader
from storage.queries.one_clip import one_clip
from tests.api import world
from tests.api.client import Client
from tests.api.conftest import ZONE, application
from tests.api.films import FIRST
from tests.api.people import ELSEWHERE, add_people, district
from tests.api.world import ABSENT, GAPPED, HOSTILE


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server that plays clips; only what is in the database is asked for."""
    with application(tmp_path_factory.mktemp("clip") / "c.db", films=True) as app:
        yield Client(app)


def text_of(client: Client, address: str, lang: str = "zh") -> str:
    joint = "&" if "?" in address else "?"
    return client.get(f"{address}{joint}lang={lang}").raise_for_status().text


def player(html: str) -> dict[str, str]:
    found = re.search(r'<div id="player"([^>]*)>', html)
    assert found
    return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', found[1]))


READER = Reader("zh", ZONE, world.NOW)


def test_media_time_is_written_as_in_findings() -> None:
    assert [media_time(at) for at in (0, 65.2, 3600, 59.96, -1)] == [
        "0:00:00",
        "0:01:05.2",
        "1:00:00",
        "0:01:00",
        "0:00:00",
    ]
    assert stretches_of({"stretches": ["0:00:30–0:00:40.5", "1:00:00–1:00:01"]}) == [(30.0, 40.5), (3600.0, 3601.0)]
    assert stretches_of({"stretches": ["x", 3, None]}) == []
    assert stretches_of({"stretches": "0:00:30–0:00:40"}) == []


def test_pieces_that_touch_are_one_mark_and_there_are_never_too_many() -> None:
    assert joined([(10, 20), (20.2, 30), (50, 60)]) == [(10, 30), (50, 60)]
    many = joined([(float(n * 10), float(n * 10 + 1)) for n in range(10_000)])
    assert len(many) <= MOST_MARKS
    assert (many[0][0], many[-1][1]) == (0, 99_991)


def test_marks_lie_where_their_time_is_and_never_off_the_paper() -> None:
    pieces = {"black": [(50.0, 60.0)], "silent": [(95.0, 500.0)], "picture-checked": [(0.0, 100.0)]}
    found = draw_marks(Measured(100.0, None, [("r", (50.0, 60.0))], [], pieces), READER)
    assert found
    assert [row.form for row in found.rows] == ["flagged", "black", "silent", "looked"]
    flagged, black, silent, looked = (row.marks[0] for row in found.rows)
    assert (black.x, black.width) == (pytest.approx(150 + 0.5 * 1038), pytest.approx(103.8))
    assert flagged.x == black.x
    assert silent.x + silent.width <= 1188.1
    assert (looked.x, looked.width) == (150, 1038)
    assert found.stops == (50,)  # the stretches of findings, where there are any
    assert "0:00:50–0:01:00" in black.title
    only = draw_marks(Measured(100.0, None, [], [], pieces), READER)
    assert only
    assert only.stops == (50, 95)  # that it was looked at is no mark
    assert draw_marks(Measured(0.0, None, [], [], pieces), READER) is None


@pytest.mark.slow
def test_the_page_tells_where_when_whose_and_what_was_found(seen: Client) -> None:
    html = text_of(seen, "/clips/1")
    for said in (
        *("C1_031021_1.mp4", "dock-a:2026-11-20", "2026-11-20 19:59:00", "031021", "C1", "示范&lt;一&gt;所"),
        *("黑屏：10 秒", GAPPED, "0.98", ABSENT, "警号一致", "文件名", "采用", "only one", "时钟偏差 0 秒，误差 ±2 秒"),
        *("h264", "1280 × 720", "25 fps", "isobmff 1", "首次见到", "在库", "尚未通读全文件"),
    ):
        assert said in html, said
    assert 'href="/incidents/JQ20261120001"' in html


@pytest.mark.slow
def test_the_player_opens_at_the_flagged_second_or_at_the_one_asked_for(seen: Client) -> None:
    found = player(text_of(seen, "/clips/1"))
    assert (found["at"], found["direct"], found["length"], found["original"]) == (
        "30.0",
        "yes",
        "60.0",
        "/api/v1/media/1",
    )
    assert found["stops"] == "30.0"
    assert float(found["wall"]) == 19 * 3600 + 59 * 60
    assert 'src="/api/v1/media/1#t=30"' in text_of(seen, "/clips/1")  # without scripts too
    for asked, at in (("12.5", "12.5"), ("0", "0.0"), ("x", "30.0"), ("-5", "0.0"), ("nan", "0.0"), ("1e9", "59.9")):
        assert player(text_of(seen, f"/clips/1?at={asked}"))["at"] == at


@pytest.mark.slow
def test_every_stretch_can_be_jumped_to_without_a_script(seen: Client) -> None:
    html = text_of(seen, "/clips/1")
    assert re.findall(r'class="jump" href="([^"]*)"', html) == ["?at=30"]
    marks = re.findall(r'<a href="\?at=([\d.]+)" data-at="[\d.]+" aria-label="([^"]+)"', html)
    assert [(at, label.partition(" ")[0]) for at, label in marks] == [("30", "问题"), ("30", "黑屏"), ("90", "黑屏")]


@pytest.mark.slow
def test_english_is_complete(seen: Client) -> None:
    html = text_of(seen, "/clips/1", "en")
    words = re.sub(r'<span class="basis">.*?</span>', "", html)  # rules of law are quoted as they are
    words = re.sub(r"<[^>]+>", " ", words)
    words = words.replace("中文", "").replace("示范&lt;一&gt;所", "")
    assert re.findall(r"[\u4e00-\u9fff]+", words) == []
    assert "Custody" in html
    assert "Findings and measurements" in html


@pytest.mark.slow
def test_a_hostile_name_is_text(seen: Client) -> None:
    html = text_of(seen, "/clips/2")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html or "alert(1)" in html
    assert " style=" not in html
    assert " onclick" not in html


@pytest.mark.slow
def test_a_finding_leads_to_its_clip_by_name(seen: Client) -> None:
    answer = seen.get(f"/clips/by-name?name=dock-a:{FIRST}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/clips/1")
    for wrong in ("dock-a:nowhere.mp4", "", "x", "dock-a:../../etc/passwd", "%00"):
        assert seen.get(f"/clips/by-name?name={wrong}").status_code == 404
    listed = text_of(seen, "/findings?rule=incomplete.picture-lost")
    assert f"/clips/by-name?name=dock-a%3A{FIRST.replace('/', '%2F')}" in listed
    assert HOSTILE  # its address is quoted like any other
    assert seen.get(f"/clips/by-name?name=dock-a:{HOSTILE.replace('&', '%26')}").headers["location"] == "/clips/2"


@pytest.mark.slow
def test_the_incident_leads_to_its_clips_at_the_second_it_begins(seen: Client) -> None:
    html = text_of(seen, f"/incidents/{GAPPED}")
    assert 'href="/clips/1?at=60"' in html  # the clip began a minute before the window
    assert 'href="/clips/2"' in html  # this one inside of it


@pytest.mark.slow
def test_unknown_clips_have_no_page(seen: Client) -> None:
    assert [seen.get(f"/clips/{number}").status_code for number in (99, 0, "x")] == [404, 422, 422]


@pytest.mark.slow
def test_a_server_without_players_shows_the_rest(client: Client) -> None:
    html = text_of(client, "/clips/1")
    assert "<video" not in html
    assert "此服务或您的角色不提供播放" in html
    assert "时间来源" in html


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("people") / "p.db", films=True) as client:
        with client.app.state.house.writing() as connection:
            add_people(connection, ELSEWHERE, "-far")
        yield client


@pytest.mark.slow
def test_a_clip_of_other_units_is_not_found_in_any_form(people: Client) -> None:
    far = people.signed_in("inspector-far")
    for address in (
        "/clips/1",
        f"/clips/by-name?name=dock-a:{FIRST}",
        "/api/v1/media/1",
        "/api/v1/media/1/proxy?from=0",
    ):
        assert far.get(address).status_code == 404, address
    for address in ("/api/v1/media/1", "/api/v1/media/1/proxy?from=0"):
        assert people.get(address).status_code == 401


@pytest.mark.slow
def test_who_may_not_see_footage_gets_the_page_without_it(people: Client) -> None:
    auditor = people.signed_in("auditor")
    html = text_of(auditor, "/clips/1")
    assert "<video" not in html
    assert "<img" not in html
    assert "download" not in html
    assert auditor.get("/api/v1/media/1").status_code == 403
    assert auditor.get("/api/v1/media/1/proxy?from=0").status_code == 403


@pytest.mark.slow
def test_a_view_is_written_down_before_the_first_byte_and_shown_on_the_page(people: Client) -> None:
    inspector = people.signed_in("inspector")
    assert "尚无人查看" in text_of(inspector, "/clips/3")
    for _ in range(3):  # a player asks for many parts: one view
        assert inspector.get("/api/v1/media/3", range="bytes=0-9").status_code == 206
    html = text_of(inspector, "/clips/3")
    viewers = html[html.index("查看记录") :]
    assert re.findall(r"<td>(inspector|officer)</td>", viewers) == ["inspector"]
    assert "1 次" in viewers


@pytest.mark.slow
def test_what_cannot_be_written_down_is_not_shown(tmp_path: Path) -> None:
    with application(tmp_path / "a.db", films=True) as app:
        client = Client(app)
        with app.state.house.writing() as connection:
            connection.exec_driver_sql("DELETE FROM audit_head")
        answer = client.get("/api/v1/media/1", range="bytes=0-9")
        assert answer.status_code >= 500
        assert b"ftyp" not in answer.content


@pytest.mark.slow
def test_activities_of_other_units_are_left_out_of_the_links(people: Client) -> None:
    with people.app.state.house.reading() as connection:
        every, own = one_clip(connection, 1), one_clip(connection, 1, frozenset({ELSEWHERE}))
    assert every
    assert own
    assert [link.number for link in every.links] == [GAPPED]
    assert list(own.links) == []


@pytest.mark.slow
def test_a_proxy_begins_before_the_moment(seen: Client) -> None:
    from api.media import proxy_address, stretch_at

    at = stretch_at(timedelta(seconds=33), timedelta(seconds=20))
    assert proxy_address(7, at) == "/api/v1/media/7/proxy?from=30&seconds=20"
