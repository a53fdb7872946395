"""Looking at one clip: runs in a worker, sees no database. A check that hangs or falls over costs only its clip.

The check itself runs in a helper process of the worker (`indexer.guard`), with bounds on time of day, processor time
and memory. On a system that cannot hand an open file over the check runs in the worker, bounded by nothing but the
seconds that it is asked to keep to.
"""

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, cast

from detectors.content.base import Answer, Request
from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.wording import COLON, joined, say
from indexer.guard import GRACE, POSSIBLE, Ended, Guard, NotStarted, named
from indexer.lending import lent
from indexer.pipeline.isolate import catching
from indexer.pipeline.patience import answered
from indexer.pipeline.vanished import SAME_TIME
from indexer.stores import open_store
from indexer.stores.base import Store, StoreSettings
from storage.work import Fault

MEMORY = 3 << 30
"""Bytes that a check may hold beyond what its helper needs to begin: a few pictures of the largest size."""

SLOWER = 3.0
"""How much longer than its processor time a check may take by the clock: it waits for the store."""

LEAST = 30.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds a check: bytes of memory, seconds it may be late."""

    memory: int = MEMORY
    grace: float = GRACE
    least: float = LEAST


@dataclass(frozen=True, slots=True)
class ContentJob:
    """One clip for one worker; picklable. `checker`: `module:function`."""

    file_id: int
    store: StoreSettings
    file: StoredFile
    request: Request
    checker: str
    bounds: Bounds = Bounds()


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of it: an answer, or why there is none. `again`: not the clip's fault, so it counts as no attempt."""

    answer: Answer | None = None
    why: str | None = None
    again: bool = False


def look(job: ContentJob) -> Looked:
    """Look at one clip, whatever happens to the check or the store."""
    with catching() as caught:
        return answered(job.store, partial(_look, job))
    return _failed(job, caught.error or RuntimeError())


def _look(job: ContentJob) -> Looked:
    with catching() as caught:
        store = open_store(job.store)
        if not still(store, job.file):
            return Looked(why=say("列出后有变化", "changed since it was listed"), again=True)
        with store.open(job.file.path) as stream:
            answer = _storable(_guarded(stream, job))
        if not still(store, job.file):
            return Looked(why=say("检测时有变化", "changed while it was looked at"), again=True)
        return Looked(answer)
    return _failed(job, caught.error or RuntimeError())


def _failed(job: ContentJob, error: Exception) -> Looked:
    """Why there is no answer. A store that fails is not the clip's fault; whatever else is."""
    fault = Fault.of(error)
    told = f"{fault.kind}: {fault.message}"
    if isinstance(error, NotStarted):
        return Looked(why=joined((say("检测进程无法启动", "the check cannot be started"), told), COLON), again=True)
    if isinstance(error, OSError | StoreUnavailable):
        return Looked(why=joined((say("读取失败", "reading failed"), told), COLON), again=True)
    if isinstance(error, MemoryError):
        return Looked(why=say("检测所需内存超过上限", "the check needed more memory than it may have"))
    if not isinstance(error, Ended):
        return Looked(why=joined((say("检测失败", "the check failed"), told), COLON))
    if error.late:
        seconds = job.request.seconds
        zh = f"检测超时，已终止（处理器时间上限 {seconds:.0f} s，总时长上限 {_by_clock(job):.0f} s）"
        en = f"ended: out of time ({seconds:.0f} s of processor time, {_by_clock(job):.0f} s by the clock)"
        return Looked(why=say(zh, en))
    if error.words:
        return Looked(why=joined((say("检测失败", "the check failed"), _plain(error.words)), COLON))
    return Looked(
        why=say(f"检测进程异常退出（退出码 {error.code}）", f"the check fell over (exit status {error.code})")
    )


def still(store: Store, listed: StoredFile) -> bool:
    """Whether the file is the one that was listed."""
    now = store.stat(listed.path)
    return now is not None and now.size == listed.size and abs(now.modified_at - listed.modified_at) <= SAME_TIME


GUARDS: dict[tuple[str, Bounds], Guard] = {}
"""The walls of this process, each one for all its threads."""


def guard(checker: str, bounds: Bounds) -> Guard:
    """The wall before a checker."""
    return GUARDS.setdefault((checker, bounds), Guard(checker, bounds.memory, bounds.grace))


def end_helpers(checker: str, bounds: Bounds) -> None:
    """End the helpers of this process: looking at pictures holds memory that nothing else needs."""
    guard(checker, bounds).end()


def end_all_helpers() -> None:
    """As `end_helpers`, of whatever was looked at here: what a worker does that outlives the scan."""
    for one in list(GUARDS.values()):
        one.end()


def _by_clock(job: ContentJob) -> float:
    return max(job.request.seconds * SLOWER, job.bounds.least)


def _guarded(stream: BinaryIO, job: ContentJob) -> Answer:
    """The check's answer. Raises Ended, and what the check raises."""
    if not POSSIBLE:
        return cast(Answer, named(job.checker)(stream, job.request))
    allowed = job.request.seconds + job.bounds.grace
    with lent(stream) as one:
        return cast(Answer, guard(job.checker, job.bounds).ask(one.descriptor, job.request, _by_clock(job), allowed))


def _storable(answer: Answer) -> Answer:
    """The answer with text that any database can hold. Raises ValueError for measurements that none can."""
    for one in answer.observations:
        if one.end < one.start or (one.value is not None and not math.isfinite(one.value)):
            raise ValueError(f"{one.detector}: {one.kind}: {one.start} to {one.end}: value {one.value}")
    if wrong := next((one.value for one in answer.prints if not -(2**63) <= one.value < 2**63), None):
        raise ValueError(f"print: expected 64 bits, got {wrong}")
    told = tuple(replace(one, detail=_plain(one.detail)) if one.detail else one for one in answer.observations)
    problems = tuple(replace(one, detail=_plain(one.detail)) for one in answer.problems)
    return replace(answer, observations=told, problems=problems)


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")[:2000]
