"""Clips over HTTP: exactly the bytes of the store, by ranges, of no other file, with bounds; and proxies."""

import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import av
import pytest

from api.media import named, stretch_at
from tests.api.client import Client
from tests.api.conftest import application
from tests.api.films import FIRST
from tests.api.world import HOSTILE

CLIP = "/api/v1/media/1"


def test_a_file_name_cannot_add_a_header_or_leave_its_quotes() -> None:
    said = named('2026/片段 "x"\r\nSet-Cookie: a=b;\\.mp4', keep=True)
    assert "\r" not in said
    assert "\n" not in said
    assert said.startswith("attachment; ")
    assert said.count('"') == 2
    assert "filename*=UTF-8''%E7%89%87%E6%AE%B5%20%22x%22%0D%0ASet-Cookie%3A%20a%3Db%3B%5C.mp4" in said
    assert named("../../etc/passwd", keep=False).endswith("''passwd")


def test_moments_near_each_other_share_a_proxy_that_begins_before_them() -> None:
    def begins(at: float) -> float:
        return stretch_at(timedelta(seconds=at), timedelta(seconds=30)).start.total_seconds()

    assert [begins(at) for at in (0, 1.5, 6.9, 7, 11.9, 12, 3600)] == [0, 0, 0, 5, 5, 10, 3595]


# -- over HTTP --


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def filmed(folder: Path) -> Iterator[Client]:
    with application(folder / "films.db", films=True) as app:
        yield Client(app)


def stored(folder: Path, path: str = FIRST) -> bytes:
    return (folder / "dock-a" / path).read_bytes()


@pytest.mark.slow
def test_the_whole_file_comes_byte_by_byte_with_what_a_player_needs_to_know(filmed: Client, folder: Path) -> None:
    answer = filmed.get(CLIP).raise_for_status()
    assert answer.content == stored(folder)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(stored(folder)))
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["etag"])  # strong
    assert "private" in answer.headers["cache-control"]
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.slow
def test_a_part_is_exactly_that_part(filmed: Client, folder: Path) -> None:
    whole = stored(folder)
    for header, start, end in (("0-99", 0, 100), ("1000-", 1000, len(whole)), ("-500", len(whole) - 500, len(whole))):
        answer = filmed.get(CLIP, range=f"bytes={header}")
        assert (answer.status_code, answer.content) == (206, whole[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"
        assert answer.headers["content-length"] == str(end - start)


@pytest.mark.slow
def test_a_part_after_the_end_is_416_with_the_length(filmed: Client, folder: Path) -> None:
    answer = filmed.get(CLIP, range="bytes=999999999-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(stored(folder))}")


@pytest.mark.slow
def test_ten_thousand_ranges_are_one_plain_answer(filmed: Client, folder: Path) -> None:
    answer = filmed.get(CLIP, range="bytes=" + ",".join(f"{n}-" for n in range(10_000)))
    assert (answer.status_code, answer.content) == (200, stored(folder))


@pytest.mark.slow
def test_a_caller_that_has_the_bytes_gets_none_and_one_with_old_bytes_gets_all(filmed: Client, folder: Path) -> None:
    tag = filmed.get(CLIP, range="bytes=0-0").headers["etag"]
    assert filmed.get(CLIP, if_none_match=tag).status_code == 304
    assert filmed.get(CLIP, range="bytes=0-9", if_range=tag).status_code == 206
    old = filmed.get(CLIP, range="bytes=0-9", if_range='"0123"')
    assert (old.status_code, old.content) == (200, stored(folder))
    assert filmed.get("/api/v1/media/3").headers["etag"] != tag


@pytest.mark.slow
def test_head_tells_the_length_and_sends_nothing(filmed: Client, folder: Path) -> None:
    answer = filmed.send("HEAD", CLIP, {"range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(stored(folder)))


@pytest.mark.slow
def test_a_download_has_the_files_own_name_and_no_other_header(filmed: Client) -> None:
    answer = filmed.get("/api/v1/media/2?download=1")
    said = answer.headers["content-disposition"]
    assert said.startswith("attachment")
    assert said.count('"') == 2
    assert HOSTILE.rpartition("/")[2] not in said
    assert "<" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/media/999", 404),
        ("/api/v1/media/0", 422),
        ("/api/v1/media/-1", 422),
        ("/api/v1/media/99999999999999999999", 422),
        ("/api/v1/media/..%2f..%2fetc%2fpasswd", 404),
        ("/api/v1/media/1%00", 422),
        ("/api/v1/media/1?path=/etc/passwd", 422),
        ("/api/v1/media/1?download=1&download=0", 422),
        ("/api/v1/media/1/proxy?from=-1", 422),
        ("/api/v1/media/1/proxy?from=nan", 422),
        ("/api/v1/media/1/proxy?from=inf", 422),
        ("/api/v1/media/1/proxy?from=0&seconds=61", 422),
        ("/api/v1/media/1/proxy?from=0&seconds=0.1", 422),
        ("/api/v1/media/1/proxy?from=61&seconds=10", 404),
        ("/api/v1/media/999/proxy?from=0&seconds=10", 404),
    ],
)
def test_what_is_no_clip_or_no_stretch_of_it_is_refused(filmed: Client, address: str, status: int) -> None:
    answer = filmed.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.slow
def test_a_proxy_is_a_film_of_the_stretch_and_can_be_asked_for_by_ranges(filmed: Client) -> None:
    address = "/api/v1/media/1/proxy?from=25&seconds=10"
    answer = filmed.get(address).raise_for_status()
    assert (answer.headers["content-type"], answer.headers["media-time"]) == ("video/mp4", "25")
    with av.open(BytesIO(answer.content)) as container:
        assert (container.duration or 0) / 1e6 == pytest.approx(10, abs=0.3)
        light = {
            round(float(f.time or 0), 2): float(f.to_ndarray(format="gray").mean()) for f in container.decode(video=0)
        }
    # the film is black from 30 s on: from five seconds into the proxy
    assert next(at for at, level in light.items() if level < 20) == pytest.approx(5, abs=0.25)
    part = filmed.get(address, range="bytes=100-199", if_range=answer.headers["etag"])
    assert (part.status_code, part.content) == (206, answer.content[100:200])


@pytest.mark.slow
def test_a_changed_or_vanished_file_is_410_and_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    with application(tmp_path / "films.db", films=True) as app:
        client = Client(app)
        file = tmp_path / "dock-a" / FIRST
        times = (file.stat().st_atime, file.stat().st_mtime)
        secret = tmp_path / "secret.mp4"
        shutil.copyfile(file, secret)
        os.utime(secret, times)
        file.unlink()
        assert client.get(CLIP).status_code == 410
        file.symlink_to(secret)  # same length, same time
        assert client.get(CLIP).status_code == 410
        assert client.get(f"{CLIP}/proxy?from=0&seconds=5").status_code == 410
        file.unlink()
        shutil.copyfile(secret, file)
        assert client.get(CLIP).status_code == 410  # modified now
        os.utime(file, times)
        assert client.get(CLIP).status_code == 200
        folder, moved = file.parent, tmp_path / "elsewhere"
        folder.rename(moved)
        folder.symlink_to(moved)  # a folder on the way
        assert client.get(CLIP).status_code == 410
        shutil.rmtree(tmp_path / "dock-a", ignore_errors=True)
        answer = client.get(CLIP)
        assert answer.status_code in (410, 503)
        assert str(tmp_path) not in answer.text


@pytest.mark.slow
def test_a_server_without_players_says_so(client: Client) -> None:
    answer = client.get(CLIP)
    assert (answer.status_code, "播放" in answer.json()["detail"]) == (503, True)
