"""The secret of an installation, the first accounts, and the outside sign-in's settings."""

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from api.identity.passwords import fits
from app.doors import door_settings, kept_secret
from app.first_accounts import first_accounts
from app.settings import Settings, load_settings
from domain.access import Role
from domain.errors import ConfigError
from storage.accounts import accounts
from storage.engine import DatabaseSettings, open_engine
from storage.schema.tables import AUDIT_ENTRY
from tests.databases import migrate


@pytest.fixture
def settings(project: Path, tmp_path: Path) -> Settings:
    known = load_settings(project / "config.toml", {})
    return replace(known, api=replace(known.api, secret_file=str(tmp_path / "deep" / "secret.key")))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'a.db'}"))
    migrate(made)
    return made


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "secret.key"
    secret = kept_secret(file)
    assert len(secret) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_secret(file) == secret
    assert kept_secret(tmp_path / "other.key") != secret


def test_a_secret_that_is_too_short_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("abc")
    (tmp_path / "raw").write_bytes(b"\xff" * 64)
    with pytest.raises(ConfigError, match="at least 32 characters, got 3"):
        kept_secret(tmp_path / "short")
    with pytest.raises(ConfigError, match="readable text"):
        kept_secret(tmp_path / "raw")
    with pytest.raises(ConfigError, match="secret_file"):
        kept_secret(tmp_path / "short" / "below-a-file")


def test_the_first_start_makes_an_administrator_and_with_the_sample_people_to_try(
    settings: Settings, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    first_accounts(settings, engine)
    said = capsys.readouterr().out
    with engine.connect() as connection:
        made = {one.name: one for one in accounts(connection)}
        logged = connection.execute(select(AUDIT_ENTRY.c.action, AUDIT_ENTRY.c.subject)).all()
    assert {name: one.role for name, one in made.items()} == {
        "admin": Role.ADMINISTRATOR,
        "zicha": Role.OFFICER,
        "ducha": Role.INSPECTOR,
    }
    assert all(one.must_change for one in made.values())
    for name, password in re.findall(r"^ +(\w+) +([a-z2-9-]{14}) ", said, flags=re.MULTILINE):
        assert fits(made[name].password_hash, password)
    assert len(logged) == 3
    first_accounts(settings, engine)
    assert capsys.readouterr().out == ""


def test_without_visitors_only_the_administrator_is_made(settings: Settings, engine: Engine) -> None:
    first_accounts(replace(settings, api=replace(settings.api, visitors=False)), engine)
    with engine.connect() as connection:
        assert [one.name for one in accounts(connection)] == ["admin"]


def test_an_outside_sign_in_needs_all_of_its_settings(settings: Settings, tmp_path: Path) -> None:
    oidc = replace(settings.oidc, issuer="https://id.example/")
    with pytest.raises(ConfigError, match="client_secret_file, and public"):
        door_settings(replace(settings, oidc=oidc))
    (tmp_path / "oidc").write_text("geheim\n")
    whole = replace(oidc, client_id="bwc", client_secret_file=str(tmp_path / "oidc"))
    doors = door_settings(replace(settings, oidc=whole, api=replace(settings.api, public="https://bwc.example/")))
    assert (doors.oidc.issuer, doors.oidc.client_secret, doors.public) == (
        "https://id.example",
        "geheim",
        "https://bwc.example",
    )


@pytest.mark.parametrize(
    ("issuer", "welcome"), [("http://id.example", False), ("ftp://127.0.0.1", False), ("http://127.0.0.1:9", True)]
)
def test_a_provider_that_anybody_on_the_way_can_play_is_refused(
    settings: Settings, tmp_path: Path, issuer: str, welcome: bool
) -> None:
    (tmp_path / "oidc").write_text("geheim\n")
    oidc = replace(settings.oidc, issuer=issuer, client_id="bwc", client_secret_file=str(tmp_path / "oidc"))
    whole = replace(settings, oidc=oidc, api=replace(settings.api, public="https://bwc.example/"))
    if welcome:
        assert door_settings(whole).oidc.issuer == issuer
    else:
        with pytest.raises(ConfigError, match=f'issuer: expected an address with https, got "{issuer}"'):
            door_settings(whole)
