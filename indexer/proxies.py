"""Proxies of clips for whoever asks: out of the cache, else made from the store when nobody else takes up the machine.

Each person has one made at a time, the process a few; requests for the same stretch wait for the same work. Work for
which nobody waits any more is ended, and what could not be made is not tried again for a while.
"""

import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from domain.wording import COLON, joined, say
from indexer.originals import Lacking, NoMedia, Originals
from indexer.proxy_cache import MediaSettings, ProxyCache, Stretch
from indexer.relay import relayed
from indexer.still_cache import FileBytes
from indexer.stores.base import StoreSettings
from indexer.transcoding import Abandoned, Means, TooLong, Undecodable, Work, transcode

Transcode = Callable[[int, Work, Means, threading.Event], None]
Asked = tuple[str, Stretch]
"""A file's key, and the stretch of it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many are made at once, how long a request waits for its turn, and how long a failure is remembered."""

    at_once: int = 2
    waiting: int = 12
    patience: float = 20.0
    forget_seconds: float = 60.0
    means: Means = field(default_factory=Means)


@dataclass(frozen=True, slots=True)
class Source:
    """A clip of which a stretch is wanted: its bytes, and what holds them."""

    file: FileBytes
    container: str


@dataclass(slots=True)
class Job:
    """One proxy in the making, for one person; `wanted` by so many requests."""

    who: str
    wanted: int = 1
    error: NoMedia | None = None
    left: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Proxies:
    """The clips of these stores for players: originals, and proxies of them."""

    def __init__(
        self,
        stores: Sequence[StoreSettings],
        cache: ProxyCache,
        seconds: int = 30,
        bounds: Bounds = Bounds(),
        make: Transcode = transcode,
    ) -> None:
        self.originals = Originals(stores)
        self.seconds = timedelta(seconds=seconds)
        self._cache, self._bounds, self._make = cache, bounds, make
        self._jobs: dict[Asked, Job] = {}
        self._refused: dict[Asked, tuple[float, NoMedia]] = {}
        self._change = threading.Condition()
        self._room = threading.BoundedSemaphore(bounds.waiting)

    @classmethod
    def of(cls, stores: Sequence[StoreSettings], settings: MediaSettings) -> "Proxies":
        """As `[media]` says."""
        return cls(stores, ProxyCache(Path(settings.cache), settings.cache_mb), settings.proxy_seconds)

    @property
    def makes(self) -> bool:
        """Whether proxies are made at all: without room to keep one there is nothing to serve it from."""
        return self._cache.keeps

    def open(self, source: Source, stretch: Stretch, who: str, left: threading.Event) -> BinaryIO:
        """The proxy, made if need be while the caller waits; `left`: the caller does not wait any more.

        Raises NoMedia.
        """
        if not self.makes:
            raise NoMedia(Lacking.UNREACHABLE, say("此服务未启用转码播放", "this server makes no proxies"))
        if kept := self._cache.open(source.file, stretch):
            return kept
        if not self._room.acquire(blocking=False):
            raise _busy()
        try:
            self._have_made(source, stretch, who, left)
        finally:
            self._room.release()
        made = self._cache.open(source.file, stretch)
        if made is None:  # others of this moment needed its room
            raise _busy()
        return made

    def end(self) -> None:
        """End all work."""
        with self._change:
            for job in self._jobs.values():
                job.left.set()

    def _have_made(self, source: Source, stretch: Stretch, who: str, left: threading.Event) -> None:
        job = self._joined(source, stretch, who, left)
        if job is None:
            return
        try:
            while not job.done.wait(0.05):
                if left.is_set():
                    raise _left()
        finally:
            with self._change:
                job.wanted -= 1
                if not job.wanted:
                    job.left.set()
        if job.error is not None:
            raise job.error

    def _joined(self, source: Source, stretch: Stretch, who: str, left: threading.Event) -> Job | None:
        """The work on this stretch, begun when it is this person's turn; None when it has been done meanwhile."""
        asked = (source.file.key, stretch)
        until = time.monotonic() + self._bounds.patience
        with self._change:
            while True:
                if (job := self._jobs.get(asked)) and not job.left.is_set():
                    job.wanted += 1
                    return job
                if kept := self._cache.open(source.file, stretch):
                    kept.close()
                    return None
                self._refuse_again(asked)
                if job is None and self._has_turn(who):
                    return self._begun(source, stretch, who)
                if left.is_set():
                    raise _left()
                if time.monotonic() > until:
                    raise _busy()
                self._change.wait(0.1)

    def _has_turn(self, who: str) -> bool:
        return len(self._jobs) < self._bounds.at_once and all(job.who != who for job in self._jobs.values())

    def _begun(self, source: Source, stretch: Stretch, who: str) -> Job:
        job = self._jobs[source.file.key, stretch] = Job(who)
        threading.Thread(target=self._work, args=(job, source, stretch), name="bwc-proxy", daemon=True).start()
        return job

    def _work(self, job: Job, source: Source, stretch: Stretch) -> None:
        job.error = NoMedia(Lacking.NONE, say("转码失败", "the proxy could not be made"))
        try:
            self._write(job, source, stretch)
            job.error = None
        except NoMedia as error:
            job.error = error
        finally:
            asked = (source.file.key, stretch)
            with self._change:
                del self._jobs[asked]
                self._remember(asked, job.error)
                job.done.set()
                self._change.notify_all()

    def _write(self, job: Job, source: Source, stretch: Stretch) -> None:
        """Make it beside its place and put it there when it is whole. Raises NoMedia."""
        with self.originals.open(source.file) as stream:
            try:
                half = self._cache.half()
            except OSError as error:
                raise _no_means(error) from error
            try:
                with _source(stream) as (descriptor, address):
                    work = Work(source.container, stretch, half, address)
                    self._make(descriptor, work, self._bounds.means, job.left)
                self._cache.keep(half, source.file, stretch)
            except (Undecodable, TooLong, Abandoned) as error:
                raise _refusal(error) from error
            except OSError as error:
                raise _no_means(error) from error
            finally:
                with suppress(OSError):
                    half.unlink(missing_ok=True)

    def _remember(self, asked: Asked, error: NoMedia | None) -> None:
        if error is None or error.why is not Lacking.NONE:
            return
        if len(self._refused) > 1000:
            self._refused.clear()
        self._refused[asked] = (time.monotonic(), error)

    def _refuse_again(self, asked: Asked) -> None:
        since, error = self._refused.get(asked, (0.0, None))
        if error is not None and time.monotonic() - since < self._bounds.forget_seconds:
            raise NoMedia(error.why, error.said)


@contextmanager
def _source(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """A descriptor, or for a stream that is no file of this machine the address where it can be read."""
    try:
        descriptor = stream.fileno()
    except (io.UnsupportedOperation, AttributeError):
        with relayed(stream) as address:
            yield -1, address
        return
    yield descriptor, None


def _refusal(error: Exception) -> NoMedia:
    if isinstance(error, Abandoned):
        return _left()
    if isinstance(error, TooLong):
        return NoMedia(Lacking.NONE, say("转码超时，已终止", "the proxy took too long and was ended"))
    told = say("该时段无法解码", "the stretch cannot be decoded")
    return NoMedia(Lacking.NONE, joined((told, str(error)), COLON))


def _no_means(error: OSError) -> NoMedia:
    told = say("无法生成转码文件", "no proxy can be written")
    return NoMedia(Lacking.UNREACHABLE, joined((told, error.strerror or type(error).__name__), COLON))


def _busy() -> NoMedia:
    return NoMedia(Lacking.BUSY, say("正在为其他请求转码，请稍后再试", "busy with other proxies; try again shortly"))


def _left() -> NoMedia:
    return NoMedia(Lacking.LEFT, say("请求已取消", "the request was given up"))
