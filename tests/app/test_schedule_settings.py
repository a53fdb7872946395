"""`[schedule]` and `[notify]`: what is written is read, what is wrong is named with its line, no address is shown."""

from pathlib import Path

import pytest

from app.notify_settings import EVERYBODY
from app.schedule_settings import PeriodWord
from domain.errors import ConfigError
from domain.notices import parse_quiet
from tests.app.configs import LEAST, load

FULL = """
[schedule]
scan = "*/10 * * * *"
feeds = "0 * * * *"
morning = "never"
reports_folder = "made"
reports = [
    { report = "completeness", units = ["310114010000"], formats = ["csv", "html"] },
    { report = "units", period = "last-month", name = "monthly", when = "0 9 2 * *", language = "en" },
]
[notify]
urls = ["json://127.0.0.1/t0ken"]
quiet = "22:00-07:00"
urgent = ["store"]
[[notify.to]]
name = "station-a"
urls = ["json://127.0.0.1/0pen5esame"]
units = ["310114010000"]
kinds = ["morning", "deadline"]
language = "both"
"""


def test_everything_is_read_where_it_stands(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST + FULL)
    schedule, notify = settings.schedule, settings.notify
    assert schedule.lines() == {
        "scan": "*/10 * * * *",
        "feeds": "0 * * * *",
        "deadlines": "5 * * * *",
        "retention": "40 6 * * *",
        "notices": "*/5 * * * *",
    }
    assert [(one.called, one.line, one.period) for one in schedule.reports] == [
        ("completeness-yesterday", "30 7 * * *", PeriodWord.YESTERDAY),
        ("monthly", "0 9 2 * *", PeriodWord.LAST_MONTH),
    ]
    assert schedule.reports_folder == str(tmp_path / "made")
    assert [(one.name, one.language) for one in notify.receivers] == [(EVERYBODY, "zh"), ("station-a", "both")]
    assert notify.quiet_hours == parse_quiet("22:00-07:00")


def test_no_address_is_shown_by_settings_values_or_their_repr(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST + FULL)
    shown = repr(settings) + repr([value for value in settings.values if value.section in ("notify", "schedule")])
    assert "t0ken" not in shown
    assert "0pen5esame" not in shown
    values = {(value.section, value.key): (value.shown, value.origin) for value in settings.values}
    assert values["notify", "to"][0] == "station-a"
    assert values["schedule", "reports"][0] == "completeness-yesterday, monthly"
    assert values["schedule", "scan"][1].startswith("config.toml:")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[schedule]\nscan = 'sometimes'\n", 2, "[schedule] scan: expected five cron fields"),
        ("[schedule]\ndeadlines = '99 * * * *'\n", 2, "[schedule] deadlines: "),
        ("[schedule]\nmornings = 'never'\n", 2, "unknown key; did you mean morning?"),
        ("[schedule]\nhistory_days = 0\n", 2, "[schedule] history_days: "),
        ("[schedule]\nreports = 'units'\n", 2, "expected an array of tables, got a string"),
        ("[schedule]\nreports = ['units']\n", 2, "expected tables, got one with a string"),
        (
            "[schedule]\nreports = [{ report = 'comleteness' }]\n",
            2,
            'no report is called "comleteness"; did you mean completeness?',
        ),
        ("[schedule]\nreports = [{ reprot = 'units' }]\n", 2, "unknown key; did you mean report?"),
        ("[schedule]\nreports = [{ period = 'yesterday' }]\n", 2, "expected the key report, got none"),
        ("[schedule]\nreports = [{ report = 'units', period = 'today' }]\n", 2, "expected one of yesterday, last-week"),
        ("[schedule]\nreports = [{ report = 'units', formats = ['docx'] }]\n", 2, 'got "docx"'),
        ("[schedule]\nreports = [{ report = 'units', when = '1 2 3' }]\n", 2, "expected five cron fields"),
        ("[schedule]\nreports = [{ report = 'units', filed = false }]\n", 2, "nothing would be kept"),
        ("[schedule]\nreports = [{ report = 'units', units = ['../x'] }]\n", 2, 'got "../x"'),
        ("[schedule]\nreports = [{ report = 'units' }, { report = 'units' }]\n", 2, 'got "units-yesterday" again'),
        ("[schedule]\nreports_folder = 'stores/dock-a/made'\n", 2, "expected a folder outside every store"),
        ("[schedule]\nreports_folder = 's3://bucket/x'\n", 2, "expected a folder of this machine"),
        ("[notify]\nquiet = '22-7'\n", 1, 'expected hours such as "22:00-07:00"'),
        ("[notify]\nurgent = ['fire']\n", 1, "urgent: expected some of morning, deadline"),
        ("[notify]\nlanguage = 'fr'\n", 1, "expected one of zh, en, both"),
        ("[notify]\nmost_lines = 0\n", 1, "expected 1 to 200, got 0"),
        ("[notify]\nto = 'me'\n", 2, "expected [[notify.to]] with double brackets"),
        ("[[notify.to]]\nname = 'a'\n", 1, "expected the key urls, got none"),
        ("[[notify.to]]\nname = 'a'\nurls = []\n", 1, "expected at least one address"),
        ("[[notify.to]]\nname = 'a b'\nurls = ['json://h']\n", 1, 'got "a b"'),
        ("[[notify.to]]\nname = 'all'\nurls = ['json://h']\n", 2, "expected a name of its own"),
        ("[[notify.to]]\nname = 'a'\nurls = ['json://h']\nkinds = ['x']\n", 1, 'got "x"'),
        (
            "[notify]\n[[notify.to]]\nname = 'a'\nurls = ['json://h']\nunit = 'x'\n",
            5,
            "unknown key; did you mean units?",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as found:
        load(tmp_path, LEAST + text)
    assert words in str(found.value)
    assert f"config.toml:{LEAST.count(chr(10)) + line}: " in str(found.value)


def test_an_error_about_a_receiver_does_not_quote_its_address(tmp_path: Path) -> None:
    text = "[[notify.to]]\nname = 'a'\nurls = ['json://t0ken', 7]\n"
    with pytest.raises(ConfigError) as found:
        load(tmp_path, LEAST + text)
    assert "t0ken" not in str(found.value)
