"""Stores that hang: who asks one gives up after a while, and nobody asks it again until it has answered.

A dead network mount does not fail, it lets wait for ever, and no thread that waits can be ended. So a store is asked by
a thread of its own, which is left behind when it hangs. What hangs is told from what is slow by the thread's processor
time: who reads, however slowly, spends some, who waits for an answer spends none.
"""

import io
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, TypeVar, cast

from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.wording import say
from indexer import guard
from indexer.pipeline.isolate import Caught, catching
from indexer.stores import open_store
from indexer.stores.base import Folder, StoreSettings
from indexer.stores.walking import Listing, listings

Answer = TypeVar("Answer")
LOOK_EVERY_S = 0.5
CHUNK_S = 0.05
"""How long a walk goes on before it hands over what it has."""

POSSIBLE = hasattr(time, "pthread_getcpuclockid")
"""Whether this system tells the processor time of a thread; elsewhere stores are waited for."""

Place = tuple[str, str]
IDLE: dict[Place, list["Line"]] = {}
STUCK: dict[Place, list["Line"]] = {}


class Line:
    """A thread that asks one store, one thing after the other."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.left = False
        self._asked: SimpleQueue[tuple[Callable[[], Any], SimpleQueue[tuple[Caught, Any]]]] = SimpleQueue()
        self._clock: int | None = None
        self._thread = threading.Thread(target=self._serve, name=f"bwc-store-{place[0]}", daemon=True)
        self._thread.start()

    @property
    def answering(self) -> bool:
        """Whether what it hung in has come back."""
        return not self._thread.is_alive()

    def ask(self, call: Callable[[], Answer], limit: float) -> Answer | None:
        """The call's answer. Raises what it raises, and TimeoutError when it hangs: then the line is left behind."""
        box: SimpleQueue[tuple[Caught, Answer]] = SimpleQueue()
        self._asked.put((call, box))
        waits = min(LOOK_EVERY_S, limit / 4) if limit else None
        spent, since, looked = -1, time.monotonic(), time.monotonic()
        while True:
            try:
                caught, answer = box.get(timeout=waits if POSSIBLE else None)
                break
            except Empty:
                now, before = time.monotonic(), spent
                spent = self._spent()
                # A process that was stopped for a while has not waited meanwhile.
                if spent != before or self._elsewhere(now) or now - looked > limit / 2:
                    since = now
                looked = now
                if now - since >= limit:
                    self.left = True
                    raise TimeoutError from None
        if caught.error is not None:
            raise caught.error
        return answer

    def _serve(self) -> None:
        if POSSIBLE:
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
        while not self.left:
            call, box = self._asked.get()
            answer: Any = None
            caught = Caught()
            try:
                with catching() as caught:
                    answer = call()
            finally:
                box.put((caught, answer))

    def _spent(self) -> int:
        """Nanoseconds of processor time of the thread."""
        return time.clock_gettime_ns(self._clock) if self._clock is not None else 0

    def _elsewhere(self, now: float) -> bool:
        """Whether it waits for a helper process, which has bounds of its own."""
        return guard.ASKING.get(self._thread.ident or 0, 0.0) > now


def answered(settings: StoreSettings, call: Callable[[], Answer]) -> Answer:
    """What a call that reads a store gives. Raises StoreUnavailable when it hangs, and while the one before hangs."""
    place = (settings.name, settings.location)
    if hanging(settings):
        raise StoreUnavailable(_silent(settings, "仍未应答", "still does not answer"))
    idle = IDLE.setdefault(place, [])
    line = idle.pop() if idle else Line(place)
    try:
        answer = line.ask(call, settings.answer_seconds)
    except TimeoutError:
        if not line.left:
            raise
        STUCK.setdefault(place, []).append(line)
        seconds = f"{settings.answer_seconds:g}"
        raise StoreUnavailable(_silent(settings, f"{seconds} 秒未应答", f"no answer in {seconds} s")) from None
    finally:
        if not line.left:
            idle.append(line)
    return cast(Answer, answer)


def hanging(settings: StoreSettings) -> bool:
    """Whether an earlier question to this store still waits for its answer."""
    place = (settings.name, settings.location)
    STUCK[place] = [line for line in STUCK.get(place, ()) if not line.answering]
    return bool(STUCK[place])


def _silent(settings: StoreSettings, zh: str, en: str) -> str:
    at = settings.location
    return say(
        f"存储 {settings.name}：{at}：{zh}，下次扫描再试",
        f"store {settings.name}: {at}: {en}; the next scan tries again",
    )


class PatientStore:
    """A store for whoever must not be held up by it; for the thread of a scan, not for reading at full speed."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._store = open_store(settings)

    @property
    def name(self) -> str:
        return self._store.name

    def walk(self) -> Iterator[Folder]:
        return self._chunks(self._store.walk())

    def listings(self) -> Iterator[Listing]:
        return self._chunks(listings(self._store))

    def stat(self, path: str) -> StoredFile | None:
        return answered(self._settings, partial(self._store.stat, path))

    def open(self, path: str) -> BinaryIO:
        stream = answered(self._settings, partial(self._store.open, path))
        return cast(BinaryIO, _PatientStream(self._settings, stream))

    def local_path(self, path: str) -> Path | None:
        return self._store.local_path(path)

    def _chunks(self, walked: Iterator[Answer]) -> Iterator[Answer]:
        """A walk in pieces: to hand over every folder by itself would take as long as listing it."""
        while chunk := answered(self._settings, partial(_some, walked)):
            yield from chunk


def _some(walked: Iterator[Answer]) -> list[Answer]:
    until = time.monotonic() + CHUNK_S
    found: list[Answer] = []
    for one in walked:
        found.append(one)
        if time.monotonic() >= until:
            break
    return found


class _PatientStream(io.RawIOBase):
    """Reads like the stream beneath it, or gives up."""

    def __init__(self, settings: StoreSettings, stream: BinaryIO) -> None:
        self._settings, self._stream = settings, stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return answered(self._settings, partial(self._stream.seek, offset, whence))

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        return answered(self._settings, partial(self._stream.read, size))

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Closing may wait for the store too; one that hangs is closed when the process ends."""
        if not self.closed and not hanging(self._settings):
            self._stream.close()
        super().close()
