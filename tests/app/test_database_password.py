"""The password of the database comes from the environment or a file, and is in nothing that the program says."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.settings import load_settings
from domain.errors import ConfigError
from tests.app.configs import LEAST, load, write
from tests.app.districts import bwc

SECRET = "hunter2-geheim"
SERVER = LEAST.replace("sqlite:///var/bwc.db", "postgresql+psycopg://bwc@127.0.0.1:1/bwc")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    line = '[database]\npassword_file = "secret"\nconnect_seconds = 2\n'
    return write(tmp_path, SERVER.replace("[database]\n", line))


def test_it_is_part_of_the_address_that_is_opened(config: Path) -> None:
    assert make_url(load_settings(config, {}).database.url).password == SECRET
    odd = "p@ss: w/rd?#%41"
    assert make_url(load_settings(config, {"BWC_DATABASE_PASSWORD": odd}).database.url).password == odd


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("scan", "--debug"),
        *(pytest.param(one, marks=[pytest.mark.slow, pytest.mark.long]) for one in (("list", "clips"), ("backup",))),
        pytest.param(("migrate",), marks=[pytest.mark.slow, pytest.mark.long]),
        ("migrate", "--to", f"postgresql://bwc:{SECRET}@127.0.0.1:1/other"),
    ],
)
def test_no_command_tells_it_when_the_server_is_not_there(config: Path, words: tuple[str, ...]) -> None:
    status, out, error = bwc(config, *words)
    assert status in (1, 2)
    assert "127.0.0.1" in out + error
    assert SECRET not in out + error


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("connections", "1", "expected 2 to 1000, got 1"),
        ("answer_seconds", "90000", "expected at most 86400"),
        ("lock_seconds", "-1", "expected zero or more"),
        ("answer_secs", "30", "did you mean answer_seconds?"),
    ],
)
def test_limits_that_make_no_sense_are_refused(tmp_path: Path, key: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        load(tmp_path, SERVER.replace("[database]\n", f"[database]\n{key} = {value}\n"))
