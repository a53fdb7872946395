"""The socket and the server's thread."""

import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Request

from app.serving import address_of, bind, refuse_open_house, serving
from app.shell_settings import ApiSettings
from domain.errors import ConfigError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_loopback_host_is_served(host: str) -> None:
    refuse_open_house(ApiSettings(host=host, visitors=True))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.example.org", "::ffff:8.8.8.8"]
)
def test_a_host_that_others_can_reach_is_refused_while_visitors_may_look_or_no_name_is_known(host: str) -> None:
    with pytest.raises(ConfigError, match="expected a loopback address while visitors"):
        refuse_open_house(ApiSettings(host=host, visitors=True, names=("bwc.example",)))
    with pytest.raises(ConfigError, match="expected the host names"):
        refuse_open_house(ApiSettings(host=host))
    refuse_open_house(ApiSettings(host=host, names=("bwc.example",)))


def test_a_busy_port_is_told_with_what_to_do() -> None:
    with bind(ApiSettings(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on 127.0.0.1 cannot be used.*BWC_PORT"):
            bind(ApiSettings(port=port))


def test_a_port_is_free_again_at_once_after_serving() -> None:
    with bind(ApiSettings(port=0)) as first:
        port = first.getsockname()[1]
        with serving(application(), first) as server:
            assert get(f"{server.address}/healthz") == b'"ok"'
    bind(ApiSettings(port=port)).close()


def test_an_address_of_ip6_has_brackets() -> None:
    try:
        listener = bind(ApiSettings(host="::1", port=0))
    except ConfigError:
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        assert address_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def application() -> FastAPI:
    made = FastAPI()
    made.get("/healthz")(lambda: "ok")
    return made


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        content: bytes = answer.read()
    return content


def test_the_server_answers_until_the_block_is_left() -> None:
    listener = bind(ApiSettings(port=0))
    with serving(application(), listener) as server:
        assert server.alive
        assert get(f"{server.address}/healthz") == b'"ok"'
    assert not server.alive
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        get(f"{server.address}/healthz")


def test_an_application_that_cannot_start_is_no_silence() -> None:
    @asynccontextmanager
    async def broken(_: FastAPI) -> AsyncIterator[None]:
        raise OSError("no templates")
        yield

    listener = bind(ApiSettings(port=0))
    with pytest.raises(RuntimeError, match="did not start"), serving(FastAPI(lifespan=broken), listener):
        pass
    assert listener.fileno() == -1


@pytest.mark.parametrize(
    ("proxies", "seen"), [((), "127.0.0.1"), (("10.0.0.9",), "127.0.0.1"), (("127.0.0.1",), "10.1.2.3")]
)
def test_only_a_proxy_of_the_configuration_says_for_whom_it_asks(proxies: tuple[str, ...], seen: str) -> None:
    made = FastAPI()

    @made.get("/whom")
    def whom(request: Request) -> str | None:
        return request.client and request.client.host

    with bind(ApiSettings(port=0)) as listener, serving(made, listener, proxies) as server:
        asked = urllib.request.Request(f"{server.address}/whom", headers={"X-Forwarded-For": "10.1.2.3"})
        assert urllib.request.urlopen(asked, timeout=10).read() == f'"{seen}"'.encode()
