"""The Dask cluster as a scan sees it: how it is reached, and which of its workers can do what."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.dask_worker import PROGRAM, STORE, program_mark
from app.shell_settings import WorkerSettings
from domain.errors import ClusterUnavailable, ConfigError
from domain.wording import say

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

CONNECTING_S = 10.0
ANSWERING_S = 30.0
QUIET: dict[str, Any] = {
    "distributed.worker.profile.enabled": False,  # looks at the running job every 10 ms
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.worker.memory.monitor-interval": "500ms",
}
"""Dask looks at itself very often; while files are read that is time which reading lacks."""

LOGGERS = ("distributed", "distributed.client", "distributed.scheduler", "distributed.nanny", "distributed.worker")


@dataclass(frozen=True, slots=True)
class Member:
    """One worker: what it is called, how many jobs it does at a time, and what it offers (None: no `bwc worker`)."""

    address: str
    name: str
    threads: int
    program: str | None
    stores: frozenset[str]

    @property
    def ours(self) -> bool:
        """Whether it runs this very program."""
        return self.program == program_mark()


def load_library() -> None:
    """Import Dask, and let it speak through our log. Raises ConfigError where it is not installed."""
    try:
        import dask
        import distributed
    except ImportError:
        raise ConfigError(
            '[workers] kind: "dask" needs the package distributed, which is not installed; expected it '
            '(pip install \'bwc-compliance[dask]\'), or "processes" or "threads"'
        ) from None
    dask.config.set(QUIET)
    for name in LOGGERS:  # it has handlers of its own, which write past our log
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger(distributed.__name__).setLevel(logging.ERROR)


def security_of(settings: WorkerSettings) -> "Security | None":
    """What proves us to the others, and them to us. Raises ConfigError for a file that cannot be read."""
    from distributed.security import Security

    if settings.tls_ca is None:
        return None
    for key, file in zip(("tls_ca", "tls_cert", "tls_key"), settings.tls_files, strict=True):
        try:
            Path(str(file)).read_bytes()
        except OSError as error:
            raise ConfigError(f"[workers] {key}: expected a PEM file that can be read, got {file}: {error}") from None
    ends: dict[str, Any] = {}
    for role in ("client", "scheduler", "worker"):
        ends |= {f"tls_{role}_cert": settings.tls_cert, f"tls_{role}_key": settings.tls_key}
    return Security(require_encryption=True, tls_ca_file=settings.tls_ca, **ends)


def connect(settings: WorkerSettings) -> "Client":
    """A client of the configured cluster. Raises ConfigError; ClusterUnavailable where nobody answers."""
    load_library()
    from distributed import Client

    security = security_of(settings)
    waits = max(0.1, min(CONNECTING_S, settings.patience_seconds))
    try:
        return Client(settings.scheduler, timeout=waits, security=security, set_as_default=False, name="bwc")
    except (OSError, TimeoutError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ClusterUnavailable(no_answer(settings.scheduler, f"{waits:g} s: {reason}")) from None


def no_answer(scheduler: str | None, reason: str) -> str:
    """What is said of a scheduler that is not there."""
    return (
        f"[workers] scheduler: expected a Dask scheduler at {scheduler}, got no answer ({reason}); "
        "start one: dask scheduler --host HOST"
    )


def members(client: "Client") -> tuple[Member, ...]:
    """Every worker there is now. Raises OSError, TimeoutError when the scheduler does not answer."""
    scheduler: Any = client.scheduler
    found = client.sync(scheduler.identity, n_workers=-1, callback_timeout=ANSWERING_S)
    return tuple(_member(address, facts) for address, facts in sorted(found["workers"].items()))


def _member(address: str, facts: Mapping[str, Any]) -> Member:
    has = facts.get("resources") or {}
    program = next((name for name in sorted(has) if name.startswith(PROGRAM)), None)
    stores = frozenset(name.removeprefix(STORE) for name in has if name.startswith(STORE))
    return Member(address, str(facts.get("name", address)), int(facts.get("nthreads", 1)), program, stores)


def none_of_ours(scheduler: str | None, found: Sequence[Member]) -> str:
    """Why no worker of a cluster can be given anything."""
    wanted = program_mark()
    if not found:
        return f"[workers] scheduler: expected workers at {scheduler}, got none; start some: bwc worker"
    shown = ", ".join(f"{one.name}: {one.program or 'no bwc worker'}" for one in found[:5])
    return f"[workers] scheduler: expected workers of {wanted}, got {shown}; install the same version everywhere"


def unseen(stores: Sequence[str], found: Sequence[Member]) -> list[str]:
    """Stores that none of our workers sees."""
    seen = frozenset(name for one in found if one.ours for name in one.stores)
    return [name for name in stores if name not in seen]


def nobody_sees(store: str) -> str:
    """What is said of a file whose store no worker sees."""
    return say(f"没有工作节点能读取存储 {store}", f"no worker sees store {store}")
