"""Limits changed on the pages count above config.toml in scans, checks and back-tests, or it is said why not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.trials import Trials
from app.command_line import status_of
from app.effective import effective, merged
from app.trial import desk_of
from detectors.changed_settings import Judging, changed, differing
from detectors.limits import Exclusions, Limits
from domain.errors import ConfigError, UsageError
from storage.engine import DatabaseSettings, Use, open_engine
from storage.setting_changes import SettingChange, add_changes, current_changes, past_changes
from tests.app.configs import LEAST, load, write
from tests.databases import migrate

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
CHOSEN = '[limits]\nlate_start_warn_seconds = 75\n[exclude]\ncategories = ["骚扰"]\n'


def change(key: str, value: object, section: str = "limits") -> SettingChange:
    return SettingChange(section, key, value, "account:li", AT, "as agreed")


@pytest.fixture
def engine(database_url: str) -> Engine:
    made = open_engine(DatabaseSettings(database_url))
    migrate(made)
    return made


def save(engine: Engine, values: dict[tuple[str, str], object]) -> None:
    with engine.begin() as connection:
        add_changes(connection, AT, "account:li", "as agreed", values)


def test_the_last_change_of_each_key_counts_and_none_goes_back_to_config_toml(engine: Engine) -> None:
    save(engine, {("limits", "gap_info_seconds"): 3.0, ("limits", "late_start_warn_seconds"): 90.0})
    save(engine, {("limits", "gap_info_seconds"): 4.0, ("exclude", "categories"): ["骚扰", "电话咨询"]})
    save(engine, {("limits", "late_start_warn_seconds"): None})
    with engine.connect() as connection:
        assert [(one.section, one.key, one.value) for one in current_changes(connection)] == [
            ("exclude", "categories", ["骚扰", "电话咨询"]),
            ("limits", "gap_info_seconds", 4.0),
        ]
        assert [one.value for one in past_changes(connection, 2)] == [None, 4.0]
    engine.dispose()


def test_changed_values_count_and_the_others_stay_as_the_file_says(tmp_path: Path, engine: Engine) -> None:
    settings = load(tmp_path, LEAST + CHOSEN)
    assert effective(settings, engine) == settings
    save(engine, {("limits", "gap_info_seconds"): 3.5, ("exclude", "statuses"): ["撤销"]})
    found = effective(settings, engine)
    assert found.limits == replace(settings.limits, gap_info_seconds=3.5)
    assert found.exclude == Exclusions(categories=("骚扰",), statuses=("撤销",))
    origins = {(value.section, value.key): (value.shown, value.origin) for value in found.values}
    assert origins["limits", "gap_info_seconds"] == ("3.5", "page: account li at 2026-11-20 16:00")
    assert origins["exclude", "statuses"][0] == "撤销"
    assert origins["limits", "late_start_warn_seconds"][1].startswith("config.toml:")
    engine.dispose()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("gap_info_seconds", 999.0, "gap_fail_seconds"),
        ("late_start_warn_seconds", "soon", "expected a number"),
        ("of_an_older_version", 1, "unknown key"),
    ],
)
def test_a_change_that_does_not_go_with_the_file_is_said_and_not_passed_over(
    tmp_path: Path, key: str, value: object, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        merged(load(tmp_path), [change(key, value)])


def test_what_differs_between_two_ways_of_judging_is_told_by_section_and_key() -> None:
    one = Judging(Limits(), Exclusions(("骚扰",)))
    other = changed(one, {"gap_info_seconds": 3}, {"categories": []})
    assert differing(one, other) == {
        ("limits", "gap_info_seconds"): (2.0, 3.0),
        ("exclude", "categories"): (("骚扰",), ()),
    }
    assert differing(one, changed(one, {}, {})) == {}


@pytest.fixture
def scanned(tmp_path: Path) -> str:
    """A configuration with one store and one clip that cannot be read, scanned once."""
    store = tmp_path / "stores" / "dock-a"
    store.mkdir(parents=True)
    return str(write(tmp_path, LEAST + '[workers]\nkind = "threads"\ncount = 1\n[content]\nenabled = false\n'))


def rule_limits(config: str) -> float:
    """The limit that the last scan judged by, as it kept its plan."""
    engine = open_engine(DatabaseSettings(f"sqlite:///{Path(config).parent / 'var/bwc.db'}"), Use.READING)
    with engine.connect() as connection:
        plan = connection.exec_driver_sql("SELECT plan FROM scan ORDER BY id DESC LIMIT 1").scalar_one()
    engine.dispose()
    found = json.loads(plan)["limits"]
    return float(found.get("limits.late_start_warn_seconds", Limits().late_start_warn_seconds))


def test_the_next_scan_judges_by_what_was_saved_and_check_says_who_saved_it(
    scanned: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["scan", "--config", scanned]) == 0
    assert rule_limits(scanned) == 60.0
    engine = open_engine(DatabaseSettings(f"sqlite:///{Path(scanned).parent / 'var/bwc.db'}"))
    save(engine, {("limits", "late_start_warn_seconds"): 90.0})
    engine.dispose()
    assert status_of(["scan", "--config", scanned]) == 0
    assert rule_limits(scanned) == 90.0
    capsys.readouterr()
    status_of(["check", "--config", scanned])
    line = next(one for one in capsys.readouterr().out.splitlines() if "late_start_warn_seconds" in one)
    assert "90.0" in line
    assert "page: account li at 2026-11-20 16:00" in line


def test_check_names_a_saved_change_that_the_file_rules_out(scanned: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["scan", "--config", scanned]) == 0
    engine = open_engine(DatabaseSettings(f"sqlite:///{Path(scanned).parent / 'var/bwc.db'}"))
    save(engine, {("limits", "late_start_warn_seconds"): 9999.0})
    engine.dispose()
    capsys.readouterr()
    assert status_of(["check", "--config", scanned]) == 1
    assert "does not go with config.toml" in capsys.readouterr().out
    assert status_of(["scan", "--config", scanned]) == 2


def test_the_desk_tries_other_limits_on_what_was_scanned(scanned: str, tmp_path: Path) -> None:
    settings = load(tmp_path, Path(scanned).read_text(encoding="utf-8"))
    desk = desk_of(settings)
    assert desk.configured == Judging(settings.limits, settings.exclude)
    before, after = desk.configured, changed(desk.configured, {"late_start_warn_seconds": 90.0}, {})
    status_of(["scan", "--config", scanned])
    steps = []

    def tell(step: str, _done: int, _total: int | None) -> bool:
        steps.append(step)
        return True

    found = desk.backtest(before, after, 30, tell)
    assert found.rows == ()
    assert {"place", "assemble", "link"} <= set(steps)
    with pytest.raises(UsageError, match="too long"):
        desk.backtest(before, after, 30, lambda *_: False)
    assert isinstance(desk.trials, Trials)
