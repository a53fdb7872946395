"""Read every file that has settled and has no measurement by the current readers. The only step that opens media."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from domain.clip import FileState, StoredFile
from domain.errors import ReaderFailed, StoreUnavailable
from domain.media import Probe, Problem, ProblemCode
from domain.wording import COLON, joined, say
from indexer.containers import probe_file, reader_versions
from indexer.digests import quick_digest
from indexer.pipeline.detect_queue import forget_other_bytes
from indexer.pipeline.isolate import catching
from indexer.pipeline.plan import Scanning
from indexer.pipeline.vanished import SAME_TIME
from indexer.stores import open_store
from indexer.stores.base import Store, StoreSettings
from storage import files, work
from storage.files import KnownFile
from storage.work import Fault, Mark

BATCH = 16
ROUND = 512


@dataclass(frozen=True, slots=True)
class Job:
    """A few files of one store for one worker; picklable."""

    store: StoreSettings
    files: tuple[tuple[int, StoredFile], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a worker found in one file; `error` is set when the store failed, not the file, or gave no access to it."""

    file_id: int
    probe: Probe | None
    digest: str | None = None
    error: Fault | None = None


def read_files(job: Job) -> list[Reading]:
    """Measure a few files: runs in a worker, sees no database."""
    store = open_store(job.store)
    return [_read(store, file_id, file) for file_id, file in job.files]


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


def probe(scan: Scanning) -> int:
    """Empty the queue of files to read, and read again what another reader version measured. Returns how many.

    One round is always being read while the one before is written: neither waits for the other.
    """
    _queue_outdated(scan)
    with scan.transaction() as connection:
        scan.progress.step("probe", work.waiting(connection, "probe"))
        upto = work.newest(connection, "probe")
    count = 0
    with Alone() as alone:
        reading = _begin_round(scan, 0, upto)
        while reading is not None:
            following = _begin_round(scan, reading.marks[-1], upto)
            _write(scan, reading, _results(scan, reading, alone))
            count += len(reading.wanted)
            reading = following
    return count


@dataclass(frozen=True, slots=True)
class Round:
    """One batch of the queue, given to the workers; `broken` are jobs that no worker would take."""

    marks: tuple[int, ...]
    wanted: Sequence[KnownFile]
    futures: Mapping[Future[list[Reading]], Job]
    broken: Sequence[Job]


def _begin_round(scan: Scanning, after: int, upto: int) -> Round | None:
    """Give the next batch of the queue to the workers; None when there is none."""
    with scan.transaction() as connection:
        batch = work.take(connection, "probe", ROUND, upto, after=after)
        known = files.known_files(connection, {int(mark.subject) for mark in batch.marks})
    if not batch.ids:
        return None
    wanted = [one for one in known if one.state in (FileState.PRESENT, FileState.UNREADABLE)]
    _forget_gone(scan, [one.anchor for one in known if one not in wanted])
    broken: list[Job] = []
    futures: dict[Future[list[Reading]], Job] = {}
    for job in _jobs(scan, wanted):
        try:
            futures[scan.executor.submit(read_files, job)] = job
        except BrokenProcessPool:
            broken.append(job)
    return Round(batch.ids, wanted, futures, broken)


def _forget_gone(scan: Scanning, anchors: Sequence[str]) -> None:
    """A file that is no longer there to be read has no failure either."""
    if scan.failing and anchors:
        with scan.transaction() as connection:
            work.succeed(connection, "probe", anchors)


def _queue_outdated(scan: Scanning) -> None:
    versions = reader_versions()
    with scan.transaction() as connection:
        if not work.waiting(connection, "probe"):
            stale = files.outdated_probes(connection, versions, limit=1_000_000)
            work.mark(connection, "probe", [Mark(str(file_id)) for file_id in stale])


def _jobs(scan: Scanning, wanted: Sequence[KnownFile]) -> Iterator[Job]:
    settings = {store.name: store for store in scan.plan.stores}
    for name in sorted({one.store for one in wanted} & set(settings)):
        mine = [(one.file_id, one.stored) for one in wanted if one.store == name]
        for start in range(0, len(mine), BATCH):
            yield Job(settings[name], tuple(mine[start : start + BATCH]))


def _results(scan: Scanning, one: Round, alone: "Alone") -> dict[int, Reading]:
    """Every reading; a worker that dies costs only the file that killed it."""
    readings: dict[int, Reading] = {}
    broken = list(one.broken)
    for future in as_completed(one.futures):
        try:
            readings.update({reading.file_id: reading for reading in future.result()})
        except BrokenProcessPool:
            broken.append(one.futures[future])
        scan.progress.advance(len(one.futures[future].files))
    for job in broken:
        for file in job.files:
            readings[file[0]] = alone.read(Job(job.store, (file,)))
    return readings


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


def _write(scan: Scanning, one: Round, readings: Mapping[int, Reading]) -> None:
    found = {known.file_id: known for known in one.wanted}
    good = [(found[r.file_id], r.probe, r.digest) for r in readings.values() if r.probe is not None]
    good.sort(key=lambda item: item[0].file_id)
    failed = {reading.file_id for reading in readings.values() if reading.error is not None}
    unsettled = [file for file, _, _ in good if file.settled_size is None and file.file_id not in failed]
    with scan.transaction() as connection:
        files.write_probes(connection, good, scan.number)
        files.settle_sizes(connection, {file.file_id: file.size for file in unsettled})
        forget_other_bytes(
            connection, {file.file_id: (file.size, file.modified_at) for file, _, _ in good}, scan.number
        )
        for file, measured, _ in good:
            state = FileState.PRESENT if measured.playable else FileState.UNREADABLE
            if state is not file.state:
                files.supersede_known(connection, file.file_id, {"state": state, "state_at": scan.now}, scan.number)
        for reading in readings.values():
            if reading.error is not None:
                work.mark(connection, "probe", [Mark(str(reading.file_id))])  # the next scan tries again
                work.fail(connection, "probe", found[reading.file_id].anchor, reading.error, scan.now)
        work.succeed(connection, "probe", [file.anchor for file, _, _ in good if file.file_id not in failed])
        work.mark(connection, "digest", [Mark(str(file.file_id)) for file, _, _ in good])
        work.mark(connection, "place", [Mark(str(file.file_id)) for file, _, _ in good])
        work.clear(connection, one.marks)
