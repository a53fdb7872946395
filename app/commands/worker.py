"""`bwc worker`: read files for scans that other machines make, as part of a Dask cluster."""

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from app.cluster import load_library, security_of
from app.dask_worker import offered
from app.scanning import chosen_stores
from app.settings import Settings
from app.shell import Exit, Shell, one_line, say, shared_options
from app.workers import worker_count
from domain.errors import ConfigError, StoreUnavailable
from indexer.stores.base import StoreSettings

if TYPE_CHECKING:
    from distributed import Nanny

AGAIN_S = 5.0
STARTING_S = 60.0
CLOSING_S = 10.0
CONFIG: dict[str, Any] = {
    "distributed.worker.daemon": False,  # a file that killed a worker is read in a process of that worker
    "distributed.worker.memory.target": False,  # nothing of what is read is laid down on this machine's disk
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.http.routes": [],
    "distributed.admin.system-monitor.gil.enabled": False,
}


@click.command(
    "worker", help="作为 Dask 工作节点读取文件 / Read files for scans made elsewhere, as workers of a Dask cluster."
)
@click.option("--store", "stores", multiple=True, metavar="NAME", help="只读取此存储 / only this store (repeatable)")
@shared_options
@click.pass_obj
def worker(shell: Shell, stores: tuple[str, ...]) -> None:
    settings = shell.settings()
    shell.logs(logging.WARNING if sys.stderr.isatty() else logging.INFO)
    if not settings.workers.scheduler:
        raise ConfigError('[workers] scheduler: expected an address such as "tcp://host:8786", got none')
    chosen = chosen_stores(settings, stores)
    seen = visible_stores([one for one in settings.stores if not chosen or one.name in chosen])
    load_library()
    asyncio.run(serve(crew_of(settings, seen)))
    shell.status = Exit.DONE


def visible_stores(stores: Sequence[StoreSettings]) -> list[StoreSettings]:
    """Those whose root can be listed now; says which cannot. Raises StoreUnavailable when it is none of them."""
    from indexer.pipeline.patience import PatientStore

    seen = []
    for store in stores:
        try:
            list(islice(PatientStore(store).walk(), 1))
            seen.append(store)
        except (StoreUnavailable, ConfigError, OSError) as error:
            say(f"bwc: 此存储不提供 / store left out: {store.name}: {one_line(error)}", logging.WARNING)
    if not seen:
        raise StoreUnavailable("没有可读取的存储 / no store can be read here")
    return seen


@dataclass(frozen=True, slots=True)
class Crew:
    """What the workers of this machine are to be."""

    scheduler: str
    count: int
    host: str | None
    stores: tuple[StoreSettings, ...]
    security: Any


def crew_of(settings: Settings, seen: Sequence[StoreSettings]) -> Crew:
    """The workers that the configuration asks for. Raises ConfigError."""
    workers = settings.workers
    scheduler = str(workers.scheduler)
    return Crew(scheduler, worker_count(workers), workers.host, tuple(seen), security_of(workers))


async def serve(crew: Crew) -> None:
    """Work until a signal ends it; a scheduler that is not there, or goes away, is waited for."""
    stop = asyncio.Event()
    with suppress(NotImplementedError):  # Windows ends it by an exception
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    waiting = False
    while not stop.is_set():
        try:
            await _live(crew, stop)
            waiting = False
        except (OSError, TimeoutError, RuntimeError) as error:
            if not waiting:
                reason = one_line(error) or type(error).__name__
                say(f"bwc: 等待调度器 / waiting for the scheduler at {crew.scheduler}: {reason}", logging.WARNING)
            waiting = True
        if not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN_S)
    say("bwc: 已停止 / stopped")


async def _live(crew: Crew, stop: asyncio.Event) -> None:
    """One life of the workers: until a signal, or until they lost their scheduler. Raises OSError, TimeoutError."""
    import dask

    ended = asyncio.create_task(stop.wait())
    async with AsyncExitStack() as stack:
        stack.callback(ended.cancel)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bwc-worker-", ignore_cleanup_errors=True))
        stack.enter_context(dask.config.set(CONFIG))
        nannies = [_nanny(crew, number, folder) for number in range(crew.count)]
        for one in nannies:
            stack.push_async_callback(one.close, timeout=CLOSING_S)
        if not await _started(nannies, ended):
            return
        names = ", ".join(one.name for one in crew.stores)
        say(f"bwc: 工作节点就绪 / ready: {crew.count} × {crew.scheduler}: {names}")
        over = [asyncio.create_task(one.finished()) for one in nannies]
        await asyncio.wait([ended, *over], return_when=asyncio.FIRST_COMPLETED)
        for task in over:
            task.cancel()


async def _started(nannies: "Sequence[Nanny]", ended: "asyncio.Task[bool]") -> bool:
    """Whether all of them work now; not when a signal came first. Raises what keeps one from it."""

    async def start(one: "Nanny") -> None:
        await one

    starting = [asyncio.create_task(start(one)) for one in nannies]
    together = asyncio.gather(*starting)
    both: list[asyncio.Future[Any]] = [ended, together]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it tells of what is broken off
        together.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        return False
    together.result()
    return True


def _nanny(crew: Crew, number: int, folder: str) -> "Nanny":
    """One worker process and who starts it again: one job at a time, since reading is work for the processor."""
    from distributed import Nanny
    from distributed.comm.addressing import get_address_host
    from distributed.utils import get_ip

    from app.dask_plugin import Stores

    return Nanny(
        crew.scheduler,
        name=f"{socket.gethostname()}-{os.getpid()}-{number}",
        nthreads=1,
        host=crew.host or get_ip(get_address_host(crew.scheduler)),  # never every address that there is
        security=crew.security,
        resources=dict(offered(one.name for one in crew.stores)),
        plugins=(Stores({one.name: one.location for one in crew.stores}),),
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.WARNING,
        death_timeout=STARTING_S,
        local_directory=folder,
    )
