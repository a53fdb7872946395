"""Two programs that begin at once on a new database: one of them makes the accounts, the other goes on."""

from pathlib import Path

import pytest

from app.first_accounts import first_accounts
from storage.engine import open_engine
from tests.app.configs import load
from tests.databases import migrate


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
