"""Every trouble that `bwc check` knows can be met, and each says in both languages what to do."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from sqlalchemy import Connection, text

from app.checks import machine
from app.checks.cluster import judged
from app.checks.remedies import REMEDIES, Trouble
from app.checks.verdict import Health, Verdict
from app.cluster import Member
from app.doctor import examine
from domain.wording import halves
from indexer.stores.base import Folder
from storage.schema.tables import CONTENT, FILE, SCAN, SETTING_CHANGE, STORE, STORE_SCAN
from tests.app.configs import LEAST, load, write
from tests.scanning import new_engine

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 27, 1, tzinfo=UTC)


@dataclass
class World:
    """Where a trouble is made."""

    folder: Path
    patch: pytest.MonkeyPatch

    def examined(self, text: str = LEAST, **environment: str) -> list[Verdict]:
        return list(examine(load(self.folder, text, **environment), environment, NOW))

    @property
    def store(self) -> Path:
        root = self.folder / "stores" / "dock-a"
        root.mkdir(parents=True, exist_ok=True)
        return root

    @property
    def database(self) -> Path:
        """The database file, migrated, with one scan a minute ago."""
        file = self.folder / "var" / "bwc.db"
        if not file.exists():
            engine = new_engine(f"sqlite:///{file}")
            with engine.begin() as connection:
                add_scan(connection, NOW - timedelta(minutes=1))
            engine.dispose()
        return file

    def write(self, *statements: Any) -> None:
        engine = new_engine(f"sqlite:///{self.database}")
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)
        engine.dispose()


def add_scan(connection: Connection, at: datetime, **values: Any) -> None:
    row = {"state": "complete", "started_at": at, "finished_at": at, "host": "h", "process": 1, "claimed_until": at}
    connection.execute(SCAN.insert().values({**row, "summary": {}, **values}))


def text_of(more: str) -> str:
    return f"{LEAST}{more}"


def feed_of(world: World, content: str | None) -> list[Verdict]:
    if content is not None:
        (world.folder / "calls.csv").write_text(content, encoding="utf-8")
    return world.examined(text_of('[[feeds]]\nname = "110"\nkind = "incidents"\nlocation = "calls.csv"\n'))


def no_zone(world: World) -> list[Verdict]:
    settings = load(world.folder)

    def absent(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    world.patch.setattr("app.checks.machine.ZoneInfo", absent)
    return [machine.check_time_zones(settings)]


def no_ffmpeg(world: World) -> list[Verdict]:
    world.patch.setenv("IMAGEIO_FFMPEG_EXE", str(world.folder / "absent"))
    return world.examined()


def no_library(world: World) -> list[Verdict]:
    world.patch.setitem(sys.modules, "av", None)
    return world.examined()


def ahead(world: World) -> list[Verdict]:
    file = world.store / "a.mp4"
    file.write_bytes(b"x")
    os.utime(file, ((NOW + timedelta(days=30)).timestamp(),) * 2)
    return world.examined()


def refused(world: World) -> list[Verdict]:
    folder = Folder("night", refused="Permission denied")
    world.patch.setattr("indexer.stores.local.LocalStore.walk", lambda self: iter([Folder(""), folder]))
    return world.examined()


def doubtful(world: World) -> list[Verdict]:
    store = {"id": 1, "name": "dock-a", "kind": "recorder", "location": "/x", "timezone": "UTC", "active": True}
    looked = {"scan_id": 1, "store_id": 1, "state": "doubtful", "detail": "一半文件不在 / half of the files are gone"}
    counts = {"started_at": NOW, "finished_at": NOW, "folders": 1, "files": 0, "refused": 0, "skipped": 0}
    world.write(STORE.insert().values(store), STORE_SCAN.insert().values({**looked, **counts}))
    return world.examined()


def older(world: World) -> list[Verdict]:
    world.write(text("UPDATE alembic_version SET version_num = '0001'"))
    return world.examined()


def newer(world: World) -> list[Verdict]:
    world.write(text("UPDATE alembic_version SET version_num = '9999'"))
    return world.examined()


def damaged(world: World) -> list[Verdict]:
    engine = new_engine(f"sqlite:///{world.database}")
    with engine.connect() as connection:
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'finding'").scalar_one()
    engine.dispose()
    content = bytearray(world.database.read_bytes())
    content[(root - 1) * 4096 : (root - 1) * 4096 + 200] = b"\xff" * 200
    world.database.write_bytes(content)
    return world.examined()


def on_network(world: World) -> list[Verdict]:
    assert world.database
    world.patch.setattr("storage.engine.file_system_of", lambda path, mounts: "nfs4")
    return world.examined()


def unwritable(world: World) -> list[Verdict]:
    file, real = world.database, os.access
    world.patch.setattr(os, "access", lambda path, mode: Path(path) != file and real(path, mode))
    return world.examined()


def little(world: World) -> list[Verdict]:
    assert world.database
    world.patch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 300_000_000})())
    return world.examined()


def old_scan(world: World) -> list[Verdict]:
    assert world.database
    return list(examine(load(world.folder), {}, NOW + timedelta(hours=2)))


def dead_scan(world: World) -> list[Verdict]:
    gone = {"host": "elsewhere", "claimed_until": NOW - timedelta(minutes=1), "state": "running"}
    at = NOW - timedelta(hours=1)
    world.write(SCAN.insert().values({"started_at": at, "process": 1, **gone}))
    return world.examined()


def clock_back(world: World) -> list[Verdict]:
    assert world.database
    return list(examine(load(world.folder), {}, NOW - timedelta(hours=2)))


def no_scan(world: World) -> list[Verdict]:
    world.write(SCAN.delete())
    return world.examined()


def backlog(world: World) -> list[Verdict]:
    return waiting(world, "waiting")


def ended(world: World) -> list[Verdict]:
    return waiting(world, "ended")


def waiting(world: World, state: str) -> list[Verdict]:
    at = NOW - timedelta(days=8)
    store = {"id": 1, "name": "dock-a", "kind": "recorder", "location": "/x", "timezone": "UTC", "active": True}
    lists = {"wanted": [], "checked": [], "versions": {}, "problems": [], "asked": "x"}
    counts = {"priority": 0, "size": 1, "attempts": 0, "cpu_ms": 0, "waiting": timedelta(hours=1)}
    world.write(
        STORE.insert().values(store),
        FILE.insert().values(id=1, anchor="dock-a:a.mp4", store_id=1, first_seen_at=at),
        CONTENT.insert().values(
            {"file_id": 1, "state": state, "started_at": at, "modified_at": at, "queued_at": at, **lists, **counts}
        ),
    )
    return world.examined()


def clash(world: World) -> list[Verdict]:
    """As `bwc check` tells it: a change of the pages that does not go with the file."""
    now = {"section": "limits", "key": "no_such_limit", "value": 1, "at": NOW, "actor": "account:a", "note": ""}
    columns = {column.key for column in SETTING_CHANGE.columns}
    world.write(SETTING_CHANGE.insert().values({key: value for key, value in now.items() if key in columns}))
    run = subprocess.run(
        [Path(sys.executable).parent / "bwc", "check", "--config", write(world.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "undo it on the page, or change the file" in run.stdout, run.stdout + run.stderr
    return [Verdict(Health.PROBLEM, "limits", "", Trouble.SETTINGS_CLASH)]


def bad_secret(world: World) -> list[Verdict]:
    file = world.folder / "var" / "secret.key"
    file.parent.mkdir(exist_ok=True)
    file.write_text("short", encoding="ascii")
    file.chmod(0o644)
    return world.examined()


NOBODY = '[workers]\nkind = "dask"\nscheduler = "tcp://127.0.0.1:1"\npatience_seconds = 0.2\n'

TROUBLES: dict[Trouble, Callable[[World], Iterable[Verdict]]] = {
    Trouble.VARIABLE_UNKNOWN: lambda world: world.examined(BWC_PROT="1"),
    Trouble.SETTINGS_CLASH: clash,
    Trouble.TIME_ZONES: no_zone,
    Trouble.FFMPEG: no_ffmpeg,
    Trouble.MEDIA_LIBRARY: no_library,
    Trouble.CLOCK_BACK: clock_back,
    Trouble.DATABASE_UNREACHABLE: lambda world: world.examined(BWC_DATABASE_URL="postgresql://u@127.0.0.1:1/x"),
    Trouble.DATABASE_UNWRITABLE: unwritable,
    Trouble.DATABASE_ON_NETWORK: on_network,
    Trouble.DATABASE_DAMAGED: damaged,
    Trouble.SCHEMA_OLDER: older,
    Trouble.SCHEMA_NEWER: newer,
    Trouble.DISK_LITTLE: little,
    Trouble.CACHE_LITTLE: little,
    Trouble.NO_STORES: lambda world: world.examined("[api]\nport = 0\n"),
    Trouble.STORE_UNREACHABLE: lambda world: world.examined(),
    Trouble.STORE_EMPTY: lambda world: world.examined() if world.store else [],
    Trouble.STORE_REFUSED: refused,
    Trouble.STORE_WRITABLE: lambda world: world.examined() if world.store else [],
    Trouble.STORE_AHEAD: ahead,
    Trouble.STORE_DOUBTFUL: doubtful,
    Trouble.FEED_UNREADABLE: lambda world: feed_of(world, None),
    Trouble.FEED_EMPTY: lambda world: feed_of(world, "number,arrived_at\n"),
    Trouble.FEED_REJECTED: lambda world: feed_of(world, "number,arrived_at\n,nonsense\n"),
    Trouble.NO_SCAN: no_scan,
    Trouble.SCAN_OLD: old_scan,
    Trouble.SCAN_DEAD: dead_scan,
    Trouble.CONTENT_BACKLOG: backlog,
    Trouble.CONTENT_ENDED: ended,
    Trouble.OPEN_HOUSE: lambda world: world.examined(text_of('[api]\nhost = "0.0.0.0"\nvisitors = true\n')),
    Trouble.SECRET_UNUSABLE: bad_secret,
    Trouble.SECRET_READABLE: bad_secret,
    Trouble.OIDC: lambda world: world.examined(text_of('[oidc]\nissuer = "https://login.example"\n')),
    Trouble.CLUSTER_UNREACHABLE: lambda world: world.examined(text_of(NOBODY)),
    Trouble.CLUSTER_EMPTY: lambda _: judged([], []),
    Trouble.CLUSTER_OPEN: lambda world: world.examined(text_of(NOBODY.replace("127.0.0.1", "192.0.2.1"))),
    Trouble.WORKER_VERSION: lambda _: judged([Member("tcp://h:1", "h", 1, None, frozenset())], []),
    Trouble.STORE_UNSEEN: lambda _: judged([Member("tcp://h:1", "h", 1, None, frozenset())], ["dock-a"]),
    Trouble.NOTICE_ADDRESS: lambda world: world.examined(text_of('[notify]\nurls = ["nosuch://h"]\n')),
    Trouble.NOTICES_NOWHERE: lambda world: world.examined(text_of('[notify]\nurls = ["json://h"]\n')),
}


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_can_be_met_and_says_what_to_do_in_both_languages(
    trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [one for one in TROUBLES[trouble](World(tmp_path, monkeypatch)) if one.trouble is trouble]
    assert found, trouble
    zh, en = halves(found[0].advice)
    assert re.search("[\u4e00-\u9fff]", zh)
    assert not re.search("[\u4e00-\u9fff]", en)
    assert len(en) > 10


def test_every_trouble_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Trouble)


def test_whatever_is_wrong_names_its_trouble_and_what_is_well_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, monkeypatch)
    for verdict in [*world.examined(), *little(world), *bad_secret(world)]:
        assert (verdict.trouble is None) == (verdict.health is Health.OK), verdict
        assert bool(verdict.advice) == (verdict.health is not Health.OK), verdict


def test_a_house_in_order_has_nothing_to_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, monkeypatch)
    (world.store / "a.mp4").write_bytes(b"x")
    assert world.database
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "stores" not in str(path) and real(path, mode))
    assert [verdict for verdict in world.examined() if verdict.health is not Health.OK] == []
