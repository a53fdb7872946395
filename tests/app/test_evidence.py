"""An evidence package: a bag that a foreign tool takes, whole or told what lacks, and nothing that passes for one."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import targets
from app.evidence.bag import Bag, safe_name
from domain.audit import ChainRow, digest_of
from indexer.feeds.base import FeedKind
from storage.attachments import keep_attachment
from storage.schema.tables import AUDIT_ENTRY, FILE, PROBE, REVIEW_ENTRY
from tests.app.districts import bwc, engine_of
from tests.builders import LONG_AGO, House, clip_name, film, incident, registers

pytestmark = pytest.mark.slow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import bagit

BWC = Path(sys.executable).parent / "bwc"
NOW = datetime(2026, 11, 27, 1, tzinfo=UTC)
HOSTILE = "夜<script>alert(1)<\\script>&\"' data-ticks %0A"
CLIP = f"{HOSTILE}/{clip_name('1100001', '031021', '08:14:00')}"
ATTACHED = b"%PDF-1.7 a roll call"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """One call whose footage begins late, the finding explained with an attachment; the configuration beside it."""
    (tmp_path / "var").mkdir()
    house = House.new(tmp_path, f"sqlite:///{tmp_path / 'var' / 'bwc.db'}")
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:17:00")])
    registers(house, {"1100001": "031021"})
    house.put(CLIP, film(180, "one call"))
    house.scan()
    key = house.finding("incomplete.late-start")["key"]
    with house.engine.begin() as connection:
        kept = keep_attachment(connection, ATTACHED, "application/pdf", "account:li", NOW)
        entry = {"finding_key": key, "number": 1, "at": NOW, "actor": "account:li", "role": "officer", "bulk": None}
        said = {"action": "explain", "before": "open", "after": "explained", "reason": "other", "note": "见附件 <b>"}
        named = {"attachment": kept.digest, "attachment_name": "../../../说明 <1>.pdf"}
        connection.execute(REVIEW_ENTRY.insert().values(**entry, **said, **named))
    house.engine.dispose()
    text = f'[database]\nurl = "sqlite:///var/bwc.db"\n[[stores]]\nname = "dock"\nlocation = "{house.root()}"\n'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    return tmp_path / "config.toml"


def exported(config: Path, tmp_path: Path, *words: str, status: int = 0) -> Path:
    root = tmp_path / "package"
    found = bwc(config, "export", "JQ1", "-o", str(root), *words)
    assert found[0] == status, found
    return root


def content(root: Path, name: str):
    return json.loads((root / "data" / name).read_text(encoding="utf-8"))


def stored(config: Path) -> Path:
    return config.parent / "stores" / "dock" / CLIP


def test_a_foreign_tool_finds_the_bag_valid_and_one_changed_byte_makes_it_invalid(config: Path, tmp_path: Path) -> None:
    root = exported(config, tmp_path)
    assert bagit.Bag(str(root)).is_valid()
    assert subprocess.run(["sha256sum", "-c", "manifest-sha256.txt"], cwd=root, capture_output=True).returncode == 0
    for path in sorted(path for path in root.rglob("*") if path.is_file() and path.name != "bagit.txt"):
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
        assert not bagit.Bag(str(root)).is_valid(), path
        path.write_bytes(whole)
    (root / "data" / "put-in.txt").write_text("x", encoding="utf-8")
    assert not bagit.Bag(str(root)).is_valid()


def test_the_footage_is_byte_for_byte_that_of_the_store_and_the_store_is_untouched(
    config: Path, tmp_path: Path
) -> None:
    before = [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(config.parent.rglob("*.mp4"))]
    root = exported(config, tmp_path)
    (one,) = content(root, "clips.json")["clips"]
    assert (one["result"], one["path"]) == ("same", CLIP)
    assert (root / one["file"]).read_bytes() == stored(config).read_bytes()
    assert one["sha256"] == sha256(stored(config).read_bytes()).hexdigest()
    assert before == [
        (path, path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(config.parent.rglob("*.mp4"))
        if root not in path.parents
    ]


def set_digest(config: Path, digest: str | None) -> None:
    engine = engine_of(config)
    with engine.begin() as connection:
        connection.execute(update(FILE).values(settled_digest=digest))
        connection.execute(update(PROBE).values(full_digest=digest))
    engine.dispose()


def test_a_known_digest_is_compared_and_a_file_that_is_another_now_is_told_not_left_out(
    config: Path, tmp_path: Path
) -> None:
    (one,) = content(exported(config, tmp_path), "clips.json")["clips"]
    set_digest(config, None)  # not read whole by any scan yet
    (unknown,) = content(exported(config, tmp_path / "second"), "clips.json")["clips"]
    assert (one["result"], unknown["result"]) == ("same", "same-size")
    set_digest(config, one["blake3"])
    changed = bytearray(stored(config).read_bytes())
    changed[100] ^= 1
    stored(config).write_bytes(changed)
    os.utime(stored(config), (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    root = tmp_path / "third"
    status, _, error = bwc(config, "export", "JQ1", "-o", str(root))
    assert status == 1
    assert "not what was indexed" in error
    (other,) = content(root, "clips.json")["clips"]
    assert (other["result"], (root / other["file"]).read_bytes() == changed) == ("changed", True)
    assert "not in here as they were indexed" in (root / "data" / "说明.html").read_text(encoding="utf-8")
    assert bagit.Bag(str(root)).info["Bwc-Clips-Not-In-Order"] == "1"
    assert bagit.Bag(str(root)).is_valid()


def test_a_file_that_is_gone_or_refused_is_told(config: Path, tmp_path: Path) -> None:
    stored(config).rename(tmp_path / "elsewhere.mp4")
    root = exported(config, tmp_path, status=1)
    (gone,) = content(root, "clips.json")["clips"]
    assert (gone["result"], gone["file"], gone["indexed"]["bytes"] > 0) == ("gone", None, True)
    assert bagit.Bag(str(root)).is_valid()
    stored(config).mkdir()
    (odd,) = content(exported(config, tmp_path / "second", status=1), "clips.json")["clips"]
    assert odd["result"] in ("gone", "unreadable")


def test_without_media_the_footage_is_named_with_what_is_known_of_it(config: Path, tmp_path: Path) -> None:
    root = exported(config, tmp_path, "--no-media")
    (one,) = content(root, "clips.json")["clips"]
    assert (one["result"], one["file"], (root / "data" / "clips").exists()) == ("left-out", None, False)
    assert bagit.Bag(str(root)).is_valid()


def test_the_verdict_says_what_explain_says(config: Path, tmp_path: Path) -> None:
    root = exported(config, tmp_path)
    verdict = content(root, "verdict.json")
    assert (verdict["kind"], verdict["activity"]["number"]) == ("incident", "JQ1")
    assert [link["path"] for link in verdict["links"]] == [CLIP]
    page = (root / "data" / "说明.html").read_text(encoding="utf-8")
    _, said, _ = bwc(config, "explain", "JQ1")
    for section in verdict["explanation"]:
        heading = f"{section['title_zh']} / {section['title_en']}"
        assert heading in said
        assert heading in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_picture_of_the_time_line_is_well_formed_and_leads_nowhere(config: Path, tmp_path: Path) -> None:
    picture = ET.fromstring((exported(config, tmp_path) / "data" / "timeline.svg").read_text(encoding="utf-8"))
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert [one for one in picture.iter() if "href" in one.attrib] == []
    assert any(CLIP in (one.text or "") for one in picture.iter())


def test_attachments_lie_inside_the_bag_under_names_that_cannot_leave_it(config: Path, tmp_path: Path) -> None:
    root = exported(config, tmp_path)
    (attached,) = (root / "data" / "attachments").iterdir()
    assert attached.read_bytes() == ATTACHED
    assert attached.name.endswith(".pdf")
    (review,) = [entry for one in content(root, "findings.json")["findings"] for entry in one["reviews"]]
    assert (review["actor"], review["note"], review["decision"]) == ("account:li", "见附件 <b>", "explain")


def test_each_audit_entry_can_be_hashed_again_and_stands_in_the_whole_log(config: Path, tmp_path: Path) -> None:
    root = exported(config, tmp_path)
    extract = content(root, "audit.json")
    assert extract["entries"]
    log = tmp_path / "log.jsonl"
    assert bwc(config, "audit", "export", "-o", str(log))[0] == 0
    whole = {row["sequence"]: row for row in map(json.loads, log.read_text(encoding="utf-8").splitlines()[1:-1])}
    for entry in extract["entries"]:
        before = entry.pop("before")
        assert digest_of(ChainRow(**entry), before) == entry["digest"]
        assert whole[entry["sequence"]] == entry
    assert whole[extract["head"]["sequence"]]["digest"] == extract["head"]["digest"]


def test_who_made_it_is_in_the_log_with_the_digest_of_its_manifest(config: Path, tmp_path: Path) -> None:
    root = exported(config, tmp_path)
    engine = engine_of(config)
    with engine.connect() as connection:
        last = connection.execute(select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.sequence.desc())).first()
    engine.dispose()
    assert last is not None
    assert (last.actor, last.action, last.subject) == ("system:command-line", "export", "incident:JQ1")
    assert json.loads(last.detail)["manifest"] == sha256((root / "manifest-sha256.txt").read_bytes()).hexdigest()


def test_the_bag_says_numbers_only_of_itself(config: Path, tmp_path: Path) -> None:
    info = (exported(config, tmp_path) / "bag-info.txt").read_text(encoding="utf-8")
    assert set(re.findall(r"^([\w-]+):", info, re.MULTILINE)) == {
        *("External-Identifier", "Bagging-Date", "Bag-Size", "Bag-Software-Agent", "Payload-Oxum"),
        *("Bwc-Format", "Bwc-Audit-Head", "Bwc-Clips-Not-In-Order"),
    }
    assert "示例" not in info
    assert "031021" not in info


def test_places_that_will_not_do_are_refused_before_anything_is_copied(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").touch()
    inside = config.parent / "stores" / "dock" / "package"
    for place, said in ((full, "new or empty"), (tmp_path / "file", "new or empty"), (inside, "outside every store")):
        status, _, error = bwc(config, "export", "JQ1", "-o", str(place))
        assert (status, said in error) == (2, True), error
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    assert not inside.exists()
    assert bwc(config, "export", "JQ2", "-o", str(tmp_path / "none"))[0] == 2
    monkeypatch.setattr(targets.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    status, _, error = bwc(config, "export", "JQ1", "-o", str(tmp_path / "little"))
    assert (status, "MB free on the disk" in error, (tmp_path / "little").exists()) == (2, True, False)


def test_an_existing_empty_folder_is_taken_and_left_empty_when_writing_fails(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "package"
    root.mkdir()

    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Bag, "close", full)
    status, _, error = bwc(config, "export", "JQ1", "-o", str(root))
    assert (status, "No space left" in error, list(root.iterdir())) == (2, True, [])
    monkeypatch.undo()
    exported(config, tmp_path)
    assert bagit.Bag(str(root)).is_valid()


def test_killed_in_the_middle_it_is_no_bag(config: Path, tmp_path: Path) -> None:
    root = tmp_path / "package"
    run = subprocess.Popen([BWC, "export", "JQ1", "-o", root, "--config", config], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while not (root / "data").exists() and time.monotonic() < until:
        time.sleep(0.0005)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert (root / "data").exists()
    assert not (root / "bagit.txt").exists()
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(root))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("a.mp4", "a.mp4"),
        ("夜班 1.mp4", "夜班 1.mp4"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        ("", "_"),
        ("a\nb\r\x00\u202e.mp4", "a_b___.mp4"),
        ('<>:"\\|?*.mp4', "________.mp4"),
        ("CON.mp4", "_CON.mp4"),
        ("com1", "_com1"),
        (".hidden. ", "hidden"),
        ("e\u0301.mp4", "\u00e9.mp4"),
    ],
)
def test_names_that_any_system_takes(wanted: str, given: str) -> None:
    assert safe_name(wanted) == given


def test_names_are_short_keep_their_ending_and_are_all_different(tmp_path: Path) -> None:
    bag = Bag(tmp_path)
    names = [bag.name("clips", name) for name in ("录" * 200 + ".mp4", "录" * 201 + ".mp4", "a.mp4", "A.mp4", "a.mp4")]
    assert all(name.endswith(".mp4") and len(name.encode()) < 150 for name in names)
    assert len({name.casefold() for name in names}) == len(names)
    assert names[2:] == ["data/clips/a.mp4", "data/clips/A~2.mp4", "data/clips/a~3.mp4"]
