"""The promise to outside programs, held against the real command: names, keys, exit statuses."""

import json
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from random import Random

import pytest

from tests.conftest import copy_sample
from tests.scanning import dump, new_engine
from tests.test_whole_scan import expected_findings

pytestmark = pytest.mark.slow

BWC = Path(sys.executable).parent / "bwc"
KEYS = {
    "clips": "id store path bytes state device officer started_at ended_at duration_s clock_source clock_error_s "
    "clock_offset_s container video_codec width height frame_rate audio_codec gaps problems time_sources",
    "recordings": "id device officer started_at ended_at clips gaps",
    "incidents": "number received_at dispatched_at arrived_at finished_at feedback_at unit officers category status "
    "address longitude latitude case_number result coverage_ratio flags",
    "sessions": "number case_number kind room person_code officers started_at signed_at interruptions channels "
    "result coverage_ratio flags",
    "coverage": "kind number officer from to required_s covered_s ratio late_s early_s gaps",
    "links": "kind number officer store path basis overlap_s score runner_up method",
    "observations": "store path detector version kind from_s to_s value unit",
    "devices": "serial model kind unit room channel clock_offset_s clock_error_s clock_kind evidence",
    "findings": "id rule flag severity result status kind subject officer unit from to measured evidence "
    "first_seen_at last_seen_at due_at",
    "gaps": "from to cause",
    "stores": "",
    "scans": "",
    "feed-rows": "",
}
RESULTS = {"compliant", "noncompliant", "unknown", "pending", "notapplicable"}


def bwc(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BWC, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@cache
def rows(folder: Path, what: str, *words: str) -> list[dict[str, object]]:
    """Of a folder in which nothing changes any more: each list is asked for once."""
    run = bwc(folder, "list", what, "--format", "jsonl", *words)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture(scope="module")
def scanned(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample day after one `bwc scan`."""
    folder = copy_sample(project, tmp_path_factory.mktemp("interface"))
    run = bwc(folder, "scan", "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["files"] > 60
    return folder


@pytest.mark.parametrize("what", KEYS)
def test_every_list_carries_at_least_the_promised_keys(scanned: Path, what: str) -> None:
    found = rows(scanned, what)
    assert found or what == "observations"  # pictures are not looked at here
    for row in found:
        assert set(KEYS[what].split()) <= set(row)


def test_measurements_of_pictures_and_sound_carry_the_promised_keys(project: Path, tmp_path: Path) -> None:
    """One small file, looked at although no activity asks for it."""
    folder, text = tmp_path / "one", '[[stores]]\nname = "one"\nkind = "recorder"\nlocation = "one"\n'
    folder.mkdir()
    file = next((project / "sample_media" / "stores" / "rooms" / "XW-04").rglob("*.mkv"))
    shutil.copy2(file, folder)
    (tmp_path / "config.toml").write_text(text + "[content]\nshare_ratio = 1.0\noverlay = false\n", encoding="utf-8")
    os.utime(folder / file.name, (0, 0))
    assert bwc(tmp_path, "scan").returncode == 0
    found = rows(tmp_path, "observations")
    assert {str(row["detector"]) for row in found} >= {"pictures", "sound"}
    for row in found:
        assert set(KEYS["observations"].split()) <= set(row)


def test_the_findings_listed_are_those_of_the_sample_readme(project: Path, scanned: Path) -> None:
    found = {(r["kind"], r["subject"], r["rule"], r["officer"]) for r in rows(scanned, "findings")}
    assert found == expected_findings(project / "sample_media" / "README.md")


def test_times_carry_an_offset_and_vocabularies_are_the_promised_ones(scanned: Path) -> None:
    for row in rows(scanned, "findings"):
        assert str(row["first_seen_at"]).endswith("+08:00")
        assert row["flag"] in {"missing", "incomplete", "nonstandard"}
        assert row["status"] in {"open", "explained", "confirmed", "dismissed", "resolved"}
        assert row["kind"] in {"incident", "session", "clip", "device", "store", "feed"}
    assert {str(row["result"]) for what in ("incidents", "sessions") for row in rows(scanned, what)} <= RESULTS
    states = {row["state"] for row in rows(scanned, "clips")}
    assert states == {"present", "arriving", "unreadable"}
    kinds = {row["clock_kind"] for row in rows(scanned, "devices")}
    assert {"zone", "reset", "none"} <= kinds
    assert kinds <= {"constant", "drift", "zone", "reset", "none", None}  # null: a registered device without clips
    for row in rows(scanned, "clips"):
        assert all(set(gap) == {"at_s", "length_s"} for gap in row["gaps"])  # type: ignore[attr-defined]
    for row in rows(scanned, "links"):
        assert row["runner_up"] is None or set(row["runner_up"]) == {"number", "score"}  # type: ignore[call-overload]


def test_filters_leave_only_what_was_asked_for(scanned: Path) -> None:
    missing = rows(scanned, "findings", "--flag", "missing", "--unit", "310114010000")
    assert missing
    assert {(row["flag"], row["unit"]) for row in missing} == {("missing", "310114010000")}
    assert rows(scanned, "findings", "--rule", "nonstandard.clock", "--limit", "1")[0]["rule"] == "nonstandard.clock"
    assert rows(scanned, "findings", "--from", "2031-01-01") == []
    assert [row["number"] for row in rows(scanned, "incidents", "--incident", "JQ20261120A11")] == ["JQ20261120A11"]


def test_probe_prints_one_object_a_file_and_says_what_is_not_there(scanned: Path) -> None:
    clip = next(row for row in rows(scanned, "clips") if row["container"] == "mp4" and row["state"] == "present")
    path = scanned / "sample_media" / "stores" / str(clip["store"]) / str(clip["path"])
    run = bwc(scanned, "probe", str(path), "no-such-file.mp4")
    assert run.returncode == 1
    assert "no-such-file.mp4" in run.stderr
    (measured,) = map(json.loads, run.stdout.splitlines())
    wanted = "path container duration_s start_s creation_time tracks gaps problems bytes_read reader"
    assert set(wanted.split()) <= set(measured)
    track = "kind codec width height frame_rate duration_s sample_count"
    assert all(set(track.split()) <= set(one) for one in measured["tracks"])


def test_explain_proves_an_absence(scanned: Path) -> None:
    run = bwc(scanned, "explain", "JQ20261120A11")
    assert run.returncode == 0
    for word in ("dock-a", "2026-11-20/031041", "missing.no-recording", "rejected", "0.14", "scan 1"):
        assert word in run.stdout, word


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("list", "nothing"), 2),
        (("list", "clips", "--format", "pdf"), 2),
        (("explain", "no-such-thing"), 2),
        (("scan", "--store", "dock-z"), 2),
        (("scan", "--config", "absent.toml"), 2),
        (("check",), 0),
        (("migrate",), 0),
    ],
)
def test_exit_statuses_are_as_promised(scanned: Path, words: tuple[str, ...], status: int) -> None:
    run = bwc(scanned, *words)
    assert run.returncode == status, run.stdout + run.stderr
    if status == 2:
        assert len(run.stderr.strip().splitlines()) <= 6


@pytest.mark.long
def test_the_command_killed_with_its_workers_leaves_no_process_and_no_wrong_row(project: Path, tmp_path: Path) -> None:
    """The real command with its process pool, four times; then once to the end."""
    (tmp_path / "clean").mkdir()
    clean = copy_sample(project, tmp_path / "clean")
    assert bwc(clean, "scan").returncode == 0
    (tmp_path / "killed").mkdir()
    folder, random = copy_sample(project, tmp_path / "killed"), Random(4)
    for _ in range(4):
        process = subprocess.Popen([BWC, "scan"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.9, 3.0))
        process.kill()
        process.wait()
    assert bwc(folder, "scan").returncode == 0
    held = [new_engine(f"sqlite:///{one / 'var' / 'bwc.db'}") for one in (clean, folder)]
    one, other = map(dump, held)
    for table in one:
        assert other[table] == one[table], table
    for engine in held:
        engine.dispose()
