"""The fallback library behind a wall: it runs in a helper process that is ended when it takes too long or too much.

One helper for each thread that probes, started when first needed and again after it was ended. The file is handed over
as an open descriptor, so the helper needs no path and no right of its own. A stream that is no file of this machine is
read in place, where only its reads are bounded.
"""

import atexit
import io
import os
import pickle
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from domain.media import Probe, Problem, ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.counted import CountedStream
from indexer.containers.formats import recognise
from indexer.containers.handover import NOTHING_TO_PLAY
from indexer.containers.libav import LibavReader, seconds_allowed

MEMORY = 1 << 30  # bytes beyond what the helper holds when it is ready
GRACE = 10.0  # seconds after which the helper ends itself, then again until it is killed
CLOSING = 2.0
LENGTH = struct.Struct(">Q")
MAX_ANSWER = 256 * 1024 * 1024
START = "import sys; sys.path[:] = sys.argv[2:]; from indexer.containers.guarded import serve; serve(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Request:
    """What the helper is told beside the descriptor."""

    name: str
    size: int
    head: bytes
    seconds: float


@dataclass(slots=True)
class Helper:
    """A running helper and our end of the line; `owner` is the process that started it."""

    process: "subprocess.Popen[bytes]"
    line: socket.socket
    owner: int

    def end(self) -> None:
        """End it, and leave nothing behind."""
        self.line.close()
        if self.owner != os.getpid():
            self.process.returncode = 0  # inherited by a fork: it is our parent's to wait for
            return
        try:
            self.process.wait(CLOSING if self.process.poll() is None else 0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> int:
        """End it at once; how it ended."""
        self.process.kill()
        self.end()
        return self.process.returncode


class GuardedReader:
    """The libav reader, in a helper process."""

    name = LibavReader.name
    version = LibavReader.version

    def __init__(self, memory: int = MEMORY, grace: float = GRACE) -> None:
        self._memory = memory
        self._grace = grace
        self._inside = LibavReader()
        self._own = threading.local()

    def recognises(self, source: Source) -> bool:
        return self._inside.recognises(source)

    def probe(self, source: Source) -> Probe:
        try:
            descriptor = source.stream.fileno()
        except (io.UnsupportedOperation, AttributeError):
            return self._inside.probe(source)
        return self._asked(source, descriptor)

    def end(self) -> None:
        """End this thread's helper, if it has one."""
        helper: Helper | None = getattr(self._own, "helper", None)
        self._own.helper = None
        if helper is not None:
            helper.end()

    def _asked(self, source: Source, descriptor: int) -> Probe:
        helper = self._helper()
        seconds = seconds_allowed(source.size)
        helper.line.settimeout(seconds + 2 * self._grace)
        request = Request(source.name, source.size, source.head, seconds + self._grace)
        try:
            _send(helper.line, request, descriptor)
            answer = _receive(helper.line)
        except TimeoutError:
            self._own.helper = None
            helper.kill()
            ended = say(f"解码库运行 {seconds:.0f} s 后被终止", f"the library was ended after {seconds:.0f} s")
            return self._lost(source, ProblemCode.OUT_OF_TIME, ended)
        except (EOFError, ConnectionError):
            self._own.helper = None
            return self._ended(source, helper, seconds)
        if isinstance(answer, OSError):
            raise answer
        probe = cast(Probe, answer)
        if isinstance(source.stream, CountedStream):
            source.stream.bytes_read += probe.bytes_read
        return replace(probe, bytes_read=0)

    def _ended(self, source: Source, helper: Helper, seconds: float) -> Probe:
        """The helper is gone: by its own alarm, or because the library fell over."""
        helper.process.wait()
        code = helper.kill()
        if code == -signal.SIGALRM:
            late = say(f"解码库 {seconds:.0f} s 内未返回", f"the library did not return within {seconds:.0f} s")
            return self._lost(source, ProblemCode.OUT_OF_TIME, late)
        fell = say(f"解码库异常退出（退出码 {code}）", f"the library fell over (exit status {code})")
        return self._lost(source, ProblemCode.DECODER_ERROR, fell)

    def _lost(self, source: Source, code: ProblemCode, detail: str) -> Probe:
        container = recognise(source.head) or "unknown"
        problems = (Problem(code, detail), Problem(ProblemCode.NO_TRACKS, NOTHING_TO_PLAY))
        return Probe(container, self.name, self.version, None, problems=problems)

    def _helper(self) -> Helper:
        helper: Helper | None = getattr(self._own, "helper", None)
        if helper is not None and helper.owner == os.getpid() and helper.process.poll() is None:
            return helper
        if helper is not None:
            helper.end()
        helper = _started(self._memory)
        self._own.helper = helper
        return helper


def _started(memory: int) -> Helper:
    ours, theirs = socket.socketpair()
    with theirs:
        number = str(theirs.fileno())
        environment = os.environ | {"BWC_HELPER_MEMORY": str(memory), "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-c", START, number, *sys.path]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment)
    helper = Helper(process, ours, os.getpid())
    atexit.register(_end_at_exit, helper)
    return helper


def _end_at_exit(helper: Helper) -> None:
    if helper.process.returncode is None:
        helper.end()


def _send(line: socket.socket, message: object, descriptor: int | None = None) -> None:
    content = pickle.dumps(message)
    head = LENGTH.pack(len(content))
    if descriptor is None:
        line.sendall(head)
    else:
        socket.send_fds(line, [head], [descriptor])
    line.sendall(content)


def _receive(line: socket.socket) -> object:
    return _content(line, _exactly(line, LENGTH.size))


def _content(line: socket.socket, head: bytes) -> object:
    """Pickled by our own code at the other end of a line that nobody else holds."""
    (length,) = LENGTH.unpack(head)
    if length > MAX_ANSWER:
        raise EOFError(f"message of {length} bytes, at most {MAX_ANSWER}")
    return pickle.loads(_exactly(line, length))  # noqa: S301


def _exactly(line: socket.socket, length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        part = line.recv(min(length, 1 << 20))
        if not part:
            raise EOFError("the line was closed")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def serve(descriptor: int) -> None:
    """The helper's life: one request after the other until the line is closed. An alarm ends it inside the library."""
    line = socket.socket(fileno=descriptor)
    _bound_memory(int(os.environ.get("BWC_HELPER_MEMORY", MEMORY)))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked decides
    reader = LibavReader()
    while True:
        head, files, _, _ = socket.recv_fds(line, LENGTH.size, 1)
        if not files:
            return
        with os.fdopen(files[0], "rb", buffering=0) as stream:
            request = _content(line, head)
            if isinstance(request, Request):
                _send(line, _served(reader, request, stream))


def _served(reader: LibavReader, request: Request, stream: io.FileIO) -> Probe | OSError:
    signal.setitimer(signal.ITIMER_REAL, request.seconds)
    counted = CountedStream(cast(BinaryIO, stream))
    try:
        probe = reader.probe(Source(request.name, cast(BinaryIO, counted), request.size, request.head))
        return replace(probe, bytes_read=counted.bytes_read)
    except OSError as error:
        return OSError(error.errno, error.strerror or str(error))
    except MemoryError:
        container = recognise(request.head) or "unknown"
        detail = say("解码库所需内存超过上限", "the library needed more memory than it may have")
        problem = Problem(ProblemCode.OUT_OF_MEMORY, detail)
        return Probe(container, reader.name, reader.version, None, problems=(problem,), bytes_read=counted.bytes_read)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _bound_memory(more: int) -> None:
    """Address space: what is held now, and `more`. No core files of evidence."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + more, held + more))
