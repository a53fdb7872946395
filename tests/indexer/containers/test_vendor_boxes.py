"""What single makers write into MP4 and MOV: GoPro, Nikon, Sony, Kodak, Samsung, Novatek; boxes are written here."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.media import Probe
from indexer.containers.isobmff import gpmf, novatek, vendor_boxes
from indexer.containers.statements import Statement, Statements
from tests.boxes import build
from tests.indexer.containers.films import NOON, PLAIN, film, probe, user_data


def said_by(statements: Iterator[Statement]) -> Statements:
    found = Statements()
    found.add(statements)
    return found


def klv(key: str, content: bytes | str, kind: str = "c") -> bytes:
    """One entry of GPMF, its size in units of one byte."""
    raw = content.encode("latin-1") if isinstance(content, str) else content
    code = 0 if kind == "" else ord(kind)
    return struct.pack(">4sBBH", key.encode(), code, 1, len(raw)) + raw + bytes(-len(raw) % 4)


def nested(key: str, *parts: bytes) -> bytes:
    return klv(key, b"".join(parts), "")


GPMF = nested(
    "DEVC",
    klv("DVID", b"\0\0\0\1", "L"),
    klv("DVNM", "Global Settings"),
    klv("FMWR", "HD6.01.02.00.00"),
    klv("CASN", "C3221324545448"),
    klv("MINF", "HERO6 Black"),
    klv("MUID", bytes(32), "L"),
)


def test_gopros_box_names_model_serial_and_firmware() -> None:
    found = probe(user_data(f"GPMF hex={GPMF.hex()}", "FIRM text=HD6.01.02.00.00", f"CAME hex={'ab' * 16}"))
    assert dict(found.tags) == {
        "make": "GoPro",
        "model": "HERO6 Black",
        "serial": "C3221324545448",
        "firmware": "HD6.01.02.00.00",
        "serial_hash": "ab" * 16,
    }
    assert found.problems == ()


def test_a_gopro_that_states_only_a_digest_of_its_serial_has_no_serial() -> None:
    found = probe(user_data("FIRM text=HD4.02.05.00.00", f"CAME hex={'cd' * 16}"))
    assert "serial" not in found.tags
    assert found.tags["serial_hash"] == "cd" * 16


def test_a_device_name_stands_in_for_a_model_and_a_part_of_the_camera_does_not() -> None:
    named = nested("DEVC", klv("DVNM", "Hero5 Black")) + nested("DEVC", klv("DVNM", "Camera"))
    assert said_by(gpmf.statements(named)).tags == {"make": "GoPro", "model": "Hero5 Black"}


def test_nesting_without_end_and_entries_without_number_are_left_in_time() -> None:
    deep = b""
    for _ in range(1000):
        deep = nested("DEVC", deep[:60_000])
    assert said_by(gpmf.statements(deep)).tags == {"make": "GoPro"}
    many = klv("XXXX", b"") * 100_000 + klv("MINF", "late")
    assert said_by(gpmf.statements(many)).tags == {"make": "GoPro"}


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_in_a_makers_box_say_something_or_nothing(content: bytes) -> None:
    readers = (*vendor_boxes.USER_DATA.values(), vendor_boxes.uuid, vendor_boxes.loose, vendor_boxes.real_time_meta)
    for read in (*readers, novatek.statements):
        found = said_by(read(content))
        assert all(said.isprintable() and 0 < len(said) <= 300 for said in found.tags.values())
    said_by(vendor_boxes.uuid(vendor_boxes.USER_MEDIA + content))
    said_by(novatek.statements(b"GPS " + content))
    said_by(vendor_boxes.USER_DATA[b"NCDT"](struct.pack(">I4s", 8 + len(content), b"NCTG") + content))
    said_by(vendor_boxes.loose(struct.pack(">I4s", 8 + len(content), b"Seri") + content))


def test_makers_own_texts_at_fixed_places() -> None:
    assert dict(probe(user_data("manu hex=" + (bytes(4) + b"\x15\xc7Canon\0").hex())).tags) == {"make": "Canon"}
    assert dict(probe(user_data("manu text=CASIO", "modl text=EX-Z1000")).tags) == {
        "make": "CASIO",
        "model": "EX-Z1000",
    }
    blob = b"NIKON DIGITAL CAMERA\0".ljust(24, b"\0") + b"E5000\0\0\0" + bytes(40)
    assert dict(probe(user_data(f"TAGS hex={blob.hex()}")).tags) == {"make": "NIKON DIGITAL CAMERA", "model": "E5000"}
    blob = b"EASTMAN KODAK COMPANY\0" + b"KODAK P880 ZOOM DIGITAL CAMERA\0".ljust(42, b"\0") + bytes(40)
    found = probe(user_data(f"TAGS hex={blob.hex()}"))
    assert dict(found.tags) == {"make": "EASTMAN KODAK COMPANY", "model": "KODAK P880 ZOOM DIGITAL CAMERA"}
    blob = b"SAMSUNG".ljust(32, b"\0") + b"WB30F/WB31F/WB32F".ljust(32, b"\0") + bytes(500)
    assert dict(probe(user_data(f"@sec hex={blob.hex()}")).tags) == {"make": "SAMSUNG", "model": "WB30F/WB31F/WB32F"}
    assert dict(probe(user_data("smta bytes=8", "auth text=SM-G900F")).tags) == {"make": "SAMSUNG", "model": "SM-G900F"}
    assert dict(probe(user_data("auth text=Somebody")).tags) == {}


def test_nikons_records_name_the_camera_and_when_it_was_pressed() -> None:
    def record(number: int, text: bytes) -> bytes:
        return struct.pack(">IHH", number, 2, len(text) + 1) + text + b"\0"

    rows = record(1, b"NIKON CORPORATION") + record(2, b"NIKON D7000") + record(3, b"Ver.1.03")
    rows += struct.pack(">IHHII", 0x16, 5, 1, 25, 1) + record(0x11, b"2024:01:15 12:00:01")
    rows += record(0x12, b"2024:01:15 12:00:00") + record(0x110A431, b"6012345")
    found = probe(user_data("NCDT", f"  NCTG hex={rows.hex()}"))
    assert dict(found.tags) == {
        "make": "NIKON CORPORATION",
        "model": "NIKON D7000",
        "firmware": "Ver.1.03",
        "serial": "6012345",
    }
    assert dict(found.stated_times) == {"nctg-created": NOON.replace(second=1), "nctg-original": NOON}


def test_sonys_xml_names_device_and_creation_and_an_unset_serial_is_none() -> None:
    def film_with(serial: str) -> Probe:
        xml = (
            '<?xml version="1.0"?><NonRealTimeMeta><CreationDate value="2024-01-15T20:00:00+08:00"/>'
            f'<Device manufacturer="Sony" modelName="ILCE-7SM3" serialNo="{serial}"/></NonRealTimeMeta>'
        )
        content = bytes(4) + build(f"hdlr type=nrtm\nxml\n  \nxml hex={xml.encode().hex()}\n")
        return probe(film(beside=f"meta hex={content.hex()}\n"))

    found = film_with("1234567")
    assert dict(found.tags) == {"make": "Sony", "model": "ILCE-7SM3", "serial": "1234567"}
    assert dict(found.stated_times) == {"nrtm": NOON.replace(tzinfo=UTC)}
    assert "serial" not in film_with("4294967295").tags


def test_sonys_user_media_is_read_and_its_profile_is_not_misread() -> None:
    def row(number: int, text: str) -> bytes:
        raw = text.encode("utf-16-be") + b"\0\0"
        return struct.pack(">HIHH", 10 + len(raw), number, 0x55C4, 1) + raw

    rows = struct.pack(">H", 3) + row(3, "2024/01/15 12:00:00") + row(4, "Vegas") + row(5, "XDR")
    content = vendor_boxes.USER_MEDIA + struct.pack(">I4s", 8 + len(rows), b"MTDT") + rows
    found = probe(film(f"  uuid hex={content.hex()}\n"))
    assert (found.writer, dict(found.tags), dict(found.stated_times)) == ("Vegas", {"model": "XDR"}, {"mtdt": NOON})
    profile = b"PROF" + vendor_boxes.USER_MEDIA[4:] + b"DeviceID:1234567 firmware:9"
    assert probe(film(beside=f"uuid hex={profile.hex()}\n")).tags == {}


def test_an_xmp_packet_beside_the_movie_states_program_device_and_times() -> None:
    packet = (
        '<x:xmpmeta><rdf:Description xmp:CreatorTool="Adobe Premiere Pro" tiff:Model="DSJ-7">'
        "<xmp:CreateDate>2024-01-15T20:00:00+08:00</xmp:CreateDate>"
        "<xmp:ModifyDate>2024-02-01T08:00:00Z</xmp:ModifyDate></rdf:Description></x:xmpmeta>"
    )
    found = probe(film(beside=f"uuid hex={(vendor_boxes.XMP + packet.encode()).hex()}\n"))
    assert (found.writer, dict(found.tags)) == ("Adobe Premiere Pro", {"model": "DSJ-7"})
    assert found.stated_times["xmp"] == NOON.replace(tzinfo=UTC)
    assert found.stated_times["xmp-modified"] == datetime(2024, 2, 1, 8, tzinfo=UTC)


def test_kodak_pittasoft_and_dashcams_keep_facts_in_unused_space() -> None:
    kodak = build("Seri hex=" + (b"\x09\0KCXKL1234").hex() + "\nSVer hex=" + (b"\x06\x001.0300").hex() + "\n")
    found = probe(film(beside=f"free hex={kodak.hex()}\n"))
    assert dict(found.tags) == {"serial": "KCXKL1234", "firmware": "1.0300"}
    started = int((NOON.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    blackvue = build(f"cprt text=Pittasoft_Co.,_Ltd.\nsttm hex={started.to_bytes(8).hex()}\n")
    found = probe(film(beside=f"free hex={blackvue.hex()}\n"))
    assert (dict(found.tags), dict(found.stated_times)) == ({"make": "Pittasoft"}, {"sttm": NOON})
    rexing = build("tima hex=0000003c\nver hex=" + b"TTL2 B2.05.K5302".hex() + "\nthma bytes=20000\n")
    assert dict(probe(film(beside=f"frea hex={rexing.hex()}\n")).tags) == {"firmware": "TTL2 B2.05.K5302"}


def free_gps(body: bytes) -> bytes:
    content = b"GPS " + struct.pack("<I", 76) + body
    return struct.pack(">I4s", 8 + len(content) + 400, b"free") + content + bytes(400)


def fix(marks: bytes = b"ANE") -> bytes:
    return struct.pack("<6I3sxff", 12, 0, 0, 24, 1, 15, marks, 3122.5, 12115.5)  # exact as 32-bit numbers


def novatek_film(block: bytes, size: int | None = None) -> bytes:
    """The block lies inside the media data, which begin at byte 24; moov/gps lists it."""
    listed = struct.pack(">IIII", 0x101, 1, 1024, len(block) if size is None else size)
    data = bytes(1000) + block + bytes(9000)
    text = f"ftyp brand=isom\nmdat hex={data.hex()}\nmoov\n  mvhd\n{PLAIN}  gps hex={listed.hex()}\n"
    return build(text)


def test_novateks_first_position_states_time_place_and_firmware() -> None:
    build_name = b"IQS_A7_20150417\0".ljust(32, b"\0")
    found = probe(novatek_film(free_gps(build_name + fix())))
    assert dict(found.stated_times) == {"gps": NOON}
    assert dict(found.tags) == {"firmware": "IQS_A7_20150417", "location": "+31.37500+121.25833/"}
    older = probe(novatek_film(free_gps(fix())))
    assert (older.stated_times["gps"], older.tags["location"]) == (NOON, "+31.37500+121.25833/")


def test_a_position_without_a_fix_or_with_impossible_numbers_says_nothing() -> None:
    assert probe(novatek_film(free_gps(bytes(32) + fix(b"VNE")))).stated_times == {}
    wild = struct.pack("<6I3sxff", 99, 99, 99, 4294967295, 13, 32, b"ANE", float("nan"), float("inf"))
    assert probe(novatek_film(free_gps(bytes(32) + wild))).stated_times == {}


def test_a_sentence_of_nmea_is_utc() -> None:
    sentence = b"$GPRMC,040000.000,A,3122.8000,N,12115.6000,E,0.05,82.0,150124,,,A*6C"
    found = probe(novatek_film(free_gps(bytes(32) + sentence)))
    assert found.stated_times["gps"] == datetime(2024, 1, 15, 4, 0, 0, tzinfo=UTC)
    assert found.tags["location"] == "+31.38000+121.26000/"


@pytest.mark.parametrize(
    "listed", [(0, 0), (1 << 31, 500), (1024, (1 << 32) - 1), (12, 9), (4_294_967_295, 4_294_967_295)]
)
def test_a_list_of_positions_that_points_anywhere_reads_little_and_says_nothing(listed: tuple[int, int]) -> None:
    rows = struct.pack(">IIII", 0x101, (1 << 32) - 1, *listed)
    found = probe(film(f"  gps hex={rows.hex()}\n"))
    assert (dict(found.tags), dict(found.stated_times), found.problems) == ({}, {}, ())
