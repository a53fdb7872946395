"""The fallback library behind a wall (`indexer.guard`): a file that hangs it or fells it costs only itself.

On systems that cannot hand an open file over it is read in place, where only its reads are bounded.
"""

from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from domain.media import Probe, Problem, ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.counted import CountedStream
from indexer.containers.formats import recognise
from indexer.containers.handover import NOTHING_TO_PLAY
from indexer.containers.libav import LibavReader, seconds_allowed
from indexer.guard import GRACE, MEMORY, POSSIBLE, Ended, Guard
from indexer.lending import Lent, lent


@dataclass(frozen=True, slots=True)
class Request:
    """What the helper is told beside the descriptor."""

    name: str
    size: int
    head: bytes


def measure(stream: BinaryIO, request: Request) -> Probe:
    """In the helper: what the library measures, and how many bytes it read."""
    reader, counted = LibavReader(), CountedStream(stream)
    try:
        probe = reader.probe(Source(request.name, cast(BinaryIO, counted), request.size, request.head))
    except MemoryError:
        container = recognise(request.head) or "unknown"
        detail = say("解码库所需内存超过上限", "the library needed more memory than it may have")
        problem = Problem(ProblemCode.OUT_OF_MEMORY, detail)
        probe = Probe(container, reader.name, reader.version, None, problems=(problem,))
    return replace(probe, bytes_read=counted.bytes_read)


class GuardedReader:
    """The libav reader, in a helper process."""

    name = LibavReader.name
    version = LibavReader.version

    def __init__(self, memory: int = MEMORY, grace: float = GRACE) -> None:
        self._inside = LibavReader()
        self._guard = Guard(f"{__name__}:{measure.__name__}", memory, grace)

    def recognises(self, source: Source) -> bool:
        return self._inside.recognises(source)

    def probe(self, source: Source) -> Probe:
        """Raises OSError for bytes that cannot be read from a stream that is no file of this machine."""
        if not POSSIBLE:
            return self._inside.probe(source)
        with lent(source.stream) as one:
            return self._asked(source, one)

    def end(self) -> None:
        """End the helpers that nobody is asking."""
        self._guard.end()

    def _asked(self, source: Source, one: Lent) -> Probe:
        seconds = seconds_allowed(source.size)
        try:
            answer = self._guard.ask(one.descriptor, Request(source.name, source.size, source.head), seconds)
        except Ended as ended:
            return self._lost(source, ended, seconds)
        if one.failures:  # the library says of it what it would of a damaged file
            raise one.failures[0]
        probe = cast(Probe, answer)
        if isinstance(source.stream, CountedStream) and not one.relayed:  # what went over the line is counted already
            source.stream.bytes_read += probe.bytes_read
        return replace(probe, bytes_read=0)

    def _lost(self, source: Source, ended: Ended, seconds: float) -> Probe:
        """The helper is gone: killed or by its own alarm, or because the library fell over."""
        code = ProblemCode.OUT_OF_TIME if ended.late else ProblemCode.DECODER_ERROR
        detail = say(
            f"解码库 {seconds:.0f} s 内未返回，已终止", f"the library was ended: it did not return in {seconds:.0f} s"
        )
        if not ended.late:
            detail = say(f"解码库异常退出（退出码 {ended.code}）", f"the library fell over (exit status {ended.code})")
        container = recognise(source.head) or "unknown"
        problems = (Problem(code, detail), Problem(ProblemCode.NO_TRACKS, NOTHING_TO_PLAY))
        return Probe(container, self.name, self.version, None, problems=problems)
