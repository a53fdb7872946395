"""`bwc check` tests everything the configuration names, and says what to do."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.checks.cluster import judged
from app.checks.remedies import Trouble
from app.checks.scans import after
from app.checks.stores import check_feed, check_store
from app.checks.verdict import Health, Verdict
from app.cluster import Member
from app.command_line import status_of
from app.dask_worker import program_mark
from app.doctor import examine
from app.settings import Settings
from domain.errors import FeedUnreadable
from indexer.feeds.base import Fate, FeedKind, FeedRow, FeedSettings
from indexer.stores.base import StoreSettings
from tests.app.configs import LEAST, load, write

NOW = datetime(2026, 11, 27, 1, tzinfo=UTC)


def verdicts(settings: Settings, subject: str, **environment: str) -> list[Verdict]:
    return [verdict for verdict in examine(settings, environment) if verdict.subject.startswith(subject)]


class Rows:
    """A feed of given rows, or one that cannot be read."""

    def __init__(self, *rows: FeedRow, error: Exception | None = None) -> None:
        self._rows, self._error = rows, error

    def read(self) -> Iterator[FeedRow]:
        if self._error:
            raise self._error
        yield from self._rows


def feed_verdict(monkeypatch: pytest.MonkeyPatch, feed: Any) -> Verdict:
    import indexer.feeds

    monkeypatch.setattr(indexer.feeds, "open_feed", lambda settings: feed, raising=False)
    return check_feed(FeedSettings("110", FeedKind.INCIDENTS, "/x/incidents.csv"))


def test_a_store_that_is_there_is_counted(tmp_path: Path) -> None:
    (tmp_path / "2026-11-20").mkdir()
    (tmp_path / "2026-11-20" / "a.mp4").write_bytes(b"x")
    found = list(check_store(StoreSettings("dock-a", str(tmp_path)), NOW))
    assert [v.health for v in found][-1] is Health.OK
    assert "2 folder(s) with 1 file(s)" in found[-1].text


def test_a_store_that_is_not_there_is_a_problem_with_advice(tmp_path: Path) -> None:
    (found,) = check_store(StoreSettings("dock-a", str(tmp_path / "absent")), NOW)
    assert found.health is Health.PROBLEM
    assert "mount it" in found.advice


def test_a_store_where_this_user_could_write_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = StoreSettings("dock-a", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert Health.WARNING in [v.health for v in check_store(store, NOW) if v.trouble is Trouble.STORE_WRITABLE]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert Trouble.STORE_WRITABLE not in [v.trouble for v in check_store(store, NOW)]


def test_a_feed_that_opens_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    assert feed_verdict(monkeypatch, Rows(FeedRow(1, {}, Fate.ACCEPTED))).health is Health.OK


def test_a_feed_without_rows_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert feed_verdict(monkeypatch, Rows()).health is Health.WARNING


def test_a_feed_of_files_of_which_none_is_a_list_is_a_warning_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = FeedRow(0, {}, Fate.REJECTED, ("文件 a.xml / file a.xml", "不是清单 / no list"))
    found = feed_verdict(monkeypatch, Rows(broken, broken))
    assert found.health is Health.WARNING
    assert "of 2 row(s) none is accepted" in found.text
    assert "file a.xml; no list" in found.text


def test_a_feed_that_cannot_be_read_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    found = feed_verdict(monkeypatch, Rows(error=FeedUnreadable("no heading for\nnumber")))
    assert (found.health, found.text) == (Health.PROBLEM, "no heading for number")


def test_a_database_that_is_not_there_yet_is_fine_and_is_not_made(tmp_path: Path) -> None:
    (found,) = verdicts(load(tmp_path), "database")
    assert found.health is Health.OK
    assert not (tmp_path / "var").exists()


def test_a_database_without_this_schema_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "bwc.db").touch()
    (found,) = verdicts(load(tmp_path), "database")
    assert found.health is Health.PROBLEM
    assert "bwc migrate" in found.advice


def test_a_database_server_that_does_not_answer_is_a_problem_without_its_password(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST, BWC_DATABASE_URL="postgresql://bwc:s3cret@127.0.0.1:1/bwc")
    (found,) = verdicts(settings, "database")
    assert found.health is Health.PROBLEM
    assert "s3cret" not in repr(found)


def test_a_misspelt_variable_is_a_warning(tmp_path: Path) -> None:
    (found,) = verdicts(load(tmp_path), "environment", BWC_PROT="80", BWC_PORT="80")
    assert found.subject == "environment BWC_PROT"
    assert "BWC_PORT" in found.advice


def test_addresses_of_notices_are_tried_without_sending_and_never_shown(tmp_path: Path) -> None:
    text = "[notify]\nurls = ['json://127.0.0.1:1/t0ken']\n[[notify.to]]\nname = 'a'\nurls = ['json://h', 'nosuch://t0ken']\n"
    found = verdicts(load(tmp_path, LEAST + text), "notify")
    assert [(one.subject, one.health) for one in found] == [
        ("notify all", Health.OK),
        ("notify a", Health.PROBLEM),
        ("notify", Health.WARNING),  # no public address of the pages
    ]
    assert "address 2" in found[1].text
    assert "t0ken" not in repr(found)


def test_without_receivers_nothing_is_said_about_notices(tmp_path: Path) -> None:
    assert verdicts(load(tmp_path), "notify") == []


NOBODY = 'scheduler = "tcp://127.0.0.1:1"\npatience_seconds = 0.2\n'


def test_no_store_at_all_a_foreign_host_and_dask_are_problems(tmp_path: Path) -> None:
    settings = load(tmp_path, f'[api]\nhost = "0.0.0.0"\n[workers]\nkind = "dask"\n{NOBODY}')
    problems = [verdict.subject for verdict in examine(settings, {}) if verdict.health is Health.PROBLEM]
    assert problems == ["[[stores]]", "api", "workers"]


def test_the_command_prints_values_with_origin_and_every_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    (tmp_path / "stores" / "dock-a" / "a.mp4").write_bytes(b"x")
    file = write(tmp_path)
    assert status_of(["check", "--config", str(file)]) == 0
    text = capsys.readouterr().out
    assert "  unit = 310114010000    (config.toml:7)" in text
    assert "  settle_seconds = 120.0    (default)" in text
    assert "正常 ok: store dock-a" in text
    (tmp_path / "stores" / "dock-a" / "a.mp4").unlink()
    assert status_of(["check", "--config", str(file)]) == 0
    assert "注意 warning: store dock-a" in capsys.readouterr().out  # nothing in it: is the right thing mounted?
    (tmp_path / "stores" / "dock-a").rmdir()
    assert status_of(["check", "--config", str(file)]) == 1
    assert "问题 problem: store dock-a" in capsys.readouterr().out


def test_every_store_is_looked_at_although_one_is_gone(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    two = LEAST + f'[[stores]]\nname = "two"\nlocation = "{tmp_path / "there"}"\n'
    found = verdicts(load(tmp_path, two), "store")
    assert [(v.subject.split()[1], v.health) for v in found if v.trouble is not Trouble.STORE_WRITABLE] == [
        ("dock-a", Health.PROBLEM),
        ("two", Health.WARNING),
    ]


def test_where_no_scan_comes_by_itself_none_is_late(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert after(now, load(tmp_path)) == now + timedelta(minutes=15)
    assert after(now, load(tmp_path, LEAST + '[schedule]\nscan = "never"\n')) is None


def test_every_worker_of_a_cluster_is_told_of_and_every_store_that_none_sees() -> None:

    here = program_mark()
    found = [
        Member("tcp://10.0.0.1:1", "one", 1, here, frozenset({"dock-a", "rooms"})),
        Member("tcp://10.0.0.2:1", "two", 2, "bwc:0.0.1 python-3.9", frozenset({"dock-b"})),
        Member("tcp://10.0.0.3:1", "three", 4, None, frozenset()),
    ]
    told = list(judged(found, ["dock-a", "dock-b"]))
    assert [one.trouble for one in told] == [
        *(None, Trouble.WORKER_VERSION, Trouble.WORKER_VERSION, Trouble.STORE_UNSEEN),
    ]
    assert "dock-a, rooms" in told[0].text
    assert (here in told[1].text, "bwc:0.0.1 python-3.9" in told[1].text) == (True, True)
    assert "no worker sees store dock-b" in told[3].text
    assert [one.trouble for one in judged([], ["dock-a"])] == [Trouble.CLUSTER_EMPTY]
