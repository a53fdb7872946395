"""One clip watched: what is asked for, what is observed. A fake reader is told the text of each picture."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detectors.content.base import DrawnPicture, OverlayHint, Picture, Region
from detectors.content.overlay.reader import Box, Line
from detectors.content.overlay.watch import OverlayWatch
from domain.observation import Observation, ObservationKind

BEGIN = datetime(2026, 11, 20, 13, 21, 44, tzinfo=UTC)
KIND = ObservationKind
Texts = Callable[[float], Sequence[str]]


def clock(at: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    return (BEGIN + timedelta(seconds=at)).strftime(form)


class Told:
    """A reader that is told what stands in the lines of a picture: 50 rows of pixels hold line `n`."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.at: list[float] = []
        self.searched = 0

    def picture(self, at: float) -> Picture:
        """The rows tell the moment and the line."""
        self.at.append(at)
        whole = np.zeros((720, 1280, 3), dtype=np.uint8)
        whole[:, :, 0] = len(self.at)
        whole[:, :, 1] = (np.arange(720) // 50)[:, None]
        return DrawnPicture(at, whole)

    def find(self, image: np.ndarray) -> list[Box]:
        self.searched += 1
        return [Box(100, row * 50 + 10, 500, row * 50 + 40) for row in (0, 1)] if image.shape[0] < 400 else []

    def read(self, lines: Sequence[np.ndarray]) -> list[Line]:
        return [self._line(line) for line in lines]

    def _line(self, line: np.ndarray) -> Line:
        number, row = (int(value) for value in line[line.shape[0] // 2, 0, :2])
        texts = self.texts(self.at[number - 1])
        text = texts[row] if row < len(texts) else ""
        return Line(text, 0.99 if text else 0.0, text, (0.99,) * len(text))


def watched(
    texts: Texts, parts: Sequence[tuple[float, float]] = ((0.0, 600.0),), regions: tuple[Region, ...] = ()
) -> tuple[tuple[Observation, ...], tuple[Region, ...], Told]:
    reader = Told(texts)
    watch = OverlayWatch(OverlayHint(regions), parts, reader)
    while times := watch.wanted():
        for time in times:
            watch.look(reader.picture(time))
    return (*watch.finish(), reader)


def of(observations: Sequence[Observation], kind: ObservationKind) -> list[tuple[float, float, float]]:
    return [
        (one.start.total_seconds(), one.end.total_seconds(), one.value or 0.0)
        for one in observations
        if one.kind is kind
    ]


def test_a_clock_that_runs_right_tells_what_it_showed_at_the_start() -> None:
    seen, regions, reader = watched(lambda at: [clock(at), "DSJ-1234567 012345"])
    [(start, end, value)] = of(seen, KIND.CLOCK)
    assert (start, end) == (1, 599)
    assert value == pytest.approx(BEGIN.timestamp(), abs=0.5)
    assert [one.detail for one in seen if one.kind is KIND.NUMBERS] == ["DSJ-1234567 012345"]
    assert of(seen, KIND.OVERLAY_CHECKED) == [(0, 600, len(reader.at))]
    assert not of(seen, KIND.CLOCK_JUMP) + of(seen, KIND.CLOCK_STOPPED) + of(seen, KIND.CLOCK_MISSING)
    assert len(regions) == 2
    assert len(reader.at) <= 12


def test_a_known_region_spares_the_search() -> None:
    _, regions, _ = watched(lambda at: [clock(at)])
    seen, again, reader = watched(lambda at: [clock(at)], regions=regions)
    assert of(seen, KIND.CLOCK)
    assert (reader.searched, again) == (0, regions)


def test_a_region_that_no_longer_reads_is_found_anew() -> None:
    seen, regions, reader = watched(lambda at: [clock(at)], regions=(Region(0.1, 0.9, 0.4, 0.95),))
    assert of(seen, KIND.CLOCK)
    assert reader.searched > 0
    assert regions[0].top < 0.1


def test_a_clock_without_seconds_is_known_once_its_minute_was_seen_to_turn() -> None:
    """It begins at 44 s of a minute: ten minutes tell that, fifteen seconds within one minute do not."""
    minutes = "%Y-%m-%d %H:%M"
    [(_, _, value)] = of(watched(lambda at: [clock(at, minutes)])[0], KIND.CLOCK)
    assert value == pytest.approx(BEGIN.timestamp(), abs=1)
    short, _, _ = watched(lambda at: [clock(at, minutes)], parts=((0.0, 15.0),))
    [one] = [each for each in short if each.kind is KIND.CLOCK]
    assert (one.value, one.detail) == (None, "2026-11-20 13:21 → 2026-11-20 13:21")
    assert of(short, KIND.CLOCK_MISSING) + of(short, KIND.CLOCK_STOPPED) == []


def test_an_edit_is_narrowed_to_two_seconds() -> None:
    seen, _, _ = watched(lambda at: [clock(at + (300 if at > 333 else 0))])
    [(start, end, value)] = of(seen, KIND.CLOCK_JUMP)
    assert start <= 333 <= end
    assert end - start <= 2
    assert value == pytest.approx(300, abs=1)
    assert [round(one[2] - BEGIN.timestamp()) for one in of(seen, KIND.CLOCK)] == [0, 300]


def test_a_clock_that_vanishes_midway_is_missing_from_then_on() -> None:
    seen, _, _ = watched(lambda at: [clock(at)] if at < 220 else [])
    [(start, end, _)] = of(seen, KIND.CLOCK_MISSING)
    assert 220 <= start <= 222
    assert end == 599
    assert len(of(seen, KIND.CLOCK)) == 1


def test_a_clip_without_a_clock_is_missing_it_as_a_whole_and_is_soon_let_be() -> None:
    seen, regions, reader = watched(lambda at: ["沪A12345"])
    assert of(seen, KIND.CLOCK_MISSING) == [(0, 600, 3)]
    assert (len(reader.at), regions) == (3, ())


def test_a_clock_that_cannot_be_read_whole_is_not_said_to_be_missing() -> None:
    seen, _, _ = watched(lambda at: ["2026-11-2 13:2?05"])
    assert [one.kind for one in seen] == [KIND.OVERLAY_CHECKED]


def test_a_clock_that_is_hardly_ever_legible_is_not_said_to_be_missing() -> None:
    seen, _, _ = watched(lambda at: [clock(at)] if at < 10 else [])
    assert of(seen, KIND.CLOCK_MISSING)  # read in the first pictures, and those agree
    seen, _, _ = watched(lambda at: [clock(7 * at)] if at in (1.0, 599.0) else [])
    assert [one.kind for one in seen] == [KIND.OVERLAY_CHECKED]


def test_a_clock_that_stands_still_is_told_with_its_ends() -> None:
    seen, _, _ = watched(lambda at: [clock(at if at < 200 else 200)])
    [(start, end, value)] = of(seen, KIND.CLOCK_STOPPED)
    assert 199 <= start <= 202
    assert (end, value) == (599, end - start)
    assert not of(seen, KIND.CLOCK_JUMP)


@pytest.mark.parametrize("wrong", [1, 60, 3600, 5 * 3600, 86400 * 2])
def test_misread_pictures_change_nothing(wrong: float) -> None:
    """Every fifth picture is read wrong."""
    count = 0

    def texts(at: float) -> list[str]:
        nonlocal count
        count += 1
        return [clock(at + (wrong + count if count % 5 == 0 else 0))]

    seen, _, _ = watched(texts)
    assert [round(one[2] - BEGIN.timestamp()) for one in of(seen, KIND.CLOCK)] == [0]
    assert not of(seen, KIND.CLOCK_JUMP) + of(seen, KIND.CLOCK_STOPPED)


def test_date_above_time_is_one_clock() -> None:
    seen, regions, _ = watched(lambda at: [clock(at, "%Y-%m-%d"), clock(at, "%H:%M:%S")])
    [(_, _, value)] = of(seen, KIND.CLOCK)
    assert value == pytest.approx(BEGIN.timestamp(), abs=0.5)
    assert len(regions) == 2


def test_day_and_month_are_told_apart_by_the_pictures_that_allow_one_way_only() -> None:
    """From the 12th to the 13th over midnight."""
    begin = datetime(2026, 6, 12, 23, 55, 0, tzinfo=UTC)
    seen, _, _ = watched(lambda at: [(begin + timedelta(seconds=at)).strftime("%m-%d-%Y %H:%M:%S")])
    assert [one[2] for one in of(seen, KIND.CLOCK)] == [pytest.approx(begin.timestamp(), abs=0.5)]


def test_day_and_month_that_stay_open_give_no_clock_but_a_jump_is_told() -> None:
    begin = datetime(2026, 6, 5, 10, 0, 0, tzinfo=UTC)
    seen, _, _ = watched(lambda at: [(begin + timedelta(seconds=at + 900 * (at > 300))).strftime("%m-%d-%Y %H:%M:%S")])
    assert of(seen, KIND.CLOCK) == []
    assert [round(one[2]) for one in of(seen, KIND.CLOCK_JUMP)] == [900]


def test_key_pictures_far_apart_end_the_questions() -> None:
    reader = Told(lambda at: [clock(at + (300 if at > 333 else 0))])
    watch = OverlayWatch(OverlayHint(), [(0, 600)], reader)
    rounds = 0
    while times := watch.wanted():
        rounds += 1
        for time in times:
            watch.look(reader.picture(time // 100 * 100))
    assert rounds <= 12
    seen, _ = watch.finish()
    assert of(seen, KIND.CLOCK_JUMP) == [(300, 400, pytest.approx(300, abs=1))]


@pytest.mark.parametrize(
    "parts", [(), ((0.0, 0.0),), ((5.0, 5.2),), tuple((n * 30.0, n * 30.0 + 10) for n in range(40))]
)
def test_odd_parts_are_no_trouble(parts: tuple[tuple[float, float], ...]) -> None:
    seen, _, reader = watched(lambda at: [clock(at)], parts=parts)
    assert len(reader.at) <= 60
    assert not of(seen, KIND.CLOCK_JUMP) + of(seen, KIND.CLOCK_STOPPED) + of(seen, KIND.CLOCK_MISSING)


def test_one_picture_alone_is_not_believed() -> None:
    reader = Told(lambda at: [clock(at)])
    watch = OverlayWatch(OverlayHint(), [(0.0, 0.04)], reader)
    while times := watch.wanted():
        for _ in times:
            watch.look(reader.picture(0.0))
    assert [one.kind for one in watch.finish()[0]] == [KIND.OVERLAY_CHECKED]
