"""Look at pictures and sound, within a budget: whose turn it is by priority, newest clips first.

A few clips are in the hands of the workers at a time, and what comes of each is written when it comes: a scan that is
killed loses those few and no more. Of a clip that hung or fell over that much is remembered; it is tried again later,
three times in all, and then never again as the same bytes by the same detectors (`docs/design/content.md`).
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from detectors.content.base import Answer, OverlayHint, Part, Request
from domain.clip import FileState
from domain.errors import StoreUnavailable, WorkerDied
from domain.link import LinkStatus
from domain.media import TrackKind
from domain.observation import ObservationKind
from domain.wording import COLON, joined, say
from indexer.content import SLICE, SLIVER, ZERO, common, first, length, merged, seconds_allowed, without
from indexer.pipeline.copies import find_copies
from indexer.pipeline.detect_models import Models
from indexer.pipeline.detect_queue import OUTSIDE, asked_now
from indexer.pipeline.detect_worker import Bounds, ContentJob, Looked, end_helpers, look
from indexer.pipeline.isolate import catching
from indexer.pipeline.plan import Scanning, at_once
from indexer.still_cache import FileBytes
from storage import content_queue, files, links, observations, work
from storage.codec import encode
from storage.content_queue import ContentState, parts_of
from storage.files import KnownFile
from storage.versions import Row
from storage.work import Mark

PAGE = 32
MOST_PROBLEMS = 100
POLL = 1.0
HOUR = timedelta(hours=1)
AGAIN = (HOUR, 24 * HOUR)
"""How long after an attempt that was ended the next one comes; after the last of these there is none."""

FURTHER = 10
"""An attempt that came through a tenth of what it was given, or more, is followed by as many as the first one was."""

CHECKED = {
    TrackKind.VIDEO.value: ObservationKind.PICTURE_CHECKED,
    TrackKind.AUDIO.value: ObservationKind.SOUND_CHECKED,
}
"""What vouches for each kind of track."""

PUT_OFF = 6 * HOUR
"""When a file is asked for again that its store did not give."""


@dataclass(slots=True)
class Detected:
    """What one scan looked at: clips (of long ones, parts), ended ones, media time, and how long it took."""

    checked: int = 0
    ended: int = 0
    media: timedelta = ZERO
    seconds: float = 0.0

    @property
    def touched(self) -> bool:
        """Whether something is to be judged again."""
        return self.checked + self.ended > 0

    @property
    def rate(self) -> float:
        """Hours of media looked at in an hour."""
        return self.media.total_seconds() / self.seconds if self.media else 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One clip whose turn it is. `parts`: what is looked at now; `anew`: nothing measured before counts any more."""

    row: Row
    file: KnownFile
    model: str | None
    hint: OverlayHint
    parts: tuple[Part, ...]
    anew: bool

    @property
    def whole(self) -> bool:
        """Whether all of the clip is looked at, though it may be longer than it says."""
        return self.anew and self.row["priority"] == OUTSIDE and bool(self.row["waiting"] <= SLICE)


@dataclass(slots=True)
class Hands:
    """What is in the hands of the workers, and what is next; `broken`: none of them takes anything any more."""

    running: dict[Future[Looked], Turn] = field(default_factory=dict)
    ahead: list[Turn] = field(default_factory=list)
    broken: bool = False


def detect(scan: Scanning, bounds: Bounds = Bounds()) -> Detected:  # noqa: B008 (a frozen value)
    """Look at what waits until the scan's share of time is over. Nothing while checks are off."""
    done, share = Detected(), scan.plan.content.minutes_per_scan * 60
    if not scan.plan.content.enabled or share <= 0:
        return done
    with scan.transaction() as connection:
        waiting = sum(one.clips for one in content_queue.backlog(connection))
        models = Models.load(connection)
    if waiting:
        scan.progress.step("detect", waiting)
    begun, hands, asked = time.monotonic(), Hands(), asked_now(scan.plan)[0]
    try:
        while not scan.hurried():  # what is in the hands of the workers then is looked at again later
            if time.monotonic() - begun < share:
                _give(scan, hands, models, bounds)
            else:
                hands.running = {future: turn for future, turn in hands.running.items() if not future.cancel()}
            if not hands.running:
                break
            for turn, looked in _finished(scan, hands):
                _count(done, turn, looked, _keep(scan, turn, looked, asked))
    finally:
        for future in hands.running:
            future.cancel()
        end_helpers(scan.plan.checker, bounds)
    done.seconds = time.monotonic() - begun
    return done


def _ahead(scan: Scanning, hands: Hands, models: Models) -> None:
    """The clips whose turn is next; those that cannot be looked at now are put off."""
    held = {turn.row["file_id"] for turn in hands.running.values()}
    while not hands.ahead:
        with scan.transaction() as connection:
            rows = content_queue.turn(connection, scan.now, PAGE + len(held))
            rows = [row for row in rows if row["file_id"] not in held]
            hands.ahead = _prepared(connection, scan, rows, models)
        if not rows:
            return


def _prepared(connection: Connection, scan: Scanning, rows: Sequence[Row], models: Models) -> list[Turn]:
    ids = [row["file_id"] for row in rows]
    known = {one.file_id: one for one in files.known_files(connection, ids)}
    named = models.of(connection, ids)
    stores = {settings.name for settings in scan.plan.stores}
    turns, off = [], []
    for row in rows:
        file = known.get(row["file_id"])
        checked = parts_of(row["checked"])
        parts = first(without(parts_of(row["wanted"]), checked, SLIVER if checked else ZERO), SLICE)
        there = file is not None and file.state is FileState.PRESENT and file.store in stores
        if file is None or not there or (file.size, file.modified_at) != (row["size"], row["modified_at"]):
            off.append(_put_off(scan, row, say("文件现不在库或已有变化", "the file is not there now, or has changed")))
        else:
            model = named.get(file.file_id)
            turns.append(Turn(row, file, model, models.hint(model), parts, not checked))
    content_queue.write(connection, off, ids)
    return turns


def _give(scan: Scanning, hands: Hands, models: Models, bounds: Bounds) -> None:
    """Fill the hands of the workers."""
    while len(hands.running) < at_once(scan.executor) and not hands.broken:
        if not hands.ahead:
            _ahead(scan, hands, models)
        if not hands.ahead:
            return
        try:
            turn = hands.ahead[0]
            hands.running[scan.executor.submit(look, _job(scan, turn, bounds))] = turn
            del hands.ahead[0]
        except BrokenExecutor as error:
            hands.broken = True
            scan.progress.note(f"content: {type(error).__name__}: {error}")


def _job(scan: Scanning, turn: Turn, bounds: Bounds) -> ContentJob:
    settings = next(one for one in scan.plan.stores if one.name == turn.file.store)
    request = Request(
        turn.file.stored.name,
        () if turn.whole else turn.parts,
        seconds_allowed(turn.parts, scan.plan.content),
        stills=scan.plan.stills is not None,
        overlay=scan.plan.content.overlay,
        hint=turn.hint,
    )
    return ContentJob(turn.file.file_id, settings, turn.file.stored, request, scan.plan.checker, bounds)


def _finished(scan: Scanning, hands: Hands) -> Iterator[tuple[Turn, Looked]]:
    """What has come back; waits a moment for it, and keeps the scan's claim meanwhile."""
    ended, _ = wait(hands.running, timeout=POLL, return_when=FIRST_COMPLETED)
    scan.keep_going()
    for future in ended:
        turn = hands.running.pop(future)
        try:
            yield turn, future.result()
        except (BrokenExecutor, WorkerDied) as error:
            hands.broken |= not isinstance(error, WorkerDied)
            yield turn, Looked(why=say("检测进程异常终止", "the worker's process died"))
        except StoreUnavailable as error:  # no worker can reach it
            yield turn, Looked(why=str(error), again=True)


def _count(done: Detected, turn: Turn, looked: Looked, row: Row) -> None:
    ended = not looked.again and row["state"] == ContentState.ENDED
    done.ended += ended
    done.checked += looked.answer is not None and not ended
    if looked.answer is not None:
        done.media += max(turn.row["waiting"] - row["waiting"], ZERO) if ended else length(turn.parts)


def _keep(scan: Scanning, turn: Turn, looked: Looked, asked: str) -> Row:
    """Write what came of one clip, and have it and its activities judged again. Returns its row of the queue."""
    file_id = turn.file.file_id
    with scan.transaction() as connection:
        if looked.answer is None:
            row = _put_off(scan, turn.row, looked.why) if looked.again else _ended(scan, turn.row, looked.why)
        else:
            seen = _seen(turn, looked.answer, content_queue.tracks(connection, file_id))
            row = _answered(scan, turn, looked.answer, asked, seen)
            _store(connection, scan, turn, looked.answer)
        content_queue.write(connection, [row], [file_id])
        if not looked.again:
            linked = links.links_of_files(connection, [file_id]).get(file_id, ())
            mine = {f"{link.kind.value}:{link.number}" for link in linked if link.status is not LinkStatus.REJECTED}
            work.mark(connection, "evaluate", [Mark(f"clip:{file_id}"), *map(Mark, sorted(mine))])
    scan.progress.advance(int(row["state"] != ContentState.WAITING))
    if looked.answer is None or row["state"] == ContentState.ENDED:
        scan.progress.note(joined((turn.file.stored.name, row["why"] or ""), COLON))
    if looked.answer is not None and scan.plan.stills is not None and looked.answer.stills:
        with catching() as caught:
            scan.plan.stills.keep(FileBytes(turn.file.anchor, turn.file.stored), looked.answer.stills)
        if caught.error is not None:
            unkept = joined((say("未能保存截图", "stills not kept"), str(caught.error)), COLON)
            scan.progress.note(f"{turn.file.stored.name}: {unkept}")
    return row


def _store(connection: Connection, scan: Scanning, turn: Turn, answer: Answer) -> None:
    file_id, looked = turn.file.file_id, None if turn.whole else turn.parts
    observations.replace_observations(connection, file_id, answer.observations, looked, scan.number, anew=turn.anew)
    prints = [(one.at, one.value, one.sound) for one in answer.prints]
    observations.replace_prints(connection, file_id, prints, None if turn.anew else turn.parts)
    find_copies(connection, file_id, scan.number)
    if turn.model is not None and answer.regions:
        regions = [[one.left, one.top, one.right, one.bottom] for one in answer.regions]
        observations.set_overlay_regions(connection, {turn.model: regions}, scan.now)


def _seen(turn: Turn, answer: Answer, tracks: Iterable[str]) -> tuple[Part, ...]:
    """What of the parts was really looked at: all of them, unless time or memory ran out on the way.

    Then it is what measurements vouch for, in pictures and sound alike where the clip has both.
    """
    if answer.complete:
        return turn.parts
    seen: tuple[Part, ...] = ()
    for number, kind in enumerate(sorted(CHECKED[track] for track in tracks)):
        vouched = [(one.start, one.end) for one in answer.observations if one.kind is kind]
        seen = common(seen if number else turn.parts, vouched)
    return seen


def _answered(scan: Scanning, turn: Turn, answer: Answer, asked: str, seen: Sequence[Part]) -> Row:
    """The row after an answer: done, waiting with what is left of a long clip, or ended where the answer broke off."""
    checked = merged([*([] if turn.anew else parts_of(turn.row["checked"])), *seen])
    waiting = without(parts_of(turn.row["wanted"]), checked, SLIVER if checked else ZERO)
    problems = [*([] if turn.anew else turn.row["problems"]), *encode(answer.problems)]
    row = {
        **turn.row,
        "state": (ContentState.WAITING if waiting else ContentState.DONE).value,
        "checked": checked,
        "waiting": length(waiting),
        "versions": {**({} if turn.anew else turn.row["versions"]), **answer.versions},
        "problems": [one for n, one in enumerate(problems) if one not in problems[:n]][:MOST_PROBLEMS],
        "asked": asked,
        "attempts": 0,
        "next_at": None,
        "why": None,
        "cpu_ms": turn.row["cpu_ms"] + round(answer.cpu_seconds * 1000),
        "checked_at": scan.now,
    }
    if answer.complete or not waiting:
        return row
    further = length(seen) * FURTHER >= length(turn.parts)
    return _ended(scan, row | {"attempts": 0 if further else turn.row["attempts"]}, _broke_off(scan, turn, answer))


def _broke_off(scan: Scanning, turn: Turn, answer: Answer) -> str:
    """Why an answer is not about all that was asked for."""
    if answer.cpu_seconds >= (allowed := seconds_allowed(turn.parts, scan.plan.content)):
        zh = f"允许的检测时间已用完（处理器时间 {allowed:.0f} s），其余未检测"
        return say(zh, f"the time allowed was used up ({allowed:.0f} s of processor time): the rest was not looked at")
    return say("检测所需内存不足，其余未检测", "memory was used up: the rest was not looked at")


def _ended(scan: Scanning, row: Row, why: str | None) -> Row:
    """The row after an attempt that was ended: another one later, or none."""
    attempts = row["attempts"] + 1
    later = scan.now + AGAIN[attempts - 1] if attempts <= len(AGAIN) else None
    return {**row, "state": ContentState.ENDED.value, "attempts": attempts, "next_at": later, "why": why}


def _put_off(scan: Scanning, row: Row, why: str | None) -> Row:
    """The row of a file that could not be read: no attempt of its own, so it stays in the queue, for later."""
    return {**row, "next_at": scan.now + PUT_OFF, "why": why}
