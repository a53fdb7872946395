"""Executors: what is asked for is what runs, and nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from app.shell_settings import WorkerKind, WorkerSettings
from app.workers import build_executor, worker_count

ROOT = Path(__file__).resolve().parents[2]


def test_threads_run_work_in_this_process() -> None:
    with build_executor(WorkerSettings(WorkerKind.THREADS, count=2)) as executor:
        assert isinstance(executor, ThreadPoolExecutor)
        assert executor.submit(os.getpid).result() == os.getpid()


@pytest.mark.slow
def test_processes_run_work_in_another_process() -> None:
    with build_executor(WorkerSettings(WorkerKind.PROCESSES, count=1)) as executor:
        assert isinstance(executor, ProcessPoolExecutor)
        assert executor.submit(os.getpid).result() != os.getpid()
        assert executor.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN


def test_work_not_yet_begun_is_dropped_when_the_block_is_left() -> None:
    begun = []
    with build_executor(WorkerSettings(WorkerKind.THREADS, count=1)) as executor:
        futures = [executor.submit(lambda: (begun.append(1), time.sleep(0.05))) for _ in range(50)]
    assert len(begun) < 50
    assert futures[-1].cancelled()


def test_a_count_of_zero_means_one_per_processor() -> None:
    assert worker_count(WorkerSettings(count=0)) == len(os.sched_getaffinity(0))
    assert worker_count(WorkerSettings(count=7)) == 7


PARENT = """
import os, time
from app.shell_settings import WorkerKind, WorkerSettings
from app.workers import build_executor
if __name__ == "__main__":
    with build_executor(WorkerSettings(WorkerKind.PROCESSES, count=2)) as executor:
        print(*{executor.submit(os.getpid).result() for _ in range(4)}, flush=True)
        time.sleep(600)
"""


def test_a_worker_that_imports_the_entry_point_anew_loads_nothing_heavy() -> None:
    code = "import sys, app.cli; print([name for name in ('sqlalchemy', 'numpy', 'click') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def alive(process: int) -> bool:
    """Running, and no zombie that only waits to be collected."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to look at processes")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        children = [int(word) for word in parent.stdout.readline().split()]
        assert children
        assert all(map(alive, children))
        parent.kill()
    until = time.monotonic() + 20
    while any(map(alive, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, children))
