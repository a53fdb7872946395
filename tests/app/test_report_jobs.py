"""Reports by themselves: of the period as seen from the due time, filed, and written whole or not at all."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.report_jobs import ReportJob, period_word
from app.schedule_settings import PeriodWord, ReportEntry
from domain.errors import BwcError
from storage.audit import entries_of
from storage.filed_reports import filed_runs
from tests.app import configs
from tests.builders import UNIT, ZONE, House, one_call

pytestmark = pytest.mark.slow

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("word", "due", "period"),
    [
        (PeriodWord.YESTERDAY, "2026-11-23T07:30", "2026-11-22"),
        (PeriodWord.YESTERDAY, "2026-11-23T00:00", "2026-11-22"),
        (PeriodWord.YESTERDAY, "2026-03-01T07:30", "2026-02-28"),
        (PeriodWord.LAST_WEEK, "2026-11-23T07:30", "2026-W47"),  # a Monday
        (PeriodWord.LAST_WEEK, "2026-11-29T23:59", "2026-W47"),  # the Sunday after it
        (PeriodWord.LAST_WEEK, "2027-01-04T07:30", "2026-W53"),
        (PeriodWord.LAST_WEEK, "2026-01-05T07:30", "2026-W01"),
        (PeriodWord.LAST_MONTH, "2026-12-01T07:30", "2026-11"),
        (PeriodWord.LAST_MONTH, "2026-01-31T07:30", "2025-12"),
    ],
)
def test_the_period_as_seen_from_the_due_time(word: PeriodWord, due: str, period: str) -> None:
    assert period_word(word, at(due), ZONE) == period


def test_the_day_is_that_of_the_zone() -> None:
    due = at("2026-11-23T07:30")  # 00:30 in Berlin
    assert period_word(PeriodWord.YESTERDAY, due, BERLIN) == "2026-11-22"
    assert period_word(PeriodWord.YESTERDAY, at("2026-11-23T06:30"), BERLIN) == "2026-11-21"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House.new(tmp_path, f"sqlite:///{tmp_path / 'r.db'}")
    one_call(house)
    yield house
    house.engine.dispose()


def job(house: House, **entry: object) -> ReportJob:
    settings = configs.load(house.folder, f'[schedule]\nreports_folder = "{house.folder / "made"}"\n')
    return ReportJob(ReportEntry("completeness", **entry), settings, house.engine, house.engine)


def test_one_made_up_for_days_later_is_still_of_the_day_it_was_due_for(house: House) -> None:
    house.scan()
    made = job(house, units=(UNIT,), formats=("csv", "json", "xlsx"))(at("2026-11-27T12:00"), at("2026-11-21T07:30"))
    assert (made["period"], made["filed"]) == ("2026-11-20", [1])
    assert made["files"] == [f"2026-11-20/completeness-yesterday_{UNIT}.{form}" for form in ("csv", "json", "xlsx")]
    assert "JQ1" in (house.folder / "made" / made["files"][0]).read_text(encoding="utf-8-sig")
    with house.engine.connect() as connection:
        (run,) = filed_runs(connection, None)
        entries = entries_of(connection, "report-run:1", ["export"])
    assert (run.period, run.unit, run.actor, run.as_of) == ("2026-11-20", UNIT, "system", at("2026-11-27T12:00"))
    assert len(entries) == 1


def test_before_the_first_scan_it_fails_with_words_and_leaves_nothing(house: House) -> None:
    with pytest.raises(BwcError):
        job(house, formats=("csv",))(at("2026-11-27T12:00"), at("2026-11-27T07:30"))
    assert not (house.folder / "made").exists()


def test_a_file_is_whole_or_not_there(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.scan()
    mine = job(house, formats=("csv",), filed=False)
    (first,) = mine(at("2026-11-27T12:00"), at("2026-11-21T07:30"))["files"]
    before = (house.folder / "made" / first).read_bytes()

    def no_space(*_anything: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(OSError, match="No space left"):
        mine(at("2026-11-27T13:00"), at("2026-11-21T07:30"))
    assert (house.folder / "made" / first).read_bytes() == before
    assert [path.name for path in (house.folder / "made" / "2026-11-20").iterdir()] == [Path(first).name]
