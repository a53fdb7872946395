"""What `bwc check` says of the clips that wait to be looked at."""

from datetime import timedelta
from pathlib import Path

from app.checks.scans import check_content
from app.checks.verdict import Health
from storage.schema import tables as t
from tests.app.configs import LEAST, load
from tests.scanning import new_engine
from tests.storage.queries import rows


def test_what_waits_is_told_with_its_age_and_what_was_ended_is_a_warning(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert list(check_content(settings)) == []  # before the first scan there is nothing to say
    engine = new_engine(settings.database.url)
    with engine.begin() as connection:
        rows.scan(connection, summary={"content_rate": 120.0})
        rows.scan(connection, summary={"content_rate": 0.0})
        rows.store(connection)
        for number, state in enumerate(("waiting", "waiting", "ended")):
            file_id = rows.file(connection, f"{number}.mp4")
            times = {"started_at": rows.at(0), "modified_at": rows.at(0), "queued_at": rows.at(-number)}
            lists = {"wanted": [], "checked": [], "versions": {}, "problems": [], "asked": "x"}
            counts = {"priority": 0, "size": 1, "attempts": 0, "cpu_ms": 0, "waiting": timedelta(hours=1)}
            rows.put(connection, t.CONTENT, file_id=file_id, state=state, **times, **lists, **counts)
    engine.dispose()
    waiting, ended, rate = check_content(settings)
    assert "2 clip(s) wait, 2.0 h, since 2026-11-22 19:59" in waiting.text
    assert (ended.health, "1 clip(s) was ended" in ended.text) == (Health.WARNING, True)
    assert "120 hours of media in an hour" in rate.text


def test_that_it_is_switched_off_is_said(tmp_path: Path) -> None:
    (verdict,) = check_content(load(tmp_path, f"{LEAST}\n[content]\nenabled = false\n"))
    assert "switched off" in verdict.text
