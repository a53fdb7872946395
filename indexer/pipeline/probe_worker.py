"""Reading a few files: runs in a worker, sees no database. A file that kills whoever reads it costs only itself."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from domain.clip import StoredFile
from domain.errors import ReaderFailed, StoreUnavailable
from domain.media import Probe, Problem, ProblemCode
from domain.wording import COLON, joined, say
from indexer.containers import probe_file, reader_versions
from indexer.digests import quick_digest
from indexer.pipeline.isolate import catching
from indexer.pipeline.patience import answered
from indexer.pipeline.vanished import SAME_TIME
from indexer.stores import open_store
from indexer.stores.base import Store, StoreSettings
from storage.work import Fault


@dataclass(frozen=True, slots=True)
class Job:
    """A few files of one store for one worker; picklable."""

    store: StoreSettings
    files: tuple[tuple[int, StoredFile], ...]

    def singles(self) -> "Iterator[Job]":
        """The same, each file by itself."""
        return (Job(self.store, (file,)) for file in self.files)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a worker found in one file; `error` is set when the store failed, not the file, or gave no access to it."""

    file_id: int
    probe: Probe | None
    digest: str | None = None
    error: Fault | None = None


def read_files(job: Job) -> list[Reading]:
    """Measure a few files: runs in a worker, sees no database. A store that hangs costs what is not yet read."""
    found: list[Reading] = []
    try:
        answered(job.store, partial(_read_all, job, found))
    except StoreUnavailable as error:
        done = list(found)  # whoever hangs may come back, and add one
        read = {one.file_id for one in done}
        return done + unread(Job(job.store, tuple(file for file in job.files if file[0] not in read)), error)
    return found


def _read_all(job: Job, found: list[Reading]) -> None:
    store = open_store(job.store)
    for file_id, file in job.files:
        found.append(_read(store, file_id, file))


def _read(store: Store, file_id: int, file: StoredFile) -> Reading:
    with catching() as caught:
        measured = probe_file(store, file)
        fault = next((each for each in measured.problems if each.code is ProblemCode.READ_ERROR), None)
        digest = quick_digest(store, file) if file.size and fault is None else None
        _refuse_changed(store, file)  # last, so that it holds for all that was read
        if fault is not None:
            # It is there and may hold anything: that is said at once, and the next scan tries again.
            return Reading(file_id, measured, error=Fault.of(ReaderFailed(fault.detail)))
        return Reading(file_id, measured, digest)
    error = caught.error
    if isinstance(error, OSError | StoreUnavailable):
        error = ReaderFailed(joined((say("读取失败", "reading failed"), f"{type(error).__name__}: {error}"), COLON))
    return Reading(
        file_id, None, error=Fault.of(error or ReaderFailed(say("没有读数，原因不明", "no reading and no reason")))
    )


def _refuse_changed(store: Store, file: StoredFile) -> None:
    """What was read must be what the walk listed. Raises ReaderFailed: the next walk says what has become of it."""
    now = store.stat(file.path)
    if now is None:
        raise ReaderFailed(say(f"{file.name}：列出后已不在", f"{file.name}: gone since it was listed"))
    if now.size != file.size or abs(now.modified_at - file.modified_at) > SAME_TIME:
        zh = f"{file.name}：列出后有变化：当时 {file.size} 字节，现在 {now.size} 字节"
        en = f"{file.name}: changed since it was listed: {file.size} bytes then, {now.size} now"
        raise ReaderFailed(say(zh, en))


class Alone:
    """One worker process of our own, for files whose worker died; started when needed, replaced when it dies too."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Alone":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, job: Job) -> Reading:
        """One file: if this worker dies as well, the file is what kills it."""
        self._pool = self._pool or ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        try:
            return self._pool.submit(read_files, job).result()[0]
        except BrokenProcessPool:
            self._stop()
        file_id, file = job.files[0]
        zh = f"读取进程在此文件上异常终止（{file.size} 字节）"
        detail = say(zh, f"the reader's process died on this file ({file.size} bytes)")
        problem = Problem(ProblemCode.DECODER_ERROR, detail)
        return Reading(file_id, Probe("unknown", "none", reader_versions().get("none", 1), None, problems=(problem,)))

    def _stop(self) -> None:
        if self._pool:
            self._pool.shutdown()
        self._pool = None


def read_alone(job: Job) -> list[Reading]:
    """As `read_files`, every file in a process that it may kill: of files whose worker died elsewhere."""
    with Alone() as alone:
        return [alone.read(single) for single in job.singles()]


def unread(job: Job, error: Exception) -> list[Reading]:
    """What is to be said of a job that nobody could do: the fault of no file, and tried again by the next scan."""
    fault = Fault.of(ReaderFailed(str(error)))
    return [Reading(file_id, None, error=fault) for file_id, _ in job.files]
