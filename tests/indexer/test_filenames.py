"""Names: which family, which fields, which times; nothing a name can hold stops the reading."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigError
from indexer.filenames import NameFields, PatternSettings, compile_patterns, is_partial, read_name, read_stamp
from indexer.name_patterns import BUILT_IN, MEDIA_EXTENSIONS
from tests.statements import english

BUILT_IN_ONLY = compile_patterns([])


def local(*parts: int) -> datetime:
    return datetime(*parts)


FAMILIES = [
    (
        "XW-01_CH1_20261120093000_20261120100000.mp4",
        NameFields(
            "room-recorder",
            room="XW-01",
            channel="CH1",
            start=local(2026, 11, 20, 9, 30),
            end=local(2026, 11, 20, 10, 0),
        ),
    ),
    (
        "讯问室2_ch02_20261120_233000_20261121_001500.dav",
        NameFields(
            "room-recorder",
            room="讯问室2",
            channel="CH02",
            start=local(2026, 11, 20, 23, 30),
            end=local(2026, 11, 21, 0, 15),
        ),
    ),
    (
        "2021-12-09/000/dav/08/0/1/0/56/08.05.00-08.10.00[R][0@0][0].dav",
        NameFields("dahua-disk", channel="000", start=local(2021, 12, 9, 8, 5), end=local(2021, 12, 9, 8, 10)),
    ),
    (
        "nvr-2/2021-12-31/001/dav/23/23.55.00-00.05.00[M][0@0][0].DAV",
        NameFields("dahua-disk", channel="001", start=local(2021, 12, 31, 23, 55), end=local(2022, 1, 1, 0, 5)),
    ),
    (
        "NVR_ch1_main_20260820000000_20260820010000.mp4",
        NameFields(
            "dahua-export",
            device="NVR",
            channel="CH1",
            start=local(2026, 8, 20, 0, 0),
            end=local(2026, 8, 20, 1, 0),
        ),
    ),
    (
        "NVR_ch12_main_20260507_000000_20260507_010000.mp4",
        NameFields(
            "dahua-export",
            device="NVR",
            channel="CH12",
            start=local(2026, 5, 7, 0, 0),
            end=local(2026, 5, 7, 1, 0),
        ),
    ),
    ("datadir0/hiv00000.mp4", NameFields("hikvision-block")),
    (
        "20140509-000500-001000_192.168.1.11-CH2",
        NameFields(
            "brickcom",
            device="192.168.1.11",
            channel="CH2",
            start=local(2014, 5, 9, 0, 5),
            end=local(2014, 5, 9, 0, 10),
        ),
    ),
    ("2017_0101_060101_001A.mp4", NameFields("novatek", start=local(2017, 1, 1, 6, 1, 1), sequence=1)),
    (
        "031021_B8A44F000001_20260820_010203/20260820_010205_5A3B.mkv",
        NameFields(
            "axis-body-worn",
            officer="031021",
            device="B8A44F000001",
            start=datetime(2026, 8, 20, 1, 2, 5, tzinfo=UTC),
        ),
    ),
    (
        "x/00000000-1111-2222-3333-444444444444_B8A44F000001_20260820_010203/20260820_010205_5A3B.mkv",
        NameFields("axis-body-worn", device="B8A44F000001", start=datetime(2026, 8, 20, 1, 2, 5, tzinfo=UTC)),
    ),
    (
        "1234567_123456_20240115143025_0001.mp4",
        NameFields("body-camera", ids=("1234567", "123456"), start=local(2024, 1, 15, 14, 30, 25), sequence=1),
    ),
    (
        "DSJ-1234567_012345_20240115_143025.mp4",
        NameFields("body-camera", ids=("1234567", "012345"), start=local(2024, 1, 15, 14, 30, 25)),
    ),
    (
        "dock/2026-11-20/031021/A123456_031021_20261120235959_20261121001000_0012_IMP.AVI",
        NameFields(
            "body-camera",
            ids=("A123456", "031021"),
            start=local(2026, 11, 20, 23, 59, 59),
            end=local(2026, 11, 21, 0, 10),
            sequence=12,
        ),
    ),
    (
        "20240115143025_1234567_123456_0001.jpg",
        NameFields(
            "body-camera-time-first", ids=("1234567", "123456"), start=local(2024, 1, 15, 14, 30, 25), sequence=1
        ),
    ),
    (
        "1234567_20240115143025_0001.mp4",
        NameFields("body-camera-one-id", ids=("1234567",), start=local(2024, 1, 15, 14, 30, 25), sequence=1),
    ),
    ("VID_20240115_143025.mp4", NameFields("time-stamp", start=local(2024, 1, 15, 14, 30, 25))),
    ("2024-01-15 14-30-25.mov", NameFields("time-stamp", start=local(2024, 1, 15, 14, 30, 25))),
    (
        "20240115143025_20240115153025.mp4",
        NameFields("start-and-end", start=local(2024, 1, 15, 14, 30, 25), end=local(2024, 1, 15, 15, 30, 25)),
    ),
]


@pytest.mark.parametrize(("path", "expected"), FAMILIES, ids=[path for path, _ in FAMILIES])
def test_each_shipped_family_is_read(path: str, expected: NameFields) -> None:
    assert read_name(path, BUILT_IN_ONLY) == expected


@pytest.mark.parametrize("extension", [*MEDIA_EXTENSIONS, "MP4", "Avi"])
def test_every_media_extension_is_known_in_any_case(extension: str) -> None:
    fields = read_name(f"1234567_123456_20240115143025_0001.{extension}", BUILT_IN_ONLY)
    assert fields is not None
    assert fields.pattern == "body-camera"


@pytest.mark.parametrize(
    "path",
    ["holiday.mp4", "", "/", "1234567_123456_20240115143025_0001.txt", "index00.bin", "20240115.mp4", "12345.mp4"],
)
def test_a_name_of_no_family_gives_nothing(path: str) -> None:
    assert read_name(path, BUILT_IN_ONLY) is None


def test_an_impossible_date_keeps_the_match_and_says_so() -> None:
    fields = read_name("1234567_123456_20241315143025_0001.mp4", BUILT_IN_ONLY)
    assert fields is not None
    assert (fields.pattern, fields.ids, fields.sequence) == ("body-camera", ("1234567", "123456"), 1)
    assert fields.start is None
    assert "20241315143025" in english(fields.doubt)


def test_an_end_before_the_start_is_set_aside_with_a_doubt() -> None:
    fields = read_name("XW-01_CH1_20261120093000_20261119100000.mp4", BUILT_IN_ONLY)
    assert fields is not None
    assert fields.start == local(2026, 11, 20, 9, 30)
    assert fields.end is None
    assert "before start" in english(fields.doubt)


def test_a_time_of_day_without_any_date_is_a_doubt_and_no_time() -> None:
    patterns = compile_patterns([PatternSettings("bare", r"(?P<start>\d{6})\.mp4")])
    fields = read_name("093000.mp4", patterns)
    assert fields is not None
    assert fields.start is None
    assert "093000" in english(fields.doubt)


def test_a_pattern_may_name_only_the_end() -> None:
    patterns = compile_patterns([PatternSettings("ends", r"stop-(?P<end>\d{14})\.mp4")])
    assert read_name("stop-20240115143025.mp4", patterns) == NameFields("ends", end=local(2024, 1, 15, 14, 30, 25))


def test_a_copied_file_is_still_known_and_the_copy_is_said() -> None:
    fields = read_name("DSJ-1234567_012345_20240115_143025 (1).mp4", BUILT_IN_ONLY)
    assert fields is not None
    assert fields.pattern == "body-camera"
    assert fields.ids == ("1234567", "012345")
    assert "copy mark" in english(fields.doubt)


def test_a_file_still_under_its_temporary_name_is_read_like_the_whole_one() -> None:
    whole = read_name("1234567_123456_20240115143025_0001.mp4", BUILT_IN_ONLY)
    assert read_name("1234567_123456_20240115143025_0001.mp4.part", BUILT_IN_ONLY) == whole


@pytest.mark.parametrize(
    ("path", "partial"),
    [
        ("a/b.mp4.part", True),
        ("a/b.mp4.TMP", True),
        ("a/b.mp4.filepart", True),
        ("a/b.mp4.crdownload", True),
        ("a/b.mp4.!ut", True),
        ("a/b.mp4~", True),
        ("a/b.mp4", False),
        ("a.part/b.mp4", False),
        ("part", False),
    ],
)
def test_temporary_names_are_told_from_final_ones(path: str, partial: bool) -> None:
    assert is_partial(path) is partial


def test_a_configured_pattern_comes_before_the_built_in_ones() -> None:
    setting = PatternSettings(
        "station-a", r"(?P<device>\w{7})_(?P<officer>\d{6})_(?P<start>\d{14})_(?P<sequence>\d{4})\.mp4"
    )
    fields = read_name("x/1234567_123456_20240115143025_0001.MP4", compile_patterns([setting]))
    assert fields == NameFields(
        "station-a", device="1234567", officer="123456", start=local(2024, 1, 15, 14, 30, 25), sequence=1
    )


def test_a_configured_pattern_must_describe_the_whole_name() -> None:
    patterns = compile_patterns([PatternSettings("tail", r"(?P<device>\w{7})_x\.mp4")])
    assert read_name("A1234567_x.mp4", patterns) is None


def test_a_configured_pattern_with_a_folder_is_held_against_the_path() -> None:
    patterns = compile_patterns(
        [PatternSettings("by-day", r"(?P<date>\d{8})/(?P<officer>\d{6})/(?P<start>\d{6})\.mp4")]
    )
    fields = read_name("dock/20261120/031021/143025.mp4", patterns)
    assert fields == NameFields("by-day", officer="031021", start=local(2026, 11, 20, 14, 30, 25))


def test_a_pattern_may_say_utc_by_the_letter_z() -> None:
    patterns = compile_patterns([PatternSettings("z", r"(?P<start>\d{8}T\d{6}Z)\.mp4")])
    fields = read_name("20240115T143025Z.mp4", patterns)
    assert fields is not None
    assert fields.start == datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)


def test_a_bad_regex_is_a_configuration_error_that_shows_it() -> None:
    with pytest.raises(ConfigError, match=r'\[\[patterns\]\] "broken".*unterminated.*position'):
        compile_patterns([PatternSettings("broken", r"(?P<device>\d+")])


def test_an_unknown_group_is_a_configuration_error_that_names_the_closest() -> None:
    with pytest.raises(ConfigError, match=r'unknown group "oficer", closest known is "officer"'):
        compile_patterns([PatternSettings("typo", r"(?P<oficer>\d+)\.mp4")])


def test_two_patterns_of_one_name_are_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="twice"):
        compile_patterns([PatternSettings("a", "x"), PatternSettings("a", "y")])


STAMPS = [
    ("20240115143025", local(2024, 1, 15, 14, 30, 25)),
    ("2024-01-15 14-30-25", local(2024, 1, 15, 14, 30, 25)),
    ("2024_0115_143025", local(2024, 1, 15, 14, 30, 25)),
    ("20240115143025.25", local(2024, 1, 15, 14, 30, 25, 250_000)),
    ("20240115143025123", local(2024, 1, 15, 14, 30, 25, 123_000)),
    ("240115143025", local(2024, 1, 15, 14, 30, 25)),
    ("202401151430", local(2024, 1, 15, 14, 30)),
    ("143025", local(2026, 11, 20, 14, 30, 25)),
    ("14.30.25", local(2026, 11, 20, 14, 30, 25)),
    ("14:30:25.5", None),
    ("240000", local(2026, 11, 21)),
    ("20240115143025+08:00", datetime(2024, 1, 15, 14, 30, 25, tzinfo=timezone(timedelta(hours=8)))),
    ("20240229000000", local(2024, 2, 29)),
    ("20230229000000", None),
    ("20240115146025", None),
    ("20240115253025", None),
    ("00000101000000", None),
    ("2024", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), STAMPS)
def test_time_stamps_of_every_shape(text: str, expected: datetime | None) -> None:
    assert read_stamp(text, date(2026, 11, 20)) == expected


@given(st.datetimes(min_value=local(2015, 1, 1), max_value=local(2099, 1, 1)).map(lambda t: t.replace(microsecond=0)))
def test_any_stamp_written_is_read_back(stamp: datetime) -> None:
    for shape in ("%Y%m%d%H%M%S", "%Y-%m-%d %H-%M-%S", "%Y_%m%d_%H%M%S", "%y%m%d%H%M%S"):
        assert read_stamp(stamp.strftime(shape), None) == stamp


@given(st.text(max_size=80) | st.from_regex(re.compile(r"[0-9_\-./\[\]A-Z ]{0,60}\.mp4")))
def test_no_name_at_all_raises(path: str) -> None:
    read_name(path, BUILT_IN_ONLY)
    is_partial(path)


def test_long_hostile_names_are_read_in_no_time() -> None:
    for name in ("2" * 4000 + ".mp4", "20240115" * 30 + ".mp4", "A1_" * 80 + ".mp4", "a/" * 2000 + "x.mp4"):
        assert read_name(name, BUILT_IN_ONLY) is None or name


def test_built_in_patterns_have_names_of_their_own() -> None:
    names = [pattern.name for pattern in BUILT_IN]
    assert len(names) == len(set(names))
