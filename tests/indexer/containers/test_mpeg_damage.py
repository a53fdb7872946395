"""Transport and program streams as cameras leave them: cut, damaged, packed unlike FFmpeg does, in any pieces."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.media import Probe
from domain.media import ProblemCode as Code
from domain.wording import halves
from indexer.containers import probe_path
from indexer.containers.counted import PAGE, memory
from indexer.containers.formats import transport_step
from indexer.containers.mpeg import blocks, packs, streams, transport
from indexer.containers.mpeg.payload import joined
from indexer.containers.mpeg.sound import HEAD, PARSERS, FrameWalk
from indexer.containers.mpeg.tables import Sections
from tests import packets as ts
from tests.golden import media


def golden(name: str) -> bytes:
    return media.clip(name).read_bytes()


def probed(folder: Path, data: bytes, name: str = "a.ts") -> Probe:
    path = folder / name
    path.write_bytes(data)
    return probe_path(path)


def counts(probe: Probe) -> list[int]:
    return [track.sample_count for track in probe.tracks]


def details(probe: Probe) -> str:
    """The English halves, a line each."""
    return "\n".join(halves(problem.detail)[1] for problem in probe.problems)


def same(found: Probe, expected: Probe) -> bool:
    return replace(found, bytes_read=0) == replace(expected, bytes_read=0)


def built(content: list[bytes], streams_of: dict[int, int], described: int = 0) -> bytes:
    """Tables, then packets."""
    return b"".join([ts.programs(), *ts.carried(ts.TABLE, [ts.program(streams_of, described)]), *content])


SLOW = pytest.mark.slow
PIECES = (7, *(pytest.param(packets, marks=SLOW) for packets in (4, 61, 1000)))


@pytest.mark.parametrize("many", [1, pytest.param(100, marks=SLOW)])
@pytest.mark.parametrize("packets", PIECES)
@pytest.mark.parametrize("name", ["plain.ts", "plain.m2ts", "hevc.ts"])
def test_a_transport_stream_measures_the_same_in_pieces_of_any_size(
    name: str, packets: int, many: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = golden(name)
    files = [data, ts.damaged(data, len(data) // 2, 300), data[100:-50], data + data]
    expected = [probed(tmp_path, content) for content in files]
    monkeypatch.setattr(blocks, "MANY", many)
    monkeypatch.setattr(
        transport, "Walk", lambda source, length, first, _=0: blocks.Walk(source, length, first, packets)
    )
    for content, probe in zip(files, expected, strict=True):
        assert probe.reader == "transport"
        assert same(probed(tmp_path, content), probe)


@pytest.mark.parametrize("piece", [3000, 40_000])
@pytest.mark.parametrize("name", ["h264.vob", "h264.mpg"])
def test_a_program_stream_measures_the_same_in_pieces_of_any_size(
    name: str, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = golden(name)
    files = [data, data[:50_000] + b"\xaa" * 700 + data[50_000:], data[:-777]]
    expected = [probed(tmp_path, content, "a.vob") for content in files]
    monkeypatch.setattr(packs, "PIECE", piece)
    for content, probe in zip(files, expected, strict=True):
        assert same(probed(tmp_path, content, "a.vob"), probe)


@pytest.mark.parametrize("name", ["plain.ts", "plain.m2ts", "hevc.ts"])
def test_a_hundred_damaged_bytes_are_stepped_over_and_named(name: str, tmp_path: Path) -> None:
    data, length = golden(name), 192 if name == "plain.m2ts" else 188
    place = len(data) // 2 // length * length
    found, whole = probed(tmp_path, ts.damaged(data, place, 100)), probed(tmp_path, data)
    assert found.reader == "transport"
    sync = place + length - 188
    assert f"1 places where no packet was, {length} bytes in all, the first at byte {sync}" in details(found)
    assert next(problem for problem in found.problems if problem.code is Code.DECODER_ERROR).offset == sync
    assert "packets are lost" in details(found)
    for one, other in zip(found.tracks, whole.tracks, strict=True):
        assert other.sample_count - one.sample_count <= 2
        assert abs(one.end - other.end).total_seconds() < 0.2


@pytest.mark.parametrize("count", [1, 57, 187, 188, 5000])
def test_bytes_that_do_not_belong_there_cost_no_packet(count: int, tmp_path: Path) -> None:
    data = golden("plain.ts")
    place = 188 * 150
    found = probed(tmp_path, data[:place] + b"\xaa" * count + data[place:])
    assert counts(found) == [75, 48]
    assert details(found) == f"1 places where no packet was, {count} bytes in all, the first at byte {place}"


def test_zeros_that_a_camera_had_set_aside_are_no_packets(tmp_path: Path) -> None:
    data = golden("plain.ts")
    found = probed(tmp_path, data + bytes(1_000_000))
    assert counts(found) == [75, 48]
    assert details(found) == f"1 places where no packet was, 1000000 bytes in all, the first at byte {len(data)}"


@pytest.mark.parametrize("cut", [1, 4, 100, 187, 188, 191])
@pytest.mark.parametrize("name", ["plain.ts", "plain.m2ts"])
def test_a_stream_that_begins_inside_a_packet_is_measured_from_the_next_one_on(
    name: str, cut: int, tmp_path: Path
) -> None:
    """FFmpeg's first packet describes the service; tables and pictures come behind it."""
    found = probed(tmp_path, golden(name)[cut:])
    assert (found.container, found.reader) == ("ts", "transport")
    assert (counts(found), found.problems) == ([75, 48], ())


def test_what_stands_before_the_first_packet_is_named_when_it_is_longer_than_one(tmp_path: Path) -> None:
    found = probed(tmp_path, b"\xaa" * 600 + golden("plain.ts"))
    assert (counts(found), details(found)) == ([75, 48], "no packet in the first 600 bytes")


@pytest.mark.parametrize(("head", "step"), [(b"G" * 4096, (0, 0)), (b"", (0, 0)), (b"GOP\n" * 1000, (0, 0))])
def test_text_with_the_sync_byte_in_it_is_no_transport_stream(head: bytes, step: tuple[int, int]) -> None:
    assert transport_step(head) == step


def test_packets_before_the_first_table_count(tmp_path: Path) -> None:
    """A recording that is cut from a stream: its tables come later than its first pictures."""
    data = golden("plain.ts")
    tables = [one for one in ts.packets(data) if ts.identifier(one) in (ts.PROGRAMS, ts.TABLE)]
    others = [one for one in ts.packets(data) if ts.identifier(one) not in (ts.PROGRAMS, ts.TABLE)]
    found = probed(tmp_path, b"".join([*others[:200], *tables[:2], *others[200:]]))
    assert (counts(found), found.problems) == ([75, 48], ())


def test_tables_of_several_packets_are_put_together(tmp_path: Path) -> None:
    pictures = ts.carried(ts.PICTURES, list(ts.units(golden("plain.ts"), ts.PICTURES)))
    found = probed(tmp_path, built(pictures, {ts.PICTURES: 0x1B}, described=600))
    assert [(track.codec, track.sample_count) for track in found.tracks] == [("h264", 75)]


def test_a_stream_that_a_later_table_adds_counts_from_there_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the sound comes before the table that lists it, and that table behind what is looked at first."""
    monkeypatch.setattr(transport, "PACKETS_AT_FIRST", 50)
    data = golden("hevc.ts")
    pictures, sound = (ts.carried(number, list(ts.units(data, number))) for number in (0x100, 0x101))
    half = sum(ts.payload(one)[:3] == b"\0\0\1" for one in sound[len(sound) // 2 :] if one[1] & 0x40)
    later = ts.carried(ts.TABLE, [ts.program({0x100: 0x24, 0x101: 0x03})])
    content = [*pictures, *sound[: len(sound) // 2], *later, *sound[len(sound) // 2 :]]
    found = probed(tmp_path, built(content, {0x100: 0x24}))
    assert [track.codec for track in found.tracks] == ["hevc", "mp2"]
    assert found.tracks[0].sample_count == 75
    assert 0 < half <= found.tracks[1].sample_count < 42


@pytest.mark.parametrize("room", [1, 2, 3, 8, 9, 10, 13, 14, 18, 19, 20])
def test_a_header_that_goes_on_in_the_next_packet_keeps_its_time(room: int, tmp_path: Path) -> None:
    """PES headers of 14 and 19 bytes, torn wherever they can be, in pictures and in sound."""
    data = golden("plain.ts")
    pictures, sound = (ts.carried(number, list(ts.units(data, number)), room) for number in (ts.PICTURES, ts.SOUND))
    types = {ts.PICTURES: 0x1B, ts.SOUND: 0x0F}
    found, whole = probed(tmp_path, built(pictures + sound, types)), probed(tmp_path, data)
    assert found.problems == ()
    for one, other in zip(found.tracks, whole.tracks, strict=True):
        assert (one.sample_count, one.start, one.duration) == (other.sample_count, other.start, other.duration)
        assert (one.width, one.sample_rate) == (other.width, other.sample_rate)


@pytest.mark.parametrize("packets", [4, 5, 6, 7])
def test_a_torn_header_may_be_torn_between_two_reads(
    packets: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = ts.carried(ts.SOUND, list(ts.units(golden("plain.ts"), ts.SOUND)), 10)
    data = built(sound, {ts.SOUND: 0x0F})
    whole = probed(tmp_path, data)
    monkeypatch.setattr(blocks, "MANY", 1)
    monkeypatch.setattr(
        transport, "Walk", lambda source, length, first, _=0: blocks.Walk(source, length, first, packets)
    )
    assert same(probed(tmp_path, data), whole)
    assert counts(whole) == [48]


def test_packets_sent_twice_count_once(tmp_path: Path) -> None:
    """ISO/IEC 13818-1 § 2.4.3.3 allows it: the same bytes again, with the same counter."""
    streams_of = (ts.PICTURES, ts.SOUND)
    twice = [one * 2 if ts.identifier(one) in streams_of else one for one in ts.packets(golden("plain.ts"))]
    found = probed(tmp_path, b"".join(twice))
    assert (counts(found), found.problems) == ([75, 48], ())


def test_packets_without_payload_lose_nothing(tmp_path: Path) -> None:
    """Such a packet repeats the counter of the one before it."""
    content: list[bytes] = []
    for one in ts.packets(golden("plain.ts")):
        content.append(one)
        if ts.identifier(one) in (ts.PICTURES, ts.SOUND):
            content.append(ts.packet(ts.identifier(one), b"", one[3] & 15))
    found = probed(tmp_path, b"".join(content))
    assert (counts(found), found.problems) == ([75, 48], ())


def test_sound_alone_is_a_recording(tmp_path: Path) -> None:
    sound = ts.carried(ts.SOUND, list(ts.units(golden("plain.ts"), ts.SOUND)))
    found = probed(tmp_path, built(sound, {ts.SOUND: 0x0F}))
    assert [(track.codec, track.sample_count) for track in found.tracks] == [("aac", 48)]


def test_private_data_that_are_sound_are_heard_and_others_only_listed(tmp_path: Path) -> None:
    sound = list(ts.units(golden("plain.ts"), ts.SOUND))
    other = [unit[:14] + b"$GPRMC,143025,A" for unit in sound]
    content = ts.carried(ts.SOUND, sound) + ts.carried(0x102, other)
    found = probed(tmp_path, built(content, {ts.SOUND: 0x06, 0x102: 0x06}))
    assert [(track.kind.value, track.sample_count) for track in found.tracks] == [("audio", 48), ("other", len(sound))]


def test_parameters_that_come_late_are_found_where_a_picture_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first picture with parameters is the 26th: the ones before it belong to a recording that was cut."""
    units = list(ts.units(golden("plain.ts"), ts.PICTURES))
    monkeypatch.setattr(streams, "LOOK", 300)
    found = probed(tmp_path, built(ts.carried(ts.PICTURES, units[1:]), {ts.PICTURES: 0x1B}))
    assert found.video is not None
    assert (found.video.sample_count, found.video.width, found.video.height) == (74, 160, 120)


@pytest.mark.parametrize("name", ["plain.ts", "hevc.ts"])
@pytest.mark.parametrize("longest", [5000, 65_000])
@pytest.mark.parametrize("begin", [0, 3])
def test_a_surveillance_recorders_program_stream_is_measured(
    name: str, longest: int, begin: int, tmp_path: Path
) -> None:
    """GB/T 28181 annex C: H.264 or H.265 and G.711, a picture in several packets; the map may come behind some."""
    units = list(ts.units(golden(name), ts.PICTURES if name == "plain.ts" else 0x100))
    kind = {"plain.ts": 0x1B, "hevc.ts": 0x24}[name]
    content = b"IMKH" + bytes(36)
    for place, unit in enumerate(units):
        content += ts.pack(place * 3600) + (ts.stream_map({0xE0: kind, 0xC0: 0x90}) if place == begin else b"")
        content += ts.in_parts(0xE0, unit, longest) + ts.timed(0xC0, place * 3600, b"\xd5" * 320)
    found, whole = probed(tmp_path, content, "a.ps"), probed(tmp_path, golden(name))
    assert (found.container, found.reader, found.problems) == ("ps", "program", ())
    assert found.video is not None
    assert whole.video is not None
    assert found.audio is not None
    assert (found.video.codec, found.video.sample_count) == (whole.video.codec, 75)
    assert found.video.duration == whole.video.duration
    assert (found.audio.codec, found.audio.sample_count) == ("pcm_alaw", 75)


pieces_of_payload = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 184)), max_size=30)


@pytest.mark.slow
@given(pieces_of_payload)
@settings(max_examples=200)
def test_joined_pieces_are_what_python_would_join(pieces: list[tuple[int, int]]) -> None:
    data = (np.arange(1000) * 7 % 251).astype(np.uint8)
    at, lengths = (np.array([piece[part] for piece in pieces], np.int64) for part in (0, 1))
    expected = b"".join(data[begin : begin + length].tobytes() for begin, length in pieces)
    assert joined(data, at, lengths, 184).tobytes() == expected


def walked(codec: str, content: bytes) -> list[int]:
    """From frame to frame, one at a time: what the reader does for many at once."""
    found, at = [], 0
    while at + HEAD <= len(content):
        frame = PARSERS[codec](content[at : at + HEAD])
        if frame is not None:
            found.append(at)
        at += frame.length if frame is not None else 1
    return found


@pytest.mark.slow
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_frames_of_sound_are_those_that_a_walk_finds(data: st.DataObject) -> None:
    codec, number = data.draw(st.sampled_from([("aac", ("plain.ts", 0x101)), ("mp2", ("hevc.ts", 0x101))]))
    content = b"".join(unit[14:] for unit in list(ts.units(golden(number[0]), number[1]))[:4])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content)))
        content = content[:at] + data.draw(st.binary(max_size=9)) + content[at + data.draw(st.integers(0, 9)) :]
    walk, piece = FrameWalk(PARSERS[codec]), data.draw(st.integers(1, 3000))
    found = [int(at) for begin in range(0, len(content), piece) for at in walk.frames(content[begin : begin + piece])]
    assert found == walked(codec, content)


@pytest.mark.slow
@given(st.lists(st.integers(0, 900), min_size=1, max_size=8), st.integers(1, 400))
def test_sections_are_whole_however_they_are_cut(lengths: list[int], size: int) -> None:
    expected = [b"\2" + (0xB000 | length).to_bytes(2) + bytes(length) for length in lengths]
    content, sections = b"".join(expected), Sections()
    found = sections.add(b"\0" + content[:size], starts=True)
    for at in range(size, len(content), size):
        found += sections.add(content[at : at + size], starts=False)
    assert found == expected


@pytest.mark.parametrize("size", [1000, 300_000, 5_000_000])
def test_memory_for_reading_begins_with_a_page_where_it_tells(size: int) -> None:
    found = memory(size)
    assert len(found) == size
    assert size < 262_144 or found.ctypes.data % PAGE == 0
