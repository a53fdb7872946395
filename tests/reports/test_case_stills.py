"""Which moment shows a typical case, and how its picture stands in each format."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest

from reports.base import Column, Filled, Form, Part
from reports.content import Content
from reports.monthly import MONTHLY
from reports.render import PICTURED, RENDERERS
from reports.stills import STILLS, kept, kept_in, key_of, still_of, wanted
from storage.queries.activities import Judged
from storage.queries.timeline import Lane, Timeline, TimelineClip, TimelineFinding, TimelineWindow
from tests.reports.days import THEN, ZONE

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def clip(number: int, start: float, end: float) -> TimelineClip:
    return TimelineClip(number, "dock-a", f"{number}.mp4", "present", "C1", at(start), at(end), timedelta(0))


def line(*clips: TimelineClip, found: Sequence[TimelineFinding] = (), late: float = 0, early: float = 0) -> Timeline:
    window = TimelineWindow(at(0), at(30), "stated", "stated")
    lane = Lane(
        *("officer:1", "1", None, ("C1",), window, None, timedelta(0), late * MINUTE, early * MINUTE, clips, ())
    )
    judged = Judged.__new__(Judged)  # a still does not depend on it
    return Timeline("incident", "JQ1", None, {}, judged, (), (), window, (lane,), (), (), (), tuple(found))


def finding(key: str, start: float, end: float) -> TimelineFinding:
    words = ("incomplete.picture-lost", "incomplete", "fail", "open", "clip", "dock-a:1.mp4", None)
    return TimelineFinding(key, *words, at(start), at(end), {}, ())


def moment(line: Timeline, *told: str) -> tuple[int, float, str] | None:
    found = still_of(line, told)
    return found and (found["clip"], found["at_ms"] / 60_000, found["why"])


def test_what_was_found_is_shown_in_its_middle() -> None:
    shown = line(clip(1, 0, 30), found=[finding("a", 10, 14), finding("b", 20, 22)])
    assert moment(shown, "b", "a") == (1, 21.0, "found")  # the gravest comes first
    assert moment(shown, "a") == (1, 12.0, "found")


def test_a_finding_that_no_clip_shows_is_shown_by_the_edge_of_the_longest_hole() -> None:
    second = 1 / 60
    early = line(clip(1, 0, 10), clip(2, 10, 20), early=10, found=[finding("a", 20, 30)])
    assert moment(early, "a") == (2, pytest.approx(10 - second), "before")
    late = line(clip(3, 12, 30), late=12)
    assert moment(late) == (3, pytest.approx(second), "after")
    between = line(clip(4, 0, 5), clip(5, 20, 30))  # of the window, where no lane says so
    assert moment(between) == (4, pytest.approx(5 - second), "before")


def test_with_nothing_missing_the_first_clip_is_shown_and_without_footage_nothing() -> None:
    assert moment(line(clip(7, 0, 30))) == (7, pytest.approx(1 / 60), "first")
    assert moment(line(late=30)) is None


def test_a_clip_shorter_than_a_second_is_shown_within_its_length() -> None:
    shown = still_of(line(clip(1, 0, 0.005), early=29.995), ())
    assert shown is not None
    assert 0 <= shown["at_ms"] <= 300


def jpeg(level: int = 90) -> bytes:
    done, data = cv2.imencode(".jpg", np.full((270, 480, 3), level, np.uint8))
    assert done
    return data.tobytes()


def content(stills: dict[str, bytes]) -> Content:
    part = Part(
        *("cases", ("案例", "Cases"), ("", "")),
        (Column("number", ("编号", "Number")), Column("still", ("截图", "Still"), Form.STILL, compared=False)),
        key=("number",),
    )
    rows: list[dict[str, Any]] = [
        {"number": "JQ1", "still": still_of(line(clip(1, 0, 10), early=20), ())},
        {"number": "JQ2", "still": None},
    ]
    filled = [Filled(part, rows, ())]
    report = replace(MONTHLY, columns=part.columns, key=part.key, parts=(), charts=())
    return Content(report, "2026-11", None, THEN.as_of, 1, None, "0" * 64, filled, ZONE, stills=stills)


KEY = "1-599000"


@pytest.mark.parametrize("form", PICTURED)
def test_the_picture_is_in_the_file_and_the_same_file_comes_again(form: str) -> None:
    shown = content({KEY: jpeg()})
    assert [key_of(one) for one in wanted(shown.filled)] == [KEY]
    first = RENDERERS[form](shown, "zh")
    assert first == RENDERERS[form](content({KEY: jpeg()}), "zh")
    assert first != RENDERERS[form](content({KEY: jpeg(200)}), "zh")


def test_a_workbook_holds_the_bytes_of_the_picture() -> None:
    with zipfile.ZipFile(io.BytesIO(RENDERERS["xlsx"](content({KEY: jpeg()}), "zh"))) as book:
        assert [book.read(name) for name in book.namelist() if name.startswith("xl/media/")] == [jpeg()]


def test_without_a_picture_words_say_what_it_would_show_and_that_it_is_not_there() -> None:
    page = RENDERERS["html"](content({}), "zh").decode()
    assert "20:09:59" in page  # the zone's
    assert "记录中断前的画面" in page
    assert "未附画面" in page
    assert "data:image" not in page
    assert "no picture attached" in RENDERERS["html"](content({}), "en").decode()


def test_kept_pictures_come_back_as_they_were_and_old_runs_have_none() -> None:
    assert kept_in([{"name": "monthly"}, kept({"1-2": b"\xff\xd8x", "3-4": b""})]) == {"1-2": b"\xff\xd8x", "3-4": b""}
    assert kept_in([{"name": "monthly"}]) == {}
    assert STILLS not in {part.name for part in MONTHLY.all_tables}
