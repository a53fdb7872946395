"""Lists that lie beside the clips: which files a location with wildcards names, and where their rows point to."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.activity import Incident
from domain.clip import IndexEntry
from domain.errors import ConfigError, FeedUnreadable
from domain.timespan import utc
from indexer.feeds import FeedKind, FeedRow, FeedSettings, open_feed, read_records
from indexer.feeds.base import Fate
from tests.statements import english, in_english

Put = Callable[[str, str], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def written(path: str, text: str = "") -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return written


def settings(location: str, kind: FeedKind = FeedKind.CLIP_INDEX) -> FeedSettings:
    return FeedSettings("lists", kind, location, store="dock")


def rows_of(folder: Path, location: str, root: Path | None = None) -> list[FeedRow]:
    return list(open_feed(settings(location), folder, str(root or folder)).read())


def paths(rows: list[FeedRow]) -> list[str]:
    return [row.record.path for row in rows if isinstance(row.record, IndexEntry)]


TREE = (
    *("index.csv", "2026-11-20/index.csv", "2026-11-20/031021/index.csv", "2026-11-20/031021/deep/index.csv"),
    *("2026-11-21/031022/INDEX.CSV", "2026-11-21/031022/list.csv", "2026-11-21/.hidden/index.csv", "2026/index.csv"),
)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("*.csv", ["index.csv"]),
        ("*/index.csv", ["2026-11-20/index.csv", "2026/index.csv"]),
        ("2026-11-??/index.csv", ["2026-11-20/index.csv"]),
        ("2026-11-2?/*/index.csv", ["2026-11-20/031021/index.csv", "2026-11-21/031022/INDEX.CSV"]),
        ("**/list.csv", ["2026-11-21/031022/list.csv"]),
        (
            "2026-11-20/**/index.csv",
            ["2026-11-20/index.csv", "2026-11-20/031021/index.csv", "2026-11-20/031021/deep/index.csv"],
        ),
        ("**/031021/*.csv", ["2026-11-20/031021/index.csv"]),
        ("**/0310??/**/index.csv", [*TREE[2:5]]),
    ],
)
def test_wildcards_name_files_whatever_their_case_but_never_hidden_ones(
    tmp_path: Path, put: Put, location: str, expected: list[str]
) -> None:
    for path in TREE:
        put(path, f"path,device\n{path.replace('/', '_')}.mp4,1\n")
    fixed = "2026-11-20/" if location.startswith("2026-11-20/") else ""
    assert {f"{fixed}{row.source}" for row in rows_of(tmp_path, location)} == set(expected)


def test_files_come_in_the_same_order_each_time_and_every_row_says_its_file_and_its_own_number(
    tmp_path: Path, put: Put
) -> None:
    put("2026-11-21/index.csv", "path,device\nc.mp4,3\n")
    put("2026-11-20/index.csv", "path,device\na.mp4,1\n\nb.mp4,2\n")
    rows = rows_of(tmp_path, "*/index.csv")
    assert [(row.source, row.number) for row in rows] == [
        ("2026-11-20/index.csv", 1),
        ("2026-11-20/index.csv", 3),
        ("2026-11-21/index.csv", 1),
    ]
    assert in_english(row.notes[0] for row in rows) == (
        "2026-11-20/index.csv, row 1",
        "2026-11-20/index.csv, row 3",
        "2026-11-21/index.csv, row 1",
    )


def test_a_file_that_is_no_table_is_one_rejected_entry_and_not_the_end_of_the_feed(tmp_path: Path, put: Put) -> None:
    put("a/index.csv", "path,device\na.mp4,1\n")
    put("b/index.csv", "<html><body>502</body></html>")
    put("c/index.csv", "")
    put("d/index.csv", "path,device\nd.mp4,4\n")
    rows = rows_of(tmp_path, "*/index.csv")
    assert [(row.source, row.fate, row.number) for row in rows] == [
        ("a/index.csv", Fate.ACCEPTED, 1),
        ("b/index.csv", Fate.REJECTED, 0),
        ("c/index.csv", Fate.REJECTED, 0),
        ("d/index.csv", Fate.ACCEPTED, 1),
    ]
    assert english(rows[1].notes[0]) == "file b/index.csv"
    assert "got HTML or XML" in english(rows[1].notes[1])


def test_a_bare_name_belongs_to_the_folder_of_its_list_whether_the_clip_is_there_or_lost(
    tmp_path: Path, put: Put
) -> None:
    put("2026-11-20/031021/a.mp4")
    put("2026-11-20/031021/index.csv", "path,device\na.mp4,1\nlost.mp4,1\n")
    assert paths(rows_of(tmp_path, "**/index.csv")) == [
        "2026-11-20/031021/a.mp4",
        "2026-11-20/031021/lost.mp4",
    ]


def test_a_path_that_exists_from_the_folder_of_its_list_wins_over_one_from_the_root(tmp_path: Path, put: Put) -> None:
    put("2026-11-20/031021/a.mp4")
    put("031021/a.mp4")
    put("2026-11-20/index.csv", "path,device\n031021/a.mp4,1\n")
    assert paths(rows_of(tmp_path, "*/index.csv")) == ["2026-11-20/031021/a.mp4"]


def test_a_path_that_does_not_exist_there_stays_what_the_list_says(tmp_path: Path, put: Put) -> None:
    put("lists/index.csv", "path,device\n2026-11-20/031021/a.mp4,1\nD:\\Video\\20261120\\b.mp4,1\n")
    assert paths(rows_of(tmp_path, "lists/*.csv")) == ["2026-11-20/031021/a.mp4", "D:/Video/20261120/b.mp4"]


def test_a_path_never_leads_out_of_the_store(tmp_path: Path, put: Put) -> None:
    put("outside.mp4")
    put("store/2026-11-20/b.mp4")
    put("store/lists/index.csv", "path,device\n../2026-11-20/b.mp4,1\n../../outside.mp4,1\n")
    found = paths(rows_of(tmp_path, "store/lists/*.csv", tmp_path / "store"))
    assert found == ["2026-11-20/b.mp4", "../../outside.mp4"]


def test_without_a_store_paths_begin_with_the_folder_that_the_location_names(tmp_path: Path, put: Put) -> None:
    put("dock/day/index.csv", "path,device\na.mp4,1\n")
    feed = open_feed(settings("dock/*/index.csv"), tmp_path)
    assert paths(list(feed.read())) == ["dock/day/a.mp4"]


def test_the_same_clip_on_two_lists_is_said_with_the_other_list(tmp_path: Path, put: Put) -> None:
    put("a/index.csv", "path,device\nx.mp4,1\n")
    put("b/index.csv", "path,device\n../a/x.mp4,2\n")
    put("a/x.mp4")
    reading = read_records(open_feed(settings("*/index.csv"), tmp_path, str(tmp_path)))
    assert english(reading.rows[1].notes[-1]) == "duplicate of row 1 of a/index.csv, changed: device"
    assert len(reading.records) == 1


def test_monthly_exports_of_any_other_kind_may_be_a_set_too(tmp_path: Path, put: Put) -> None:
    put("calls-2026-10.csv", "number,received_at\nJ1,2026-10-01 08:00:00\n")
    put("calls-2026-11.csv", "number,received_at\nJ2,2026-11-01 08:00:00\n")
    reading = read_records(open_feed(settings("calls-*.csv", FeedKind.INCIDENTS), tmp_path))
    assert reading.records == (
        Incident(number="J1", received_at=utc(2026, 10, 1)),
        Incident(number="J2", received_at=utc(2026, 11, 1)),
    )


def digest(folder: Path, location: str = "**/index.csv") -> str:
    return open_feed(settings(location), folder, str(folder)).digest()


def test_the_digest_follows_names_sizes_and_times_and_opens_nothing(tmp_path: Path, put: Put) -> None:
    first = put("a/index.csv", "path,device\nx.mp4,1\n")
    os.utime(first, (1_700_000_000, 1_700_000_000))
    first.chmod(0)
    before = digest(tmp_path)
    assert digest(tmp_path) == before
    first.chmod(0o600)
    os.utime(first, (1_700_000_001, 1_700_000_001))
    later = digest(tmp_path)
    second = put("b/index.csv", "path,device\ny.mp4,1\n")
    both = digest(tmp_path)
    second.rename(second.with_name("index.old"))
    assert len({before, later, both}) == 3
    assert digest(tmp_path) == later


def test_a_clip_that_comes_after_its_sidecar_has_the_sidecar_read_again(tmp_path: Path, put: Put) -> None:
    put("a/x.json", '{"StartTime": "2026-11-20 08:00:00"}')
    before = digest(tmp_path, "**/*.json")
    put("a/x.mp4")
    assert digest(tmp_path, "**/*.json") != before


def test_lists_that_disappear_are_gone_from_the_feed_and_without_any_the_feed_is_unreadable(
    tmp_path: Path, put: Put
) -> None:
    lists = [put(f"{day}/index.csv", f"path,device\n{day}.mp4,1\n") for day in ("20", "21")]
    lists[0].unlink()
    assert paths(rows_of(tmp_path, "*/index.csv")) == ["21/21.mp4"]
    lists[1].unlink()
    with pytest.raises(FeedUnreadable, match="expected at least one file, got none"):
        rows_of(tmp_path, "*/index.csv")
    with pytest.raises(FeedUnreadable, match="expected at least one file, got none"):
        digest(tmp_path, "*/index.csv")


def test_a_folder_that_cannot_be_listed_makes_the_feed_unreadable_and_not_smaller(tmp_path: Path, put: Put) -> None:
    put("a/index.csv", "path,device\nx.mp4,1\n")
    with pytest.raises(FeedUnreadable, match="expected a folder to list, got No such file"):
        rows_of(tmp_path, "gone/*.csv")


def test_symbolic_links_and_endless_ones_are_not_followed(tmp_path: Path, put: Put) -> None:
    put("a/index.csv", "path,device\nx.mp4,1\n")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "other.csv").symlink_to(tmp_path / "a" / "index.csv")
    assert [row.source for row in rows_of(tmp_path, "**/*.csv")] == ["a/index.csv"]


def test_nothing_is_written_into_the_store(tmp_path: Path, put: Put) -> None:
    put("a/index.csv", "path,device\nx.mp4,1\n")
    put("a/x.json", "{}")
    before = {path: path.stat() for path in sorted(tmp_path.rglob("*"))}
    for location in ("**/*.csv", "**/*.json"):
        digest(tmp_path, location)
        rows_of(tmp_path, location)
    assert {path: path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))} == {
        path: stat.st_mtime_ns for path, stat in before.items()
    }


@pytest.mark.parametrize("location", ["**/index.pdf", "**/*", "2026-*/**"])
def test_a_set_must_say_what_its_files_are(location: str) -> None:
    with pytest.raises(ConfigError, match=r"location must end in \.csv, \.tsv"):
        open_feed(settings(location))


@pytest.mark.parametrize("suffix", ["xml", "json", "bin"])
def test_what_only_stations_write_is_read_only_as_their_list(suffix: str) -> None:
    with pytest.raises(ConfigError, match=f"{suffix} is read only with kind clip_index, got kind incidents"):
        open_feed(settings(f"calls.{suffix}", FeedKind.INCIDENTS))
