"""What rules say takes little room in SQLite, and rows of older programs are read as they are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from domain.finding import Outcome, Result, SubjectKind
from storage.engine import DatabaseSettings, open_engine
from storage.findings import write_verdicts
from storage.packed import packed, unpacked
from storage.scans import begin_scan, end_scan
from storage.schema.tables import EVALUATION
from storage.verdicts import Judged, Verdict, rows_of
from tests.databases import migrate

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SAID = [(f"rule-{number}", 1, Outcome(Result.PASS, evidence=("画面符合要求 / as required",))) for number in range(18)]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'test.db'}"))
    migrate(engine)
    with engine.begin() as connection:
        judge(connection)
        yield connection
    engine.dispose()


def judge(connection: Connection) -> None:
    """By a scan of its own."""
    scan = begin_scan(connection, NOW)
    verdict = Verdict(SubjectKind.CLIP, "a", "a", None, None, SAID, [], [], None)
    write_verdicts(connection, SubjectKind.CLIP, {"a": rows_of(verdict, Judged(NOW, "r", {}))}, scan)
    end_scan(connection, scan, NOW, {})


def read(connection: Connection) -> list[dict[str, object]]:
    found: list[dict[str, object]] = connection.execute(EVALUATION.select()).mappings().one()["outcomes"]
    return found


def test_what_rules_say_is_compressed_and_read_as_it_was(connection: Connection) -> None:
    kept = connection.execute(text("SELECT outcomes FROM evaluation")).scalar_one()
    assert isinstance(kept, bytes)
    said = read(connection)
    assert [one["rule"] for one in said] == [name for name, _, _ in SAID]
    assert said[0]["evidence"] == ["画面符合要求 / as required"]
    assert len(kept) * 4 < len(json.dumps(said, ensure_ascii=False).encode())


def test_judging_again_alike_writes_nothing(connection: Connection) -> None:
    judge(connection)
    assert connection.execute(text("SELECT count(*), max(since_scan) FROM evaluation")).one() == (1, 1)


def test_a_row_of_an_older_program_is_read_too(connection: Connection) -> None:
    older = json.dumps([{"rule": "missing.no-footage", "evidence": ["无"]}])
    connection.execute(text("UPDATE evaluation SET outcomes = :older"), {"older": older})
    assert read(connection) == json.loads(older)


def test_what_is_damaged_is_said_to_be() -> None:
    whole = packed('["x"]')
    assert unpacked(whole) == '["x"]'
    with pytest.raises(ValueError, match="damaged"):
        unpacked(whole[:-3])
