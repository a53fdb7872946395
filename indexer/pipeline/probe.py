"""Read every file that has settled and has no measurement by the current readers. The only step that opens media."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future, as_completed
from dataclasses import dataclass

from domain.clip import FileState
from domain.errors import StoreUnavailable, WorkerDied
from indexer.containers import reader_versions
from indexer.pipeline.detect_queue import forget_other_bytes
from indexer.pipeline.plan import Scanning, Wide, at_once
from indexer.pipeline.probe_worker import Alone, Job, Reading, read_alone, read_files, unread
from storage import files, work
from storage.files import KnownFile
from storage.work import Mark

BATCH = 16
FAR_BATCH = 64
"""Files of one job, here and on a cluster, where giving a job and taking its answer takes some milliseconds."""

ROUND = 512
JOBS_EACH = 4
"""Jobs that a round holds for each worker at least."""
THERE = (FileState.PRESENT, FileState.UNREADABLE)
"""States of files that are read."""


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
        batch = work.take(connection, "probe", _size(scan), upto, after=after)
        known = files.known_files(connection, {int(mark.subject) for mark in batch.marks})
    if not batch.ids:
        return None
    wanted = [one for one in known if one.state in THERE]
    _forget_gone(scan, [one.anchor for one in known if one.state not in THERE])
    broken: list[Job] = []
    futures: dict[Future[list[Reading]], Job] = {}
    for job in _jobs(scan, wanted):
        try:
            futures[scan.executor.submit(read_files, job)] = job
        except BrokenExecutor:
            broken.append(job)
    return Round(batch.ids, wanted, futures, broken)


def _size(scan: Scanning) -> int:
    """Files of one round: more where there are many workers."""
    return max(ROUND, _batch(scan) * JOBS_EACH * at_once(scan.executor))


def _batch(scan: Scanning) -> int:
    return FAR_BATCH if isinstance(scan.executor, Wide) else BATCH


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
        for start in range(0, len(mine), _batch(scan)):
            yield Job(settings[name], tuple(mine[start : start + _batch(scan)]))


def _results(scan: Scanning, one: Round, alone: Alone) -> dict[int, Reading]:
    """Every reading; a worker that dies costs only the file that killed it."""
    found: list[Reading] = []
    broken, died = list(one.broken), []
    for future in as_completed(one.futures):
        job = one.futures[future]
        try:
            found += future.result()
        except BrokenExecutor:  # none of them takes anything any more
            broken.append(job)
        except WorkerDied:
            died.append(job)
        except StoreUnavailable as error:  # no worker can reach it
            found += unread(job, error)
        scan.progress.advance(len(job.files))
    found += [alone.read(single) for job in broken for single in job.singles()]
    found += _read_apart(scan, [single for job in died for single in job.singles()])
    return {reading.file_id: reading for reading in found}


def _read_apart(scan: Scanning, jobs: Sequence[Job]) -> Iterator[Reading]:
    """Files whose worker died, each read by a process of a worker: where that dies too, the file is what kills it."""
    futures = [(scan.executor.submit(read_alone, job), job) for job in jobs]
    for future, job in futures:
        try:
            yield from future.result()
        except (WorkerDied, StoreUnavailable) as error:
            yield from unread(job, error)


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
