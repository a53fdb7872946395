"""The server in a thread of its own, on a socket that is bound before anything else begins."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.loopback import is_loopback_address
from app.collector import spare_what_is_there
from app.shell_settings import ApiSettings
from domain.errors import ConfigError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

START_S, STOP_S = 30.0, 10.0


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that has begun to answer."""

    address: str
    thread: threading.Thread

    @property
    def alive(self) -> bool:
        return self.thread.is_alive()


def refuse_open_house(settings: ApiSettings) -> None:
    """Other machines may come in where visitors may not, and by names that are known. Raises ConfigError."""
    if settings.host == "localhost" or is_loopback_address(settings.host):
        return
    if settings.visitors:
        raise ConfigError(
            f'[api] host: expected a loopback address while visitors = true, got "{settings.host}": '
            "set visitors = false before other machines can reach it"
        )
    if not settings.names:
        raise ConfigError(
            f'[api] names: expected the host names under which other machines reach "{settings.host}", got none'
        )


def bind(settings: ApiSettings) -> socket.socket:
    """A listening socket. Raises ConfigError when the house would stand open or the port is taken."""
    refuse_open_house(settings)
    family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"[api] port: 端口 {settings.port} 不可用 / port {settings.port} on {settings.host} cannot be used: "
            f"{error.strerror}; stop the other program, or choose another port with [api] port or BWC_PORT"
        ) from None
    return listener


def address_of(listener: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def serving(application: "FastAPI", listener: socket.socket, proxies: Sequence[str] = ()) -> Iterator[Serving]:
    """Serve until the block is left; raises RuntimeError when the server does not start.

    `proxies` are believed about whom they ask for; of others, programs on this machine too, it is not read.
    """
    import uvicorn

    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=3,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_serve, args=(server, listener), name="bwc-server", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        spare_what_is_there()
        yield Serving(address_of(listener), thread)
    finally:
        if (hub := getattr(application.state, "hub", None)) is not None:
            hub.end()  # live streams never end by themselves, and the server waits for what is being answered
        server.should_exit = True
        thread.join(STOP_S)
        listener.close()


def _serve(server: "uvicorn.Server", listener: socket.socket) -> None:
    """The server's thread. uvicorn leaves by SystemExit when it cannot start; whoever waits for it says so."""
    with suppress(SystemExit):
        server.run(sockets=[listener])


def _wait_until_started(server: "uvicorn.Server", thread: threading.Thread) -> None:
    until = time.monotonic() + START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the server did not start; its log lines above say why")
        time.sleep(0.02)
