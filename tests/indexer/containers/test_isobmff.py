"""The ISO-BMFF reader on files built box by box: every expected value follows from the text of the boxes."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from domain.media import Discontinuity, Probe, ProblemCode, TrackKind
from indexer.containers.base import Source
from indexer.containers.isobmff.reader import IsoBmffReader
from tests.boxes import build, movie, steady, track

READER = IsoBmffReader()


def probe(data: bytes) -> Probe:
    source = Source("built.mp4", io.BytesIO(data), len(data), data[:4096])
    assert READER.recognises(source)
    return READER.probe(source)


def codes(found: Probe) -> list[ProblemCode]:
    return [problem.code for problem in found.problems]


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def one(tables: str, edits: str = "", **more: object) -> Probe:
    """A file with one picture track of 1000 ticks a second."""
    return probe(movie(track(tables=tables, edits=edits), **more))  # type: ignore[arg-type]


def holes(found: Probe) -> list[tuple[float, float]]:
    return [(h.at.total_seconds(), h.length.total_seconds()) for t in found.tracks for h in t.discontinuities]


def test_a_steady_track_lasts_as_long_as_its_samples() -> None:
    found = one(steady("250x40", 250), duration=10_000)
    assert found.problems == ()
    (picture,) = found.tracks
    assert (picture.kind, picture.codec, picture.start, picture.duration) == (TrackKind.VIDEO, "h264", s(0), s(10))
    assert (picture.sample_count, picture.frame_rate) == (250, 25.0)
    assert (found.duration, found.declared_duration, found.decodable_share) == (s(10), s(10), 1.0)


def test_a_long_sample_is_a_hole_that_begins_one_usual_duration_after_it() -> None:
    """100 samples of 40 ms, one that lasts 3.04 s, 100 more: 4.04 s in, three seconds are missing."""
    found = one(steady("100x40,1x3040,100x40", 201))
    assert holes(found) == [(4.04, 3.0)]
    assert found.duration == s(11.04)
    assert found.tracks[0].frame_rate == pytest.approx(25)


@pytest.mark.parametrize(("ticks", "expected"), [(500, []), (501, [(0.44, 0.461)])])
def test_up_to_half_a_second_is_no_hole(ticks: int, expected: list[tuple[float, float]]) -> None:
    assert holes(one(steady(f"10x40,1x{ticks},10x40", 21))) == expected


@pytest.mark.parametrize(("ticks", "expected"), [(6000, []), (6001, [(22.0, 4.001)])])
def test_in_slow_recordings_three_usual_durations_are_no_hole(ticks: int, expected: list[tuple[float, float]]) -> None:
    assert holes(one(steady(f"10x2000,1x{ticks},10x2000", 21))) == expected


def test_a_hole_at_the_very_end_is_a_hole_too() -> None:
    assert holes(one(steady("100x40,1x1040", 101))) == [(4.04, 1.0)]


def test_sound_has_holes_by_the_same_rule() -> None:
    sound = track("soun", "mp4a", 8000, steady("50x1024,1x9216,50x1024", 101))
    found = probe(movie(sound))
    assert holes(found) == [(6.528, 1.024)]
    assert (found.tracks[0].channels, found.tracks[0].sample_rate, found.tracks[0].codec) == (1, 8000, "aac")


def test_holes_are_where_pictures_are_shown_not_where_they_are_decoded() -> None:
    """Shown at 0 40 80 | 1080 1120 1160 ms; decoded two pictures earlier, so that the long duration lies elsewhere."""
    tables = steady("1x40,1x40,1x40,1x960,2x40", 6)
    # decoding times 0 40 80 120 1080 1120; offsets chosen so that the shown times are 0 80 40 1080 1160 1120
    found = one(tables + "ctts v=1 runs=1x0,1x40,1x-40,1x960,1x80,1x0\n")
    assert holes(found) == [(0.12, 0.96)]
    assert found.duration == s(1.2)


def test_reordering_inside_the_usual_delay_is_no_hole() -> None:
    """I P B B, decoded at 0 40 80 120 ms, shown at 80 200 120 160; the edit list begins with the first picture."""
    found = one(steady("4x40", 4) + "ctts runs=1x80,1x160,2x40\n", edits="160@80")
    assert (holes(found), found.duration, found.tracks[0].start) == ([], s(0.16), s(0))


@pytest.mark.parametrize("version", ["", "v=1 "])
def test_negative_composition_offsets_are_read_in_both_versions(version: str) -> None:
    found = one(steady("4x40", 4) + f"ctts {version}runs=1x0,1x-40,2x0\n", edits="160@0")
    assert found.duration == s(0.16)
    assert found.problems == ()


def test_a_leading_empty_edit_is_a_later_start() -> None:
    found = one(steady("250x40", 250), edits="500@-1,10000@0")
    assert (found.tracks[0].start, found.tracks[0].duration, found.duration) == (s(0.5), s(10), s(10.5))
    assert (found.start, found.edits, holes(found)) == (s(0.5), 0, [])


def test_skipped_priming_is_no_edit_but_a_skipped_minute_is() -> None:
    assert one(steady("3000x40", 3000), edits="119000@1000").edits == 0
    skipped = one(steady("3000x40", 3000), edits="60000@60000")
    assert (skipped.edits, skipped.duration) == (1, s(60))


def test_a_stretch_cut_out_of_the_middle_is_an_edit_and_shortens_the_presentation() -> None:
    found = one(steady("250x40", 250), edits="4000@0,3000@7000")
    assert (found.edits, found.duration, holes(found)) == (1, s(7), [])


def test_a_repeated_stretch_is_an_edit() -> None:
    found = one(steady("250x40", 250), edits="10000@0,2000@3000,4000@6000")
    assert (found.edits, found.duration) == (2, s(16))


def test_an_end_cut_off_by_the_edit_list_is_an_edit() -> None:
    assert one(steady("250x40", 250), edits="5000@0").edits == 1
    assert one(steady("250x40", 250), edits="9500@0").edits == 0


def test_double_speed_is_an_edit_and_half_the_time() -> None:
    found = one(steady("250x40", 250), edits="5000@0*2")
    assert (found.edits, found.duration) == (1, s(5))


def test_an_empty_edit_in_the_middle_is_a_hole_and_no_cut() -> None:
    found = one(steady("250x40", 250), edits="4000@0,2000@-1,6000@4000")
    assert (holes(found), found.edits, found.duration) == ([(4.0, 2.0)], 0, s(12))


def test_a_hole_moves_with_the_edit_that_shows_it() -> None:
    """Media: 4.04 s, three seconds missing, 4 s. The edit list starts one second in, after 1.5 s of nothing."""
    found = one(steady("100x40,1x3040,100x40", 201), edits="1500@-1,10040@1000")
    assert holes(found) == [(4.54, 3.0)]


def test_an_edit_in_the_movies_coarser_ticks_does_not_shorten_the_track() -> None:
    """10.01 s at 30000/1001 frames a second; the movie counts in tenths and says 10.0."""
    found = probe(movie(track(scale=30000, tables=steady("300x1001", 300), edits="100@0"), scale=10))
    assert found.duration == s(10.01)


def test_an_edit_list_that_shows_nothing_of_the_media_is_none() -> None:
    assert one(steady("250x40", 250), edits="10000@99999999").duration == s(10)
    assert one(steady("250x40", 250), edits="4294967295@-1").duration == s(10)


def test_version_1_headers_are_read() -> None:
    text = track(tables=steady("250x40", 250), edits="500@-1,10000@0")
    for name in ("tkhd", "mdhd", "elst"):
        text = text.replace(f"{name} ", f"{name} v=1 ")
    head = "ftyp\nmdat bytes=10000\nmoov\n  mvhd v=1 duration=10500 created=2040-02-06T07:00:00\n"
    found = probe(build(head + text))
    assert (found.problems, found.duration) == ((), s(10.5))
    assert found.creation_time == datetime(2040, 2, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("0", None),
        ("2024-01-15T14:30:25", datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)),
        ("2082844800", datetime(1970, 1, 1, tzinfo=UTC)),
        ("3029529600", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_creation_time_is_kept_as_it_is_and_zero_is_none(created: str, expected: datetime | None) -> None:
    head = f"ftyp\nmdat bytes=10000\nmoov\n  mvhd created={created}\n"
    assert probe(build(head + track(tables=steady("250x40", 250)))).creation_time == expected


def test_a_header_that_disagrees_with_the_samples_is_said() -> None:
    found = one(steady("250x40", 250), duration=12_000)
    assert codes(found) == [ProblemCode.DURATION_DISAGREES]
    assert (found.declared_duration, found.duration) == (s(12), s(10))
    assert codes(one(steady("250x40", 250), duration=11_000)) == []


def test_sixty_four_bit_boxes_free_space_and_a_box_to_the_end_are_walked() -> None:
    text = "ftyp\nfree bytes=7\nuuid bytes=16\nwide\nmdat large bytes=3000\n"
    moov = "moov\n  mvhd\n" + track(tables=steady("250x40", 250))
    assert probe(build(text + moov)).duration == s(10)
    front = "ftyp\n" + moov + "mdat size=0 bytes=2500\n"
    shifted = build(front).index(b"mdat") + 4
    found = probe(build(front.replace("at=24", f"at={shifted}")))
    assert (found.duration, found.decodable_share, found.problems) == (s(10), 1.0, ())


def test_media_data_are_never_read() -> None:
    reads: list[tuple[int, int]] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            at = self.tell()
            data = super().read(size)
            reads.append((at, at + len(data)))
            return data

    data = movie(track(tables=steady("250x40", 250)), data=5_000_000)
    stream = Watched(data)
    READER.probe(Source("x", stream, len(data), data[:4096]))
    mdat = (24, 24 + 5_000_000)
    assert not [span for span in reads if span[0] < mdat[1] and span[1] > mdat[0] + 16]


def test_several_sample_descriptions_are_parameter_changes() -> None:
    text = track(tables=steady("250x40", 250)).replace(
        "            avc1", "            avc1\n            avc1 width=320"
    )
    assert probe(movie(text)).parameter_changes == 1


@pytest.mark.parametrize(
    ("kind", "codec", "name"),
    [
        ("vide", "hvc1", "hevc"),
        ("vide", "jpeg", "mjpeg"),
        ("soun", "alaw", "pcm_alaw"),
        ("soun", "ulaw", "pcm_mulaw"),
        ("soun", "sowt", "pcm_s16le"),
        ("soun", "twos", "pcm_s16be"),
        ("soun", "twos bits=8", "pcm_s8"),
        ("vide", "SVAC", "svac"),
    ],
)
def test_codecs_have_one_name_whatever_the_container_calls_them(kind: str, codec: str, name: str) -> None:
    found = probe(movie(track(kind, codec, tables=steady("250x40", 250))))
    assert found.tracks[0].codec == name


def test_encrypted_samples_are_a_problem_and_the_original_codec_is_named() -> None:
    codec = "encv\n              sinf\n                frma hex=61766331"
    found = probe(movie(track(codec=codec, tables=steady("250x40", 250))))
    assert codes(found) == [ProblemCode.ENCRYPTED]
    assert found.tracks[0].codec == "h264"
    assert not found.playable


def test_device_and_writer_are_read_from_user_data() -> None:
    text = track(tables=steady("250x40", 250)) + (
        "  udta\n    ©too text=Lavf61.7.100\n    ©mak text=执法设备 coding=gb18030\n"
        "    ©mod text=DSJ-7\n    ©xyz text=+31.3800+121.2600/\n"
    )
    found = probe(movie(text))
    assert found.writer == "Lavf61.7.100"
    assert dict(found.tags) == {"make": "执法设备", "model": "DSJ-7", "location": "+31.3800+121.2600/"}


def test_a_handler_name_tells_the_writer_only_when_it_says_something() -> None:
    plain = track(tables=steady("250x40", 250))
    assert probe(movie(plain.replace("name=", "name=GPAC_ISO_Video_Handler"))).writer == "GPAC ISO Video Handler"
    assert probe(movie(plain.replace("name=", "name=VideoHandler"))).writer is None


def test_a_track_of_another_kind_makes_neither_the_file_longer_nor_playable() -> None:
    other = track("tmcd", "tmcd", tables=steady("1x99000", 1))
    both = probe(movie(track(tables=steady("250x40", 250)) + other))
    assert (both.duration, [t.kind for t in both.tracks]) == (s(10), [TrackKind.VIDEO, TrackKind.OTHER])
    alone = probe(movie(other))
    assert codes(alone) == [ProblemCode.NO_TRACKS]


def test_texts_and_positions_have_no_holes_because_they_come_when_they_come() -> None:
    other = track("text", "text", tables=steady("2x40,1x5000,2x40", 5))
    assert holes(probe(movie(track(tables=steady("250x40", 250)) + other))) == []


def test_a_hole_of_which_an_edit_shows_almost_nothing_is_none() -> None:
    """Media: a second, three seconds missing from 1.04 s on. Shown: up to 1.2 s, and up to 2.0 s."""
    tables = steady("25x40,1x3040,25x40", 51)
    assert holes(one(tables, edits="1200@0")) == []
    assert holes(one(tables, edits="2000@0")) == [(1.04, 0.96)]


def test_two_tracks_keep_their_own_starts() -> None:
    late = track("soun", "mp4a", 8000, steady("78x1024", 78), edits="700@-1,9984@0")
    found = probe(movie(track(tables=steady("250x40", 250)) + late))
    assert [(t.start, t.duration) for t in found.tracks] == [(s(0), s(10)), (s(0.7), s(9.984))]
    assert found.start == s(0)
    assert found.duration == s(10.684)


def test_discontinuities_are_the_domains_own() -> None:
    found = one(steady("100x40,1x3040,100x40", 201))
    assert found.tracks[0].discontinuities == (Discontinuity(s(4.04), s(3)),)
