"""What `deploy/` promises holds: commands, options, keys, paths and addresses are those of the program."""

import configparser
import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest

from api.routes import health
from app.command_line import bwc
from app.serving import refuse_open_house
from app.settings import load_settings
from app.supervised import answers, supervised

UNITS = ("bwc.service", "bwc-backup.service", "bwc-backup.timer")
PROGRAM = "/opt/bwc/.venv/bin/bwc"


@pytest.fixture(scope="module")
def deploy(project: Path) -> Path:
    return project / "deploy"


def unit(file: Path) -> dict[str, dict[str, str]]:
    """Sections and keys of a unit; a key given twice keeps its last value."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(file.read_text(encoding="utf-8"))
    return {name: dict(parser[name]) for name in parser.sections()}


def refuse_unknown(words: list[str]) -> None:
    """A command line is one of ours, with options that it has; values are not looked at."""
    command: click.Command = bwc
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            found = command.get_command(click.Context(command), word)
            assert found is not None, words
            command = found
        elif word.startswith("--"):
            options = [option for parameter in command.params for option in parameter.opts]
            assert word.partition("=")[0] in options, words


@pytest.mark.parametrize("name", [*UNITS[:2], "bwc-worker.service"])
def test_a_unit_runs_a_command_that_there_is(deploy: Path, name: str) -> None:
    program, *words = shlex.split(unit(deploy / name)["Service"]["ExecStart"])
    assert program == PROGRAM
    refuse_unknown(words)


def test_the_timer_starts_the_unit_of_its_name(deploy: Path) -> None:
    assert "Timer" in unit(deploy / "bwc-backup.timer")
    assert (deploy / "bwc-backup.service").exists()


@pytest.mark.parametrize("name", UNITS[:2])
def test_a_unit_can_write_where_the_configuration_says_and_nowhere_else(deploy: Path, name: str) -> None:
    service = unit(deploy / name)["Service"]
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["User"]) == ("strict", "yes", "bwc")
    assert "ReadWritePaths" not in service
    writable = [Path("/var/lib") / one for one in service["StateDirectory"].split()]
    writable += [Path("/var/cache") / one for one in service.get("CacheDirectory", "").split()]
    settings = load_settings(deploy / "config.toml", {})
    needed = [Path(settings.database.url.removeprefix("sqlite:///")), Path(settings.api.secret_file)]
    if name == "bwc.service":
        needed += [Path(settings.content.cache), Path(settings.media.cache)]
    words = shlex.split(service["ExecStart"])
    needed += [Path(words[words.index("--output") + 1])] if "--output" in words else []
    assert [path for path in needed if not any(path.is_relative_to(one) for one in writable)] == []
    read_only = [Path(one.lstrip("-")) for one in service["ReadOnlyPaths"].split()]
    assert all(any(Path(store.location).is_relative_to(one) for one in read_only) for store in settings.stores)


@pytest.mark.parametrize("name", ["config.toml", "container.toml"])
def test_the_configurations_are_valid_closed_and_say_where_everything_lies(deploy: Path, name: str) -> None:
    settings = load_settings(deploy / name, {})
    refuse_open_house(settings.api)
    assert (settings.api.visitors, settings.api.secure) == (False, True)
    values = tomllib.loads((deploy / name).read_text(encoding="utf-8"))
    written = json.dumps(values)
    assert str(deploy) not in written
    for place in (settings.api.secret_file, settings.content.cache, settings.media.cache):
        assert place.startswith("/var/"), place


@pytest.mark.slow
def test_systemd_finds_nothing_wrong_with_the_units(deploy: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    program = str(Path(sys.executable).parent / "bwc")
    for name in UNITS:
        text = (deploy / name).read_text(encoding="utf-8").replace(PROGRAM, program)
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / name) for name in UNITS]
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *files],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = [line for line in (run.stdout + run.stderr).splitlines() if str(tmp_path) in line or "bwc" in line]
    assert said == []


def instructions(file: Path) -> list[tuple[str, str]]:
    """(instruction, the rest) of a Containerfile."""
    text = re.sub(r"^#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def test_the_image_copies_what_there_is_and_everything_that_is_installed(project: Path, deploy: Path) -> None:
    copied = [rest.split()[:-1] for word, rest in instructions(deploy / "Containerfile") if word == "COPY"]
    sources = {source for one in copied if not one[0].startswith("--from") for source in one}
    assert [source for source in sources if not (project / source).exists()] == []
    tools = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert {package.split(".")[0] for package in tools["packages"]} <= sources
    assert {"pyproject.toml", "README.md", "constraints/run.txt"} <= sources


def test_the_image_runs_the_program_without_root_and_asks_after_its_health(deploy: Path) -> None:
    found = instructions(deploy / "Containerfile")
    said = dict(found)
    assert {word for word, _ in found} <= {
        *("FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL"),
        *("HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }
    assert said["USER"].split(":")[0].isdecimal()
    assert int(said["USER"].split(":")[0]) > 0
    assert json.loads(said["ENTRYPOINT"]) == ["/opt/bwc/bin/bwc"]
    refuse_unknown(json.loads(said["CMD"]))
    settings = load_settings(deploy / "container.toml", {})
    address = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", said["HEALTHCHECK"])
    assert address is not None
    assert (int(address[1]), said["EXPOSE"]) == (settings.api.port, str(settings.api.port))
    assert address[2] in {route.path for route in health.router.routes}  # type: ignore[attr-defined]
    volumes = [Path(one) for one in json.loads(said["VOLUME"])]
    places = [settings.api.secret_file, settings.content.cache, settings.media.cache]
    assert all(any(Path(place).is_relative_to(volume) for volume in volumes) for place in places)
    code = json.loads(said["HEALTHCHECK"].partition("CMD ")[2])[2]
    compile(code, "healthcheck", "exec")


@pytest.mark.parametrize("name", ["README.md", "windows.md"])
def test_the_pages_name_commands_files_and_keys_that_there_are(project: Path, deploy: Path, name: str) -> None:
    text = (deploy / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (deploy / target).exists(), target
    shown = [
        *re.findall(r"`bwc ([^`…]+)`", text),
        *re.findall(r"^(?:\S*/)?bwc ((?:\w|--).*?)(?:  |$)", text, re.MULTILINE),
    ]
    shown += re.findall(r"bin/bwc ([a-z][^`\n&]*)", text)
    assert shown or name == "windows.md"
    for line in shown:
        refuse_unknown(line.split())
    keys = re.findall(r"`\[(\w+)\] (\w+)`", text)
    page = (project / "docs" / "config.md").read_text(encoding="utf-8")
    for section, key in keys:
        part = page.split(f"## `[{section}]`", 1)[1].split("\n## ", 1)[0]
        assert f"| `{key}` |" in part, (section, key)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket as systemd makes one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(tmp_path / "notify"))
        found.settimeout(10)
        yield found


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


def test_systemd_is_told_that_all_is_well_as_long_as_the_server_answers(
    tmp_path: Path, listener: socket.socket
) -> None:
    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    with supervised(address, environment):
        assert listener.recv(100) == b"READY=1"
        assert listener.recv(100) == b"WATCHDOG=1"
        assert answers(address)  # that the database is away is an answer
        server.shutdown()
        server.server_close()
        assert not answers(address)
    words = [b"WATCHDOG=1"]
    while words[-1] == b"WATCHDOG=1":
        words.append(listener.recv(100))
    assert words[-1] == b"STOPPING=1"
    thread.join()


def test_without_systemd_nothing_is_told() -> None:
    before = threading.active_count()
    with supervised("http://127.0.0.1:1", {}):
        assert threading.active_count() == before
