"""Stores that cannot be believed: gone, suddenly empty, too much gone, partly refused, or left out."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from storage.schema.tables import FINDING, FOLDER, STORE, STORE_SCAN
from tests.builders import UNIT, House, clip_name, film, incident, one_call, registers, results
from tests.scanning import MORNING
from tests.spoken import in_both_languages

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
DOUBTFUL = "nonstandard.store-doubtful"
CALL = clip_name("1100001", "031021", "08:11:30")


def last_state(house: House, store: str = "dock") -> str:
    (number,) = [row["id"] for row in house.rows(STORE) if row["name"] == store]
    return [row["state"] for row in house.rows(STORE_SCAN) if row["store_id"] == number][-1]


def three_calls(house: House, unit: str = UNIT) -> None:
    """One call with footage, two without."""
    one_call(house)
    rows = [incident(f"JQ{n}", "031021", f"{8 + n}:00:00".zfill(8), f"{8 + n}:05:00".zfill(8), unit) for n in (2, 3)]
    house.feed("110-more", house.feeds["110"].kind, rows)


def hide(house: House, store: str = "dock") -> Callable[[], object]:
    """Take a store's root away; what is returned brings it back."""
    root = house.root(store)
    away = root.with_name(f"{root.name}-away")
    root.rename(away)
    return lambda: away.rename(root)


def test_a_store_that_is_gone_is_one_finding_and_its_files_stay_as_they_were(house: House) -> None:
    three_calls(house)
    house.scan(MORNING)
    before = house.states()
    back = hide(house)
    summary = house.scan(MORNING + HOUR)
    assert last_state(house) == "unreachable"
    assert house.states() == before
    assert house.findings(DOUBTFUL) == {("dock", DOUBTFUL)}
    assert len(summary.problems) == 1
    assert "dock" in summary.problems[0]
    assert in_both_languages(summary.problems[0])
    back()
    assert house.scan(MORNING + 2 * HOUR).problems == ()
    assert house.findings(DOUBTFUL) == set()


def test_missing_recordings_are_unknown_while_the_store_is_gone_and_never_more_than_before(house: House) -> None:
    three_calls(house)
    house.scan(MORNING)
    assert results(house) == {"JQ1": "compliant", "JQ2": "noncompliant", "JQ3": "noncompliant"}
    before = house.findings()
    back = hide(house)
    house.feed("110-late", house.feeds["110"].kind, [incident("JQ4", "031021", "14:00:00", "14:05:00")])
    house.scan(MORNING + HOUR)
    assert results(house) == {"JQ1": "compliant", "JQ2": "unknown", "JQ3": "unknown", "JQ4": "unknown"}
    assert house.findings() - before == {("dock", DOUBTFUL)}
    back()
    house.scan(MORNING + 2 * HOUR)
    assert results(house)["JQ4"] == "noncompliant"
    assert before <= house.findings()


def test_a_question_that_was_open_before_the_store_went_keeps_its_date_when_the_store_is_back(house: House) -> None:
    three_calls(house)
    house.scan(MORNING)
    first = {row["key"]: (row["first_seen_at"], row["due_at"]) for row in house.rows(FINDING)}
    assert len(first) == 2
    back = hide(house)
    house.scan(MORNING + 24 * HOUR)
    back()
    house.scan(MORNING + 48 * HOUR)
    assert {row["key"]: (row["first_seen_at"], row["due_at"]) for row in house.rows(FINDING)} == first


def test_a_store_that_is_suddenly_empty_is_doubtful_and_loses_nothing(house: House) -> None:
    three_calls(house)
    house.put("b.mp4", film(20, "b"))
    house.scan(MORNING)
    before = house.states()
    back = hide(house)
    house.root().mkdir()
    house.scan(MORNING + HOUR)
    assert last_state(house) == "doubtful"
    assert (house.states(), house.findings(DOUBTFUL)) == (before, {("dock", DOUBTFUL)})
    assert house.findings("missing.file-lost") == set()
    assert results(house)["JQ2"] == "unknown"
    house.root().rmdir()
    back()
    house.scan(MORNING + 2 * HOUR)
    assert last_state(house) == "online"
    assert results(house)["JQ2"] == "noncompliant"


def many(house: House, total: int) -> list[Path]:
    """Small unreadable files: the breaker counts files, not films."""
    return [house.put(f"{n:03}.bin", f"file {n}".encode()) for n in range(total)]


@pytest.mark.parametrize(
    ("total", "gone", "state"),
    [(240, 49, "online"), (251, 50, "online"), (249, 50, "doubtful"), (250, 50, "online"), (60, 49, "online")],
)
def test_the_breaker_needs_fifty_files_and_more_than_a_fifth(house: House, total: int, gone: int, state: str) -> None:
    files = many(house, total)
    house.scan(MORNING)
    for file in files[:gone]:
        file.unlink()
    house.scan(MORNING + HOUR)
    assert last_state(house) == state
    lost = gone if state == "online" else 0
    assert list(house.states().values()).count("missing") == lost
    assert len(house.findings("missing.file-lost")) == lost


def test_a_doubtful_store_is_believed_again_when_its_files_are_back(house: House) -> None:
    files = many(house, 60)
    house.scan(MORNING)
    away = house.folder / "away"
    away.mkdir()
    for file in files[:55]:
        file.rename(away / file.name)
    house.scan(MORNING + HOUR)
    assert last_state(house) == "doubtful"
    for file in files[:55]:
        (away / file.name).rename(file)
    house.scan(MORNING + 2 * HOUR)
    assert last_state(house) == "online"
    assert set(house.states().values()) == {"unreadable"}
    assert house.findings(DOUBTFUL) == set()


def test_moving_every_file_of_a_large_store_is_no_doubt(house: House) -> None:
    many(house, 60)
    house.scan(MORNING)
    (house.root() / "archive").mkdir()
    for file in sorted(house.root().glob("*.bin")):
        file.rename(file.parent / "archive" / file.name)
    house.scan(MORNING + HOUR)
    assert last_state(house) == "online"
    assert house.anchors() == {f"archive/{n:03}.bin": f"dock:{n:03}.bin" for n in range(60)}


def test_files_moved_while_the_store_was_in_doubt_are_no_lost_files_afterwards(house: House) -> None:
    files = many(house, 100)
    house.scan(MORNING)
    away, archive = house.folder / "away", house.root() / "archive"
    away.mkdir()
    archive.mkdir()
    for file in files[:60]:
        file.rename(away / file.name)
    for file in files[60:65]:
        file.rename(archive / file.name)
    house.scan(MORNING + HOUR)
    assert last_state(house) == "doubtful"
    for file in files[:60]:
        (away / file.name).rename(file)
    house.scan(MORNING + 2 * HOUR)
    assert last_state(house) == "online"
    assert house.findings("missing.file-lost") == set()
    assert [house.anchors()[f"archive/{n:03}.bin"] for n in range(60, 65)] == [
        f"dock:{n:03}.bin" for n in range(60, 65)
    ]


def refuse(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder unlistable, for the superuser too."""
    folder.chmod(0)
    if os.geteuid() == 0:
        real = os.scandir

        def scandir(path: object = ".") -> object:
            if str(path) == str(folder):
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)  # type: ignore[call-overload]

        monkeypatch.setattr("os.scandir", scandir)


def test_files_of_a_folder_that_cannot_be_listed_are_not_missing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    three_calls(house)
    house.put("day/late/b.mp4", film(20, "b"))
    house.put("daylight/c.mp4", film(20, "c"))
    house.scan(MORNING)
    before = house.states()
    (house.root() / "daylight" / "c.mp4").unlink()
    try:
        refuse(house.root() / "day", monkeypatch)
        summary = house.scan(MORNING + HOUR)
    finally:
        (house.root() / "day").chmod(0o755)
        monkeypatch.undo()
    assert house.states() == {**before, "daylight/c.mp4": "missing"}
    assert house.findings(DOUBTFUL) == {("dock", DOUBTFUL)}
    assert results(house)["JQ2"] == "unknown"
    assert any("day" in problem for problem in summary.problems)
    house.scan(MORNING + 2 * HOUR)
    assert (house.findings(DOUBTFUL), results(house)["JQ2"]) == (set(), "noncompliant")


def test_a_refused_folder_that_is_gone_later_is_refused_no_more_and_its_files_are_missing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = house.put("day/b.mp4", film(20, "b"))
    house.put("c.mp4", film(20, "c"))
    house.scan(MORNING)
    refuse(house.root() / "day", monkeypatch)
    summary = house.scan(MORNING + HOUR)
    assert all(in_both_languages(problem) for problem in summary.problems)
    assert {row["refused"] for row in house.rows(FOLDER)} == {
        None,
        "无法列出：Permission denied / cannot be listed: Permission denied",
    }
    (house.root() / "day").chmod(0o755)
    monkeypatch.undo()
    file.unlink()
    file.parent.rmdir()
    house.scan(MORNING + 2 * HOUR)
    assert house.findings(DOUBTFUL) == set()
    assert house.states()["day/b.mp4"] == "missing"


def test_a_store_left_out_of_the_configuration_loses_no_file(house: House) -> None:
    three_calls(house)
    house.store("second")
    house.put("b.mp4", film(20, "b"), store="second")
    house.scan(MORNING)
    del house.stores["second"]
    house.scan(MORNING + HOUR)
    assert house.states("second") == {"b.mp4": "present"}
    assert house.findings("missing.file-lost") == set()


def test_the_doubt_about_a_store_ends_when_it_leaves_the_configuration(house: House) -> None:
    three_calls(house)
    house.store("second")
    house.put("b.mp4", film(20, "b"), store="second")
    house.scan(MORNING)
    hide(house, "second")
    house.scan(MORNING + HOUR)
    assert house.findings(DOUBTFUL) == {("second", DOUBTFUL)}
    assert results(house)["JQ2"] == "unknown"
    del house.stores["second"]
    house.scan(MORNING + 2 * HOUR)
    assert house.findings(DOUBTFUL) == set()
    assert results(house)["JQ2"] == "noncompliant"


def test_a_unit_without_a_store_of_its_own_depends_on_every_store(house: House) -> None:
    """Where no store is the unit's own, its footage may lie in any: then none may be out of sight."""
    three_calls(house, unit="310114990000")
    house.scan(MORNING)
    assert results(house)["JQ2"] == "noncompliant"
    back = hide(house)
    house.scan(MORNING + HOUR)
    assert results(house)["JQ2"] == "unknown"
    back()
    house.scan(MORNING + 2 * HOUR)
    assert results(house)["JQ2"] == "noncompliant"


def test_a_store_of_another_unit_that_is_gone_says_nothing_about_this_one(house: House) -> None:
    three_calls(house)
    house.store("far", unit="310114020000")
    house.scan(MORNING)
    hide(house, "far")
    house.scan(MORNING + HOUR)
    assert results(house)["JQ2"] == "noncompliant"


def test_only_one_store_is_walked_when_asked_and_the_others_keep_their_state(house: House) -> None:
    one_call(house)
    house.store("second", unit="310114020000")
    file = house.put("b.mp4", film(20, "b"), store="second")
    house.put("c.mp4", film(20, "c"), store="second")
    house.scan(MORNING)
    file.unlink()
    (house.root() / CALL).unlink()
    house.put("new.mp4", film(10, "new"))
    house.scan(MORNING + HOUR, only=frozenset({"dock"}))
    assert house.states("second") == {"b.mp4": "present", "c.mp4": "present"}
    assert house.states() == {CALL: "missing", "new.mp4": "present"}
    assert last_state(house, "second") == "online"


def test_a_store_never_scanned_keeps_verdicts_unknown(house: House) -> None:
    three_calls(house)
    house.store("second")
    house.scan(MORNING, only=frozenset({"dock"}))
    assert results(house) == {"JQ1": "compliant", "JQ2": "unknown", "JQ3": "unknown"}
    house.scan(MORNING + HOUR)
    assert results(house)["JQ2"] == "noncompliant"


def test_registers_alone_make_no_finding(house: House) -> None:
    registers(house, {"1100001": "031021"})
    house.scan(MORNING)
    assert house.findings() == set()
