"""Two programs that begin at once on a new database: one of them makes the accounts, the other goes on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.first_accounts import first_accounts
from domain.access import Role
from storage.accounts import NameTaken, accounts, add_account
from storage.engine import DatabaseSettings, open_engine
from tests.app.configs import load
from tests.databases import migrate
from tests.scanning import MORNING


def test_who_finds_the_accounts_made_at_the_same_moment_makes_none_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(tmp_path)
    (tmp_path / "var").mkdir()
    engine = open_engine(settings.database)
    migrate(engine)
    first_accounts(settings, engine)
    assert "admin" in capsys.readouterr().out
    monkeypatch.setattr("app.first_accounts.has_accounts", lambda _connection: False)  # as the other one saw it
    first_accounts(settings, engine)
    assert capsys.readouterr().out == ""
    engine.dispose()


def test_who_asked_before_the_other_one_had_written_is_told_that_the_name_is_taken(database_url: str) -> None:
    """On a server both look before either has written; the second one's row waits for the first one's end."""
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)

    def add() -> str:
        with engine.begin() as connection:
            try:
                add_account(connection, MORNING, "Admin", Role.ADMINISTRATOR)
            except NameTaken:
                return "taken"
        return "made"

    with ThreadPoolExecutor(1) as other:
        with engine.begin() as first:
            add_account(first, MORNING, "admin", Role.ADMINISTRATOR)
            told = other.submit(add)
            with pytest.raises(TimeoutError):
                told.result(0.5)
        assert told.result(60) == "taken"
    with engine.connect() as connection:
        assert [one.name for one in accounts(connection)] == ["admin"]
    engine.dispose()
