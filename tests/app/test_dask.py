"""A Dask cluster does the work of a local pool: the same rows, whatever dies, and nothing left behind."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from distributed import WorkerPlugin
from sqlalchemy import select

from app.cluster import Member, connect
from app.dask_executor import DaskExecutor, cluster_executor
from app.dask_worker import offered, program_mark, store_of
from app.progress import ScanStopped
from app.shell_settings import WorkerKind, WorkerSettings
from app.workers import build_executor
from domain.clip import StoredFile
from domain.errors import ClusterUnavailable, StoreUnavailable
from indexer.containers import probe_file
from indexer.content import ContentSettings
from indexer.pipeline import ScanPlan, ScanSummary, Silent, probe_worker, run_scan
from indexer.pipeline.plan import at_once
from indexer.stores.base import StoreSettings
from storage.schema.tables import FILE, PROBE, WORK
from storage.versions import current
from tests.app.clusters import LONG_S, Cluster, certificates, cluster, until
from tests.scanning import MORNING, count, dump, new_engine, plan_of, scan_once

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STORES = ("dock-a", "dock-b", "rooms")


@dataclass(frozen=True)
class Question:
    """A job about a store."""

    store: StoreSettings


def where(question: Question) -> str:
    """In a worker: where the store lies there."""
    return question.store.location


def fails(question: Question) -> None:
    raise LookupError(question.store.name)


@pytest.fixture(scope="module")
def elsewhere(sample_day: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workers' machine: the same stores, mounted at another place."""
    folder = tmp_path_factory.mktemp("workers")
    (folder / "mnt").symlink_to(sample_day / "sample_media" / "stores")
    return folder


@pytest.fixture(scope="module")
def working(elsewhere: Path) -> Iterator[Cluster]:
    """Two workers that see the sample day's stores."""
    stores = "".join(f'[[stores]]\nname = "{name}"\nlocation = "mnt/{name}"\n' for name in STORES)
    with cluster(elsewhere, stores, 2) as made:
        yield made


@pytest.fixture(scope="module")
def local(sample_day: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Every current row after a scan in this process."""
    engine = new_engine(f"sqlite:///{tmp_path_factory.mktemp('local') / 'local.db'}")
    scan_once(engine, plan_of(sample_day))
    rows = dump(engine)
    engine.dispose()
    return rows


def scan(working: Cluster, plan: ScanPlan, url: str, progress: Any = None, patience: float = 60.0) -> ScanSummary:
    engine = new_engine(url)
    try:
        with build_executor(working.settings(patience), [one.name for one in plan.stores]) as executor:
            return run_scan(engine, plan, MORNING, executor, progress or Silent())
    finally:
        engine.dispose()


def rows_at(url: str) -> dict[str, list[str]]:
    engine = new_engine(url)
    rows = dump(engine)
    engine.dispose()
    return rows


class AtProbe(Silent):
    """Does something once the first files were read."""

    def __init__(self, deed: Any) -> None:
        self._step, self._deed = "", deed

    def step(self, name: str, total: int | None) -> None:
        self._step = name

    def advance(self, count: int = 1) -> None:
        if self._step == "probe" and self._deed is not None:
            deed, self._deed = self._deed, None
            deed()


def test_a_cluster_writes_the_rows_that_a_local_pool_writes_and_leaves_nothing_on_it(
    working: Cluster, sample_day: Path, local: dict[str, list[str]], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'dask.db'}"
    summary = scan(working, plan_of(sample_day), url)
    assert (summary.problems, summary.probed > 60) == ((), True)
    found = rows_at(url)
    for table in local:
        assert found[table] == local[table], table
    assert working.tasks() == 0


def test_a_job_finds_its_store_where_the_workers_machine_has_it(working: Cluster, elsewhere: Path) -> None:
    with build_executor(working.settings(), ["rooms"]) as executor:
        there = executor.submit(where, Question(StoreSettings("rooms", "/not/here"))).result(60)
        assert at_once(executor) == 3
    assert there == str(elsewhere / "mnt" / "rooms")


def test_an_exception_of_a_job_is_its_own(working: Cluster) -> None:
    with build_executor(working.settings()) as executor, pytest.raises(LookupError, match="rooms"):
        executor.submit(fails, Question(StoreSettings("rooms", "x"))).result(60)


def test_workers_listen_on_the_address_that_reaches_the_scheduler_and_no_other(working: Cluster) -> None:
    addresses = {one.address.split("//")[1].rpartition(":")[0] for one in working.wait_for(2)}
    assert addresses == {"127.0.0.1"}
    listening = working.run(_listening)
    assert listening
    assert {host for hosts in listening.values() for host in hosts} == {"127.0.0.1"}


def _listening() -> list[str]:
    """In a worker: addresses of its listening sockets."""
    import psutil

    found = psutil.Process().net_connections("tcp")
    return [one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN]


@pytest.mark.long
def test_a_store_that_no_worker_sees_is_put_off_and_the_others_are_read(
    working: Cluster, own_sample_day: Path, tmp_path: Path, local: dict[str, list[str]]
) -> None:
    url = f"sqlite:///{tmp_path / 'dask.db'}"
    plan = plan_of(own_sample_day)
    called = {"rooms": "other-rooms"}
    strange = tuple(replace(one, name=called.get(one.name, one.name)) for one in plan.stores)
    summary = scan(working, replace(plan, stores=strange), url, patience=1.0)
    assert summary.problems
    assert {problem.split(":")[1].strip() for problem in summary.problems} == {"other-rooms"}
    assert all("no worker sees store other-rooms" in problem for problem in summary.problems)
    engine = new_engine(url)
    assert count(engine, WORK) == len(summary.problems)
    with build_executor(WorkerSettings(WorkerKind.THREADS)) as executor:
        assert run_scan(engine, replace(plan, stores=strange), MORNING, executor, Silent()).problems == ()
    assert count(engine, PROBE) == sum(1 for _ in local["probe"])
    engine.dispose()


def test_a_scan_that_no_worker_could_help_does_not_begin(working: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterUnavailable, match="no worker sees store attic"):
        cluster_executor(working.settings(0.1), ["attic"])
    monkeypatch.setattr("app.cluster.program_mark", lambda: "bwc:9.9 python-4.0")
    with pytest.raises(ClusterUnavailable, match=r"expected workers of bwc:9.9 python-4.0, got .*bwc:0"):
        cluster_executor(working.settings(0.1), [])
    nobody = WorkerSettings(WorkerKind.DASK, scheduler="tcp://127.0.0.1:1", patience_seconds=0.2)
    with pytest.raises(ClusterUnavailable, match=r"expected a Dask scheduler at tcp://127.0.0.1:1, got no answer"):
        cluster_executor(nobody, [])


def test_a_scan_that_is_stopped_leaves_nothing_on_the_cluster(
    working: Cluster, sample_day: Path, tmp_path: Path
) -> None:
    def stop() -> None:
        raise ScanStopped

    with pytest.raises(ScanStopped):
        scan(working, plan_of(sample_day), f"sqlite:///{tmp_path / 'dask.db'}", AtProbe(stop))
    until(lambda: working.tasks() == 0)


def test_a_worker_killed_in_the_middle_of_a_scan_costs_no_row(
    working: Cluster, sample_day: Path, local: dict[str, list[str]], tmp_path: Path
) -> None:
    processes = list(working.run(os.getpid).values())
    url = f"sqlite:///{tmp_path / 'dask.db'}"
    summary = scan(working, plan_of(sample_day), url, AtProbe(lambda: os.kill(processes[0], signal.SIGKILL)))
    assert summary.problems == ()
    found = rows_at(url)
    for table in local:
        assert found[table] == local[table], table
    working.wait_for(2)  # it was started again
    assert set(working.run(os.getpid).values()) != set(processes)


def test_jobs_of_a_store_whose_workers_are_gone_do_not_wait_for_ever(working: Cluster) -> None:
    with build_executor(working.settings(0.5), ["rooms"]) as executor:
        job: Future[str] = executor.submit(where, Question(StoreSettings("attic", "x")))
        with pytest.raises(StoreUnavailable, match="no worker sees store attic"):
            job.result(60)


def test_a_job_does_not_wait_for_a_scheduler_that_is_gone(tmp_path: Path) -> None:
    made = Cluster(tmp_path)
    made.start_scheduler()
    try:
        executor = DaskExecutor(connect(made.settings()), [], LONG_S)
        job: Future[str] = executor.submit(where, Question(StoreSettings("attic", "x")))
        assert made.scheduler is not None
        made.scheduler.kill()
        with pytest.raises(ClusterUnavailable, match="got no answer"):
            job.result(LONG_S)
        with pytest.raises(ClusterUnavailable, match="got no answer"):
            executor.submit(where, Question(StoreSettings("attic", "x")))
        executor.shutdown(cancel_futures=True)
        executor.shutdown()  # a second time is no harm
        with pytest.raises(RuntimeError, match="after shutdown"):
            executor.submit(where, Question(StoreSettings("attic", "x")))
    finally:
        made.end()


@pytest.mark.long
def test_pictures_are_looked_at_by_the_cluster_and_its_helpers_end_with_the_scan(
    working: Cluster, sample_day: Path, tmp_path: Path
) -> None:
    content = ContentSettings(minutes_per_scan=0.1, share_ratio=1.0, cache=str(tmp_path / "stills"))
    summary = scan(working, plan_of(sample_day, content), f"sqlite:///{tmp_path / 'dask.db'}")
    assert (summary.problems, summary.content_checked > 0, summary.content_ended) == ((), True, 0)
    assert set(working.run(_helpers).values()) == {0}


def _helpers() -> int:
    """In a worker: processes that it started and that still run."""
    import psutil

    return len(psutil.Process().children())


@pytest.mark.long
def test_a_machine_that_dies_with_all_its_workers_costs_no_row(
    sample_day: Path, local: dict[str, list[str]], tmp_path: Path
) -> None:
    """`bwc worker` is killed, so nobody starts its workers again: they end too, and the other does their work."""
    root = sample_day / "sample_media" / "stores"
    stores = "".join(f'[[stores]]\nname = "{name}"\nlocation = "{root / name}"\n' for name in STORES)
    url = f"sqlite:///{tmp_path / 'dask.db'}"
    with cluster(tmp_path, stores, 1) as made:
        (first,) = made.run(os.getpid).values()
        made.start_worker()
        made.wait_for(2)
        assert scan(made, plan_of(sample_day), url, AtProbe(made.workers[0].kill)).problems == ()
        until(lambda: not Path(f"/proc/{first}").exists())
        made.wait_for(1)
    found = rows_at(url)
    for table in local:
        assert found[table] == local[table], table


class Deadly(WorkerPlugin):
    """In every worker, those that are started again included: one file kills the process that reads it."""

    name = "deadly"

    def setup(self, worker: Any) -> None:
        arm()


DEADLY = ".ps"


def arm() -> None:
    """In a process of a worker, or in one of its own processes."""
    probe_worker.probe_file = deadly
    probe_worker.ProcessPoolExecutor = armed_pool  # type: ignore[attr-defined]


def armed_pool(workers: int, mp_context: Any) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=mp_context, initializer=arm)


def deadly(store: Any, file: StoredFile) -> Any:
    if file.path.endswith(DEADLY):
        os._exit(7)
    return probe_file(store, file)


@pytest.mark.long
def test_a_file_that_kills_every_worker_costs_only_itself(own_sample_day: Path, tmp_path: Path) -> None:
    root = own_sample_day / "sample_media" / "stores" / "dock-a"
    killer = root / f"killer{DEADLY}"
    killer.write_bytes(b"anything")
    os.utime(killer, (1_700_000_000,) * 2)
    folder = tmp_path / "workers"
    folder.mkdir()
    stores = "".join(f'[[stores]]\nname = "{name}"\nlocation = "{root.parent / name}"\n' for name in STORES)
    url = f"sqlite:///{tmp_path / 'dask.db'}"
    with cluster(folder, stores, 2) as made:
        client = connect(made.settings())
        client.register_plugin(Deadly())
        client.close()
        summary = scan(made, plan_of(own_sample_day), url)
    assert summary.problems == ()
    engine = new_engine(url)
    with engine.connect() as connection:
        query = select(PROBE.c.problems, FILE.c.anchor).join(FILE, FILE.c.id == PROBE.c.file_id).where(current(PROBE))
        found = {row.anchor: row.problems for row in connection.execute(query).all()}
    engine.dispose()
    assert "died on this file" in found[f"dock-a:killer{DEADLY}"][0]["detail"]
    assert [name for name, problems in found.items() if "died on this file" in str(problems)] == [
        f"dock-a:killer{DEADLY}"
    ]
    assert len(found) == summary.probed


@pytest.mark.long
def test_with_certificates_only_who_has_one_is_let_in(tmp_path: Path) -> None:
    """Over TLS the same; who comes without, or with one of another authority, gets nowhere."""
    store = tmp_path / "store"
    store.mkdir()
    ours, others = certificates(tmp_path / "ours"), certificates(tmp_path / "others")
    with cluster(tmp_path, f'[[stores]]\nname = "rooms"\nlocation = "{store}"\n', 1, ours) as made:
        with build_executor(made.settings(), ["rooms"]) as executor:
            assert executor.submit(where, Question(StoreSettings("rooms", "/x"))).result(60) == str(store)
        for files in (others, None):
            with pytest.raises(ClusterUnavailable, match="got no answer"):
                cluster_executor(made.settings(1.0, files), [])


@pytest.mark.long
def test_a_scheduler_killed_in_the_middle_of_a_scan_ends_it_and_the_next_one_goes_on(
    sample_day: Path, local: dict[str, list[str]], tmp_path: Path
) -> None:
    (tmp_path / "mnt").symlink_to(sample_day / "sample_media" / "stores")
    stores = "".join(f'[[stores]]\nname = "{name}"\nlocation = "mnt/{name}"\n' for name in STORES)
    url = f"sqlite:///{tmp_path / 'dask.db'}"
    with cluster(tmp_path, stores, 1) as made:
        scheduler = made.scheduler
        assert scheduler is not None
        with pytest.raises(ClusterUnavailable, match="got no answer"):
            scan(made, plan_of(sample_day), url, AtProbe(scheduler.kill))
        scheduler.wait()
        made.start_scheduler()
        made.wait_for(1)  # the worker came back by itself
        summary = scan(made, plan_of(sample_day), url)
        (process,) = made.workers
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert "ready: 1" in made.log()
        assert "stopped" in made.log()
    assert (summary.problems, summary.probed > 0) == ((), True)
    found = rows_at(url)
    for table in local:
        assert found[table] == local[table], table
    assert not [one for one in threading.enumerate() if one.name == "bwc-dask-watch"]


def test_what_a_worker_offers_names_the_program_and_its_stores() -> None:
    has = offered(["a", "b"])
    assert set(has) == {program_mark(), "store:a", "store:b"}
    assert Member("tcp://h:1", "w", 1, program_mark(), frozenset({"a"})).ours
    assert not Member("tcp://h:1", "w", 1, None, frozenset()).ours
    assert store_of([1, Question(StoreSettings("a", "x"))]) == "a"
    assert store_of([1]) is None
