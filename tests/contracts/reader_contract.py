"""What every container reader must do with bad input: a result with problems, never an exception, never a long wait.

A reader's test module inherits `ReaderContract` and gives the reader and whole files that it reads.
"""

import io
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.media import Probe, ProblemCode
from indexer.containers.base import ContainerReader, Source
from tests.spoken import in_both_languages

SECONDS = 5.0  # for any broken file of a few kilobytes; the usual case takes milliseconds
TRUNCATIONS = 24
BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
DEEP = settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.differing_executors])


def source(data: bytes) -> Source:
    return Source("any name", io.BytesIO(data), len(data), data[:4096])


def measure(reader: ContainerReader, data: bytes) -> Probe:
    begun = time.monotonic()
    probe = reader.probe(source(data))
    assert time.monotonic() - begun < SECONDS
    assert_sane(reader, probe)
    return probe


def assert_sane(reader: ContainerReader, probe: Probe) -> None:
    """What holds for every probe of every file, however broken."""
    assert (probe.reader, probe.reader_version) == (reader.name, reader.version)
    assert len(probe.problems) <= 60
    assert probe.decodable_share is None or 0 <= probe.decodable_share <= 1
    assert probe.playable or probe.problems, "a file that cannot be played says why"
    assert [one.detail for one in probe.problems if not in_both_languages(one.detail)] == []
    assert [track.number for track in probe.tracks] == sorted({track.number for track in probe.tracks})
    for track in probe.tracks:
        assert track.duration.total_seconds() >= 0
        assert track.start.total_seconds() >= 0
        assert track.sample_count >= 0
        assert track.frame_rate is None or track.frame_rate > 0
        assert list(track.changes_at) == sorted(track.changes_at)
        assert all(track.start <= at <= track.end for at in track.changes_at)
        at = track.start
        for hole in track.discontinuities:
            assert hole.length.total_seconds() > 0
            assert hole.at >= at
            at = hole.at
        assert not track.discontinuities or at <= track.end


class ReaderContract:
    """Needs fixtures `reader` and `wholes`: the bytes of at least one file that it reads without a problem."""

    def test_a_whole_file_is_recognised_and_playable(self, reader: ContainerReader, wholes: list[bytes]) -> None:
        for data in wholes:
            assert reader.recognises(source(data))
            assert measure(reader, data).playable

    def test_measuring_twice_gives_the_same(self, reader: ContainerReader, wholes: list[bytes]) -> None:
        for data in wholes:
            assert measure(reader, data) == measure(reader, data)

    def test_a_truncated_file_gives_a_result_wherever_it_is_cut(
        self, reader: ContainerReader, wholes: list[bytes]
    ) -> None:
        for data in wholes:
            for cut in cuts(len(data), TRUNCATIONS):
                measure(reader, data[:cut])

    @pytest.mark.slow
    def test_a_truncated_file_gives_a_result_at_every_kibibyte(
        self, reader: ContainerReader, wholes: list[bytes]
    ) -> None:
        for data in wholes:
            for cut in {
                *range(12, len(data), 1024),
                *range(12, min(len(data), 600)),
                *range(len(data) - 300, len(data)),
            }:
                measure(reader, data[:cut])

    def test_random_bytes_behind_a_good_start_give_a_result(self, reader: ContainerReader, wholes: list[bytes]) -> None:
        noise = bytes((n * n * 31 + n * 7) & 0xFF for n in range(20_000))
        for data in wholes:
            for kept in (12, 64, 1024, len(data) // 2):
                measure(reader, data[:kept] + noise)

    def test_zeros_in_the_place_of_content_give_a_result(self, reader: ContainerReader, wholes: list[bytes]) -> None:
        for data in wholes:
            measure(reader, data[:64] + bytes(len(data) - 64))
            measure(reader, data[: len(data) // 2] + bytes(len(data) - len(data) // 2))

    @pytest.mark.parametrize(
        "text", [b"", b"\n", b"Hello, this is a letter and no video.\n" * 200, "讯问笔录\n".encode() * 500]
    )
    def test_text_is_not_recognised(self, reader: ContainerReader, text: bytes) -> None:
        assert not reader.recognises(source(text))

    def test_mutated_files_give_a_result(self, reader: ContainerReader, wholes: list[bytes]) -> None:
        mutated(reader, wholes, BOUNDED)

    @pytest.mark.slow
    @pytest.mark.long
    def test_many_mutated_files_give_a_result(self, reader: ContainerReader, wholes: list[bytes]) -> None:
        mutated(reader, wholes, DEEP)

    def test_arbitrary_bytes_give_a_result(self, reader: ContainerReader, wholes: list[bytes]) -> None:
        @BOUNDED
        @given(st.binary(max_size=600), st.integers(0, 32))
        def check(data: bytes, kept: int) -> None:
            measure(reader, wholes[0][:kept] + data)

        check()

    def test_whatever_it_says_of_garbage_it_gives_a_reason(self, reader: ContainerReader) -> None:
        probe = measure(reader, b"\xff\xd8\xff" + b"\x5a" * 3000)
        assert not probe.playable
        assert {problem.code for problem in probe.problems} <= set(ProblemCode)


def mutated(reader: ContainerReader, wholes: list[bytes], bounds: settings) -> None:
    """Overwrite, insert and remove bytes anywhere, most often where the structure is."""

    @bounds
    @given(st.data())
    def check(data: st.DataObject) -> None:
        content = bytearray(wholes[data.draw(st.integers(0, len(wholes) - 1))])
        for _ in range(data.draw(st.integers(1, 6))):
            where = data.draw(st.one_of(st.integers(0, len(content)), st.integers(0, 400), st.integers(-3000, 0)))
            at = max(len(content) + where, 0) if where < 0 else where
            patch = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from(HOSTILE)))
            content[at : at + data.draw(st.sampled_from([len(patch), 0, len(patch) + 5]))] = patch
        measure(reader, bytes(content))

    check()


HOSTILE = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0\0\0\1",
    b"\xff" * 8,
    b"\x7f" + b"\xff" * 7,
]


def cuts(length: int, count: int) -> Iterator[int]:
    """Lengths spread evenly, and the last bytes one by one."""
    yield from range(12, length, max(length // count, 1))
    yield from range(max(length - 8, 12), length)
