"""Texts and times as files write them: cleaned, capped, in every spelling that is met; labelled lines; XMP; names."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.containers import xmp
from indexer.containers.labels import labelled
from indexer.containers.statements import MAX_TIMES, Statements, clean, printable, stated_time, text
from indexer.containers.tag_names import named

NOON = datetime(2024, 1, 15, 12, 0, 0)
INSTANT = NOON.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2024-01-15 12:00:00", NOON),
        ("2024-01-15T12:00:00", NOON),
        ("2024:01:15 12:00:00\0", NOON),
        ("2024/01/15/ 12:00:00", NOON),
        ("2024/1/15 12:00:00", NOON),
        ("2024年1月15日 12:00:00", NOON),
        ("20240115120000", NOON),
        ("20240115T120000", NOON),
        ("20240115_120000", NOON),
        ("Mon Jan 15 12:00:00 2024\n", NOON),
        ("2024-01-15T12:00:00.250", NOON + timedelta(seconds=0.25)),
        ("2024-01-15T12:00:00.123456789Z", INSTANT + timedelta(microseconds=123456)),
        ("2024-01-15T12:00:00Z", INSTANT),
        ("2024-01-15 12:00:00 UTC", INSTANT),
        ("2024-01-15T20:00:00+08:00", INSTANT),
        ("2024-01-15T20:00:00+0800", INSTANT),
        ("2024-01-15T20:00:00+08", INSTANT),
        ("2024-01-15T06:30:00-0530", INSTANT),
        ("20240115T120000Z", INSTANT),
        ("1904-01-01T00:00:00Z", datetime(1904, 1, 1, tzinfo=UTC)),
        ("2024", None),
        ("2024-01-15", None),
        ("2024-13-45T99:99:99", None),
        ("0000:00:00 00:00:00", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("2024-01-15T12:00:00+99:00", None),
        ("٢٠٢٤-01-15 12:00:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_read_in_every_spelling_and_a_date_alone_is_none(said: str, expected: datetime | None) -> None:
    found = stated_time(said)
    assert found == expected
    assert found is None or expected is None or (found.tzinfo is None) == (expected.tzinfo is None)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_time_or_none(said: str) -> None:
    found = stated_time(said)
    assert found is None or found.tzinfo in (None, UTC)


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(min_value=datetime(1904, 1, 2), max_value=datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_an_instant_written_in_any_zone_is_the_same_instant(local: datetime, zone: timezone) -> None:
    assert stated_time(local.isoformat()) == local
    assert stated_time(local.replace(tzinfo=zone).isoformat()) == local.replace(tzinfo=zone)


def test_control_characters_and_directions_of_writing_do_not_reach_a_page() -> None:
    assert clean("DSJ\x00-7\x1b[31m \u202eevil\u2066\r\n  end\x7f") == "DSJ -7 [31m evil end"
    assert clean("x" * 10_000_000) == "x" * 300
    assert clean("\x01\x02") == ""


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=2000))
def test_cleaned_text_is_printable_short_and_stays_as_it_is(said: str) -> None:
    once = clean(said)
    assert (once.isprintable(), len(once) <= 300, clean(once) == once) == (True, True, True)


def test_a_chinese_devices_own_coding_is_read_even_when_the_cut_falls_into_a_character() -> None:
    assert text("执法记录仪".encode("gb18030")) == "执法记录仪"
    assert text("执法记录仪".encode() * 1000, 100).startswith("执法记录仪" * 6)
    assert "\ufffd" not in text("执".encode() * 1000, 100)
    assert text(b"\xfe\xff" + "警号".encode("utf-16-be")) == "警号"
    assert text(b"\xff\xfe" + "警号".encode("utf-16-le")) == "警号"


def test_only_what_is_wholly_text_is_taken_for_text() -> None:
    assert printable(b"NOVATEK 96650\0\0\0") == "NOVATEK 96650"
    assert [printable(raw) for raw in (b"", b"abc", b"\0abcd", b"ab\0cd\0", b"\x01\x02\x03\x04", b"\xff" * 50)] == [
        ""
    ] * 6


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("DeviceID:1234567;PoliceID:012345", [("serial", "1234567"), ("badge", "012345")]),
        ("设备编号：1234567 警号：012345", [("serial", "1234567"), ("badge", "012345")]),
        ("执法记录仪编号:A-1/7,警员编号=012345", [("serial", "A-1/7"), ("badge", "012345")]),
        ('{"device_id": "1234567", "police_no": "012345"}', [("serial", "1234567"), ("badge", "012345")]),
        ("Serial No.: 77 Badge Number = 12", [("serial", "77"), ("badge", "12")]),
        ("S/N=77|Model:DSJ-7|FW Version:2.1", [("serial", "77"), ("model", "DSJ-7"), ("firmware", "2.1")]),
        ("型号：DSJ-7\n厂商：某某科技", [("model", "DSJ-7"), ("make", "某某科技")]),
        ("SERIALNUMBER:77", [("serial", "77")]),
        ("Deviceid 1234567", []),
        ("PoliceID:;DeviceID:", []),
        ("PoliceID:NULL DeviceID:无", []),
        ("lens_unserial:5", []),
        ("mission:5 USN:7", []),
        ("http://example.org/?q=1", []),
    ],
)
def test_labelled_lines_give_what_their_labels_say(said: str, expected: list[tuple[str, str]]) -> None:
    assert list(labelled(said)) == expected


def test_values_and_texts_are_bounded() -> None:
    ((_, value),) = labelled("SN:" + "7" * 10_000_000)
    assert value == "7" * 64
    assert list(labelled("x" * 5000 + "SN:7")) == []


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="SNsn:=：设备编号警PoliceID \"'{}[];,\0 1", max_size=300))
def test_any_text_has_labelled_values_or_none(said: str) -> None:
    assert all(value and len(value) <= 64 and not any(map(str.isspace, value)) for _, value in labelled(said))


def test_the_first_statement_of_a_kind_wins_and_another_time_is_kept_beside_it() -> None:
    found = Statements()
    found.add([("make", ""), ("make", "first"), ("make", "second"), ("tkhd", NOON), ("tkhd", NOON), ("tkhd", INSTANT)])
    assert (found.tags, found.times) == ({"make": "first"}, {"tkhd": NOON, "tkhd-2": INSTANT})
    found.add([("tkhd", NOON + timedelta(seconds=n)) for n in range(1000)])
    assert list(found.times) == ["tkhd", "tkhd-2", "tkhd-3", "tkhd-4"]


def test_free_text_gives_way_to_a_value_that_has_a_place_of_its_own() -> None:
    first, second = Statements(), Statements()
    first.add(labelled("Model:free SN:7"))
    first.add(labelled("Model:later"))
    first.add([("model", "own"), ("model", "second")])
    assert first.tags == {"model": "own", "serial": "7"}
    second.add(first.all())
    second.add([("model", "third"), ("serial", "8")])
    assert second.tags == {"model": "own", "serial": "8"}


def test_no_file_can_fill_the_memory_with_statements() -> None:
    found = Statements()
    found.add((f"time {n}", NOON) for n in range(1_000_000))
    assert len(found.times) == MAX_TIMES


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        ("com.apple.quicktime.make", "Apple", [("make", "Apple")]),
        ("COM.APPLE.QUICKTIME.MODEL", "iPhone", [("model", "iPhone")]),
        ("com.android.manufacturer", "HUAWEI", [("make", "HUAWEI")]),
        ("com.android.version", "10", [("firmware", "Android 10")]),
        ("com.apple.quicktime.version", "10", []),
        ("DATE_RECORDED", "2024-01-15 12:00:00", [("DATE_RECORDED", NOON)]),
        ("com.apple.quicktime.creationdate", "2024-01-15T20:00:00+0800", [("creationdate", INSTANT)]),
        ("creation_time", "someday", []),
        ("COMMENT", "警号:012345", [("badge", "012345")]),
        ("nothing", "known", []),
    ],
)
def test_a_tags_name_says_what_its_value_is(name: str, said: str, expected: list[tuple[str, str | datetime]]) -> None:
    assert list(named(name, said)) == expected


def test_xmp_is_read_from_attributes_and_elements_and_nothing_is_expanded() -> None:
    packet = b"<!DOCTYPE a [<!ENTITY b 'x'>]><a aux:SerialNumber = '77'><tiff:Make>ACME &b;</tiff:Make></a>"
    assert sorted(xmp.statements(packet)) == [("make", "ACME &b;"), ("serial", "77")]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_xmp_say_something_or_nothing(content: bytes) -> None:
    found = Statements()
    found.add(xmp.statements(b"<xmp:CreateDate>" + content + b"<tiff:Make>" + content))
    assert all(said.isprintable() for said in found.tags.values())
