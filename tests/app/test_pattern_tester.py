"""`bwc explain --pattern`: every shipped family read from a real-looking name; what is said of names that fit none."""

from pathlib import Path

import pytest

from app.command_line import status_of
from indexer.name_patterns import BUILT_IN
from tests.app.configs import LEAST, write

pytestmark = pytest.mark.slow

STATION = """
[[patterns]]
name = "station-a"
regex = 'A-(?P<device>\\w{7})-(?P<start>\\d{14})\\.mp4'
"""

FAMILIES = {
    "room-recorder": ("XW-01_CH1_20261120093000_20261120100000.mp4", {"room": "XW-01", "channel": "CH1"}),
    "dahua-disk": (
        "2021-12-09/000/dav/23/0/1/0/56/23.55.00-00.05.00[R][0@0][0].dav",
        {"channel": "000", "start": "2021-12-09T23:55:00+08:00", "end": "2021-12-10T00:05:00+08:00"},
    ),
    "dahua-export": (
        "NVR_ch1_main_20260507_000000_20260507_010000.mp4",
        {"device": "NVR", "channel": "CH1", "end": "2026-05-07T01:00:00+08:00"},
    ),
    "hikvision-block": ("datadir0/hiv00012.mp4", {}),
    "hikvision-camera": (
        "192.168.1.64_01_20240115143025456.mp4",
        {"device": "192.168.1.64", "channel": "01", "start": "2024-01-15T14:30:25.456000+08:00"},
    ),
    "uniview-client": (
        "2026-11-20/192.168.1.30_3_S23-50-00E00-10-00.ts",
        {"device": "192.168.1.30", "channel": "3", "end": "2026-11-21T00:10:00+08:00"},
    ),
    "brickcom": (
        "20140509-000500-001000_192.168.1.11-CH2",
        {"device": "192.168.1.11", "channel": "CH2", "end": "2014-05-09T00:10:00+08:00"},
    ),
    "vehicle-recorder": (
        "H20190808-095851P1N2P0.avi",
        {"channel": "2", "start": "2019-08-08T09:58:51+08:00"},
    ),
    "axis-body-worn": (
        "031021_B8A44F000001_20260820_010203/20260820_010205_5A3B.mkv",
        {"officer": "031021", "device": "B8A44F000001", "start": "2026-08-20T09:02:05+08:00"},
    ),
    "axon-body": ("Axon_Body_3_Video_2021-03-04_1234.mp4", {"start": "2021-03-04T12:34:00+08:00"}),
    "gopro": ("GX010123.MP4", {"sequence": "123", "chapter": "1"}),
    "insta360": ("VID_20240115_143025_00_001.mp4", {"start": "2024-01-15T14:30:25+08:00", "sequence": "1"}),
    "dji": ("DJI_20240115143025_0001_D.MP4", {"start": "2024-01-15T14:30:25+08:00", "sequence": "1"}),
    "dashcam": ("FILE20240115-143025F.MP4", {"start": "2024-01-15T14:30:25+08:00"}),
    "blackvue": ("20240115_143025_NF.mp4", {"start": "2024-01-15T14:30:25+08:00"}),
    "channel-export": ("CH01_20240115143025_20240115153025.avi", {"channel": "CH01"}),
    "body-camera": (
        "DSJ-1234567_012345_20240115_143025_0007_IMP.mp4",
        {"ids": "1234567 012345", "start": "2024-01-15T14:30:25+08:00", "sequence": "7"},
    ),
    "body-camera-time-first": (
        "20240115143025_1234567_123456_0001.mp4",
        {"ids": "1234567 123456", "start": "2024-01-15T14:30:25+08:00"},
    ),
    "body-camera-one-id": (
        "1234567_20240115143025_0001.mp4",
        {"ids": "1234567", "start": "2024-01-15T14:30:25+08:00"},
    ),
    "day-officer-folders": (
        "2026-11-20/031021_张三/143025_0003.mp4",
        {"ids": "031021", "start": "2026-11-20T14:30:25+08:00", "sequence": "3"},
    ),
    "officer-day-folders": ("031021/20261120/143025.mp4", {"ids": "031021", "start": "2026-11-20T14:30:25+08:00"}),
    "novatek": ("2017_0101_060101_001A.mp4", {"start": "2017-01-01T06:01:01+08:00", "sequence": "1"}),
    "start-and-end": (
        "20240115143025_20240115153025.mp4",
        {"start": "2024-01-15T14:30:25+08:00", "end": "2024-01-15T15:30:25+08:00"},
    ),
    "time-stamp": ("VID_20240115_143025.mp4", {"start": "2024-01-15T14:30:25+08:00"}),
}


@pytest.fixture
def config(tmp_path: Path) -> str:
    text = LEAST.replace('name = "dock-a"', 'name = "dock-a"\ntimezone = "Asia/Shanghai"')
    second = '[[stores]]\nname = "far"\nlocation = "stores/far"\ntimezone = "Asia/Urumqi"\n'
    return str(write(tmp_path, text + second + STATION))


@pytest.fixture
def asking(config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> "Asking":
    monkeypatch.setenv("COLUMNS", "200")
    return Asking(config, capsys)


class Asking:
    """The command, its status and what it printed."""

    def __init__(self, config: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.config, self.capsys = config, capsys

    def __call__(self, pattern: str, thing: str, status: int = 0) -> str:
        assert status_of(["explain", "--config", self.config, "--pattern", pattern, thing]) == status
        out, err = self.capsys.readouterr()
        return err if status else out


def table(text: str) -> dict[str, str]:
    """Rows of the first table of fields."""
    lines = text.split("value", 1)[1].splitlines()[2:] if "value" in text else []
    rows = [line.split(None, 1) for line in lines]
    found = {}
    for row in rows:
        if not row:
            break
        found[row[0]] = row[1].strip()
    return found


def test_every_shipped_family_has_its_name_here() -> None:
    assert list(FAMILIES) == [pattern.name for pattern in BUILT_IN]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_name_of_each_family_is_read_by_it_and_a_scan_would_use_it(asking: Asking, name: str) -> None:
    path, expected = FAMILIES[name]
    text = asking(name, path)
    assert f"a scan uses: {name}\n" in text
    assert f"相符：{name} / matches" in text
    assert expected.items() <= table(text).items()


def test_all_patterns_are_tried_and_those_that_do_not_fit_are_named(asking: Asking) -> None:
    text = asking("all", FAMILIES["body-camera"][0])
    assert text.index("相符：body-camera / matches") < text.index("相符：time-stamp / matches")
    left = text.split("patterns that do not match")[1]
    assert {"station-a", "novatek", "dahua-disk"} <= set(left.split())
    assert "time-stamp" not in left


def test_a_configured_pattern_comes_first(asking: Asking) -> None:
    text = asking("station-a", "day/A-1234567-20240115143025.mp4")
    assert "a scan uses: station-a\n" in text
    assert table(text) == {"device": "1234567", "start": "2024-01-15T14:30:25+08:00"}


def test_a_named_pattern_that_does_not_fit_says_so_and_what_a_scan_would_use(asking: Asking) -> None:
    text = asking("novatek", "VID_20240115_143025.mp4")
    assert "a scan uses: time-stamp\n" in text
    assert "novatek" in text.split("patterns that do not match")[1]


def groups(text: str) -> dict[str, str]:
    """The texts that the groups of the first matching pattern took."""
    lines = text.split("text of each group")[1].splitlines()
    rows = [line.split(None, 1) for line in lines[3:]]
    return {row[0]: row[1].strip() for row in rows[: rows.index([])]}


def test_the_text_that_each_group_took_is_shown_beside_its_value_and_the_zone(asking: Asking) -> None:
    text = asking("body-camera", FAMILIES["body-camera"][0])
    assert groups(text) == {"id_a": "1234567", "id_b": "012345", "start": "20240115_143025", "sequence": "0007"}
    assert "times: local, read in Asia/Shanghai" in text
    assert "times: UTC in every name of this family" in asking("axis-body-worn", FAMILIES["axis-body-worn"][0])
    assert "times: the name says UTC" in asking("time-stamp", "20240115T143025Z.mp4")
    assert "to the minute only" in asking("axon-body", FAMILIES["axon-body"][0])


@pytest.mark.parametrize(
    ("pattern", "path", "first", "second"),
    [
        ("station-a", "A-123456-20240115143025.mp4", "first 2 characters fit: 'A-'", "from character 3 on '123456-2"),
        ("station-a", "A-1234567-2024011514.mp4", "first 10 characters fit", "expected start: \\d{14}"),
        ("station-a", "A-1234567-20240115143025.mkv", "first 26 characters fit", "on 'kv', expected p"),
        ("station-a", "A-1234567-20240115143025.mp4.bak", "first 28 characters fit", "'.bak', expected the end"),
        ("station-a", "A-1234567", "first 9 characters fit", "on the end of the name, expected -"),
        ("hikvision-block", "hiv0001.mp4", "first 3 characters fit: 'hiv'", "from character 4 on '0001.mp4'"),
        ("dahua-disk", "2021-12-09/abc/08.05.00-08.10.00.dav", "first 11 characters fit", "expected channel: \\d{3}"),
    ],
)
def test_a_pattern_that_does_not_fit_says_where_the_name_first_differs(
    asking: Asking, pattern: str, path: str, first: str, second: str
) -> None:
    text = asking(pattern, path).split("patterns that do not match")[1]
    assert first in text
    assert second in text


def test_of_several_that_do_not_fit_each_is_shown_with_how_far_the_name_fits_it(asking: Asking) -> None:
    text = asking("all", "A-1234567-2024.mp4").split("patterns that do not match")[1]
    rows = [line.split() for line in text.split("rest", 1)[1].splitlines()]
    assert ["station-a", "10", "2024.mp4"] in rows
    assert ["hikvision-block", "0", "A-1234567-2024.mp4"] in rows


def test_other_patterns_that_would_match_are_named(asking: Asking) -> None:
    text = asking("novatek", "REC_20240115_143025_F.mp4")
    assert text.split("other patterns that match")[1].split()[-2:] == ["dashcam", "time-stamp"]


def test_full_width_characters_are_said_to_be_read_as_plain_ones(asking: Asking) -> None:
    text = asking("body-camera", "１２３４５６７_031021_20261120143025.mp4")
    assert "read as: 1234567_031021_20261120143025.mp4" in text
    assert table(text)["ids"] == "1234567 031021"


@pytest.mark.parametrize("thing", ["far:2017_0101_060101_001A.mp4", "{stores}/far/2017_0101_060101_001A.mp4"])
def test_times_are_those_of_the_store_s_zone(asking: Asking, tmp_path: Path, thing: str) -> None:
    text = asking("novatek", thing.format(stores=tmp_path / "stores"))
    assert "zone: Asia/Urumqi (far" in text
    assert text.startswith("2017_0101_060101_001A.mp4\n")


def test_doubts_and_temporary_names_are_said(asking: Asking) -> None:
    impossible = asking("all", "1234567_123456_20241315143025_0001.mp4")
    assert "doubt: '20241315143025'" in impossible
    assert "is no start time" in impossible
    copied = asking("novatek", "2017_0101_060101_001A (1).mp4.part")
    assert "read as: 2017_0101_060101_001A (1).mp4" in copied
    assert "doubt: " in copied
    assert "copy mark in the name" in copied


def test_a_name_that_fits_nothing_is_no_error(asking: Asking) -> None:
    assert "no pattern describes this name" in asking("all", "holiday.mp4")


def test_an_unknown_pattern_is_wrong_usage_that_names_the_known_ones(asking: Asking) -> None:
    for wrong in ("novatec", "nonsense"):
        text = asking(wrong, "x.mp4", status=2)
        assert all(name in text for name in ("station-a", *FAMILIES))
    assert "did you mean novatek?" in asking("novatec", "x.mp4", status=2)
