"""What AVI files say about their camera: INFO, stream data and names, padding, the lists of single makers."""

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.media import Probe
from indexer.containers import exif_directory, probe_path
from indexer.containers.avi import vendors
from indexer.containers.avi.reader import AviReader
from indexer.containers.statements import Statements
from tests.golden import media
from tests.golden.riff import IDX1, avi, chunk, listed
from tests.indexer.containers.films import NOON, read_by

TEXT, NUMBER = 2, 4


def probe(extra: bytes = b"", described: bytes = b"") -> Probe:
    data = avi([500] * 25, IDX1, extra, described)
    return read_by(AviReader(), data)[0]


def directory(texts: dict[int, str], order: str, before: int) -> bytes:
    """An Exif directory of texts alone; offsets count `before` bytes in front of it."""
    rows, values = b"", b""
    after = before + 2 + 12 * len(texts) + 4
    for tag, text in sorted(texts.items()):
        raw = text.encode() + b"\0"
        place = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(f"{order}I", after + len(values))
        rows += struct.pack(f"{order}HHI", tag, TEXT, len(raw)) + place
        values += raw if len(raw) > 4 else b""
    return struct.pack(f"{order}H", len(texts)) + rows + bytes(4) + values


CAMERA = {0x010F: "Canon", 0x0110: "PowerShot A530", 0x0131: "1.00", 0x0132: "2024:01:15 12:00:00", 0x9010: "+08:00"}


def test_stream_data_may_hold_an_exif_directory() -> None:
    found = probe(described=chunk(b"strd", b"AVIF" + bytes(4) + directory(CAMERA, "<", 0)))
    assert (found.writer, dict(found.tags)) == ("1.00", {"make": "Canon", "model": "PowerShot A530"})
    assert dict(found.stated_times) == {"exif-modified": datetime(2024, 1, 15, 4, tzinfo=UTC)}


def test_casios_padding_holds_an_exif_directory() -> None:
    texts = {0x010F: "CASIO COMPUTER CO.,LTD.", 0x0110: "EX-S600", 0x9003: "2024:01:15 12:00:00"}
    found = probe(chunk(b"JUNK", b"QVMI" + bytes(6) + directory(texts, ">", 10)))
    assert dict(found.tags) == {"make": "CASIO COMPUTER CO.,LTD.", "model": "EX-S600"}
    assert dict(found.stated_times) == {"exif-original": NOON}


def test_the_directory_behind_the_pointer_is_read_and_one_that_points_to_itself_ends() -> None:
    inner = directory({0xA431: "1234567", 0x9003: "2024:01:15 12:00:00"}, "<", 2 + 12 + 4)
    outer = struct.pack("<HHHII", 1, 0x8769, NUMBER, 1, 18) + bytes(4)
    found = Statements()
    found.add(exif_directory.statements(outer + inner, 0, "<", 0))
    assert (found.tags, found.times) == ({"serial": "1234567"}, {"exif-original": NOON})
    itself = struct.pack("<HHHII", 1, 0x8769, NUMBER, 1, 0) + bytes(4)
    assert list(exif_directory.statements(itself, 0, "<", 0)) == []


def test_nikons_list_names_camera_firmware_and_times() -> None:
    def record(number: int, text: bytes) -> bytes:
        return struct.pack("<HH", number, len(text) + 1) + text + b"\0"

    rows = record(3, b"NIKON") + record(4, b"COOLPIX L3") + record(5, b"COOLPIX L3V1.2")
    rows += record(0x13, b"2024:01:15 12:00:00") + record(0x14, b"2024:01:15 12:00:01")
    found = probe(listed(b"ncdt", chunk(b"nctg", rows)))
    assert dict(found.tags) == {"make": "NIKON", "model": "COOLPIX L3", "firmware": "COOLPIX L3V1.2"}
    assert dict(found.stated_times) == {"nctg-original": NOON, "nctg-created": NOON.replace(second=1)}


def test_padding_with_a_line_of_text_names_the_program_and_zeros_name_nothing() -> None:
    assert (
        probe(chunk(b"JUNK", b"VirtualDub build 32842/release" + bytes(500))).writer == "VirtualDub build 32842/release"
    )
    assert probe(chunk(b"JUNK", bytes(4000))).writer is None
    assert probe(chunk(b"JUNK", b"odmldmlh\xf8\0\0\0" + bytes(248))).writer is None
    info = listed(b"INFO", chunk(b"ISFT", b"DSJ-7 V2.1\0"))
    assert probe(chunk(b"JUNK", b"Sunplus" + bytes(500)) + info).writer == "DSJ-7 V2.1", "INFO is said on purpose"


@pytest.mark.parametrize("begin", [b"OLYMDigital Camera", b"PENTDigital Camera"])
def test_padding_with_texts_at_fixed_places(begin: bytes) -> None:
    content = begin + b"SOME MAKER".ljust(26, b"\0") + b"MODEL 7".ljust(24, b"\0")
    assert dict(probe(chunk(b"JUNK", content)).tags) == {"make": "SOME MAKER", "model": "MODEL 7"}


@pytest.mark.parametrize("kind", [b"strd", b"strn", b"JUNK"])
def test_a_labelled_line_in_the_streams_list_names_serial_and_badge(kind: bytes) -> None:
    found = probe(described=chunk(kind, "设备编号:1234567;警号:012345\0".encode()))
    assert dict(found.tags) == {"serial": "1234567", "badge": "012345"}


def test_labelled_comments_of_info_name_serial_and_badge() -> None:
    found = probe(listed(b"INFO", chunk(b"ICMT", b"DeviceID=1234567,PoliceID=012345\0")))
    assert dict(found.tags) == {"serial": "1234567", "badge": "012345"}


def test_a_streams_name_names_the_writer_only_when_it_says_something() -> None:
    assert probe(described=chunk(b"strn", b"FUJIFILM AVI STREAM 0130\0")).writer == "FUJIFILM AVI STREAM 0130"
    assert probe(described=chunk(b"strn", b"Video #1\0")).writer is None
    assert probe(described=chunk(b"strd", b"Firmware of mine 1.0\0")).tags == {"firmware": "Firmware of mine 1.0"}


def test_both_dates_are_kept_and_the_first_by_trust_is_the_creation() -> None:
    info = listed(b"INFO", chunk(b"ICRD", b"2024-01-16 09:00:00\0"))
    found = probe(info + chunk(b"IDIT", b"Mon Jan 15 12:00:00 2024\n\0"))
    assert found.creation_time == NOON
    assert dict(found.stated_times) == {"ICRD": datetime(2024, 1, 16, 9), "IDIT": NOON}


def test_a_date_that_names_its_zone_is_an_instant() -> None:
    found = probe(listed(b"INFO", chunk(b"ICRD", b"2024-01-15T20:00:00+08:00\0")))
    assert found.creation_time == NOON.replace(tzinfo=UTC)


def test_an_xmp_chunk_states_program_and_times() -> None:
    found = probe(
        chunk(b"_PMX", b"<x><xmp:CreatorTool>Editor 1</xmp:CreatorTool><a xmp:CreateDate='2024-01-15T12:00:00Z'/></x>")
    )
    assert (found.writer, dict(found.stated_times)) == ("Editor 1", {"xmp": NOON.replace(tzinfo=UTC)})


def test_padding_of_any_size_is_read_to_a_small_bound() -> None:
    data = avi([500] * 25, IDX1, chunk(b"JUNK", b"x" * 9_000_000) + listed(b"INFO", chunk(b"ICMT", b"y" * 9_000_000)))
    _, reads = read_by(AviReader(), data)
    assert reads < 300_000


def test_what_ffmpeg_writes_into_info_is_read(tmp_path: Path) -> None:
    tags = [("date", "2024-01-15 12:00:00"), ("comment", "DeviceID:1234567;PoliceID:012345")]
    found = probe_path(media.tagged("mpeg4.avi", tmp_path / "a.avi", tags))
    assert dict(found.tags) == {"serial": "1234567", "badge": "012345"}
    assert dict(found.stated_times) == {"ICRD": NOON}
    assert (found.writer or "").startswith("Lavf")


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["<", ">"]), st.integers(0, 20), st.integers(0, 20), st.binary(max_size=300))
def test_any_bytes_as_a_directory_say_something_or_nothing(order: str, at: int, base: int, data: bytes) -> None:
    found = Statements()
    found.add(exif_directory.statements(data, at, order, base))
    assert all(said.isprintable() for said in found.tags.values())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"INFO", b"exif", b"ncdt", b"JUNK", b"_PMX", b"IDIT", b"ICRD"]), st.binary(max_size=300))
def test_any_bytes_in_a_describing_chunk_say_something_or_nothing(kind: bytes, content: bytes) -> None:
    found = Statements()
    found.add(vendors.beside(kind, content))
    found.add(vendors.beside(b"ncdt", chunk(b"nctg", content)))
    found.add(vendors.stream_data(content))
    found.add(vendors.stream_name(content))
    assert all(said.isprintable() and 0 < len(said) <= 300 for said in found.tags.values())
