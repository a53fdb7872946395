"""`bwc probe`: one line a file, the missing said, the others still done."""

import json
import sys
import types
from datetime import timedelta
from pathlib import Path

import pytest

from app.command_line import status_of
from domain.media import Probe, Problem, ProblemCode


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that measures a file by its length, and is refused the bytes of `bad`."""
    import indexer.containers

    def probe_path(path: Path) -> Probe:
        problems = (Problem(ProblemCode.READ_ERROR, "EIO"),) if path.name == "bad" else ()
        return Probe("mp4", "fake", 1, timedelta(seconds=path.stat().st_size), problems=problems)

    report = types.ModuleType("indexer.containers.report")
    report.probe_report = lambda path, probe: {"path": path, "duration_s": probe.duration}  # type: ignore[attr-defined]
    monkeypatch.setattr(indexer.containers, "probe_path", probe_path, raising=False)
    monkeypatch.setitem(sys.modules, "indexer.containers.report", report)


def test_every_file_is_one_json_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / name for name in ("a", "b")]
    for number, file in enumerate(files, start=1):
        file.write_bytes(b"x" * number)
    assert status_of(["probe", *map(str, files)]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"path": str(files[0]), "duration_s": 1},
        {"path": str(files[1]), "duration_s": 2},
    ]


def test_a_missing_file_is_said_and_the_others_are_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "good"
    good.write_bytes(b"x")
    assert status_of(["probe", str(tmp_path / "absent"), str(tmp_path), str(good)]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    assert "absent: expected a file, got nothing" in captured.err
    assert "expected a file, got a folder" in captured.err


def test_a_file_whose_bytes_are_refused_is_reported_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"x")
    assert status_of(["probe", str(bad)]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["path"] == str(bad)
    assert "EIO" in captured.err
