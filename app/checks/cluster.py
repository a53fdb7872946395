"""The Dask cluster: is it there, are its workers of this version, and which stores does each of them see?"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from app.checks.remedies import Trouble
from app.checks.verdict import Verdict, ok, problem, warning
from app.cluster import Member, connect, members, no_answer, nobody_sees, unseen
from app.dask_worker import program_mark
from app.settings import Settings
from app.shell import one_line
from app.shell_settings import WorkerSettings
from domain.errors import ConfigError
from domain.wording import say

SUBJECT = "workers"


def check_cluster(settings: Settings) -> Iterator[Verdict]:
    """One line a worker, one for each store that none of them sees."""
    yield from _open(settings.workers)
    try:
        client = connect(settings.workers)
    except ConfigError as error:
        yield problem(Trouble.CLUSTER_UNREACHABLE, SUBJECT, one_line(error))
        return
    try:
        found = members(client)
    except (OSError, TimeoutError) as error:
        text = no_answer(settings.workers.scheduler, one_line(error))
        yield problem(Trouble.CLUSTER_UNREACHABLE, SUBJECT, text)
        return
    finally:
        client.close(timeout=1)
    yield from judged(found, [store.name for store in settings.stores])


def judged(found: Sequence[Member], stores: Sequence[str]) -> Iterator[Verdict]:
    """What is to be said of the workers that there are."""
    if not found:
        yield problem(Trouble.CLUSTER_EMPTY, SUBJECT, say("集群中没有工作节点", "the cluster has no worker"))
        return
    for one in found:
        subject = f"worker {one.name} ({one.address})"
        if one.ours:
            seen = ", ".join(sorted(one.stores)) or "-"
            yield ok(subject, say(f"{one.threads} 个线程，可读取：{seen}", f"{one.threads} thread(s), sees: {seen}"))
        else:
            has = one.program or say("不是 bwc worker", "no bwc worker")
            zh, en = f"应为 {program_mark()}，实为 {has}", f"expected {program_mark()}, got {has}"
            yield problem(Trouble.WORKER_VERSION, subject, say(zh, en))
    for name in unseen(stores, found):
        yield problem(Trouble.STORE_UNSEEN, f"store {name}", nobody_sees(name))


def _open(workers: WorkerSettings) -> Iterator[Verdict]:
    """Who reaches a scheduler or worker without TLS may run there what he likes."""
    host = urlsplit(str(workers.scheduler)).hostname or ""
    if workers.tls_ca is None and not _loopback(host):
        zh, en = f"{workers.scheduler} 未使用 TLS", f"{workers.scheduler} is used without TLS"
        yield warning(Trouble.CLUSTER_OPEN, SUBJECT, say(zh, en))


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
