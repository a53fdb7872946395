"""A moved database holds the very same rows on the other side, or the other side stays as empty as it was."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, NullPool, create_engine, func, insert, inspect, select, text, update

from domain.audit import Action, Entry
from domain.errors import SchemaNewer, SchemaOlder, StorageError, UsageError
from storage.audit import append, log_faults
from storage.backups import Moved, Moving, filling, move, moving
from storage.backups.filling import FILLING
from storage.engine import DatabaseSettings, Use, alembic_config, open_engine, require_current
from storage.scans import ScanRunning, begin_scan
from storage.schema.tables import AUDIT_ENTRY, FOLDER, OBSERVATION, PRINT, RECORD, SCAN
from storage.types import EPOCH
from tests.api.world import NOW
from tests.databases import migrate
from tests.storage.backed_up import PICTURE, contents, count, district, report_digests

pytestmark = pytest.mark.slow

HOW = Moving("system:test", NOW, "sqlite:///somewhere.db", lambda _source, _target: None)
LARGEST = 2**63 - 1
LONG_SERVER = pytest.param("postgresql", marks=(pytest.mark.slow, pytest.mark.long))


@pytest.fixture(params=["sqlite", LONG_SERVER])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A district worth moving, on either kind."""
    url = f"sqlite:///{tmp_path / 'source.db'}"
    engine = district(url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database"))
    yield engine
    engine.dispose()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Engine]:
    """On SQLite alone."""
    engine = district(f"sqlite:///{tmp_path / 'small.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", LONG_SERVER])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'moved.db'}"
    else:
        url = request.getfixturevalue("another_postgres_database")
    engine = open_engine(DatabaseSettings(url))
    yield engine
    engine.dispose()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Engine]:
    """An empty database where the kind does not matter."""
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'elsewhere.db'}"))
    yield engine
    engine.dispose()


def moved(source: Engine, target: Engine, folder: Path, how: Moving = HOW) -> Moved:
    """Moved with a reader of its own, as the command does."""
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    reader = open_engine(DatabaseSettings(source.url.render_as_string(hide_password=False)), Use.READING)
    try:
        return move(reader, target, scratch, how)
    finally:
        reader.dispose()
        for left in scratch.iterdir():
            left.unlink()


def is_empty(engine: Engine) -> bool:
    return inspect(engine).get_table_names() == []


def rows(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without the link of the log that tells of the move."""
    return {**found, "audit_entry": [row for row in found["audit_entry"] if '"what":"moved"' not in row[7]]}


def test_every_row_is_there_the_log_is_whole_and_reports_have_the_same_digest(
    engine: Engine, target: Engine, tmp_path: Path
) -> None:
    before = contents(engine)
    done = moved(engine, target, tmp_path)
    require_current(target)
    assert rows(contents(target)) == before == contents(engine)
    assert report_digests(target) == report_digests(engine)
    assert {one.table: one.rows for one in done.tables}["audit_entry"] == done.audit.sequence == 3
    with target.connect() as connection:
        assert list(log_faults(connection)) == []
        last = connection.execute(select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.sequence.desc())).first()
        assert last is not None
        assert (last.sequence, last.actor, '"what":"moved"' in last.detail) == (4, "system:test", True)
        (content,) = connection.execute(text("SELECT content FROM attachment")).scalars()
        assert bytes(content) == PICTURE


def test_the_next_scan_of_a_moved_database_gets_a_number_of_its_own(
    small: Engine, target: Engine, tmp_path: Path
) -> None:
    """And then another attempt is refused, for it is not empty any more."""
    moved(small, target, tmp_path)
    with target.begin() as connection:
        assert begin_scan(connection, NOW + timedelta(days=2)) == 3
    with pytest.raises(UsageError, match="expected an empty database"):
        moved(small, target, tmp_path)


@pytest.mark.long
def test_moved_there_and_back_it_is_the_same(small: Engine, target: Engine, tmp_path: Path) -> None:
    moved(small, target, tmp_path)
    back = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'back.db'}"))
    moved(target, back, tmp_path)
    assert rows(contents(back)) == contents(small)
    back.dispose()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
REALS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | REALS | TEXT | st.just("\x00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
"""What JSON can say; it writes NUL with letters, which every database takes."""
ODD = st.tuples(TEXT, VALUES, st.floats(allow_nan=False), st.integers(-(10**17), 10**17), st.none() | TEXT)


def add_odd_rows(connection: Connection, odd: list[tuple[Any, ...]], number: int) -> None:
    """Rows of whatever the columns take: every text, JSON value, float and microsecond."""
    for at, (said, value, real, micros, perhaps) in enumerate(odd):
        record = {
            "feed": said,
            "kind": "x",
            "key": f"{at} {said}",
            "group_key": perhaps,
            "unit": perhaps,
            "body": value,
        }
        connection.execute(
            insert(RECORD), {**record, "since_scan": 1, "at": EPOCH + timedelta(microseconds=micros // 2)}
        )
        times = {"start": timedelta(microseconds=micros), "end": timedelta(microseconds=micros)}
        seen = {"file_id": 1, "detector": said, "version": at, "kind": said, "unit": said, "value": real, **times}
        connection.execute(insert(OBSERVATION), {**seen, "since_scan": 1, "detail": perhaps})
    connection.execute(insert(PRINT), {"file_id": 1, "at": timedelta(0), "value": number, "sound": number > 0})
    connection.execute(update(FOLDER).values(skipped=[]))
    connection.execute(update(SCAN).where(SCAN.c.id == 2).values(summary={"": {}, "list": [[], {}]}))


@pytest.mark.parametrize(
    ("here", "there"), [("sqlite", "postgresql"), pytest.param("postgresql", "sqlite", marks=pytest.mark.long)]
)
@settings(max_examples=1, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
@given(odd=st.lists(ODD, min_size=20, max_size=40), number=st.integers(-LARGEST - 1, LARGEST))
def test_odd_values_survive_in_both_directions(
    here: str, there: str, odd: list[tuple[Any, ...]], number: int, postgres: str, tmp_path: Path
) -> None:
    with TemporaryDirectory(dir=tmp_path) as folder, fresh(postgres) as server:
        urls = {"sqlite": f"sqlite:///{folder}/odd.db", "postgresql": server}
        source, target = district(urls[here]), open_engine(DatabaseSettings(urls[there]))
        with source.begin() as connection:
            add_odd_rows(connection, odd, number)
        moved(source, target, Path(folder))
        assert rows(contents(target)) == contents(source)
        source.dispose()
        target.dispose()


@contextmanager
def fresh(server: str) -> Iterator[str]:
    """URL of an empty database on the server."""
    name = f"odd_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield admin.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE file SET anchor = 'a' || char(0) WHERE id = 2", r"table file cannot be loaded.*NUL.*\(id = 2\)"),
        pytest.param(
            f"UPDATE observation SET version = {2**40} WHERE id = 1",
            "table observation cannot be loaded.*out of range",
            marks=pytest.mark.long,
        ),
    ],
)
def test_what_the_other_database_cannot_hold_is_named_and_nothing_is_left_there(
    statement: str, said: str, small: Engine, another_postgres_database: str, tmp_path: Path
) -> None:
    target = open_engine(DatabaseSettings(another_postgres_database))
    with small.begin() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(StorageError, match=said):
        moved(small, target, tmp_path)
    assert is_empty(target)
    target.dispose()


def test_a_target_that_holds_anything_is_refused(small: Engine, elsewhere: Engine, tmp_path: Path) -> None:
    migrate(elsewhere)
    with pytest.raises(UsageError, match=r"expected an empty database, got \d+ table\(s\) with 0 row"):
        moved(small, elsewhere, tmp_path)
    assert count(elsewhere, "scan") == 0


def test_an_older_or_newer_or_empty_source_is_refused_with_what_to_do(elsewhere: Engine, tmp_path: Path) -> None:
    source = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'old.db'}"))
    with pytest.raises(SchemaOlder, match="bwc migrate"):
        moved(source, elsewhere, tmp_path)
    command.upgrade(alembic_config(source), "0005")
    with pytest.raises(SchemaOlder, match="run: bwc migrate"):
        moved(source, elsewhere, tmp_path)
    with source.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer, match="upgrade the program"):
        moved(source, elsewhere, tmp_path)
    assert is_empty(elsewhere)
    source.dispose()


def test_nothing_moves_while_a_scan_runs(small: Engine, elsewhere: Engine, tmp_path: Path) -> None:
    with small.begin() as connection:
        number = begin_scan(connection, NOW)
        connection.execute(update(SCAN).where(SCAN.c.id == number).values(host="elsewhere"))
    with pytest.raises(ScanRunning):
        moved(small, elsewhere, tmp_path)
    assert is_empty(elsewhere)


def test_a_scan_that_was_killed_long_ago_is_interrupted_on_the_other_side(
    small: Engine, elsewhere: Engine, tmp_path: Path
) -> None:
    with small.begin() as connection:
        begin_scan(connection, NOW - timedelta(days=1))
    moved(small, elsewhere, tmp_path)
    with elsewhere.connect() as connection:
        states = connection.execute(select(SCAN.c.state).order_by(SCAN.c.id)).scalars().all()
    assert states == ["complete", "complete", "interrupted"]


def test_what_is_written_to_the_source_meanwhile_would_be_lost_so_it_is_refused(
    engine: Engine, elsewhere: Engine, tmp_path: Path
) -> None:
    def decide(_source: Connection, _target: Connection) -> None:
        with engine.begin() as connection:
            append(connection, NOW, [Entry("a", Action.REVIEWED, "finding:1", None, "{}")])

    with pytest.raises(StorageError, match="written to meanwhile"):
        moved(engine, elsewhere, tmp_path, replace(HOW, proof=decide))
    assert is_empty(elsewhere)


def test_a_proof_that_fails_leaves_the_target_empty(small: Engine, target: Engine, tmp_path: Path) -> None:
    def differs(_source: Connection, filled: Connection) -> None:
        assert filled.execute(select(SCAN.c.id)).scalars().all() == [1, 2]
        raise StorageError("a report differs")

    with pytest.raises(StorageError, match="a report differs"):
        moved(small, target, tmp_path, replace(HOW, proof=differs))
    assert is_empty(target)
    moved(small, target, tmp_path)  # and it can be done again


def test_a_row_that_came_out_otherwise_is_found(
    small: Engine, elsewhere: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filling.fill

    def careless(connection: Connection, given: Any) -> None:
        before(connection, given)
        connection.execute(update(OBSERVATION).values(value=0.3))  # was 0.1 + 0.2, which is not the same

    monkeypatch.setattr(moving, "fill", careless)
    with pytest.raises(StorageError, match=r"observation differs: (\d+) row\(s\) at the source, \1 at the target"):
        moved(small, elsewhere, tmp_path)
    assert is_empty(elsewhere)


def test_a_broken_log_is_not_moved(small: Engine, elsewhere: Engine, tmp_path: Path) -> None:
    with small.begin() as connection:
        connection.execute(update(AUDIT_ENTRY).where(AUDIT_ENTRY.c.sequence == 2).values(actor="somebody"))
    with pytest.raises(StorageError, match="bwc audit verify"):
        moved(small, elsewhere, tmp_path)
    assert is_empty(elsewhere)


def test_two_at_once_into_one_target_are_one(small: Engine, another_postgres_database: str, tmp_path: Path) -> None:
    target = open_engine(DatabaseSettings(another_postgres_database))
    with target.begin() as other:
        other.execute(select(func.pg_advisory_xact_lock(FILLING)))
        with pytest.raises(UsageError, match="another process is filling"):
            moved(small, target, tmp_path)
    assert is_empty(target)
    target.dispose()


@pytest.mark.long
def test_a_target_of_another_encoding_is_refused(small: Engine, postgres: str, tmp_path: Path) -> None:
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
        target = open_engine(DatabaseSettings(admin.url.set(database="latin").render_as_string(hide_password=False)))
        with pytest.raises(UsageError, match="expected a database of encoding UTF8, got LATIN1"):
            moved(small, target, tmp_path)
        target.dispose()
        connection.execute(text("DROP DATABASE latin"))
    admin.dispose()
