"""Functions behind a wall: they run in a helper process that is ended when it takes too long or too much.

A helper serves one named function, `function(stream, request) -> answer`, and is used again until it is ended. The file
is handed over as an open descriptor (`indexer.lending`: or a line for its bytes), so the helper needs no path, no right
of its own and no secret. It ends itself by alarms of
its own (time of day, processor time), holds no more memory than it was given, and is gone when whoever asked is gone.
"""

import atexit
import importlib
import os
import pickle
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from indexer.answers import NoAnswer, value_of
from indexer.lending import borrowed

MEMORY = 1 << 30  # bytes beyond what the helper holds when it is ready
GRACE = 10.0  # seconds after which the helper ends itself, then again until it is killed
CLOSING = 2.0
STARTING = 120.0  # seconds for a helper to load what it serves, on a machine that has other things to do
LENGTH = struct.Struct(">Q")
MAX_ANSWER = 256 * 1024 * 1024
POSSIBLE = hasattr(socket, "send_fds")
"""Whether this system can hand an open file to another process."""

SECRETS = re.compile(r"^(AWS|BWC_DATABASE|PG|BOTO)_?|SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY", re.IGNORECASE)
"""Names of variables that hold credentials, or say where some lie."""

ASKING: dict[int, float] = {}
"""By thread: until when at the latest it waits for its helper (on the monotonic clock)."""

START = "import sys; sys.path[:] = sys.argv[3:]; from indexer.guard import serve; serve(*sys.argv[1:3])"
Served = Callable[[BinaryIO, object], object]


@dataclass(frozen=True, slots=True)
class Call:
    """What the helper is told beside the descriptor: the request and the alarms in seconds (None: none)."""

    request: object
    seconds: float
    processor_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What a helper says when it has loaded what it serves; from here on time counts."""


class NotStarted(Exception):
    """No helper could be started: the fault of the machine or the installation, of no file."""


@dataclass(frozen=True, slots=True)
class LastWords:
    """What a helper says when an exception that nobody caught ends it."""

    text: str


class Ended(Exception):
    """The helper is gone with the request: it was `late`, or fell over: with this exit status, or saying `words`."""

    def __init__(self, code: int | None, late: bool, words: str | None = None) -> None:
        super().__init__(words or f"exit status {code}, late: {late}")
        self.code = code
        self.late = late
        self.words = words


@dataclass(slots=True)
class Helper:
    """A running helper and our end of the line; `owner` is the process that started it."""

    process: "subprocess.Popen[bytes]"
    line: socket.socket
    owner: int

    @property
    def usable(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

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
            with suppress(subprocess.TimeoutExpired):  # it may be held by a store that does not answer
                self.process.wait(CLOSING)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.end()


class Guard:
    """One function behind the wall. As many helpers as there are threads that ask at one time, each used again."""

    def __init__(self, function: str, memory: int = MEMORY, grace: float = GRACE) -> None:
        """`function`: `module:name`. The helper has loaded the module before its memory is bounded."""
        self.function = function
        self.memory = memory
        self.grace = grace
        self.idle: list[Helper] = []

    def ask(self, descriptor: int, request: object, seconds: float, processor_seconds: float | None = None) -> object:
        """The function's answer about an open file. Raises Ended; OSError and MemoryError as the function did.

        Raises NotStarted where there is nobody to ask. Starting a helper is not counted in `seconds`.
        """
        ASKING[threading.get_ident()] = time.monotonic() + STARTING + seconds + 3 * self.grace
        try:
            return self._asked(descriptor, request, seconds, processor_seconds)
        finally:
            del ASKING[threading.get_ident()]

    def _asked(self, descriptor: int, request: object, seconds: float, processor_seconds: float | None) -> object:
        helper = self._helper()
        helper.line.settimeout(seconds + 2 * self.grace)
        answered = False
        try:
            send(helper.line, Call(request, seconds + self.grace, processor_seconds), descriptor)
            answer = receive(helper.line)
            answered = not isinstance(answer, LastWords)
        except TimeoutError:
            raise Ended(None, late=True) from None
        except NoAnswer as error:
            raise Ended(None, late=False, words=f"an answer that is none: {error}") from None
        except (EOFError, ConnectionError):
            helper.process.wait()
            code = helper.process.returncode
            raise Ended(code, late=code in (-signal.SIGALRM, -signal.SIGPROF)) from None
        finally:  # also when asked to stop: what the helper would answer later is for nobody
            if not answered:
                helper.kill()
        if isinstance(answer, LastWords):
            raise Ended(helper.process.returncode, late=False, words=answer.text)
        self.idle.append(helper)
        if isinstance(answer, OSError | MemoryError):
            raise answer
        return answer

    def end(self) -> None:
        """End the helpers that nobody is asking."""
        while (helper := self._taken()) is not None:
            helper.end()

    def _taken(self) -> Helper | None:
        try:
            return self.idle.pop()  # of a list: never two threads the same one
        except IndexError:
            return None

    def _helper(self) -> Helper:
        while (helper := self._taken()) is not None:
            if helper.usable:
                return helper
            helper.end()
        return self._started()

    def _started(self) -> Helper:
        ours, theirs = socket.socketpair()
        with theirs:
            number = str(theirs.fileno())
            environment = harmless(os.environ) | {"BWC_HELPER_MEMORY": str(self.memory), "OPENBLAS_NUM_THREADS": "1"}
            command = [sys.executable, "-c", START, number, self.function, *sys.path]
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment)
        helper = Helper(process, ours, os.getpid())
        atexit.register(_end_at_exit, helper)
        return _begun(helper, self.function)


def _begun(helper: Helper, function: str) -> Helper:
    """The helper once it is ready. Raises NotStarted."""
    helper.line.settimeout(STARTING)
    said: object = None
    try:
        said = receive(helper.line)
    except (OSError, EOFError, NoAnswer) as error:
        said = LastWords(f"{type(error).__name__}: {error}")
    finally:
        if not isinstance(said, Ready):
            helper.kill()
    if isinstance(said, LastWords):
        raise NotStarted(f"{function}: {said.text}")
    return helper


def harmless(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what holds secrets: a helper looks at hostile files and needs none of them."""
    return {name: value for name, value in environment.items() if not SECRETS.search(name)}


def _end_at_exit(helper: Helper) -> None:
    if helper.process.returncode is None:
        helper.end()


def send(line: socket.socket, message: object, descriptor: int | None = None) -> None:
    content = pickle.dumps(message)
    head = LENGTH.pack(len(content))
    if descriptor is None:
        line.sendall(head)
    else:
        socket.send_fds(line, [head], [descriptor])
    line.sendall(content)


def receive(line: socket.socket) -> object:
    """What the other end says, believed in nothing but values. Raises EOFError; NoAnswer."""
    return value_of(_content(line, _exactly(line, LENGTH.size)))


def _content(line: socket.socket, head: bytes) -> bytes:
    (length,) = LENGTH.unpack(head)
    if length > MAX_ANSWER:
        raise EOFError(f"message of {length} bytes, at most {MAX_ANSWER}")
    return _exactly(line, length)


def _exactly(line: socket.socket, length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        part = line.recv(min(length, 1 << 20))
        if not part:
            raise EOFError("the line was closed")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def named(function: str) -> Served:
    """The function called `module:name`."""
    module, _, name = function.partition(":")
    return cast(Served, getattr(importlib.import_module(module), name))


def serve(descriptor: str, function: str) -> None:
    """The helper's life: one request after the other until the line is closed. An alarm ends it inside the library."""
    line = socket.socket(fileno=int(descriptor))
    sys.excepthook = lambda kind, error, _: send(line, LastWords(f"{kind.__name__}: {error}"))
    served = named(function)
    threading.Thread(target=_end_with, args=(line.fileno(),), daemon=True).start()
    _bound_memory(int(os.environ.get("BWC_HELPER_MEMORY", MEMORY)))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked decides
    send(line, Ready())
    while True:
        head, files, _, _ = socket.recv_fds(line, LENGTH.size, 1)
        if not files:
            return
        with borrowed(files[0]) as stream:
            call = pickle.loads(_content(line, head))  # noqa: S301 (from whoever started this helper)
            if isinstance(call, Call):
                send(line, _served(served, call, stream))


def _end_with(line: int) -> None:
    """Whoever asked is gone: there is nobody to answer, however long the library would still work."""
    poll = select.poll()
    poll.register(line, 0)  # hanging up is always told
    poll.poll()
    os._exit(0)


def _served(served: Served, call: Call, stream: BinaryIO) -> object:
    signal.setitimer(signal.ITIMER_REAL, call.seconds)
    signal.setitimer(signal.ITIMER_PROF, call.processor_seconds or 0)
    try:
        return served(stream, call.request)
    except OSError as error:
        return OSError(error.errno, error.strerror or str(error))
    except MemoryError as error:
        return MemoryError(str(error))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _bound_memory(more: int) -> None:
    """Address space: what is held now, and `more`. No core files of evidence."""
    import resource  # not on every system; only a helper needs it

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + more, held + more))
