"""`bwc backup` and `bwc restore` as people run them: places, promises, and everything that can go wrong with a file."""

import io
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import delete, func, select

from app import targets
from app.backing_up import NAME, free_name
from storage.engine import DatabaseSettings, alembic_config, open_engine
from storage.schema.tables import AUDIT_ENTRY, LINK
from tests.app.configs import LEAST, write
from tests.app.districts import bwc, district, engine_of

pytestmark = pytest.mark.slow

BWC = Path(sys.executable).parent / "bwc"
DIGEST = re.compile(r"SHA-256 ([0-9a-f]{64})")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return district(tmp_path)


@pytest.fixture
def backup(config: Path, tmp_path: Path) -> Path:
    file = tmp_path / "one.zip"
    assert bwc(config, "backup", "-o", str(file))[0] == 0
    return file


def count(config: Path, table) -> int:
    engine = engine_of(config)
    with engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return int(found)


def test_a_backup_lies_beside_the_configuration_for_its_owner_alone_and_is_in_the_log(config: Path) -> None:
    status, out, error = bwc(config, "backup")
    assert (status, error) == (0, "")
    (file,) = (config.parent / "var" / "backups").iterdir()
    assert NAME.fullmatch(file.name)
    assert file.stat().st_mode & 0o077 == 0
    assert str(file) in out
    digest = DIGEST.search(out)
    assert digest is not None
    assert digest[1] == subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout[:64]
    engine = engine_of(config)
    with engine.connect() as connection:
        last = connection.execute(select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.sequence.desc())).first()
    engine.dispose()
    assert last is not None
    assert (last.action, last.subject, last.actor) == ("export", "backup", "system:command-line")
    assert json.loads(last.detail)["digest"] == digest[1]


def test_the_archive_says_what_it_holds_to_who_has_no_program_but_unzip(backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        links = archive.read("tables/link.jsonl").splitlines()
    assert manifest["format"] == "bwc-backup/1"
    (member,) = [one for one in manifest["members"] if one["table"] == "link"]
    assert (member["rows"], len(json.loads(links[0]))) == (len(links), len(member["columns"]))


def test_restoring_into_another_database_leaves_the_configured_one_alone(
    config: Path, backup: Path, tmp_path: Path
) -> None:
    before = count(config, AUDIT_ENTRY)
    url = f"sqlite:///{tmp_path / 'elsewhere' / 'two.db'}"
    status, out, error = bwc(config, "restore", str(backup), "--database", url)
    assert (status, error) == (0, "")
    assert "the audit log is whole" in out
    assert (tmp_path / "elsewhere" / "two.db").exists()
    assert count(config, AUDIT_ENTRY) == before
    assert [path.name for path in (tmp_path / "elsewhere").glob(".*")] == []


def test_replacing_says_what_is_lost_and_asks(config: Path, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(config)
    with engine.begin() as connection:
        connection.execute(delete(LINK))
    engine.dispose()
    status, _, error = bwc(config, "restore", str(backup))
    assert status == 2
    assert "--replace" in error
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    status, out, _ = bwc(config, "restore", str(backup), "--replace")
    assert status == 130
    assert "will be lost: 1 scan, 5 file" in out
    assert count(config, LINK) == 0
    status, out, _ = bwc(config, "restore", str(backup), "--replace", "--yes")
    assert status == 0
    assert "will be lost: 1 scan" in out
    assert count(config, LINK) > 0
    assert bwc(config, "audit", "verify")[0] == 0


def test_a_backup_can_be_verified_without_configuration(backup: Path, tmp_path: Path) -> None:
    status, out, _ = bwc(tmp_path / "absent.toml", "restore", str(backup), "--check")
    assert status == 0
    assert "every digest is right" in out


@pytest.mark.parametrize("place", ["stores/dock-a", "stores/dock-a/deep/er", "link"])
def test_nothing_is_written_into_a_store(config: Path, tmp_path: Path, place: str) -> None:
    store = tmp_path / "stores" / "dock-a"
    (store / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(store)
    before = sorted(store.rglob("*"))
    for words in (("-o", str(tmp_path / place)), ("-o", str(tmp_path / place / "new.zip"))):
        status, _, error = bwc(config, "backup", *words)
        assert status == 2
        assert "outside every store" in error
    assert sorted(store.rglob("*")) == before


def test_nothing_is_overwritten(config: Path, backup: Path, tmp_path: Path) -> None:
    content = backup.read_bytes()
    status, _, error = bwc(config, "backup", "-o", str(backup))
    assert (status, backup.read_bytes() == content) == (2, True)
    assert "nothing is replaced" in error
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert bwc(config, "backup", "-o", str(tmp_path / "dangling"))[0] == 2
    assert bwc(config, "backup", "-o", str(tmp_path / "no" / "folder.zip"))[0] == 2


def test_a_name_taken_at_the_last_moment_is_not_overwritten(tmp_path: Path) -> None:
    made, target = tmp_path / "made", tmp_path / "target"
    made.write_text("new", encoding="utf-8")
    target.write_text("old", encoding="utf-8")
    with pytest.raises(FileExistsError):
        targets.put_in_place(made, target)
    assert target.read_text(encoding="utf-8") == "old"


def test_a_disk_without_hard_links_will_do_too(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*names: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert bwc(config, "backup", "-o", str(tmp_path / "stick.zip"))[0] == 0
    assert bwc(config, "restore", str(tmp_path / "stick.zip"), "--check")[0] == 0
    status, _, error = bwc(config, "backup", "-o", str(tmp_path / "stick.zip"))
    assert (status, "nothing is replaced" in error) == (2, True)


def test_only_so_many_of_the_newest_are_kept_and_nothing_else_is_touched(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    foreign = folder / "bwc-backup-20200101T000000Z.zip"
    foreign.write_text("looks like one, is none", encoding="utf-8")
    (folder / "notes.txt").touch()
    names = []
    for _ in range(4):
        status, out, _ = bwc(config, "backup", "-o", str(folder), "--keep", "2")
        assert status == 0
        names.append(re.search(r"bwc-backup-\S+\.zip", out)[0])  # type: ignore[index]
    assert len(set(names)) == 4
    assert {path.name for path in folder.iterdir()} == {foreign.name, "notes.txt", *names[2:]}
    assert bwc(config, "backup", "-o", str(tmp_path / "x.zip"), "--keep", "2")[0] == 2


def test_a_name_of_the_same_second_is_not_used_again_when_an_older_backup_was_removed(tmp_path: Path) -> None:
    now = datetime(2026, 11, 27, 4, 13, tzinfo=UTC)
    stem = "bwc-backup-20261127T041300Z"
    assert free_name(tmp_path, now).name == f"{stem}.zip"
    (tmp_path / f"{stem}.zip").touch()
    assert free_name(tmp_path, now).name == f"{stem}-2.zip"
    for name in (f"{stem}-2.zip", f"{stem}-10.zip", f"{stem}-x.zip", "bwc-backup-20261127T041301Z-50.zip"):
        (tmp_path / name).touch()
    (tmp_path / f"{stem}.zip").unlink()
    assert free_name(tmp_path, now).name == f"{stem}-11.zip"


def test_older_backups_stay_while_the_audit_log_is_broken(config: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    bwc(config, "user", "add", "anna", "--role", "officer")
    bwc(config, "backup", "-o", str(tmp_path / "kept"))
    engine = engine_of(config)
    with engine.begin() as connection:
        connection.execute(AUDIT_ENTRY.update().values(actor="somebody"))
    engine.dispose()
    status, _, error = bwc(config, "backup", "-o", str(tmp_path / "kept"), "--keep", "1")
    assert status == 1
    assert "bwc audit verify" in error
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_too_little_room_is_told_before_anything_is_written(
    config: Path, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    (tmp_path / "full").mkdir()
    for words in (
        ("backup", "-o", str(tmp_path / "full")),
        ("restore", str(backup), "--database", f"sqlite:///{tmp_path / 'full' / 'x.db'}"),
    ):
        status, _, error = bwc(config, *words)
        assert status == 2
        assert "MB free on the disk" in error
    assert list((tmp_path / "full").iterdir()) == []


def test_a_disk_that_fills_up_leaves_nothing_half(config: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: writing fails in the middle with the system's error."""
    (tmp_path / "full").mkdir()
    # 300 KiB: in the middle of the copy
    line = f"ulimit -f 300; trap '' XFSZ; exec {BWC} backup --config {config} -o {tmp_path / 'full'}"
    run = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 2, run.stderr
    (said,) = run.stderr.splitlines()
    assert re.search("full|too large|I/O", said), said
    assert list((tmp_path / "full").iterdir()) == []


def test_killed_in_the_middle_there_is_no_backup_and_the_next_one_is_whole(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    run = subprocess.Popen([BWC, "backup", "--config", config, "-o", folder], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while not list(folder.iterdir()) and time.monotonic() < until:
        time.sleep(0.001)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert list(folder.glob("*.zip")) == []
    (left,) = folder.iterdir()
    os.utime(left, (0, 0))  # a day later
    assert bwc(config, "backup", "-o", str(folder))[0] == 0
    assert [NAME.fullmatch(path.name) is not None for path in folder.iterdir()] == [True]


def broken(backup: Path, name: str) -> bytes:
    """What can happen to a file on its way."""
    content = backup.read_bytes()
    if name.startswith("cut"):
        return content[: int(len(content) * float(name[3:]))]
    if name.startswith("flip"):
        places = held(content)
        at = places[int(len(places) * float(name[4:]))]
        return content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
    return {"empty": b"", "text": b"hello\n", "zip": _zipped({"a": b"b"})}[name]


def held(content: bytes) -> list[int]:
    """Places of the bytes that members hold; between them stand headers, of which not every byte says anything."""
    found: list[int] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for one in archive.infolist():
            named, more = struct.unpack_from("<HH", content, one.header_offset + 26)
            start = one.header_offset + 30 + named + more
            found += range(start, start + one.compress_size)
    return found


def _zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name", ["empty", "text", "zip", "cut0.1", "cut0.5", "cut0.99", "flip0.02", "flip0.2", "flip0.4", "flip0.6"]
)
def test_a_broken_backup_is_refused_in_one_line_and_nothing_is_made(
    config: Path, backup: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "broken.zip"
    file.write_bytes(broken(backup, name))
    status, _, error = bwc(config, "restore", str(file), "--database", f"sqlite:///{tmp_path / 'x.db'}")
    assert (status, len(error.splitlines())) == (2, 1), error
    assert str(file) in error
    assert not (tmp_path / "x.db").exists()


def rewritten(backup: Path, target: Path, change) -> Path:
    """The archive anew with other members: somebody knew what he did, and packed it well."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    target.write_bytes(_zipped(members))
    return target


def test_changed_members_missing_ones_and_ones_put_in_are_named(config: Path, backup: Path, tmp_path: Path) -> None:
    def change_row(members: dict[str, bytes]) -> None:
        members["tables/link.jsonl"] = members["tables/link.jsonl"].replace(b"linked", b"linkeD")

    def take_away(members: dict[str, bytes]) -> None:
        del members["tables/link.jsonl"]

    def put_in(members: dict[str, bytes]) -> None:
        members["../evil"] = b"x"

    def forget(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        manifest["members"] = [one for one in manifest["members"] if one["table"] != "link"]
        del members["tables/link.jsonl"]
        members["manifest.json"] = json.dumps(manifest).encode()

    for change, said in (
        (change_row, "tables/link.jsonl does not give its digest"),
        (take_away, "differ from the manifest: tables/link.jsonl"),
        (put_in, "differ from the manifest: ../evil"),
        (forget, "tables are not those of schema"),
    ):
        file = rewritten(backup, tmp_path / "changed.zip", change)
        status, _, error = bwc(config, "restore", str(file), "--database", f"sqlite:///{tmp_path / 'y.db'}")
        assert (status, said in error) == (2, True), error


def test_a_backup_of_a_newer_program_is_refused(config: Path, backup: Path, tmp_path: Path) -> None:
    def newer(members: dict[str, bytes]) -> None:
        members["manifest.json"] = re.sub(rb'"schema": "\d+"', b'"schema": "9999"', members["manifest.json"])

    file = rewritten(backup, tmp_path / "newer.zip", newer)
    status, _, error = bwc(config, "restore", str(file), "--database", f"sqlite:///{tmp_path / 'y.db'}")
    assert status == 2
    assert "9999 is newer than this program" in error


def test_a_move_to_a_server_and_back_keeps_every_figure(
    config: Path, backup: Path, tmp_path: Path, new_postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = ("report", "completeness", "--period", "2026-11", "--as-of", "2026-11-23T12:00+08:00", "--format", "json")
    before = bwc(config, *month)[1]
    status, out, error = bwc(config, "restore", str(backup), "--database", new_postgres_database)
    assert (status, error) == (0, "")
    assert "the audit log is whole" in out
    monkeypatch.setenv("BWC_DATABASE_URL", new_postgres_database)
    assert bwc(config, *month)[1] == before
    assert bwc(config, "audit", "verify")[0] == 0
    moved = tmp_path / "moved.zip"
    assert bwc(config, "backup", "-o", str(moved))[0] == 0
    status, _, error = bwc(config, "restore", str(moved))
    assert (status, "expected an empty database" in error) == (2, True)
    assert bwc(config, "restore", str(moved), "--replace", "--yes")[0] == 0
    monkeypatch.delenv("BWC_DATABASE_URL")
    url = f"sqlite:///{tmp_path / 'back.db'}"
    assert bwc(config, "restore", str(moved), "--database", url)[0] == 0
    monkeypatch.setenv("BWC_DATABASE_URL", url)
    assert bwc(config, *month)[1] == before
    assert bwc(config, "audit", "verify")[0] == 0


def test_a_database_of_an_older_program_is_backed_up_before_it_is_migrated(tmp_path: Path) -> None:
    """What `bwc check` advises: first the backup, then the migration; nothing is written into the old schema."""
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    config = write(tmp_path, LEAST)
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'var' / 'bwc.db'}"))
    command.upgrade(alembic_config(engine), "0006")
    engine.dispose()
    status, out, _ = bwc(config, "backup", "-o", str(tmp_path / "old.zip"))
    assert (status, "schema 0006" in out) == (0, True)
    assert bwc(config, "migrate")[0] == 0
    assert count(config, AUDIT_ENTRY) == 0
    status, out, _ = bwc(config, "restore", str(tmp_path / "old.zip"), "--replace", "--yes")
    assert (status, "migrated: 0006 →" in out) == (0, True)
    assert count(config, AUDIT_ENTRY) == 1
