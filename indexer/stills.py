"""Small pictures of a clip for whoever asks: out of the cache, else made from the store, one clip at a time.

They are made behind the wall (`indexer.guard`): the helper is given the open file and nothing else, so many seconds and
so much memory. A moment of which none could be made is not tried again for a while.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import BinaryIO, cast

from detectors.content.base import Still
from detectors.content.stills_asked import Made, Moments
from domain.errors import StoreUnavailable
from domain.wording import COLON, joined, say
from indexer.guard import POSSIBLE, Ended, Guard, NotStarted
from indexer.lending import Lent, lent
from indexer.still_cache import FileBytes, Known, StillCache
from indexer.stores import open_store
from indexer.stores.base import Store, StoreSettings

MAKER = "detectors.content.stills:make"
SAME_TIME = timedelta(seconds=2)
"""Clocks of shared folders tell times of modification apart no better."""
BEFORE, AFTER = timedelta(milliseconds=50), timedelta(seconds=1)
"""A kept picture stands for a moment when it lies so near to it."""
STRIP_NEAR = timedelta(seconds=5)
"""The same for a strip, which shows the whole and no moment."""


class Lacking(StrEnum):
    """Why there is no picture."""

    GONE = "gone"  # the file is not there any more, or holds other bytes
    NONE = "none"  # the file holds no picture that could be decoded there
    UNREACHABLE = "unreachable"  # the store, or the means to make one
    BUSY = "busy"


class NoStill(Exception):
    """There is no picture, and why, in both languages."""

    def __init__(self, why: Lacking, said: str) -> None:
        super().__init__(said)
        self.why, self.said = why, said


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, the moment it was asked for, and its true time."""

    asked: timedelta
    at: timedelta
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """What making the pictures of one request may take, and how long others wait for it."""

    seconds: float = 30.0
    processor_seconds: float = 20.0
    memory: int = 3 << 30
    grace: float = 2.0
    waiting: int = 24
    patience: float = 60.0
    idle_seconds: float = 60.0
    forget_seconds: float = 300.0


@dataclass(slots=True)
class Refusals:
    """Moments of which no picture could be made a short while ago."""

    seconds: float
    said: dict[tuple[str, timedelta], tuple[float, str]] = field(default_factory=dict)

    def note(self, file: FileBytes, moments: Sequence[timedelta], text: str) -> None:
        if len(self.said) > 1000:
            self.said.clear()
        self.said.update({(file.key, moment): (time.monotonic(), text) for moment in moments})

    def of(self, file: FileBytes, moment: timedelta) -> str | None:
        since, text = self.said.get((file.key, moment), (0.0, ""))
        return text if text and time.monotonic() - since < self.seconds else None


class Stills:
    """The pictures of the clips of these stores."""

    def __init__(
        self,
        stores: Sequence[StoreSettings],
        cache: StillCache,
        maker: str = MAKER,
        bounds: Bounds = Bounds(),
    ) -> None:
        self._stores = {one.name: one for one in stores}
        self._cache, self._bounds = cache, bounds
        self._guard = Guard(maker, bounds.memory, bounds.grace)
        self._turn, self._room = threading.Lock(), threading.BoundedSemaphore(bounds.waiting)
        self._refusals = Refusals(bounds.forget_seconds)
        self._idle: threading.Timer | None = None

    def at(self, file: FileBytes, moment: timedelta, strip: Sequence[timedelta] = ()) -> Shown:
        """The picture of one moment. A moment of the `strip` brings the others of it along. Raises NoStill."""
        near = self.seen(file, strip) if moment in strip else {}
        one = near.get(moment) or _standing_for(self._cache.known(file), moment)
        found = self._read(file, moment, one) if one else None
        if found:
            return found
        together = [at for at in strip if at == moment or at not in near] if self._cache.keeps else [moment]
        made = self._made(file, together, False) if moment in strip else self._made(file, [moment], True)
        if moment in made:
            return made[moment]
        raise NoStill(Lacking.NONE, self._refusals.of(file, moment) or say("该处没有画面", "no picture there"))

    def strip(self, file: FileBytes, moments: Sequence[timedelta]) -> list[Shown]:
        """Pictures near these moments, in order of time, none of them twice. Raises NoStill when there is none."""
        near = self.seen(file, moments)
        found = {moment: shown for moment, one in near.items() if (shown := self._read(file, moment, one))}
        lacking = [moment for moment in moments if moment not in found]
        found |= self._made(file, lacking, False) if lacking else {}
        if not found:
            told = next((text for moment in moments if (text := self._refusals.of(file, moment))), None)
            raise NoStill(Lacking.NONE, told or say("文件中没有画面", "there is no picture in the file"))
        return list({one.at: one for one in sorted(found.values(), key=lambda one: one.at)}.values())

    def seen(self, file: FileBytes, moments: Sequence[timedelta]) -> dict[timedelta, Known]:
        """Which moments of a strip have a kept picture near them; nothing is made, no store is touched."""
        known = self._cache.known(file)
        wide = min([STRIP_NEAR, *((b - a) / 2 for a, b in pairwise(moments))])
        near = {at: min(known, key=lambda one: abs(one.shown - at)) for at in moments} if known else {}
        own = {at: one for one in known for at in moments if one.asked == at}
        return {at: one for at, one in near.items() if abs(one.shown - at) <= wide} | own

    def end(self) -> None:
        """End the helper."""
        self._guard.end()

    def _read(self, file: FileBytes, moment: timedelta, one: Known) -> Shown | None:
        content = self._cache.read(file, one)
        return Shown(moment, one.shown, content) if content else None

    def _made(self, file: FileBytes, moments: Sequence[timedelta], exact: bool) -> dict[timedelta, Shown]:
        """Pictures of those moments of which some can be made; those of which none could be are left out."""
        with self._my_turn():
            kept = {one.asked: one for one in self._cache.known(file)}  # by whoever had the turn before
            found = {at: shown for at in moments if at in kept and (shown := self._read(file, at, kept[at]))}
            lacking = [at for at in moments if at not in found and self._refusals.of(file, at) is None]
            if lacking:
                stills = self._ask(file, Moments(tuple(lacking), exact))
                with suppress(OSError):  # a full disk: they are shown and not kept
                    self._cache.put(file, stills)
                found |= {asked: Shown(asked, still.at, still.jpeg) for asked, still in stills}
        return found

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        busy = NoStill(Lacking.BUSY, say("正在生成其他截图，请稍后再试", "busy with other stills; try again shortly"))
        if not self._room.acquire(blocking=False):
            raise busy
        try:
            if not self._turn.acquire(timeout=self._bounds.patience):
                raise busy
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._room.release()

    def _ask(self, file: FileBytes, request: Moments) -> list[tuple[timedelta, Still]]:
        """What the helper makes of the file as it lies in its store now."""
        bounds = self._bounds
        try:
            store = self._store(file)
            _same(store, file)
            with store.open(file.stored.path) as stream, _lent(stream) as one:
                answer = self._guard.ask(one.descriptor, request, bounds.seconds, bounds.processor_seconds)
            _same(store, file)
        except Ended as error:
            text = _ended(error)
            self._refusals.note(file, request.at, text)
            raise NoStill(Lacking.NONE, text) from error
        except MemoryError as error:
            text = say("所需内存超过上限", "it needed more memory than it may have")
            self._refusals.note(file, request.at, text)
            raise NoStill(Lacking.NONE, text) from error
        except (OSError, StoreUnavailable, NotStarted) as error:
            told = say(f"存储 {file.stored.store}：无法读取", f"store {file.stored.store}: cannot be read")
            raise NoStill(Lacking.UNREACHABLE, joined((told, _words(error)), COLON)) from error
        finally:
            self._end_later()
        made = cast(Made, answer)
        if made.problem:
            self._refusals.note(file, [at for at in request.at if at not in dict(made.stills)], made.problem)
        return list(made.stills)

    def _store(self, file: FileBytes) -> Store:
        settings = self._stores.get(file.stored.store)
        if settings is None:
            name = file.stored.store
            said = say(f"存储 {name} 不在配置中", f"store {name} is not among the configured ones")
            raise NoStill(Lacking.UNREACHABLE, said)
        return open_store(settings)

    def _end_later(self) -> None:
        """A helper that nobody needs holds memory that others do."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(self._bounds.idle_seconds, self._guard.end)
        self._idle.daemon = True
        self._idle.start()


def _standing_for(known: Sequence[Known], moment: timedelta) -> Known | None:
    """The kept picture of a moment, or one right after it."""
    own = next((one for one in known if one.asked == moment), None)
    return own or next((one for one in known if -BEFORE <= one.shown - moment <= AFTER), None)


def _same(store: Store, file: FileBytes) -> None:
    """Raises NoStill when the file is not the one that was listed."""
    now, listed = store.stat(file.stored.path), file.stored
    if now is None:
        raise NoStill(Lacking.GONE, say("文件已不在存储中", "the file is not in its store any more"))
    if now.size != listed.size or abs(now.modified_at - listed.modified_at) > SAME_TIME:
        said = say("文件在扫描后有变化，下次扫描后再看", "the file has changed since it was scanned; see the next scan")
        raise NoStill(Lacking.GONE, said)


def _lent(stream: BinaryIO) -> AbstractContextManager[Lent]:
    """Raises OSError where an open file cannot be handed to a helper."""
    if not POSSIBLE:
        raise OSError(95, "pictures are made on systems only that can hand an open file over")
    return lent(stream)


def _ended(error: Ended) -> str:
    if error.late:
        return say("生成截图超时，已终止", "ended: it took too long")
    told = error.words or f"exit status {error.code}"
    return joined((say("生成截图失败", "it fell over"), told), COLON)


def _words(error: Exception) -> str:
    """An error without the path of the file: the reader knows the file, and needs no more."""
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
