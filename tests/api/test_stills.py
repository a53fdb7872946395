"""Strips and stills over HTTP: pictures of the named clip and of nothing else, and reasons where there are none."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from api.shapes.stills import StripAnswer
from tests.api.client import Client
from tests.api.conftest import application
from tests.api.films import FIRST, OTHER
from tests.api.world import GAPPED

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stills")


@pytest.fixture(scope="module")
def filmed(folder: Path) -> Iterator[Client]:
    with application(folder / "films.db", films=True) as app:
        yield Client(app)


def brightness(jpeg: bytes) -> float:
    return float(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE).mean())


def refused(client: Client, address: str) -> tuple[int, str]:
    answer = client.get(address)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


def test_a_strip_is_made_when_asked_for_and_each_picture_can_be_seen(filmed: Client) -> None:
    content = filmed.get("/api/v1/clips/1/strip").raise_for_status().json()
    StripAnswer.model_validate(content)
    assert (content["store"], content["path"], content["duration_s"]) == ("dock-a", FIRST, 60)
    # eight over a minute, key pictures each second; the fifth is inside the black
    assert [one["at_s"] for one in content["stills"]] == pytest.approx([3.75 + 7.5 * n for n in range(8)], abs=0.51)
    light = [brightness(filmed.get(one["href"]).raise_for_status().content) for one in content["stills"]]
    assert [level < 10 for level in light] == [n == 4 for n in range(8)]


def test_a_still_is_a_picture_with_its_digest_and_its_true_time(filmed: Client) -> None:
    first = filmed.get("/api/v1/clips/1/stills/35000").raise_for_status()
    assert (first.headers["content-type"], first.headers["media-time"]) == ("image/jpeg", "35")
    assert "private" in first.headers["cache-control"]
    again = filmed.get("/api/v1/clips/1/stills/35000", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    head = filmed.send("HEAD", "/api/v1/clips/1/stills/35000")
    assert (head.status_code, head.content) == (200, b"")


def test_every_measurement_says_where_its_pictures_are(filmed: Client) -> None:
    row = filmed.get("/api/v1/observations?kind=black").json()["items"][0]
    assert (row["clip"], row["from_s"], row["to_s"]) == (1, 30, 40)
    assert [(one["at_s"], one["kind"]) for one in row["stills"]] == [(31.5, "black"), (35, "black")]
    assert [brightness(filmed.get(one["href"]).content) < 10 for one in row["stills"]] == [True, True]


def test_the_time_line_leads_to_the_strip_of_each_clip(filmed: Client) -> None:
    line = filmed.get("/api/v1/incidents/JQ20261120001/timeline").json()
    first = line["lanes"][0]["clips"][0]
    assert (first["id"], first["strip"]) == (1, "/api/v1/clips/1/strip")


def test_a_moment_after_the_end_is_none(filmed: Client) -> None:
    status, detail = refused(filmed, "/api/v1/clips/1/stills/62000")
    assert (status, "60 s" in detail) == (404, True)


@pytest.mark.parametrize(
    "address",
    [
        *("clips/0/strip", "clips/-1/strip", "clips/x/strip", "clips/9223372036854775808/strip", "clips/1/strip?x=1"),
        *("clips/1/stills/-1", "clips/1/stills/1.5", "clips/1/stills/1000000001", "clips/1/stills/1?at=2"),
        "clips/1/stills/" + "9" * 5000,
    ],
)
def test_what_is_no_clip_or_moment_is_refused(client: Client, address: str) -> None:
    assert refused(client, f"/api/v1/{address}")[0] == 422


@pytest.mark.parametrize("address", ["clips/1/stills/..%2f..%2fx", "clips/%2e%2e/strip", "clips/1/stills/a%00"])
def test_an_address_is_never_a_path(client: Client, address: str) -> None:
    assert refused(client, f"/api/v1/{address}")[0] in (404, 422)


def test_a_server_without_stills_says_so(client: Client) -> None:
    assert refused(client, "/api/v1/clips/1/strip")[0] == 503


def test_openapi_describes_both(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    still = paths["/api/v1/clips/{clip}/stills/{milliseconds}"]["get"]
    assert list(still["responses"]["200"]["content"]) == ["image/jpeg"]
    assert {"404", "410", "422", "503"} <= set(still["responses"])
    assert {"404", "410", "422", "503"} <= set(paths["/api/v1/clips/{clip}/strip"]["get"]["responses"])


def images(page: str) -> list[dict[str, str]]:
    """Attributes of every picture of a page."""
    return [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<img [^>]*>", page)]


def test_the_page_of_an_incident_shows_its_clips_and_what_a_finding_means(filmed: Client) -> None:
    page = filmed.get(f"/incidents/{GAPPED}").raise_for_status().text
    shown = images(page)
    assert [one["src"] for one in shown[:2]] == [f"/api/v1/clips/1/stills/{at}" for at in (31500, 35000)]
    assert shown[0]["alt"] == "黑屏，片段 C1_031021_1.mp4 的 0:00:31"
    # three linked clips with eight pictures each, one that is only proposed, and none that was rejected
    assert {one["src"].split("/")[4] for one in shown} == {"1", "2", "3", "5"}
    assert all(one["loading"] == "lazy" and one["alt"] and one["width"] and one["height"] for one in shown)
    english = images(filmed.get(f"/incidents/{GAPPED}?lang=en").text)
    assert english[0]["alt"] == "black at 0:00:31 of clip C1_031021_1.mp4"


def test_a_page_tells_the_true_time_of_what_is_kept_and_about_when_the_rest_will_be(filmed: Client) -> None:
    before = filmed.get(f"/incidents/{GAPPED}?lang=zh").text
    assert "/api/v1/clips/3/stills/3750" in before
    assert "约 19:59:03" in before
    filmed.get("/api/v1/clips/3/stills/3750").raise_for_status()  # brings its whole strip
    after = filmed.get(f"/incidents/{GAPPED}").text
    assert "/api/v1/clips/3/stills/3750" not in after
    assert filmed.get("/api/v1/clips/3/stills/4000").headers["media-time"] == "4"
    assert "<span>19:59:04</span>" in after


def test_a_page_of_a_server_without_stills_has_no_pictures(client: Client) -> None:
    assert images(client.get(f"/incidents/{GAPPED}").text) == []


def test_what_cannot_be_shown_is_told_apart(filmed: Client, folder: Path) -> None:
    """Last, for it takes the store away; what was kept of it is deleted first."""
    shutil.rmtree(folder / "cache")
    store, still, strip = folder / "dock-a", "/api/v1/clips/1/stills/20000", "/api/v1/clips/3/strip"
    assert refused(filmed, "/api/v1/clips/99/strip")[0] == refused(filmed, "/api/v1/clips/99/stills/0")[0] == 404
    for path in (FIRST, OTHER):
        (store / path).write_bytes(b"other bytes")
    for address in (still, strip):
        status, detail = refused(filmed, address)
        assert (status, "has changed" in detail) == (410, True)
    for path in (FIRST, OTHER):
        (store / path).unlink()
    assert refused(filmed, still)[0] == refused(filmed, strip)[0] == 410
    shutil.rmtree(store)
    for address in (still, strip):
        status, detail = refused(filmed, address)
        assert (status, "dock-a" in detail) == (503, True)
