"""`/api/v1/<list>`: keys, times, filters, keyset pages, ETags."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from api.shapes.lists import PAGES
from storage.queries import LISTS
from storage.schema.tables import RECORDING
from tests.api.client import Client
from tests.api.people import district
from tests.api.world import ABSENT, GAPPED, SESSION, UNIT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_list_has_the_keys_of_jsonl_and_fits_its_schema(client: Client, name: str) -> None:
    content = client.get(f"/api/v1/{name}").raise_for_status().json()
    PAGES[name].model_validate(content)
    assert content["items"] or name == "gaps"  # no recording of this district has one
    more = ("stills",) if name == "observations" else ()  # addresses mean nothing on the command line
    assert all(tuple(row) == (*LISTS[name].columns, *more) for row in content["items"])


@pytest.mark.parametrize("name", sorted(PAGES))
def test_an_empty_database_gives_an_empty_page(empty: Client, name: str) -> None:
    assert empty.get(f"/api/v1/{name}").json() == {"items": [], "next_cursor": None}


def test_times_carry_the_offset_of_the_zone(client: Client) -> None:
    rows = client.get(f"/api/v1/incidents?incident={GAPPED}").json()["items"]
    assert [row["arrived_at"] for row in rows] == ["2026-11-20T20:00:00+08:00"]
    coverage = client.get(f"/api/v1/coverage?incident={GAPPED}&officer=031021").json()["items"]
    assert [(row["required_s"], row["covered_s"], row["ratio"]) for row in coverage] == [(1800, 1500, 1500 / 1800)]
    assert coverage[0]["gaps"] == [
        {"from": "2026-11-20T20:10:00+08:00", "to": "2026-11-20T20:15:00+08:00", "cause": "stopped"}
    ]


@pytest.mark.parametrize("limit", [1, 7, 124, 125, 126, 1000])
def test_pages_hold_every_finding_exactly_once(client: Client, limit: int) -> None:
    ids = [row["id"] for row in client.everything("/api/v1/findings", limit)]
    assert len(ids) == len(set(ids)) == 125
    assert ids == [row["id"] for row in client.everything("/api/v1/findings", 1000)]


def test_a_page_is_a_hundred_rows_unless_told(client: Client) -> None:
    assert len(client.get("/api/v1/findings").json()["items"]) == 100


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("flag=missing", ["b"]),
        ("flag=incomplete", ["a", "c"]),
        ("rule=nonstandard.clock", ["e"]),
        ("officer=031021", ["a"]),
        (f"incident={GAPPED}", ["d", "a"]),  # the clip's own finding counts, it is linked
        (f"incident={SESSION}&status=open", ["c"]),
        ("status=resolved", []),
        ("flag=incomplete&from=2026-11-20&to=2026-11-20", ["a"]),
        ("flag=incomplete&from=2026-11-20T20:15:01%2B08:00&to=2026-11-21", []),
        ("flag=incomplete&from=2026-11-20T20:15:00 08:00&to=2026-11-21", ["a"]),  # the plus was not escaped
    ],
)
def test_filters_narrow_the_findings(client: Client, query: str, ids: list[str]) -> None:
    assert [row["id"][0] for row in client.get(f"/api/v1/findings?{query}").json()["items"]] == ids


def test_gaps_are_told_one_by_one_with_the_clip_before_and_only_to_their_unit(tmp_path: Path) -> None:
    hole = {"from": "2026-11-20T12:10:00+00:00", "to": "2026-11-20T12:13:12+00:00", "cause": "stopped"}
    with district(tmp_path / "g.db") as people:
        with people.app.state.house.writer.begin() as connection:
            gapped = update(RECORDING).where(RECORDING.c.first_file == 1)
            connection.execute(gapped.values(gaps=[{**hole, "evidence": ["文件正常结束 / closed properly"]}]))
        officer, other = people.signed_in("officer"), people.signed_in("officer.elsewhere")
        content = officer.get("/api/v1/gaps").raise_for_status().json()
        assert other.get("/api/v1/gaps").json()["items"] == []
    PAGES["gaps"].model_validate(content)
    (gap,) = content["items"]
    assert (gap["path"], gap["length_s"], gap["cause"]) == ("2026-11-20/C1_031021_1.mp4", 192, "stopped")


def test_devices_and_scans_tell_a_unit_its_own(tmp_path: Path) -> None:
    with district(tmp_path / "s.db") as people:
        officer, other = people.signed_in("officer"), people.signed_in("officer.elsewhere")
        mine = {name: officer.get(f"/api/v1/{name}").json()["items"] for name in ("devices", "scans")}
        theirs = {name: other.get(f"/api/v1/{name}").json()["items"] for name in ("devices", "scans")}
    assert [row["serial"] for row in mine["devices"]] == ["C1", "C2", "C3", "R1"]
    assert [(row["state"], [one["store"] for one in row["stores"]], row["summary"]) for row in mine["scans"]] == [
        ("complete", ["dock-a", "rooms"], None)
    ]
    assert theirs["devices"] == []
    assert [(row["state"], row["stores"]) for row in theirs["scans"]] == [("complete", [])]


def test_links_have_score_and_runner_up(client: Client) -> None:
    first = client.get(f"/api/v1/links?incident={GAPPED}").json()["items"][0]
    assert (first["score"], first["runner_up"], first["overlap_s"]) == (0.98, {"number": ABSENT, "score": 0.04}, 600)


def test_a_store_says_until_when_it_is_complete(client: Client) -> None:
    stores = client.get(f"/api/v1/stores?unit={UNIT}").json()["items"]
    assert [(row["name"], row["state"], row["scanned_at"]) for row in stores] == [
        ("dock-a", "online", "2026-11-23T11:50:00+08:00"),
        ("rooms", "online", "2026-11-23T11:50:00+08:00"),
    ]


@pytest.mark.parametrize("address", ["/api/v1/findings?limit=3", f"/api/v1/incidents/{GAPPED}/timeline"])
def test_what_the_caller_has_already_is_304_without_a_body(client: Client, address: str) -> None:
    first = client.get(address)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    again = client.get(address, if_none_match=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(address, if_none_match=f'"other", {tag.removeprefix("W/")}').status_code == 304
    assert client.get(address, if_none_match='W/"other"').status_code == 200


def test_another_page_has_another_etag(client: Client) -> None:
    tags = {client.get(f"/api/v1/findings?limit={limit}").headers["etag"] for limit in (1, 2, 3)}
    assert len(tags) == 3


def test_the_time_line_of_an_incident_shows_who_covers_whose_gap(client: Client) -> None:
    line = client.get(f"/api/v1/incidents/{GAPPED}/timeline").raise_for_status().json()
    assert [(lane["officer"], lane["covered_s"], len(lane["clips"])) for lane in line["lanes"]] == [
        ("031021", 1500, 2),
        ("031063", 1800, 1),
    ]
    assert [(one["lane"], one["by"], one["from"], one["to"]) for one in line["substitutes"]] == [
        ("031021", "031063", "2026-11-20T20:10:00+08:00", "2026-11-20T20:15:00+08:00")
    ]
    assert [link["status"] for link in line["links"]] == ["linked", "linked", "linked", "proposed", "rejected"]
    assert {finding["id"][0] for finding in line["findings"]} == {"a", "d"}


def test_the_time_line_of_a_session_has_a_lane_per_channel_and_its_breaks(client: Client) -> None:
    line = client.get(f"/api/v1/sessions/{SESSION}/timeline").raise_for_status().json()
    assert [(lane["channel"], lane["ratio"]) for lane in line["lanes"]] == [("CH1", 1.0), ("CH2", 0.0)]
    (pause,) = line["interruptions"]
    assert pause["reason"] == "就餐"
    assert datetime.fromisoformat(pause["to"]) - datetime.fromisoformat(pause["from"]) == timedelta(minutes=5)


def test_time_lines_fit_their_schema(client: Client) -> None:
    from api.shapes.timeline import TimelineAnswer

    for address in (f"incidents/{GAPPED}", f"incidents/{ABSENT}", f"sessions/{SESSION}"):
        TimelineAnswer.model_validate(client.get(f"/api/v1/{address}/timeline").json())


def test_head_is_get_without_a_body(client: Client) -> None:
    head, get = (client.send(method, "/api/v1/findings?limit=1") for method in ("HEAD", "GET"))
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", get.headers["etag"])


def test_a_list_as_of_a_time_is_what_was_known_then(client: Client) -> None:
    now = client.get("/api/v1/findings?flag=missing").json()
    for time in ("2026-11-23", "2030-01-01T00:00:00Z"):
        assert client.get(f"/api/v1/findings?flag=missing&as_of={time}").json() == now


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2020-01-01", "no scan had finished at 2020-01-01T23:59:59.999999+08:00"),
        ("soon", "expected a date or time such as 2026-11-20"),
    ],
)
def test_a_time_at_which_nothing_was_known_is_refused(client: Client, time: str, words: str) -> None:
    answer = client.get(f"/api/v1/findings?as_of={time}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "as_of"
    assert words in answer.text
