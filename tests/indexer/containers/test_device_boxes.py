"""What MP4 and MOV say of camera, writer and times in user data, metadata and headers; what real muxers write too."""

import struct
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.media import ProblemCode
from indexer.containers import probe_path
from indexer.containers.isobmff.reader import IsoBmffReader
from tests.boxes import build
from tests.golden import media
from tests.indexer.containers.films import NOON, PLAIN, film, probe, read_by, user_data

DESCRIBING = ["meta", "udta", "ilst", "keys", "data", "GPMF", "NCDT", "©cmt", "loci", "manu"]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(DESCRIBING), min_size=1, max_size=5),
    st.binary(max_size=200),
)
def test_any_nesting_of_describing_boxes_with_any_content_gives_a_result(kinds: list[str], content: bytes) -> None:
    lines = [f"{'  ' * depth}{kind}" for depth, kind in enumerate(kinds, 2)]
    lines[-1] += f" hex={content.hex()}"
    text = "  udta\n" + "\n".join(lines) + "\n"
    assert probe(film(text)).video is not None
    assert probe(film("", text.replace("  udta", "udta", 1))).video is not None


def test_all_times_of_the_headers_are_kept_under_their_names() -> None:
    """mvhd holds the end here, as some cameras write it; which one is true is not for the reader to say."""
    times = "created=2024-01-15T06:10:00 modified=2024-01-15T06:10:01"
    tracks = PLAIN.replace("tkhd id=1", "tkhd id=1 created=2024-01-15T06:00:00").replace(
        "mdhd scale=1000", "mdhd scale=1000 created=2024-01-15T06:00:02 modified=2024-01-15T06:10:00"
    )
    found = probe(film(tracks=tracks, mvhd=f"mvhd {times}"))
    utc = {name: time.astimezone(UTC).time().isoformat() for name, time in found.stated_times.items()}
    assert utc == {
        "mvhd": "06:10:00",
        "mvhd-modified": "06:10:01",
        "tkhd": "06:00:00",
        "mdhd": "06:00:02",
        "mdhd-modified": "06:10:00",
    }
    assert found.creation_time == found.stated_times["mvhd"]


def test_times_of_wide_headers_and_of_several_tracks_are_read_and_a_repeated_one_is_kept_once() -> None:
    one = PLAIN.replace("tkhd id=1", "tkhd v=1 id=1 created=2024-01-15T06:00:00")
    other = PLAIN.replace("tkhd id=1", "tkhd id=2 created=2024-01-15T06:00:05")
    found = probe(film(tracks=one + one + other))
    assert {name: time.second for name, time in found.stated_times.items()} == {"tkhd": 0, "tkhd-2": 5}


def test_quicktime_keys_of_apple_and_android_name_device_and_time() -> None:
    names = "com.apple.quicktime.make,com.apple.quicktime.model,com.apple.quicktime.creationdate,com.android.version"
    lines = ["  meta", "    hdlr type=mdta", f"    keys names={names}", "    ilst"]
    for number, text in enumerate(("Apple", "iPhone_12", "2024-01-15T14:30:25+0800", "11"), 1):
        lines += [f"      {chr(0) * 3}{chr(number)}", f"        data text={text}"]
    found = probe(film("\n".join(lines) + "\n"))
    assert dict(found.tags) == {"make": "Apple", "model": "iPhone 12", "firmware": "Android 11"}
    assert dict(found.stated_times) == {"creationdate": datetime(2024, 1, 15, 6, 30, 25, tzinfo=UTC)}
    assert found.creation_time == found.stated_times["creationdate"], "mvhd is silent"


def test_a_value_that_is_no_text_is_none() -> None:
    lines = [
        "  meta",
        "    keys names=com.apple.quicktime.model",
        "    ilst",
        "      \0\0\0\1",
        "        data type=23 text=abcd",
    ]
    assert probe(film("\n".join(lines) + "\n")).tags == {}


def test_a_date_in_user_data_is_kept_naive_when_it_names_no_zone_and_is_then_no_creation_time() -> None:
    found = probe(user_data("©day text=2024-01-15_12:00:00"))
    assert (dict(found.stated_times), found.creation_time) == ({"day": NOON}, None)
    assert probe(user_data("©day text=2024")).stated_times == {}


@pytest.mark.parametrize(
    "line",
    [
        "©cmt text=DeviceID:1234567;PoliceID:012345",
        "©inf text=设备编号：1234567_警号：012345",
        "©des text=设备编号：1234567_警号：012345 coding=gb18030",
        "©nam text=SN=1234567,Badge_No=012345",
        "desc text={\"device_id\":\"1234567\",\"PoliceNo\":\"012345\"}",
        "dscp hex=" + (bytes(4) + b"\x15\xc7" + "警号:012345 序列号:1234567".encode() + b"\0").hex(),
        "titl hex=" + (bytes(4) + b"\x15\xc7\xfe\xff" + "警号:012345 序列号:1234567".encode("utf-16-be")).hex(),
        "AMBA hex=" + (b"\1\2\3\0DeviceID:1234567\0\0\0\x10PoliceID:012345\0").hex(),
    ],
)  # fmt: skip
def test_serial_and_badge_are_found_in_a_line_of_text(line: str) -> None:
    found = probe(user_data(line))
    assert (found.tags["serial"], found.tags["badge"]) == ("1234567", "012345")
    assert found.problems == ()


@pytest.mark.parametrize("place", ["  udta text={}\n", "  free text={}\n"])
def test_a_line_of_text_without_a_box_around_it_is_read_and_is_no_fault(place: str) -> None:
    found = probe(film(place.format("DeviceID:1234567;PoliceID:012345")))
    assert dict(found.tags) == {"serial": "1234567", "badge": "012345"}
    assert found.problems == ()


@pytest.mark.parametrize("kind", ["free", "skip", "udta"])
def test_boxes_beside_the_movie_are_looked_into(kind: str) -> None:
    found = probe(film(beside=f"{kind} text=DeviceID:1234567\n"))
    assert (dict(found.tags), found.problems) == ({"serial": "1234567"}, ())


@pytest.mark.slow
def test_unused_space_is_read_to_a_small_bound_only() -> None:
    data = film(beside="free bytes=20000000\nudta bytes=20000000\nmeta bytes=3000000\n" + "skip bytes=100000\n" * 400)
    _, reads = read_by(IsoBmffReader(), data)
    assert reads < 700_000


@pytest.mark.slow
def test_a_text_of_ten_million_characters_is_cut_to_what_a_name_can_be() -> None:
    data = user_data(f"©mod hex={('ab' * 500_000).encode().hex()}", f"©cmt hex={(b'x' * 10_000_000).hex()}")
    found = probe(data)
    assert len(found.tags["model"]) == 300


def test_more_boxes_of_user_data_than_any_camera_writes_are_said_and_left() -> None:
    found = probe(user_data(*["©xxx text=a"] * 600, "©mod text=late"))
    assert [problem.code for problem in found.problems] == [ProblemCode.TOO_DEEP]
    assert found.tags == {}


@pytest.mark.parametrize("kind", [b"udta", b"meta", b"free", b"ilst", b"data", b"uuid"])
def test_boxes_nested_without_end_are_left_in_time(kind: bytes) -> None:
    deep = b"".join(struct.pack(">I4s", 8 * (20_000 - depth), kind) for depth in range(20_000))
    assert probe(film(f"  udta hex={deep.hex()}\n  meta hex={deep.hex()}\n")).video is not None


@pytest.mark.slow
def test_user_data_without_number_are_left_in_time() -> None:
    rows = struct.pack(">I4s", 8, b"\xa9mod") * 200 + b"".join(
        build("©cmt text=" + "SN:" * 1000 + "\n") for _ in range(20)
    )
    many = "  udta hex=" + rows.hex() + "\n"
    begun = time.monotonic()
    assert probe(film(many * 200)).video is not None
    assert time.monotonic() - begun < 5


def test_the_chips_names_are_writer_and_firmware_unless_a_program_names_itself() -> None:
    """©fmt and ©inf as recorders with Novatek's chips write them."""
    lines = ("©fmt text=NVT-IM", "©inf text=CarDV-TURNKEY")
    found = probe(user_data(*lines))
    assert (found.writer, dict(found.tags)) == ("NVT-IM", {"firmware": "CarDV-TURNKEY"})
    assert probe(user_data(*lines, "©too text=Lavf61.7.100")).writer == "Lavf61.7.100"


def test_firmware_does_not_hide_the_program_that_wrote_the_file() -> None:
    found = probe(user_data("FIRM text=HD4.02.05.00.00", "©swr text=Some_Editor_3"))
    assert (found.writer, found.tags["firmware"]) == ("Some Editor 3", "HD4.02.05.00.00")


def test_an_ambarella_handler_names_the_writer() -> None:
    assert probe(film(tracks=PLAIN.replace("name=", "name=Ambarella_AVC"))).writer == "Ambarella AVC"


def test_user_data_of_a_track_count_when_the_movie_says_nothing() -> None:
    inside = PLAIN + "    udta\n      ©mod text=Track_Model\n      ©mak text=Track_Make\n"
    found = probe(film("  udta\n    ©mod text=Movie_Model\n", tracks=inside))
    assert dict(found.tags) == {"model": "Movie Model", "make": "Track Make"}


DEVICE = [("comment", "DeviceID:1234567;PoliceID:012345"), ("creation_time", "2024-01-15T06:30:25Z")]


def test_what_ffmpeg_writes_into_user_data_is_read(tmp_path: Path) -> None:
    tags = [
        ("make", "ACME"),
        ("model", "DSJ-7"),
        ("location", "+31.3750+121.2583/"),
        ("date", "2024-01-15T14:30:25+08:00"),
    ]
    found = probe_path(media.tagged("plain.mp4", tmp_path / "a.mov", DEVICE + tags))
    created = datetime(2024, 1, 15, 6, 30, 25, tzinfo=UTC)
    assert dict(found.tags) == {
        "make": "ACME",
        "model": "DSJ-7",
        "serial": "1234567",
        "badge": "012345",
        "location": "+31.3750+121.2583/",
    }
    assert {
        name: found.stated_times[name] for name in ("mvhd", "mvhd-modified", "tkhd", "mdhd", "day")
    } == dict.fromkeys(("mvhd", "mvhd-modified", "tkhd", "mdhd", "day"), created)


def test_what_ffmpeg_writes_into_an_itunes_list_is_read(tmp_path: Path) -> None:
    tags = [("title", "设备型号：DSJ-7"), ("date", "2024-01-15 14:30:25")]
    found = probe_path(media.tagged("plain.mp4", tmp_path / "a.mp4", DEVICE + tags))
    assert dict(found.tags) == {"serial": "1234567", "badge": "012345", "model": "DSJ-7"}
    assert found.stated_times["day"] == datetime(2024, 1, 15, 14, 30, 25)
    assert (found.writer or "").startswith("Lavf")


def test_what_ffmpeg_writes_under_quicktime_keys_is_read(tmp_path: Path) -> None:
    tags = [("com.apple.quicktime.make", "ACME"), ("com.android.model", "DSJ-7"), ("com.android.version", "9")]
    times = [("com.apple.quicktime.creationdate", "2024-01-15T14:30:27+08:00")]
    path = media.tagged("plain.mp4", tmp_path / "a.mp4", DEVICE + tags + times, "-movflags", "use_metadata_tags")
    found = probe_path(path)
    assert dict(found.tags) == {
        "make": "ACME",
        "model": "DSJ-7",
        "firmware": "Android 9",
        "serial": "1234567",
        "badge": "012345",
    }
    assert found.stated_times["creationdate"] == datetime(2024, 1, 15, 6, 30, 27, tzinfo=UTC)
    assert found.creation_time == datetime(2024, 1, 15, 6, 30, 25, tzinfo=UTC)
