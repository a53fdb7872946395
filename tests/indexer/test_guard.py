"""Any named function behind the wall: what it answers comes back, what it breaks is told, and the wall stands again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from indexer.guard import Ended, Guard, NotStarted

MEGABYTE = 1 << 20


def read_from(stream: BinaryIO, request: int) -> tuple[int, bytes]:
    """Process and content from an offset on."""
    stream.seek(request)
    return os.getpid(), stream.read()


def misbehave(stream: BinaryIO, request: str) -> object:
    if request == "sleep":
        time.sleep(3600)
    if request == "spin":
        while True:
            pass
    if request == "abort":
        os.abort()
    if request == "raise":
        raise KeyError("no such thing")
    if request == "eat":
        return len(bytearray(512 * MEGABYTE))
    if request == "disk":
        raise OSError(5, "Input/output error")
    return request


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with path.open("rb") as stream:
        yield stream.fileno()


def guarding(function: str, **bounds: float) -> Guard:
    return Guard(f"{__name__}:{function}", int(bounds.get("memory", 256 * MEGABYTE)), bounds.get("grace", 0.2))


def test_the_function_reads_the_open_file_in_another_process_and_serves_again(file: int) -> None:
    guard = guarding("read_from")
    first, content = guard.ask(file, 4, 20)  # type: ignore[misc]
    assert (content, first != os.getpid()) == (b"456789", True)
    assert guard.ask(file, 8, 20) == (first, b"89")
    (helper,) = guard.idle
    guard.end()
    assert (helper.process.returncode, guard.idle) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_", "code", "late"), [("sleep", -signal.SIGALRM, True), ("abort", -signal.SIGABRT, False)]
)
def test_one_that_hangs_or_falls_over_is_ended_and_the_next_request_is_answered(
    file: int, request_: str, code: int, late: bool
) -> None:
    guard = guarding("misbehave")
    guard.ask(file, "fine", 20)
    with pytest.raises(Ended) as caught:
        guard.ask(file, request_, 0.3)
    assert (caught.value.code, caught.value.late, guard.idle) == (code, late, [])
    assert guard.ask(file, "fine", 20) == "fine"
    guard.end()


@pytest.mark.slow
def test_what_nobody_caught_ends_the_helper_and_is_told(file: int) -> None:
    guard = guarding("misbehave")
    with pytest.raises(Ended) as caught:
        guard.ask(file, "raise", 20)
    assert (caught.value.words, caught.value.late, guard.idle) == ("KeyError: 'no such thing'", False, [])


@pytest.mark.slow
@pytest.mark.parametrize("function", ["no.such.module:f", "tests.indexer.test_guard:no_such_function"])
def test_what_cannot_be_loaded_is_the_fault_of_no_file(file: int, function: str) -> None:
    guard = Guard(function)
    with pytest.raises(NotStarted, match="no"):
        guard.ask(file, 0, 20)
    assert guard.idle == []


@pytest.mark.slow
def test_processor_time_has_an_alarm_of_its_own(file: int) -> None:
    guard = guarding("misbehave")
    with pytest.raises(Ended) as caught:
        guard.ask(file, "spin", 60, 0.3)
    assert (caught.value.code, caught.value.late) == (-signal.SIGPROF, True)


@pytest.mark.slow
def test_memory_beyond_the_bound_and_a_failing_disk_are_told_and_cost_no_helper(file: int) -> None:
    guard = guarding("misbehave")
    with pytest.raises(MemoryError):
        guard.ask(file, "eat", 20)
    (helper,) = guard.idle
    with pytest.raises(OSError, match="Input/output error"):
        guard.ask(file, "disk", 20)
    assert guard.idle == [helper]
    guard.end()


@pytest.mark.slow
def test_a_helper_at_work_is_gone_soon_after_whoever_asked_was_killed(tmp_path: Path) -> None:
    """It sleeps in its request and would for an hour: the line to it breaks with the process that held it."""
    code = (
        "import sys; from tests.indexer.test_guard import guarding; stream = open(sys.argv[1], 'rb');"
        "guard = guarding('misbehave'); guard.ask(stream.fileno(), 'fine', 20);"
        "print(guard.idle[0].process.pid, flush=True); guard.ask(stream.fileno(), 'sleep', 3600)"
    )
    (tmp_path / "file").write_bytes(b"x")
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        helper = int(asking.stdout.readline())
        time.sleep(0.3)
        asking.kill()
    for _ in range(100):
        if not running(helper):
            return
        time.sleep(0.1)
    pytest.fail("the helper outlived whoever asked")


def running(process: int) -> bool:
    """Whether a process is there and no zombie that waits for its parent."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
