"""One subject that makes our own code fail is recorded and left out; everything else is done, and it is tried again."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from detectors.rule import Facts
from domain.clip import StoredFile
from indexer.pipeline import Silent, run_scan
from indexer.pipeline import judge as judging
from indexer.pipeline import link as linking
from indexer.pipeline import probe_worker as probing
from storage.schema.tables import FAILURE, LINK, PROBE, WORK
from tests.builders import House, clip_name, film, incident, one_call, registers, results
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")
OTHER = clip_name("1100002", "031022", "10:00:00")


def two_calls(house: House) -> None:
    one_call(house)
    registers(house, {"1100001": "031021", "1100002": "031022"})
    house.put(OTHER, film(300, "another"))
    rows = [incident("JQ1", "031021", "08:12:00", "08:14:00"), incident("JQ2", "031022", "10:00:10", "10:04:50")]
    house.feed("110", house.feeds["110"].kind, rows)


def failures(house: House) -> list[tuple[str, str, int]]:
    return [(row["step"], row["error"], row["attempts"]) for row in house.rows(FAILURE)]


def failing(real: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
    """The real function, but for the arguments that it is to fail on."""

    def wrapper(*arguments: Any, **options: Any) -> Any:
        if when(*arguments):
            raise ZeroDivisionError("a fault of our own")
        return real(*arguments, **options)

    return wrapper


def assert_recovers(house: House, step: str, broken: Any) -> None:
    """With the fault twice, then without: counted, then cleared, and as if it had never been."""
    with broken:
        for attempt in (1, 2):
            summary = house.scan(MORNING + attempt * HOUR)
            assert failures(house) == [(step, "ZeroDivisionError", attempt)]
            assert any("a fault of our own" in problem for problem in summary.problems)
    assert house.scan(MORNING + 3 * HOUR).problems == ()
    assert failures(house) == []
    assert house.rows(WORK) == []
    assert results(house) == {"JQ1": "compliant", "JQ2": "compliant"}


def test_a_rule_that_fails_on_one_incident_leaves_the_others_judged(house: House) -> None:
    two_calls(house)
    real = judging.judge

    def on_first(facts: Facts, *_: object) -> bool:
        return facts.subject == "JQ1"

    broken = patch.object(judging, "judge", failing(real, on_first))
    with broken:
        house.scan(MORNING)
    assert results(house) == {"JQ2": "compliant"}
    assert failures(house) == [("evaluate", "ZeroDivisionError", 1)]
    house.scan(MORNING + HOUR)
    assert (results(house), failures(house)) == ({"JQ1": "compliant", "JQ2": "compliant"}, [])


def test_a_rule_that_keeps_failing_is_counted_and_cleared_when_it_is_mended(house: House) -> None:
    two_calls(house)
    broken = patch.object(judging, "judge", failing(judging.judge, lambda facts, *_: facts.subject == "JQ1"))
    assert_recovers(house, "evaluate", broken)


def test_linking_that_fails_on_one_officer_leaves_the_others_linked_and_is_cleared(house: House) -> None:
    two_calls(house)
    real = linking.decide

    def mine(footage: Any, windows: Any, *_: object) -> bool:
        return any(window.officer == "031021" for window in windows)

    with patch.object(linking, "decide", failing(real, mine)):
        house.scan(MORNING)
        assert {row["number"] for row in house.rows(LINK)} == {"JQ2"}
    broken = patch.object(linking, "decide", failing(real, mine))
    house.scan(MORNING)
    assert failures(house) == []
    house.put("extra/" + clip_name("1100001", "031021", "11:00:00", 3), film(20, "extra"))
    assert_recovers(house, "link", broken)


def test_assembling_that_fails_on_one_camera_leaves_the_others_assembled_and_is_cleared(house: House) -> None:
    two_calls(house)

    def mine(clips: Any, *_: object) -> bool:
        return any(clip.device == "1100001" for clip in clips)

    from indexer.pipeline import assemble as assembling

    broken = patch.object(assembling, "assemble_clips", failing(assembling.assemble_clips, mine))
    assert_recovers(house, "assemble", broken)


@pytest.mark.parametrize("function", ["read_name", "identify", "time_sources"])
def test_placing_that_fails_on_one_file_leaves_the_others_placed_and_is_cleared(house: House, function: str) -> None:
    from indexer.pipeline import place as placing

    two_calls(house)

    def mine(first: Any, *_: object) -> bool:
        path = first.path if isinstance(first, StoredFile) else first
        return bool(path == CALL)

    broken = patch.object(placing, function, failing(getattr(placing, function), mine))
    assert_recovers(house, "place", broken)


def test_a_clock_estimate_that_fails_costs_only_that_camera_and_is_cleared(house: House) -> None:
    from indexer.pipeline import place_devices as placing

    two_calls(house)
    broken = patch.object(placing, "listen", failing(placing.listen, lambda device, *_: device == "1100001"))
    assert_recovers(house, "place", broken)


def test_a_reader_that_fails_on_one_file_leaves_the_others_read_and_is_cleared(house: House) -> None:
    two_calls(house)
    broken = patch.object(probing, "probe_file", failing(probing.probe_file, lambda _store, file: file.path == CALL))
    assert_recovers(house, "probe", broken)


def test_a_file_that_the_store_cannot_give_is_tried_again_and_forgotten_once_it_is_gone(house: House) -> None:
    two_calls(house)
    real = probing.probe_file

    def refused(store: Any, file: StoredFile) -> Any:
        if file.path == CALL:
            raise OSError(5, "Input/output error")
        return real(store, file)

    with patch.object(probing, "probe_file", refused):
        assert len(house.scan(MORNING).problems) == 1
        assert failures(house) == [("probe", "ReaderFailed", 1)]
        assert [row["path"] for row in house.rows(PROBE) if "path" in row] == []
    (house.root() / CALL).unlink()
    assert house.scan(MORNING + HOUR).problems == ()
    assert failures(house) == []


def deadly(store: Any, file: StoredFile) -> Any:
    """In place of the real reading: one file kills the process that reads it."""
    if file.path == CALL:
        os._exit(7)
    from indexer.containers import probe_file

    return probe_file(store, file)


def arm() -> None:
    """In a worker: put the deadly reading in place."""
    probing.probe_file = deadly


@pytest.mark.slow
def test_a_file_that_kills_its_worker_costs_only_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    two_calls(house)
    for number in range(4):
        house.put(f"more/{clip_name('1100002', '031022', f'12:{number:02}:00', number + 2)}", film(20, f"{number}"))
    context = multiprocessing.get_context("spawn")
    alone = ProcessPoolExecutor

    def one_worker(workers: int, mp_context: Any) -> ProcessPoolExecutor:
        return alone(workers, mp_context=mp_context, initializer=arm)

    monkeypatch.setattr(probing, "ProcessPoolExecutor", one_worker)
    with ProcessPoolExecutor(1, mp_context=context, initializer=arm) as executor:
        summary = run_scan(house.engine, house.plan, MORNING, executor, Silent())
    assert summary.files == 6
    assert [path for path, state in house.states().items() if state != "present"] == [CALL]
    read = {row["file_id"]: row for row in house.rows(PROBE)}
    assert len(read) == 6
    (dead,) = [row for row in read.values() if not row["playable"]]
    assert "died" in dead["problems"][0]["detail"]
    assert (f"dock:{CALL}", "incomplete.unreadable") in house.findings()


def test_two_files_of_one_camera_that_begin_at_the_same_second_do_not_end_the_scan(house: House) -> None:
    """Two lenses, or a main and a sub stream: the same camera, the same second, another length."""
    two_calls(house)
    house.put("sub/" + CALL, film(60, "the sub stream"))
    house.scan(MORNING)
    assert set(house.states().values()) == {"present"}
    assert results(house) == {"JQ1": "compliant", "JQ2": "compliant"}


def test_of_three_files_of_one_camera_at_the_same_second_each_is_kept(house: House) -> None:
    two_calls(house)
    for number, seconds in enumerate((60, 90, 180)):
        house.put(f"{number}/{CALL}", film(seconds, f"stream {number}"))
    house.scan(MORNING)
    house.scan(MORNING + HOUR)
    assert len(house.rows(PROBE)) == 5
