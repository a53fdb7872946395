"""What is installed before tests and measurements: by root, where apt is, and never with an error to the caller."""

import subprocess
from typing import Any

import pytest

from benchmarks import prepare as peers
from tests import prepare


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have been run, by root on a machine with apt and nothing else."""
    commands: list[list[str]] = []
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("subprocess.run", lambda command, **_: commands.append(command))
    return commands


def test_lists_are_renewed_and_then_the_packages_installed(ran: list[list[str]]) -> None:
    prepare.main()
    peers.main()
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends"]
    assert ran == [
        ["apt-get", "-qq", "update"],
        [*install, "chromium", "fonts-noto-cjk"],
        ["apt-get", "-qq", "update"],
        [*install, "ffmpeg", "mediainfo", "libimage-exiftool-perl"],
    ]


def test_nothing_is_installed_that_is_there(ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    prepare.main()
    peers.main()
    assert ran == []


@pytest.mark.parametrize(("apt", "user"), [(None, 0), ("/usr/bin/apt-get", 1000)])
def test_without_apt_or_as_another_user_only_a_line_is_said(
    ran: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    apt: str | None,
    user: int,
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: apt if name == "apt-get" else None)
    monkeypatch.setattr("os.geteuid", lambda: user)
    prepare.main()
    peers.main()
    assert ran == []
    assert capsys.readouterr().err.splitlines() == [
        "no Chromium on this machine and no way to install it: browser tests will be skipped",
        "not on this machine, left out: ffprobe, mediainfo, exiftool",
    ]


def test_a_hanging_installation_is_given_up_with_a_line(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hangs(command: list[str], **_: Any) -> None:
        ran.append(command)
        raise subprocess.TimeoutExpired(command, 600)

    monkeypatch.setattr("subprocess.run", hangs)
    prepare.install(["ffmpeg"], "a peer", "工具")
    assert ran == [["apt-get", "-qq", "update"]]
    assert "a peer could not be installed" in capsys.readouterr().err
