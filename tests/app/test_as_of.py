"""`--as-of` gives the very bytes that the same command printed then, whatever scans have changed since."""

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from app.command_line import status_of
from storage.queries import LISTS
from storage.versions import viewed
from tests.conftest import copy_sample
from tests.scanning import MORNING, new_engine, plan_of, scan_once

HOUR = timedelta(hours=1)
DOCK = Path("sample_media/stores/dock-a/2026-11-20/031021")
FIRST = "1100001_031021_20261120081152_0001.mp4"
MOVED = "1100001_031021_20261120091950_0002.mp4"
LISTED = (
    *((name,) for name in LISTS),
    *(("findings", "--status", "resolved"), ("findings", "--officer", "031021"), ("incidents", "--flag", "missing")),
    *(("clips", "--status", "missing"), ("clips", "--status", "moved"), ("clips", "--unit", "310114000000")),
    *(("links", "--status", "rejected"), ("recordings", "--incident", "JQ20261120A01")),
)
EXPLAINED = (
    *(
        "JQ20261120A01",
        "JQ20261120A02",
        "JQ20261120A11",
        "JQ20261120A99",
        "XW2026112001",
        "1100001",
        "dock-a",
        "dock-c",
    ),
    *(f"dock-a:2026-11-20/031021/{FIRST}", f"dock-a:2026-11-20/031021/{MOVED}", f"dock-a:elsewhere/{MOVED}"),
)


@dataclass
class Past:
    """What was printed after each scan, by command line; and how to ask again."""

    folder: Path
    printed: dict[datetime, dict[tuple[str, ...], tuple[int, str]]] = field(default_factory=dict)

    def ask(self, *arguments: str) -> tuple[int, str]:
        status, out, _ = self.say(*arguments)
        return status, out

    def say(self, *arguments: str) -> tuple[int, str, str]:
        """Exit status, stdout and stderr of one command."""
        out, error = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with redirect_stdout(out), redirect_stderr(error):
            status = status_of([*arguments, "--config", str(self.folder / "config.toml")])
        texts = [stream.buffer.getvalue().decode("utf-8") for stream in (out, error)]  # type: ignore[attr-defined]
        return status, texts[0], texts[1]

    def scan(self, now: datetime) -> None:
        engine = new_engine(f"sqlite:///{self.folder}/var/bwc.db")
        with patch("indexer.pipeline.steps._wall", lambda: now):
            scan_once(engine, plan_of(self.folder), now)
        engine.dispose()
        self.printed[now] = {command: self.ask(*command) for command in self.commands()}

    def commands(self) -> Iterator[tuple[str, ...]]:
        yield from (("list", *one, "--format", "jsonl") for one in LISTED)
        yield from (("explain", thing) for thing in (*EXPLAINED, *self.finding_ids()))

    def finding_ids(self) -> list[str]:
        """A finding of each rule, those included that were only known to an earlier scan."""
        rows = [json.loads(line) for now in self.printed for line in self.lines(now)]
        rows += [json.loads(line) for line in self.ask("list", "findings", "--format", "jsonl")[1].splitlines()]
        ids = {row["id"]: row["rule"] for row in rows if row["kind"] != "feed"}
        rules = sorted(set(ids.values()))
        return sorted(key for rule in rules for key in sorted(one for one in ids if ids[one] == rule)[:1])

    def lines(self, now: datetime) -> list[str]:
        return self.printed[now]["list", "findings", "--format", "jsonl"][1].splitlines()

    def edit(self, name: str, before: str, after: str, encoding: str = "utf-8") -> None:
        file = self.folder / name
        text = file.read_text(encoding=encoding)
        assert before in text
        file.write_text(text.replace(before, after), encoding=encoding)


@pytest.fixture(scope="module")
def past(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """The sample day, scanned three times with changes between."""
    past = Past(copy_sample(project, tmp_path_factory.mktemp("as-of")))
    past.scan(MORNING)
    change_everything(past)
    past.scan(MORNING + HOUR)
    change_back(past)
    past.scan(MORNING + 2 * HOUR)
    return past


def change_everything(past: Past) -> None:
    """Files go and move, a call is another one, a camera's times are, limits are, a store and a feed row are new."""
    dock = past.folder / DOCK
    shutil.move(dock / FIRST, past.folder / FIRST)
    (past.folder / "sample_media/stores/dock-a/elsewhere").mkdir()
    shutil.move(dock / MOVED, past.folder / "sample_media/stores/dock-a/elsewhere" / MOVED)
    past.edit("sample_media/feeds/incidents-a.csv", "2026-11-20 09:20:00", "2026-11-20 09:18:00", "utf-8-sig")
    listed = "2026-11-20 08:53:20,2026-11-20 08:54:40"
    later = "2026-11-20 08:55:20,2026-11-20 08:56:40"
    past.edit("sample_media/feeds/clip-index-a.csv", listed, later, "utf-8-sig")
    (past.folder / "more").mkdir()
    past.edit("config.toml", "unlinked_hours = 72 ", "unlinked_hours = 7200 ")
    past.edit(
        "config.toml",
        '[[stores]]\nname = "rooms"',
        '[[stores]]\nname = "dock-c"\nkind = "recorder"\nlocation = "more"\n\n[[stores]]\nname = "rooms"',
    )
    past.edit("config.toml", '"sample_media/stores/dock-b"', '"sample_media/../sample_media/stores/dock-b"')


def change_back(past: Past) -> None:
    """The lost file is there again, the new store is not, and a call is not in its feed any more."""
    shutil.move(past.folder / FIRST, past.folder / DOCK / FIRST)
    past.edit("config.toml", '[[stores]]\nname = "dock-c"\nkind = "recorder"\nlocation = "more"\n\n', "")
    past.edit("config.toml", "unlinked_hours = 7200 ", "unlinked_hours = 72 ")
    file = past.folder / "sample_media/feeds/incidents-a.csv"
    lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "JQ20261120A04" not in line), encoding="utf-8-sig")


def in_order(command: tuple[str, ...], answer: tuple[object, str]) -> tuple[object, object]:
    """The answer; rows of a narrowed list sorted, for the present walks it by the index that leads to its rows."""
    narrowed = command[0] == "list" and len(command) > len(("list", "clips", "--format", "jsonl"))
    return (answer[0], sorted(answer[1].splitlines())) if narrowed else answer


@pytest.mark.slow
@pytest.mark.long
def test_every_list_and_explanation_as_of_a_scan_is_what_was_printed_after_it(past: Past) -> None:
    wrong = [
        (str(now), command)
        for now, printed in past.printed.items()
        for command, answer in printed.items()
        if in_order(command, past.ask(*command, "--as-of", (now + HOUR / 2).isoformat())) != in_order(command, answer)
    ]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.long
def test_of_a_feed_is_said_that_its_last_reading_is_known_of_today_only(past: Past) -> None:
    status, out = past.ask("explain", "110-a", "--as-of", "2026-11-27T09:30")
    assert status == 0
    assert "读取时间与错误不按时间保存" in out
    assert "read_at" not in out


@pytest.mark.slow
@pytest.mark.long
def test_the_changes_were_seen_so_that_the_past_differs(past: Past) -> None:
    first, second, third = past.printed.values()
    same = {command for command in first if first[command] == second.get(command) == third.get(command)}
    assert {command[1] for command in same if command[0] == "list"} <= {"observations", "sessions", "gaps"}
    ids = [{json.loads(line)["id"] for line in past.lines(now)} for now in past.printed]
    assert ids[0] - ids[1], "a finding was closed"
    assert (ids[0] & ids[2]) - ids[1], "a finding was closed and opened again"
    assert first["explain", "dock-c"][0] == 2
    assert second["explain", "dock-c"][0] == 0


@pytest.mark.slow
@pytest.mark.long
def test_a_time_before_the_first_finished_scan_is_an_error_not_an_empty_list(past: Past) -> None:
    for command in (("list", "clips"), ("explain", "JQ20261120A01")):
        status, _, error = past.say(*command, "--as-of", "2026-11-27T08:59")
        assert status == 2
        assert "尚无完成的扫描 / no scan had finished at 2026-11-27T08:59:00+08:00" in error
        assert "the first one finished at 2026-11-27T09:00:00+08:00" in error


@pytest.mark.slow
@pytest.mark.long
def test_a_date_is_the_end_of_that_day_in_the_configured_zone(past: Past) -> None:
    command = ("list", "scans", "--format", "jsonl")
    assert past.ask(*command, "--as-of", "2026-11-27") == past.printed[MORNING + 2 * HOUR][command]
    status, _ = past.ask(*command, "--as-of", "2026-11-26")
    assert status == 2


@pytest.mark.slow
@pytest.mark.long
def test_the_moment_of_the_end_belongs_to_the_scan(past: Past) -> None:
    command = ("list", "findings", "--format", "jsonl")
    assert past.ask(*command, "--as-of", "2026-11-27T02:00:00Z") == past.printed[MORNING + HOUR][command]
    before = "2026-11-27T09:59:59.999999"
    assert past.ask(*command, "--as-of", before) == past.printed[MORNING][command]


@pytest.mark.slow
@pytest.mark.long
def test_what_is_no_time_and_what_has_no_past_are_wrong_usage(past: Past) -> None:
    assert past.ask("list", "clips", "--as-of", "yesterday")[0] == 2
    assert past.ask("explain", "a.mp4", "--pattern", "all", "--as-of", "2026-11-27")[0] == 2


@pytest.mark.slow
@pytest.mark.long
def test_nobody_looks_at_the_past_afterwards(past: Past) -> None:
    past.ask("list", "clips", "--as-of", "2026-11-27")
    past.ask("list", "clips", "--as-of", "2020-01-01")
    assert viewed() is None


@pytest.mark.slow
@pytest.mark.long
def test_the_history_of_an_incident_is_printed_in_both_languages(past: Past) -> None:
    status, out = past.ask("explain", "JQ20261120A01", "--history")
    assert status == 0
    for words in ("变化及原因 / Changes and their causes", "首次判定 first-judged", "file-vanished", "文件恢复"):
        assert words in out
    assert past.ask("explain", "JQ20261120A99", "--history")[0] == 2
    assert past.ask("explain", "a.mp4", "--pattern", "all", "--history")[0] == 2


@pytest.mark.slow
@pytest.mark.long
def test_every_kind_of_finding_has_a_history(past: Past) -> None:
    kinds = {}
    for now in past.printed:
        kinds.update({row["kind"]: row["id"] for row in map(json.loads, past.lines(now))})
    assert set(kinds) >= {"incident", "session", "clip", "device", "store"}
    for kind, key in kinds.items():
        status, out = past.ask("explain", key, "--history")
        assert status == 0
        assert "首次发现 first-found" in out, kind
        assert "not-told" not in out, kind
