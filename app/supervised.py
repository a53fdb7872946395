"""Started by systemd (`deploy/bwc.service`): tell it that we are ready, and go on telling it that the server answers.

sd_notify(3) without its library: datagrams to the socket that NOTIFY_SOCKET names; without it nothing happens.
"""

import http.client
import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

logger = logging.getLogger("bwc.supervised")
PATIENCE_S = 20.0
MOST_S, LEAST_S = 60.0, 0.1


@contextmanager
def supervised(address: str, environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Ready from now on; alive as long as something at `address` answers, whatever it answers."""
    target = environment.get("NOTIFY_SOCKET", "")
    if not target:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(target, address, _every(environment), stop), daemon=True)
    tell(target, "READY=1")
    thread.start()
    try:
        yield
    finally:
        tell(target, "STOPPING=1")
        stop.set()


def _every(environment: Mapping[str, str]) -> float:
    """Seconds between two words: a third of what systemd waits for one."""
    given = environment.get("WATCHDOG_USEC", "")
    return min(MOST_S, max(LEAST_S, int(given) / 3_000_000)) if given.isdecimal() else MOST_S


def _watch(target: str, address: str, every: float, stop: threading.Event) -> None:
    while not stop.wait(every):
        if answers(address):
            tell(target, "WATCHDOG=1")
        else:
            logger.warning("the server does not answer; systemd is not told that all is well")


def answers(address: str) -> bool:
    """Whether a server there answers at all: one that says that the database is away is alive."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tell(target: str, text: str) -> None:
    """One word to whoever supervises; who does not listen is not waited for."""
    name = f"\0{target[1:]}" if target.startswith("@") else target
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.settimeout(1.0)
        out.connect(name)
        out.send(text.encode())
