"""What is wrong with a file is said in both languages, whichever reader finds it and wherever the file is broken."""

import ast
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.pages.rendering import Reader
from domain.media import Probe, TrackKind
from domain.timespan import utc
from domain.wording import halves
from indexer.containers import probe_path
from indexer.containers.about import about, goes_back, track_label
from tests.boxes import build, movie, steady, track
from tests.golden import dav, media, pictures, sounds
from tests.spoken import in_both_languages, parsed, unspoken

ROOT = Path(__file__).parents[3]
SPEAKING = (ROOT / "indexer" / "containers", ROOT / "indexer" / "stores", ROOT / "indexer" / "pipeline" / "probe.py")
BROKEN = ROOT / "tests" / "golden" / "broken"
WHOLE = steady("250x40", 250)
TEN = "stts runs=10x40\nstsz each=10 count=10\n"


def replaced(old: str, new: str) -> bytes:
    return movie(track(tables=WHOLE).replace(old, new))


BUILT = {
    "media without an index": build("ftyp\nmdat bytes=5000\n"),
    "media that claims too much": build("ftyp\nmdat bytes=5000 size=99999\n"),
    "fragments without an index": build("ftyp\nmoof\n  mfhd value=1\nmdat bytes=50\n"),
    "neither media nor index": build("ftyp\nfree bytes=100\n"),
    "two indexes": build("ftyp\nmdat bytes=100\nmoov\n  mvhd\nmoov\n  mvhd\n"),
    "index cut in a track": movie(track(tables=WHOLE))[:-60],
    "no header": movie(track(tables=WHOLE)).replace(b"mvhd", b"free"),
    "box beyond its parent": replaced("mdhd scale=1000", "mdhd scale=1000 size=9000"),
    "no room for a count": replaced("stts runs=250x40", "stts hex=00"),
    "too many rows": replaced("runs=250x40", "runs=250x40 count=4294967295"),
    "too many sizes": movie(track(tables=WHOLE.replace("each=10 count=250", "sizes=10,10 count=99"))),
    "sizes beyond reason": movie(track(tables=steady("4294967295x40", 4294967295, each=4000))),
    "odd size of sizes": movie(track(tables=WHOLE.replace("stsz each=10 count=250", "stz2 bits=5 count=250 hex="))),
    "tables that disagree": movie(track(tables=steady("250x40", 100))),
    "too few offsets": movie(track(tables=WHOLE + "ctts runs=10x40,10x80\n")),
    "time that goes back": movie(track(tables=steady("100x40,1x4294967000,100x40", 201))),
    "all at one instant": movie(track(tables=steady("250x0", 250))),
    "longer than a year": movie(track(tables=steady("2x2000000000,200x2000000000", 202))),
    "track without a part": replaced("hdlr", "free"),
    "time scale of zero": replaced("mdhd scale=1000", "mdhd scale=0"),
    "header too short": replaced("tkhd id=1", "tkhd hex=00"),
    "chunks downwards": movie(
        track(tables="stts runs=10x40\nstsz each=10 count=10\nstsc runs=3:2,1:3\nstco at=24,54\n")
    ),
    "no chunks": movie(track(tables="stts runs=10x40\nstsz each=10 count=10\n")),
    "no description": replaced("            avc1", "            avc1 hex=00"),
    "too few descriptions": replaced("stsd", "stsd count=3"),
    "encrypted": movie(track(tables=WHOLE, codec="encv")),
    "edit played backwards": movie(track(tables=WHOLE, edits="5000@0*-1")),
    "more edits than there": replaced("  trak\n", "  trak\n    edts\n      elst edits=1000@0 count=9\n"),
    "more tracks than are read": movie(track(tables=WHOLE) * 70),
    "another length in the header": movie(track(tables=WHOLE), duration=99_000),
    "garbage behind the index": movie(track(tables=WHOLE)) + b"\x00\x00\x01\x00\xff\xfe\xfd\xfc" * 4,
    "box shorter than its header": movie(track(tables=WHOLE)) + b"\x00\x00\x00\x05free",
    "data behind the end": movie(track(tables=WHOLE.replace("at=24", "at=99999"))),
    "no video": b"Dear Sir or Madam" * 100,
    "nothing": b"",
    "picture without an end": pictures.jpeg()[:-200],
    "picture without a frame": b"\xff\xd8\xff\xe0\x00\x04ab\x00\x00\x00\x00",
}


def found(folder: Path, data: bytes, name: str = "a.mp4") -> Probe:
    path = folder / name
    path.write_bytes(data)
    return probe_path(path)


def assert_spoken(probe: Probe) -> None:
    silent = [problem for problem in probe.problems if not in_both_languages(problem.detail)]
    assert silent == []


@pytest.mark.parametrize("name", BUILT)
def test_what_is_wrong_with_a_built_file_is_said_in_both_languages(name: str, tmp_path: Path) -> None:
    probe = found(tmp_path, BUILT[name])
    assert probe.problems, "the file is meant to be broken"
    assert_spoken(probe)


@pytest.mark.parametrize("name", BUILT)
def test_a_page_shows_the_half_of_its_language_alone(name: str, tmp_path: Path) -> None:
    zh, en = (Reader(lang, ZoneInfo("Asia/Shanghai"), utc(2026, 11, 23)) for lang in ("zh", "en"))
    for problem in found(tmp_path, BUILT[name]).problems:
        assert (zh.value(problem.detail), en.value(problem.detail)) == halves(problem.detail)


@pytest.mark.parametrize("name", sorted(path.name for path in BROKEN.iterdir()))
def test_what_is_wrong_with_a_kept_broken_file_is_said_in_both_languages(name: str) -> None:
    assert_spoken(probe_path(BROKEN / name))


@pytest.mark.parametrize("name", [*sorted(media.RECIPES), *sorted(dav.RECIPES), *sorted(sounds.SOUNDS)])
def test_what_a_cut_takes_from_a_recording_is_said_in_both_languages(name: str, tmp_path: Path) -> None:
    clip = media.clip if name in media.RECIPES else dav.clip if name in dav.RECIPES else sounds.clip
    data = clip(name).read_bytes()
    suffix = Path(name).suffix
    for keep in (100, len(data) // 3, len(data) * 2 // 3, len(data) - 5):
        assert_spoken(found(tmp_path, data[:keep], f"cut{suffix}"))
    torn = bytearray(data)
    torn[len(data) // 2 : len(data) // 2 + 3000] = b"\x55" * 3000
    assert_spoken(found(tmp_path, bytes(torn), "torn.jpg"))


def test_a_file_that_cannot_be_read_says_so_in_both_languages_and_keeps_the_systems_words(tmp_path: Path) -> None:
    probe = probe_path(tmp_path / "absent.mp4")
    (problem,) = probe.problems
    zh, en = halves(problem.detail)
    assert "absent.mp4：无法读取：No such file or directory" in zh
    assert "absent.mp4: cannot be read: No such file or directory" in en


def test_a_track_is_named_before_the_statement_in_each_language() -> None:
    label = track_label(2, TrackKind.AUDIO)
    assert halves(label) == ("轨道 2（声音）", "track 2 (audio)")
    assert halves(about(label, "样本已加密", "samples are encrypted")) == (
        "轨道 2（声音）：样本已加密",
        "track 2 (audio): samples are encrypted",
    )
    assert halves(goes_back(label, 3)) == (
        "轨道 2（声音）：时间戳倒退 3 次",
        "track 2 (audio): time goes backwards 3 times",
    )


def test_no_reader_and_no_store_says_anything_in_one_language_only() -> None:
    paths = [path for place in SPEAKING for path in (sorted(place.rglob("*.py")) if place.is_dir() else [place])]
    assert list(unspoken(parsed(paths))) == []


@pytest.mark.parametrize(
    "code",
    [
        'problems.add(ProblemCode.TRUNCATED, "cut")',
        'problems.add(ProblemCode.TRUNCATED, f"cut at {at}", at)',
        'Problem(ProblemCode.TRUNCATED, "文件被截断 / cut")',
        'raise HandOver("no index")',
        'def f(problems):\n    detail = "cut"\n    problems.add(ProblemCode.TRUNCATED, detail)',
        'def f(ok):\n    d = say("截断", "cut")\n    if ok:\n        d = "cut"\n    Problem(ProblemCode.TRUNCATED, d)',
        'def words():\n    return "cut"\nproblems.add(ProblemCode.TRUNCATED, words())',
    ],
)
def test_a_text_that_was_not_made_in_both_languages_is_seen_in_the_code(code: str) -> None:
    assert len(list(unspoken([ast.parse(code)]))) == 1


def test_a_text_made_in_both_languages_passes_wherever_it_is_kept() -> None:
    code = (
        'CUT = say("截断", "cut")\ndef words():\n    return say("截断", "cut")\n'
        "def f(problems, why):\n    detail = words()\n    problems.add(ProblemCode.TRUNCATED, detail)\n"
        "    problems.add(ProblemCode.TRUNCATED, CUT)\n    problems.has(ProblemCode.TRUNCATED)\n"
        "    Problem(ProblemCode.BAD_BOX, why.reason)\n"
    )
    assert list(unspoken([ast.parse(code)])) == []
