"""`bwc token` as a person types it: the secret once, its digest kept, revoked for good."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.command_line import status_of
from storage.accounts import ApiToken, token_by_digest, tokens
from storage.audit import log_faults
from storage.engine import DatabaseSettings, Use, open_engine
from tests.app.configs import write

pytestmark = pytest.mark.slow

SECRET = re.compile(r"shown once: (bwc_[A-Za-z0-9_-]{43})$", re.MULTILINE)


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    return str(write(tmp_path))


def token(config: str, *words: str) -> int:
    return int(status_of(["token", *words, "--config", config]))


def kept(config: str) -> list[ApiToken]:
    engine = open_engine(DatabaseSettings(f"sqlite:///{Path(config).parent / 'var/bwc.db'}"), Use.READING)
    with engine.connect() as connection:
        assert list(log_faults(connection)) == []
        found = tokens(connection)
    engine.dispose()
    return found


def test_a_token_is_printed_once_and_its_digest_is_kept(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--name", "指挥中心", "--role", "administrator", "--right", "push", "--right", "see", "--days", "30")
    assert token(config, "create", *words, "--per-minute", "120") == 0
    secret = SECRET.search(capsys.readouterr().out)
    assert secret is not None
    (made,) = kept(config)
    assert (made.name, made.role, made.unit, made.per_minute) == ("指挥中心", "administrator", None, 120)
    assert sorted(made.rights) == ["push", "see"]
    assert made.expires_at - made.created_at == timedelta(days=30)
    engine = open_engine(DatabaseSettings(f"sqlite:///{Path(config).parent / 'var/bwc.db'}"), Use.READING)
    with engine.connect() as connection:
        assert token_by_digest(connection, hashlib.sha256(secret[1].encode()).hexdigest()) == made
    engine.dispose()
    assert token(config, "list") == 0
    assert secret[1] not in capsys.readouterr().out


def test_without_more_words_a_token_has_all_of_its_role_for_ninety_days(config: str) -> None:
    assert token(config, "create", "--name", "n", "--role", "auditor") == 0
    (made,) = kept(config)
    assert (made.rights, made.per_minute, made.expires_at - made.created_at) == (None, 600, timedelta(days=90))


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--role", "officer"),
        ("create", "--name", "n"),
        ("create", "--name", " ", "--role", "officer"),
        ("create", "--name", "n", "--role", "visitor"),
        ("create", "--name", "n", "--role", "officer", "--right", "decide"),
        ("create", "--name", "n", "--role", "officer", "--right", "account"),
        ("create", "--name", "n", "--role", "officer", "--days", "0"),
        ("create", "--name", "n", "--role", "officer", "--per-minute", "0"),
        ("revoke", "1"),
        ("revoke", "x"),
    ],
)
def test_wrong_words_are_wrong_usage(config: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert token(config, *words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_a_revoked_token_is_revoked_once(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    token(config, "create", "--name", "n", "--role", "officer")
    assert token(config, "revoke", "1") == 0
    (made,) = kept(config)
    assert made.revoked_at is not None
    assert token(config, "revoke", "1") == 2
    assert "no valid token 1" in capsys.readouterr().err
