"""`bwc user` as a person types it: one-time passwords once, every change on record, the last administrator stays."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from api.identity.passwords import fits
from app.command_line import status_of
from storage.accounts import Account, account_named
from storage.audit import entries_of, log_faults
from storage.engine import DatabaseSettings, Use, open_engine
from tests.app.configs import LEAST, write

pytestmark = pytest.mark.slow

ONCE = re.compile(r"one-time password: (\S+)")
OIDC = """
[api]
public = "https://records.example"
[oidc]
issuer = "https://sign-in.example/"
client_id = "bwc"
client_secret_file = "secret"
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    return str(write(tmp_path))


def database(config: str) -> Connection:
    engine = open_engine(DatabaseSettings(f"sqlite:///{Path(config).parent / 'var/bwc.db'}"), Use.READING)
    return engine.connect()


def account(config: str, name: str) -> Account:
    with database(config) as connection:
        found = account_named(connection, name)
    assert found is not None
    return found


def user(config: str, *words: str) -> int:
    return int(status_of(["user", *words, "--config", config]))


def test_a_new_user_has_the_password_that_is_printed_once(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert user(config, "add", "Li.Ming", "--role", "officer", "--unit", "310114010000") == 0
    printed = capsys.readouterr()
    once = ONCE.search(printed.out)
    assert once is not None
    assert "310114010000" in printed.err  # the register does not know it (yet)
    made = account(config, "li.ming")
    assert fits(made.password_hash, once[1])
    assert made.must_change
    assert (made.role, made.unit) == ("officer", "310114010000")
    with database(config) as connection:
        (entry,) = entries_of(connection, "account:li.ming", ["account"])
    assert entry.actor == "system:command-line"
    assert once[1] not in entry.detail
    assert json.loads(entry.detail)["change"] == "added"


def test_a_known_unit_and_every_unit_are_no_reason_to_warn(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert user(config, "add", "a", "--role", "auditor") == 0
    assert user(config, "add", "b", "--role", "auditor", "--unit", "*") == 0
    assert capsys.readouterr().err == ""
    assert account(config, "a").unit is None
    assert account(config, "b").unit is None


@pytest.mark.parametrize(
    "words",
    [
        ("add", "li"),
        ("add", "li", "--role", "visitor"),
        ("add", "two words", "--role", "officer"),
        ("add", "", "--role", "officer"),
        ("add", "li:ming", "--role", "officer"),
        ("add", "li\nming", "--role", "officer"),
        ("add", "x" * 61, "--role", "officer"),
        ("add", "li", "--role", "officer", "--oidc", "s-1"),
        ("disable", "nobody"),
        ("password", "nobody"),
        ("change", "nobody", "--role", "officer"),
        ("change", "nobody"),
    ],
)
def test_wrong_words_are_wrong_usage_and_change_nothing(
    config: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert user(config, *words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_name_is_taken_in_whatever_case(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert user(config, "add", "li", "--role", "officer") == 0
    assert user(config, "add", "LI", "--role", "auditor") == 2
    assert "there is an account of this name already" in capsys.readouterr().err


def test_a_new_password_unlocks_and_ends_the_open_sign_ins(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    user(config, "add", "li", "--role", "officer")
    engine = open_engine(DatabaseSettings(f"sqlite:///{Path(config).parent / 'var/bwc.db'}"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET failures = 9, locked_until = 9000000000000000"))
    engine.dispose()
    before = account(config, "li")
    capsys.readouterr()
    assert user(config, "password", "LI") == 0
    once = ONCE.search(capsys.readouterr().out)
    after = account(config, "li")
    assert once is not None
    assert fits(after.password_hash, once[1])
    assert (after.failures, after.locked_until, after.must_change) == (0, None, True)
    assert after.generation == before.generation + 1


def test_role_and_unit_are_changed_each_by_itself(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    user(config, "add", "li", "--role", "officer", "--unit", "31")
    assert user(config, "change", "li", "--role", "supervisor") == 0
    assert (account(config, "li").role, account(config, "li").unit) == ("supervisor", "31")
    assert user(config, "change", "li", "--unit", "*") == 0
    assert (account(config, "li").role, account(config, "li").unit) == ("supervisor", None)
    capsys.readouterr()
    assert user(config, "change", "li", "--unit", "*") == 0
    assert "nothing differs" in capsys.readouterr().out
    with database(config) as connection:
        assert len(entries_of(connection, "account:li", ["account"])) == 3
        assert list(log_faults(connection)) == []


def test_the_last_administrator_stays(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    user(config, "add", "first", "--role", "administrator")
    user(config, "add", "local", "--role", "administrator", "--unit", "31")
    for words in (("disable", "first"), ("change", "first", "--role", "auditor"), ("change", "first", "--unit", "31")):
        assert user(config, *words) == 2, words
        assert "the last active administrator" in capsys.readouterr().err
    assert user(config, "disable", "local") == 0
    user(config, "add", "second", "--role", "administrator")
    assert user(config, "disable", "first") == 0
    assert user(config, "disable", "second") == 2
    assert not account(config, "first").active


def test_an_outside_identity_is_bound_to_one_account_and_needs_no_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    (tmp_path / "secret").write_text("of the provider", encoding="utf-8")
    config = str(write(tmp_path, LEAST + OIDC))
    assert user(config, "add", "li", "--role", "officer", "--oidc", "s-1") == 0
    assert ONCE.search(capsys.readouterr().out) is None
    bound = account(config, "li")
    assert (bound.oidc_subject, bound.password_hash) == ("https://sign-in.example s-1", None)
    assert not bound.must_change
    assert user(config, "add", "wang", "--role", "officer", "--oidc", "s-1") == 2
    assert user(config, "password", "li") == 2
    assert user(config, "add", "zhao", "--role", "officer", "--oidc", "-") == 0
    assert account(config, "zhao").oidc_subject is None


def test_the_list_shows_who_there_is_and_no_hash(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    user(config, "add", "li", "--role", "officer", "--unit", "31")
    user(config, "add", "wang", "--role", "auditor")
    capsys.readouterr()
    assert user(config, "list") == 0
    printed = capsys.readouterr().out
    assert [line.split()[:3] for line in printed.splitlines() if line.startswith(("li", "wang"))] == [
        ["li", "officer", "31"],
        ["wang", "auditor", "-"],
    ]
    assert "argon2" not in printed
