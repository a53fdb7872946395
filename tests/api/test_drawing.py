"""Places on paper: the axis, the laws of bars, labels that do not lie on each other, and words of values."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.moments import parse_moment
from api.pages.drawing import Box, _labelled, text_width
from api.pages.rendering import Reader
from api.pages.scale import Scale
from domain.timespan import utc

ZONE = ZoneInfo("Asia/Shanghai")
moments = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(seconds=1), timedelta(days=400))


@given(moments, lengths, moments, lengths)
def test_a_bar_stays_on_the_paper(start: datetime, length: timedelta, at: datetime, long: timedelta) -> None:
    x, width = Scale(start, start + length, 172, 1188).bar(at, at + long, 2)
    assert x >= 171.9
    assert x + width <= 1188.1
    assert width >= 2


@given(moments, lengths)
def test_ticks_are_few_in_order_and_inside(start: datetime, length: timedelta) -> None:
    places = [tick.x for tick in Scale(start, start + length, 172, 1188).ticks(ZONE)]
    assert len(places) <= 10
    assert places == sorted(places)
    assert all(172 <= place <= 1188 for place in places)


def test_ticks_lie_on_round_local_times() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")  # five hours and three quarters
    scale = Scale(utc(2026, 11, 20, 12, 4), utc(2026, 11, 20, 12, 49), 0, 450)
    assert [(tick.x, tick.label) for tick in scale.ticks(kathmandu)] == [
        (10.0, "17:50"),
        (60.0, "17:55"),
        (110.0, "18:00"),
        (160.0, "18:05"),
        (210.0, "18:10"),
        (260.0, "18:15"),
        (310.0, "18:20"),
        (360.0, "18:25"),
        (410.0, "18:30"),
    ]


def test_a_new_day_is_written_on_its_tick() -> None:
    scale = Scale(utc(2026, 11, 20, 15, 30), utc(2026, 11, 20, 17), 0, 900)
    labels = [tick.label for tick in scale.ticks(ZONE)]
    assert labels == ["23:30", "23:40", "23:50", "11-21 00:00", "00:10", "00:20", "00:30", "00:40", "00:50", "01:00"]


@given(st.lists(st.tuples(st.floats(172, 1180), st.text("中a", min_size=1, max_size=20)), max_size=12))
def test_labels_do_not_lie_on_each_other_and_no_hole_is_lost(holes: list[tuple[float, str]]) -> None:
    boxes = [Box(x, 3, text, text) for x, text in sorted(holes)]
    kept = list(_labelled(boxes))
    assert [(box.x, box.title) for box in kept] == [(box.x, box.title) for box in boxes]
    ends = 0.0
    for box in (box for box in kept if box.label):
        half = text_width(box.label) / 2
        middle = min(max(box.middle, 172 + half), 1188 - half)
        assert middle - half >= ends
        ends = middle + half


@pytest.fixture
def zh() -> Reader:
    return Reader("zh", ZONE, utc(2026, 11, 23))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 秒"),
        (0.4, "0.4 秒"),
        (9.96, "10.0 秒"),
        (59.6, "1 分 0 秒"),
        (192, "3 分 12 秒"),
        (3599.7, "1 小时 0 分"),
        (90000, "25 小时 0 分"),
        (-61, "-1 分 1 秒"),
        (None, "—"),
    ],
)
def test_durations_in_words(zh: Reader, seconds: float | None, text: str) -> None:
    assert zh.length(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.0, "100%"), (0.99999, "99.9%"), (0.881, "88.1%"), (0.00001, "0.1%"), (0.0, "0%"), (None, "—")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(zh: Reader, ratio: float | None, text: str) -> None:
    assert zh.share(ratio) == text


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("中断 / gap", "中断", "gap"),
        ("只有中文", "只有中文", "只有中文"),
        ("a / b", "a / b", "a / b"),
        ("路径 a / b / path a / b", "路径 a / b", "path a / b"),
        ("一 / 二 / three", "一 / 二 / three", "一 / 二 / three"),
        ("dock-a: 已完整列出 / listed whole", "dock-a: 已完整列出", "dock-a: listed whole"),
    ],
)
def test_evidence_in_one_language(zh: Reader, text: str, chinese: str, english: str) -> None:
    assert (zh.one(text), Reader("en", ZONE, zh.now).one(text)) == (chinese, english)


@pytest.mark.parametrize(
    ("text", "end", "moment"),
    [
        ("2026-11-20", False, utc(2026, 11, 19, 16)),
        ("2026-11-20", True, utc(2026, 11, 20, 16)),
        ("2026-11-20T08:00", False, utc(2026, 11, 20)),
        ("2026-11-20T08:00:00+00:00", True, utc(2026, 11, 20, 8)),
        ("2026-11-20T08:00:00Z", False, utc(2026, 11, 20, 8)),
        ("2026-11-20T08:00:00 08:00", False, utc(2026, 11, 20)),
        ("2026-11-20 08:00", False, utc(2026, 11, 20)),
    ],
)
def test_moments_are_read_in_the_zone(text: str, end: bool, moment: datetime) -> None:
    assert parse_moment(text, ZONE, end=end) == moment


@pytest.mark.parametrize("text", ["", "now", "20", "2026-02-30", "9999-12-31", "0001-01-01T00:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a date or time"):
        parse_moment(text, ZONE, end=True)
