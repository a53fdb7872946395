"""Fragments read side by side against the same fragments read one by one: whatever they say, the result is the same."""

import io
import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.media import Probe
from indexer.containers.base import Source
from indexer.containers.isobmff import batches, chain, fragments
from indexer.containers.isobmff.reader import IsoBmffReader
from tests.boxes import build, track
from tests.indexer.containers.films import read_by
from tests.indexer.containers.test_isobmff import codes, holes, probe, s
from tests.indexer.containers.test_isobmff_fragments import EMPTY, fragment, init

TICKS = st.sampled_from([40, 40, 40, 41, 3000, 0, 4294967000])
JUMP = st.sampled_from([0, 0, 0, 0, 40, 2000, -40, -5000, 1 << 40])
SHAPE = st.sampled_from(["plain", "plain", "plain", "timeless", "ticks", "sizes", "shifts", "ticks sizes shifts"])


@st.composite
def recording(draw: st.DrawFn) -> str:
    """A movie of up to 14 fragments: mostly of one structure, mostly without a jump."""
    usual = draw(SHAPE)
    mixed = draw(st.booleans())
    at, lines = draw(st.sampled_from([0, 0, 5000])), []
    for _ in range(draw(st.integers(1, 14))):
        shape = draw(SHAPE) if mixed else usual
        count = draw(st.integers(0 if mixed else 1, 5))
        ticks = draw(st.lists(TICKS if mixed else st.just(40), min_size=count, max_size=count))
        run = f"count={count}"
        for name, values in (("ticks", ticks), ("sizes", [30] * count), ("shifts", [80, 0, 40, 0, 0][:count])):
            if name in shape and count:
                run += f" {name}={','.join(map(str, values))}"
        header = draw(st.sampled_from(["", "", "ticks=40", "each=300"])) if mixed else ""
        where = draw(st.sampled_from(["", " data=100", " data=-8"]))
        time = None if shape == "timeless" else max(at, 0)
        lines.append(fragment(time, run + where, header, data=draw(st.integers(0, 40))))
        at += (sum(ticks) if "ticks" in shape else 40 * count) + draw(JUMP if mixed else st.sampled_from([0, 0, 1000]))
    return init() + "".join(lines)


def measured(data: bytes, together: int) -> Probe:
    before, fragments.FEWEST = fragments.FEWEST, together
    try:
        return read_by(IsoBmffReader(), data)[0]
    finally:
        fragments.FEWEST = before


@settings(deadline=None, max_examples=30)
@given(recording(), st.integers(0, 200))
@example(init() + fragment(0, "count=1") + fragment(1040, "count=1"), 0)  # a run of which nothing is left
def test_side_by_side_and_one_by_one_agree(text: str, cut: int) -> None:
    agree(text, cut)


@pytest.mark.slow
@settings(deadline=None, max_examples=500)
@given(recording(), st.integers(0, 200))
def test_side_by_side_and_one_by_one_agree_of_many(text: str, cut: int) -> None:
    agree(text, cut)


def agree(text: str, cut: int) -> None:
    whole = build(text)
    data = whole[: len(whole) - cut]
    assert measured(data, 1) == measured(data, 1 << 30)


@pytest.mark.parametrize("broken", [b"tfhd", b"trun", b"tfdt", b"traf", b"mfhd"])
def test_a_box_that_is_another_one_in_one_fragment_is_said_as_if_read_alone(broken: bytes) -> None:
    data = bytearray(build(init() + "".join(fragment(n * 1000, "count=25") for n in range(9))))
    at = [n for n in range(len(data)) if data[n : n + 4] == broken][5]
    for other in (b"free", b"\0\0\0\0", b"tfhd", b"traf"):
        data[at : at + 4] = other
        assert measured(bytes(data), 1) == measured(bytes(data), 1 << 30)


def test_the_usual_recording_is_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> bool:
        raise AssertionError("read one by one")

    monkeypatch.setattr(fragments.Fragments, "add", forbidden)
    text = init() + "".join(fragment(n * 1000, "sizes=" + ",".join(["40"] * 25)) for n in range(5))
    text += fragment(9000, "sizes=" + ",".join(["40"] * (24)))
    found = probe(build(text))
    assert (found.problems, found.tracks[0].sample_count, found.duration) == ((), 149, s(9.96))
    assert holes(found) == [(5.0, 4.0)]


def test_picture_and_sound_in_fragments_of_their_own_are_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments.Fragments, "add", lambda *_: pytest.fail("read one by one"))
    sound = track("soun", "mp4a", 8000, EMPTY).replace("tkhd id=1", "tkhd id=2")
    text = init().replace("  mvex\n", sound + "  mvex\n    trex id=2 ticks=1000 each=10\n")
    for n in range(4):
        text += fragment(n * 1000, "count=25") + fragment(n * 8000, "count=8", header="id=2")
    found = probe(build(text))
    assert codes(found) == []
    assert [(t.sample_count, t.duration) for t in found.tracks] == [(100, s(4)), (32, s(4))]


def test_a_second_run_lies_where_it_says_counted_from_the_fragment() -> None:
    """§ 8.8.8: every data offset counts from the fragment's own start, not from the end of the run before."""
    one = (
        "moof\n  mfhd\n  traf\n    tfhd\n    tfdt v=1 value=0\n    trun count=10 data=AAA\n    trun count=10 data=BBB\n"
    )
    text = one + "mdat bytes=400\n"
    behind = len(build(one.replace("AAA", "0").replace("BBB", "0"))) + 8
    whole = init() + text.replace("AAA", str(behind)).replace("BBB", str(behind + 100))
    for times in (1, 5):
        found = probe(build(whole + text.replace("AAA", str(behind)).replace("BBB", str(behind + 300)) * (times - 1)))
        assert (found.decodable_share, found.tracks[0].sample_count) == (1.0, 20 * times)


def test_fragments_cost_one_read_each() -> None:
    reads: list[int] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reads.append(self.tell())
            return super().read(size)

    data = build(init() + "".join(fragment(n * 1000, "count=25", data=9000) for n in range(50)))
    IsoBmffReader().probe(Source("x", Watched(data), len(data), data[:4096]))
    assert len(reads) <= 50 + 6


def test_a_fragment_longer_than_guessed_is_read_whole() -> None:
    long = "ticks=" + ",".join(["40"] * 2000)
    text = init() + fragment(0, "count=25") + fragment(1000, long, data=30_000) + fragment(81_000, "count=25")
    found = probe(build(text))
    assert (found.problems, found.tracks[0].sample_count) == ((), 2050)


def test_more_fragments_than_are_held_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "HELD", 300)
    monkeypatch.setattr(chain, "TOGETHER", 5)
    found = probe(build(init() + "".join(fragment(n * 1000, "count=25") for n in range(23))))
    assert (found.problems, found.duration) == ((), s(23))


def test_a_count_without_rows_is_never_expanded() -> None:
    """Four thousand million samples of no bytes in five fragments: said to be impossible, at once."""
    text = init(trex="ticks=0 each=0") + fragment(0, "count=4294967295") * 5
    assert probe(build(text)).tracks[0].sample_count == 0


def test_structures_are_words_not_sizes() -> None:
    content = build("moof\n  mfhd value=1\n  traf\n    tfhd\n    trun count=3\n")[8:]
    assert [struct.pack(">I", step.kind) for step in batches.structure(content)] == [b"mfhd", b"traf", b"tfhd", b"trun"]
    assert batches.structure(content[:-4]) == []
