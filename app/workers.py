"""The executor that the steps run on: threads, processes or a Dask cluster, chosen in `[workers]`."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from app.collector import collect_seldom
from app.shell_settings import WorkerKind, WorkerSettings

CLOSING_S = 30.0
CLOSING: list[threading.Thread] = []
"""Threads that wait for workers to end."""


def worker_count(settings: WorkerSettings) -> int:
    """The configured number, else one per processor this process may use."""
    if settings.count:
        return settings.count
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return min(os.cpu_count() or 1, 61)  # Windows waits on at most 61 processes


@contextmanager
def build_executor(settings: WorkerSettings, stores: Sequence[str] = ()) -> Iterator[Executor]:
    """An executor for one scan of these stores; work not yet begun is dropped on the way out. Raises ConfigError."""
    executor = _executor(settings, stores)
    try:
        yield executor
    finally:
        _close(executor)


def _close(executor: Executor) -> None:
    """End it; workers that a dead mount holds are not waited for: they end when it lets them go."""
    shut = partial(executor.shutdown, wait=True, cancel_futures=True)
    closing = threading.Thread(target=shut, name="bwc-closing", daemon=True)
    closing.start()
    closing.join(CLOSING_S)
    if closing.is_alive():
        CLOSING.append(closing)


def left_behind() -> bool:
    """Whether a worker of this process is still held by a store that does not answer."""
    CLOSING[:] = [one for one in CLOSING if one.is_alive()]
    return bool(CLOSING)


def _executor(settings: WorkerSettings, stores: Sequence[str]) -> Executor:
    if settings.kind is WorkerKind.DASK:
        from app.dask_executor import cluster_executor

        return cluster_executor(settings, stores)
    if settings.kind is WorkerKind.THREADS:
        return ThreadPoolExecutor(worker_count(settings), thread_name_prefix="bwc-worker")
    # Spawned, not forked: the parent has threads (server, schedule) and open database connections.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(worker_count(settings), mp_context=context, initializer=prepare_worker)


def prepare_worker() -> None:
    """In a worker process: leave Ctrl-C to the parent, and end when the parent is killed.

    A pool's workers wait on a pipe whose other end they hold too, so without this they would outlive a parent that
    was killed.
    """
    collect_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), name="bwc-parent-watch", daemon=True).start()


def _end_with(parent: "multiprocessing.process.BaseProcess") -> None:
    parent.join()
    os._exit(1)
