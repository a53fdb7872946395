"""The fallback behind its wall: same measurements, ended when it hangs or falls over, started again afterwards."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.media import Probe
from domain.media import ProblemCode as Code
from indexer import guard
from indexer.containers import guarded
from indexer.containers.base import Source
from indexer.containers.counted import CountedStream
from indexer.containers.guarded import GuardedReader
from indexer.containers.libav import LibavReader
from tests.golden import media


@pytest.fixture
def reader() -> Iterator[GuardedReader]:
    found = GuardedReader(grace=0.5)
    yield found
    found.end()


def probe(reader: GuardedReader | LibavReader, path: Path) -> tuple[Probe, int]:
    with path.open("rb", buffering=0) as stream:
        counted = CountedStream(stream)
        head = stream.read(4096)
        found = reader.probe(Source(path.name, counted, path.stat().st_size, head))  # type: ignore[arg-type]
        return found, counted.bytes_read


def helper(reader: GuardedReader) -> guard.Helper:
    (found,) = reader._guard.idle
    return found


@pytest.mark.parametrize(
    "name", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("plain.flv", "plain.mpg")), "plain.mkv"]
)
def test_it_measures_and_counts_what_the_library_does(reader: GuardedReader, name: str) -> None:
    assert probe(reader, media.clip(name)) == probe(LibavReader(), media.clip(name))


@pytest.mark.slow
def test_one_helper_serves_many_files_quickly(reader: GuardedReader) -> None:
    path = media.clip("plain.flv")
    probe(reader, path)
    first = helper(reader).process.pid
    begun = time.perf_counter()
    for _ in range(20):
        probe(reader, path)
    assert (time.perf_counter() - begun) / 20 < 0.25
    assert helper(reader).process.pid == first


@pytest.mark.slow
def test_a_library_that_does_not_return_is_ended_and_the_next_file_is_read(
    reader: GuardedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media.clip("plain.flv")
    whole, _ = probe(reader, path)
    stuck = helper(reader)
    os.kill(stuck.process.pid, signal.SIGSTOP)
    monkeypatch.setattr(guarded, "seconds_allowed", lambda size: 0.2)
    found, _ = probe(reader, path)
    assert [problem.code for problem in found.problems] == [Code.OUT_OF_TIME, Code.NO_TRACKS]
    assert (found.container, found.reader, found.playable) == ("flv", "libav", False)
    assert stuck.process.returncode == -signal.SIGKILL
    monkeypatch.undo()
    assert probe(reader, path)[0] == whole


@pytest.mark.slow
def test_a_helper_ends_itself_when_its_time_is_over(reader: GuardedReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm is the helper's own, so it ends even when the process that asked is gone."""
    monkeypatch.setattr(guarded, "seconds_allowed", lambda size: -0.499)
    path = media.folder() / "large.flv"
    if not path.exists():
        path.write_bytes(media.clip("plain.flv").read_bytes())
        os.truncate(path, 200_000_000)
    found, _ = probe(reader, path)
    assert Code.OUT_OF_TIME in {problem.code for problem in found.problems}


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGSEGV, signal.SIGKILL])
def test_a_library_that_falls_over_leaves_a_problem_and_a_new_helper(
    reader: GuardedReader, sign: signal.Signals
) -> None:
    path = media.clip("plain.flv")
    whole, _ = probe(reader, path)
    line = helper(reader)
    os.kill(line.process.pid, sign)
    while line.process.poll() is None:
        time.sleep(0.01)
    assert probe(reader, path)[0] == whole


def test_a_helper_that_dies_while_it_reads_leaves_a_problem(
    reader: GuardedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media.clip("plain.flv")
    probe(reader, path)
    used = helper(reader)
    monkeypatch.setattr(guard, "send", lambda line, *rest: used.process.kill())
    found, _ = probe(reader, path)
    assert [problem.code for problem in found.problems] == [Code.DECODER_ERROR, Code.NO_TRACKS]
    assert "exit status -9" in found.problems[0].detail


@pytest.mark.slow
def test_the_helper_may_hold_no_more_memory_than_it_was_given() -> None:
    reader = GuardedReader(memory=64 << 20)
    try:
        probe(reader, media.clip("plain.flv"))
        limit = Path(f"/proc/{helper(reader).process.pid}/limits").read_text().splitlines()
        space = int(next(line for line in limit if line.startswith("Max address space")).split()[3])
        held = int(Path(f"/proc/{helper(reader).process.pid}/statm").read_text().split()[0]) * 4096
        assert held <= space < held + (65 << 20) + (1 << 30)
    finally:
        reader.end()


@pytest.mark.slow
def test_an_end_leaves_no_process_behind(reader: GuardedReader) -> None:
    probe(reader, media.clip("plain.flv"))
    process = helper(reader).process
    reader.end()
    assert process.returncode == 0
