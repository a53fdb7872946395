"""A Dask cluster as an executor like any other: whatever happens to it ends in words that the steps know.

The work itself is Dask's own executor's, one for each store, so that a job goes to workers that see its store. What is
added: a job never waits for ever (workers that see its store are gone, the scheduler is gone), and Dask's exceptions
become `WorkerDied`, `StoreUnavailable` and `ClusterUnavailable`.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures import wait as wait_for
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from app.cluster import ANSWERING_S, Member, connect, members, no_answer, nobody_sees, none_of_ours, unseen
from app.dask_worker import at_home, needed, store_of
from app.shell_settings import WorkerSettings
from domain.errors import ClusterUnavailable, StoreUnavailable, WorkerDied
from domain.wording import say

if TYPE_CHECKING:
    from distributed import Client

LOOK_EVERY_S = 1.0
CLOSING_S = 5.0


@dataclass(frozen=True, slots=True)
class Given:
    """A job in the hands of the cluster."""

    inner: "Future[Any]"
    store: str | None


class DaskExecutor(Executor):
    """Jobs for the workers of one cluster; the client is closed with it."""

    def __init__(self, client: "Client", found: Sequence[Member], patience: float) -> None:
        self._client = client
        self._scheduler = str(client.scheduler.address) if client.scheduler else None
        self._patience = patience
        self._by_store: dict[str | None, Any] = {}
        self._given: dict[Future[Any], Given] = {}
        self._lock = threading.Lock()
        self._lost: str | None = None
        self._over = threading.Event()
        self._absent: dict[str | None, float] = {}  # since when no worker could do the jobs of a store
        self._heard = time.monotonic()
        self._threads = _threads(found)
        self._looks = False  # whether workers were asked to look at pictures
        self._watch = threading.Thread(target=self._watching, name="bwc-dask-watch", daemon=True)
        self._watch.start()

    @property
    def at_once(self) -> int:
        """Jobs that the cluster works on at a time."""
        return max(1, self._threads)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Raises ClusterUnavailable once the cluster is lost."""
        if self._over.is_set():
            raise RuntimeError("cannot schedule new futures after shutdown")
        if self._lost is not None:
            raise ClusterUnavailable(self._lost)
        store, outer = store_of(args), Future[Any]()
        outer.set_running_or_notify_cancel()  # who gives up a job that a worker may be at would lose its work
        self._looks |= "detect" in fn.__module__
        inner = self._executor(store).submit(at_home, fn, *args, **kwargs)
        with self._lock:
            self._given[outer] = Given(inner, store)
        inner.add_done_callback(partial(self._settle, outer))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, and nothing on it: what it still holds of ours is dropped, or waited for."""
        if self._over.is_set():
            return
        if wait and not cancel_futures:
            wait_for(list(self._given))
        self._over.set()
        for _, outer in self._all_taken():
            outer.set_exception(CancelledError())
        if self._lost is None:
            for executor in self._by_store.values():
                executor.shutdown(wait=False)  # takes back what it has not got an answer to
            if self._looks:
                self._end_helpers()
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=CLOSING_S)
        self._watch.join(CLOSING_S)

    def _executor(self, store: str | None) -> Any:
        if store not in self._by_store:
            self._by_store[store] = self._client.get_executor(resources=dict(needed(store)), pure=False)
        return self._by_store[store]

    def _taken(self, outer: "Future[Any]") -> Given | None:
        """Whoever gets the job settles its future, nobody else."""
        with self._lock:
            return self._given.pop(outer, None)

    def _settle(self, outer: "Future[Any]", inner: "Future[Any]") -> None:
        """Called by the client's own thread, which must not be made to wait for itself."""
        if self._taken(outer) is None:
            return
        if inner.cancelled():  # not by us: that is what becomes of everything when the scheduler is gone
            self._lose(self._no_scheduler())
            outer.set_exception(ClusterUnavailable(self._lost))
        elif (error := inner.exception()) is not None:
            outer.set_exception(_translated(error))
        else:
            outer.set_result(inner.result())

    def _watching(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            if self._given and self._lost is None:
                self._look()

    def _look(self) -> None:
        """Who is there; jobs that nobody there can do wait for somebody until patience ends."""
        found = self._present()
        if self._over.is_set() or found is None:
            return
        self._threads = _threads(found)
        with self._lock:
            stores = {given.store for given in self._given.values()}
        ours = any(one.ours for one in found)
        absent = {store for store in stores if not ours or (store is not None and unseen([store], found))}
        now = time.monotonic()
        self._absent = {store: self._absent.get(store, now) for store in absent}
        late = {store for store, since in self._absent.items() if now - since >= self._patience}
        if late and not ours:
            self._lose(none_of_ours(self._scheduler, found))
            return
        for store in late:
            for given, outer in self._all_taken(store):
                outer.set_exception(StoreUnavailable(nobody_sees(str(store))))
                given.inner.cancel()

    def _present(self) -> tuple[Member, ...] | None:
        """The workers; None where the scheduler does not say, which is forgiven for a while: it may be busy."""
        try:
            if self._client.status == "running":
                found = members(self._client)
                self._heard = time.monotonic()
                return found
        except TimeoutError:
            if time.monotonic() - self._heard < self._patience + ANSWERING_S:
                return None
        except OSError:
            pass  # nobody listens there any more
        if not self._over.is_set():
            self._lose(self._no_scheduler())
        return None

    def _no_scheduler(self) -> str:
        return no_answer(self._scheduler, say("连接中断", "the connection was lost"))

    def _lose(self, why: str) -> None:
        """From now on nothing comes back, and nothing is taken."""
        self._lost = self._lost or why
        for _, outer in self._all_taken():
            outer.set_exception(ClusterUnavailable(self._lost))

    def _all_taken(self, *stores: str | None) -> "list[tuple[Given, Future[Any]]]":
        """Jobs about some stores, or all: nobody waits for them any longer."""
        with self._lock:
            left = [outer for outer, given in self._given.items() if not stores or given.store in stores]
        pairs = [(self._taken(outer), outer) for outer in left]
        return [(given, outer) for given, outer in pairs if given is not None]

    def _end_helpers(self) -> None:
        """What the workers keep for looking at pictures holds memory that nothing else needs."""
        from indexer.pipeline.detect_worker import end_all_helpers

        with suppress(OSError, TimeoutError):
            self._client.sync(self._client._run, end_all_helpers, on_error="ignore", callback_timeout=CLOSING_S)


def cluster_executor(settings: WorkerSettings, stores: Sequence[str]) -> DaskExecutor:
    """The configured cluster, once it has workers of ours that see one of the stores (any, where none is named).

    Raises ConfigError; ClusterUnavailable when there is no scheduler, or patience ends before there are such workers.
    """
    with ExitStack() as stack:
        client = connect(settings)
        stack.callback(client.close, timeout=CLOSING_S)
        until = time.monotonic() + settings.patience_seconds
        while (why := _useless(settings, stores, found := _present(client, settings))) is not None:
            if time.monotonic() >= until:
                raise ClusterUnavailable(why)
            time.sleep(min(LOOK_EVERY_S, settings.patience_seconds))
        stack.pop_all()
        return DaskExecutor(client, found, settings.patience_seconds)


def _present(client: "Client", settings: WorkerSettings) -> tuple[Member, ...]:
    try:
        return members(client)
    except (OSError, TimeoutError) as error:
        raise ClusterUnavailable(no_answer(settings.scheduler, str(error) or type(error).__name__)) from None


def _useless(settings: WorkerSettings, stores: Sequence[str], found: Sequence[Member]) -> str | None:
    """Why these workers can do nothing for a scan of these stores."""
    if not any(one.ours for one in found):
        return none_of_ours(settings.scheduler, found)
    if stores and len(unseen(stores, found)) == len(stores):
        return f"[workers] scheduler: {'; '.join(map(nobody_sees, stores))}"
    return None


def _threads(found: Sequence[Member]) -> int:
    return sum(one.threads for one in found if one.ours)


def _translated(error: BaseException) -> BaseException:
    """The same in words that the steps know."""
    from distributed.scheduler import KilledWorker, NoValidWorkerError

    if isinstance(error, KilledWorker):
        zh = f"工作进程异常终止（先后 {error.allowed_failures + 1} 个）"
        return WorkerDied(say(zh, f"the worker died, {error.allowed_failures + 1} of them one after the other"))
    if isinstance(error, NoValidWorkerError):
        return StoreUnavailable(say("没有工作节点能完成此任务", "no worker can do this"))
    return error
