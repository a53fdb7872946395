"""What Matroska says about device, library and times: FFmpeg's own tags, and tags that no one would write."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.media import Probe
from indexer.containers import probe_path
from indexer.containers.matroska.info import MAX_TAGS, parse_info, parse_tags
from indexer.containers.matroska.reader import MatroskaReader
from indexer.containers.statements import Statements
from tests.golden import media
from tests.indexer.containers.films import read_by

TAGS, TAG, SIMPLE, NAME, STRING, BINARY = "1254C367", "7373", "67C8", "45A3", "4487", "4485"
MUXER, WRITER, TITLE = "4D80", "5741", "7BA9"


def element(kind: str, content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return bytes.fromhex(kind) + (len(raw) | 1 << 56).to_bytes(8) + raw


def simple(name: str, text: str) -> bytes:
    return element(SIMPLE, element(NAME, name) + element(STRING, text))


def said_in(content: bytes) -> Statements:
    found = Statements()
    found.add(parse_tags(content))
    return found


def probe(tags: bytes) -> tuple[Probe, int]:
    """FFmpeg's clip with these tags behind it, the segment's size left open; and how many bytes were read."""
    whole = bytearray(media.clip("plain.mkv").read_bytes())
    at = whole.index(b"\x18\x53\x80\x67") + 4
    whole[at : at + 8] = b"\x01" + b"\xff" * 7
    return read_by(MatroskaReader(), bytes(whole) + element(TAGS, tags))


def test_ffmpegs_tags_name_the_device_and_its_times(tmp_path: Path) -> None:
    tags = [
        ("title", "DeviceID:1234567;PoliceID:012345"),
        ("com.apple.quicktime.make", "ACME"),
        ("MODEL", "DSJ-7"),
        ("DATE_RECORDED", "2024-01-15 12:00:00"),
        ("creation_time", "2024-01-15T14:30:25Z"),
    ]
    found = probe_path(media.tagged("plain.mkv", tmp_path / "a.mkv", tags))
    assert dict(found.tags) == {"make": "ACME", "model": "DSJ-7", "serial": "1234567", "badge": "012345"}
    stated = {"DATE_RECORDED": datetime(2024, 1, 15, 12), "DateUTC": datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)}
    assert dict(found.stated_times) == stated
    assert (found.reader, found.creation_time) == ("matroska", stated["DateUTC"])
    assert found.writer is not None
    assert found.muxer is not None
    assert found.writer.startswith("Lavf")
    assert found.muxer.startswith("Lavf")


def test_application_and_library_are_told_apart() -> None:
    both = parse_info(element(MUXER, "libebml v1.4.5") + element(WRITER, "DSJ-7 V2.1") + element(TITLE, "a title"))
    assert (both.writer, both.muxer, both.title) == ("DSJ-7 V2.1", "libebml v1.4.5", "a title")
    library = parse_info(element(MUXER, "libebml v1.4.5"))
    assert (library.writer, library.muxer) == ("libebml v1.4.5", "libebml v1.4.5")
    application = parse_info(element(WRITER, "DSJ-7 V2.1"))
    assert (application.writer, application.muxer) == ("DSJ-7 V2.1", None)


def test_a_tracks_encoder_is_not_the_files_writer() -> None:
    assert said_in(element(TAG, simple("ENCODER", "Lavc61 libx264") + simple("MAKE", "ACME"))).tags == {"make": "ACME"}


def test_tags_behind_the_media_data_are_found() -> None:
    found, _ = probe(element(TAG, simple("SERIAL_NUMBER", "1234567")))
    assert (found.reader, dict(found.tags)) == ("matroska", {"serial": "1234567"})


@pytest.mark.slow
def test_a_million_tags_are_read_as_far_as_anyone_would_write_them() -> None:
    content = element(TAG, simple("MAKE", "ACME") + simple("X", "y") * 1_000_000 + simple("MODEL", "late"))
    found, reads = probe(content)
    assert (dict(found.tags), found.reader) == ({"make": "ACME"}, "matroska")
    assert reads < MAX_TAGS + 100_000


def test_a_tag_of_ten_million_bytes_is_passed_over() -> None:
    large = element(SIMPLE, element(NAME, "COVER") + element(BINARY, bytes(10_000_000)))
    found, reads = probe(element(TAG, simple("MAKE", "ACME") + large))
    assert (dict(found.tags), found.reader) == ({"make": "ACME"}, "matroska")
    assert reads < MAX_TAGS + 100_000


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", bytes.fromhex(TAG) + b"\xff", bytes.fromhex(TAG) + b"\x01" + b"\xff" * 7]),
)
def test_any_bytes_as_tags_say_something_or_nothing(content: bytes, before: bytes) -> None:
    assert all(said.isprintable() for said in said_in(before + content).tags.values())


@pytest.mark.parametrize("size", [b"\xff", b"\x01" + b"\xff" * 7, b"\x01" + b"\x7f" * 7])
def test_a_tag_of_unknown_or_impossible_size_is_read_as_far_as_it_is_there(size: bytes) -> None:
    assert said_in(bytes.fromhex(TAG) + size + simple("MAKE", "ACME")).tags == {"make": "ACME"}
