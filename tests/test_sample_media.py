"""The sample day holds what its tables promise: counts, formats, sizes, times, and a README that a machine can read."""

import re
import shutil
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from pathlib import Path

import av
import exifread
import numpy as np
import pytest

from sample_media import day
from sample_media.damage import boxes
from sample_media.feeds import write_feeds
from sample_media.generate import make_clip
from sample_media.manifest import read_manifest, restore
from sample_media.readme import write_readme
from sample_media.tables import Audio, Container, Damage, SampleClip, SampleStill, Video

HOME = Path(__file__).resolve().parent.parent / "sample_media"
STORES = HOME / "stores"
UNPLAYABLE = (Damage.ZERO_LENGTH, Damage.NO_INDEX, Damage.COPYING)
PLAYABLE = [clip for clip in day.CLIPS if clip.damage not in UNPLAYABLE]
DEMUXER = {
    Container.MP4: "mov",
    Container.FRAGMENTED: "mov",
    Container.MOV: "mov",
    Container.AVI: "avi",
    Container.MKV: "matroska",
    Container.TS: "mpegts",
    Container.PS: "mpeg",
}


def file_of(clip: SampleClip) -> Path:
    return STORES / clip.store / clip.path


def by_path(ending: str) -> SampleClip:
    return next(clip for clip in day.CLIPS if clip.path.endswith(ending))


def length_of(path: Path) -> float:
    """Seconds from the first to the last packet's end over all tracks, by demuxing."""
    with av.open(str(path)) as media:
        times = [
            (float(p.pts * p.time_base), float((p.pts + (p.duration or 0)) * p.time_base))
            for p in media.demux()
            if p.pts is not None and p.time_base is not None
        ]
    return max(end for _, end in times) - max(0.0, min(start for start, _ in times))


def expected_rows() -> list[dict[str, str]]:
    """Both tables: what the files' own tables tell, and what has to be looked at."""
    lines = (HOME / "README.md").read_text(encoding="utf-8").splitlines()
    heading, rows = "| kind | subject | rule | officer | why |", []
    for place in (place for place, line in enumerate(lines) if line == heading):
        for line in takewhile(lambda line: line.startswith("|"), lines[place + 2 :]):
            cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
            rows.append(dict(zip(("kind", "subject", "rule", "officer", "why"), cells, strict=True)))
    return rows


def test_the_day_is_as_large_as_promised() -> None:
    playable = [clip for clip in PLAYABLE if clip.damage is not Damage.COPIED]
    assert len(playable) >= 60
    assert len(day.STILLS) == 2
    assert len(day.INCIDENTS) >= 20
    assert len(day.SESSIONS) >= 4
    assert len({clip.store for clip in day.CLIPS}) == 3


def test_every_codec_and_container_takes_part() -> None:
    forms = [clip.form for clip in PLAYABLE]
    assert {form.video for form in forms} == set(Video)
    assert {form.container for form in forms} == set(Container)
    assert {form.audio for form in forms} == set(Audio)


def test_the_committed_sample_stays_small() -> None:
    size = sum(path.stat().st_size for path in HOME.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert size < 22_000_000


def test_stores_hold_exactly_the_files_of_the_tables() -> None:
    there = {path.relative_to(STORES).as_posix() for path in STORES.rglob("*") if path.is_file()}
    told = {f"{clip.store}/{clip.path}" for clip in day.CLIPS}
    told |= {f"{still.store}/{still.path}" for still in day.STILLS}
    assert there == told


def test_every_manifest_row_is_a_file_of_that_size() -> None:
    rows = read_manifest(HOME / "manifest.csv")
    sizes = {path.relative_to(STORES).as_posix(): path.stat().st_size for path in STORES.rglob("*") if path.is_file()}
    assert {row.path: row.size for row in rows} == sizes
    assert len(rows) == len(day.CLIPS) + len(day.STILLS)


@pytest.mark.slow
@pytest.mark.parametrize("clip", PLAYABLE, ids=lambda clip: clip.path.rsplit("/", 1)[-1])
def test_a_clip_is_what_the_table_says(clip: SampleClip) -> None:
    """Codec, container, size, rate and, where nothing was cut off, length; read by an independent library."""
    with av.open(str(file_of(clip))) as media:
        assert DEMUXER[clip.form.container] in media.format.name.split(",")
        video = media.streams.video[0]
        assert video.codec_context.name == clip.form.video.value
        assert (video.codec_context.width, video.codec_context.height) == (clip.form.width, clip.form.height)
        found = [stream.codec_context.name for stream in media.streams.audio]
        assert found == ([clip.form.audio.value] if clip.form.audio else [])
        if clip.hole is None and clip.damage is not Damage.TRUNCATED:
            count = sum(1 for packet in media.demux(video) if packet.size)
            assert abs(count - clip.seconds * clip.form.rate) <= 1
    if clip.damage is not Damage.TRUNCATED:
        assert abs(length_of(file_of(clip)) - clip.seconds) < 0.5


@pytest.mark.parametrize("clip", PLAYABLE, ids=lambda clip: clip.path.rsplit("/", 1)[-1])
def test_creation_times_are_what_the_camera_believed_and_no_writer_is_named(clip: SampleClip) -> None:
    with av.open(str(file_of(clip))) as media:
        tags = {**media.metadata, **{k: v for stream in media.streams for k, v in stream.metadata.items()}}
    if clip.container is None:
        assert "creation_time" not in tags
    else:
        assert datetime.fromisoformat(tags["creation_time"]) == clip.container
    written = file_of(clip).read_bytes()
    assert (b"Lavf" in written) is (clip.damage is Damage.EDITED)


def test_the_hole_is_really_without_samples() -> None:
    clip = by_path("20261120090450_0001.mp4")
    assert clip.hole == (60, 40)
    with av.open(str(file_of(clip))) as media:
        times: dict[str, list[float]] = {}
        for packet in media.demux():
            if packet.pts is not None and packet.time_base is not None:
                times.setdefault(packet.stream.type, []).append(float(packet.pts * packet.time_base))
    for kind in ("video", "audio"):
        ordered = sorted(times[kind])
        start, length = max(((a, b - a) for a, b in pairwise(ordered)), key=lambda jump: jump[1])
        assert start == pytest.approx(60, abs=0.2)
        assert length == pytest.approx(40, abs=0.3)


def test_the_truncated_file_has_its_index_and_covers_the_call_with_what_is_left() -> None:
    path = file_of(by_path("20261120110450_0002.mp4"))
    kinds = [name for name, _, _ in boxes(path.read_bytes())]
    assert kinds.index(b"moov") < kinds.index(b"mdat")
    size, last = path.stat().st_size, 0.0
    with av.open(str(path)) as media:
        for packet in media.demux(video=0):
            if (
                packet.pts is not None
                and packet.time_base
                and packet.pos is not None
                and packet.pos + packet.size <= size
            ):
                last = max(last, float(packet.pts * packet.time_base))
    assert 90 < last < 0.9 * 190


def test_the_file_without_index_has_media_data_only() -> None:
    kinds = [name for name, _, _ in boxes(file_of(by_path("20261120_172230.mp4")).read_bytes())]
    assert b"mdat" in kinds
    assert b"moov" not in kinds


def test_the_copy_has_the_bytes_of_its_original_and_no_other_two_files_agree() -> None:
    contents = Counter(file_of(clip).read_bytes() for clip in day.CLIPS)
    assert sorted(contents.values())[-2:] == [1, 2]
    copy = next(clip for clip in day.CLIPS if clip.damage is Damage.COPIED)
    assert file_of(copy).read_bytes() == (STORES / copy.store / str(copy.copy_of)).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["20261120161952_0001.mp4", "hiv00000.mp4", "XW-04_CH1_20261120095950_20261120100110.mp4"]
)
def test_pictures_are_neither_black_nor_frozen(name: str) -> None:
    """Whoever looks at the pictures later must not find faults that the table does not promise."""
    clip = by_path(name)
    with av.open(str(file_of(clip))) as media:
        frames = islice(media.decode(video=0), 0, 30 * clip.form.rate, clip.form.rate)
        lumas = [frame.to_ndarray(format="gray").astype(np.int16) for frame in frames]
    means = [float(luma.mean()) for luma in lumas]
    changes = [int((abs(second - first) > 8).sum()) for first, second in pairwise(lumas)]
    assert len(means) == 30
    assert min(means) > 60
    assert min(changes) > 20


@pytest.mark.slow
def test_encoding_again_gives_the_same_bytes(tmp_path: Path) -> None:
    clip = by_path("20261120_180100.mov")
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        make_clip(clip, tmp_path / name)
    once, again = (next((tmp_path / name).rglob("*.mov")).read_bytes() for name in ("once", "again"))
    assert once == again


@pytest.mark.parametrize("still", day.STILLS, ids=lambda still: still.path)
def test_a_still_carries_its_time_and_camera(still: SampleStill) -> None:
    with (STORES / still.store / still.path).open("rb") as file:
        tags = exifread.process_file(file, details=False)
    assert str(tags["EXIF DateTimeOriginal"]) == f"{still.taken:%Y:%m:%d %H:%M:%S}"
    assert str(tags["EXIF BodySerialNumber"]) == still.device
    assert {str(tags["Image Make"]), str(tags["Image Model"])} == {"BCAM", "BC-S2"}


def test_the_readme_table_names_existing_subjects_and_the_faults_of_the_tables() -> None:
    config = tomllib.loads((HOME.parent / "config.toml").read_text(encoding="utf-8"))
    known = {
        "incident": {incident.number for incident in day.INCIDENTS},
        "session": {session.number for session in day.SESSIONS},
        "clip": {clip.subject for clip in day.CLIPS},
        "device": {issue.device for issue in day.ISSUES},
        "store": {store["name"] for store in config["stores"]},
        "feed": {feed["name"] for feed in config["feeds"]},
    }
    rows = expected_rows()
    assert len(rows) >= 20
    for row in rows:
        assert row["subject"] in known[row["kind"]]
        assert re.fullmatch(r"(missing|incomplete|nonstandard)\.[a-z-]+", row["rule"])
        assert row["officer"] == "-" or row["officer"] in {badge for badge, _, _ in day.OFFICERS}
    told = [(kind, subject, fault.rule, fault.officer or "-") for kind, subject, fault in day.expected()]
    assert [(row["kind"], row["subject"], row["rule"], row["officer"]) for row in rows] == told
    assert len(set(told)) == len(told)


def test_feeds_and_readme_are_as_the_tables_make_them(tmp_path: Path) -> None:
    write_feeds(tmp_path / "feeds")
    write_readme(tmp_path / "README.md")
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path: (HOME / path).read_bytes() for path in made} == made
    assert {path.name for path in (HOME / "feeds").iterdir()} == {
        path.name for path in made if path.parent.name == "feeds"
    }


def test_all_eight_kinds_of_feed_are_configured_and_there() -> None:
    config = tomllib.loads((HOME.parent / "config.toml").read_text(encoding="utf-8"))
    kinds = {feed["kind"] for feed in config["feeds"]}
    assert len(kinds) == 8
    assert all((HOME.parent / feed["location"]).is_file() for feed in config["feeds"])
    assert all((HOME.parent / store["location"]).is_dir() for store in config["stores"])


def test_clean_clips_lie_on_a_call_of_their_officer_and_cameras_were_issued() -> None:
    """What is not meant to be unlinked touches an activity; what is not meant to be unidentified was issued."""
    for clip in (clip for clip in PLAYABLE if clip.officer and clip.damage is Damage.NONE):
        rules = {fault.rule for fault in clip.faults}
        calls = [
            incident
            for incident in day.INCIDENTS
            if clip.officer in incident.officers
            and (incident.dispatched or incident.received) < clip.end
            and clip.start < (incident.feedback or incident.received) + timedelta(minutes=10)
        ]
        assert bool(calls) is ("nonstandard.unlinked" not in rules)
        issued = [
            i for i in day.ISSUES if (i.device, i.officer) == (clip.device, clip.officer) and i.start <= clip.start
        ]
        assert bool(issued) is ("nonstandard.unidentified" not in rules)


def test_restoring_times_is_idempotent_and_touches_only_the_stores(tmp_path: Path) -> None:
    shutil.copytree(HOME, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "copy"
    empty = next(row for row in read_manifest(folder / "manifest.csv") if row.size == 0)
    (folder / "stores" / empty.path).unlink()
    others = {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file()}
    contents = {path: path.read_bytes() for path in (folder / "stores").rglob("*") if path.is_file()}
    for path in contents:
        path.touch()
    touched, wrong = restore(folder)
    assert (touched, wrong) == (len(contents) + 1, [])
    assert restore(folder) == (0, [])
    for row in read_manifest(folder / "manifest.csv"):
        assert datetime.fromtimestamp((folder / "stores" / row.path).stat().st_mtime, UTC) == row.modified
    assert {path: path.read_bytes() for path in contents} == contents
    assert {path: path.stat().st_mtime_ns for path in others} == others


def test_restoring_leaves_a_file_of_another_size_alone_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "stores" / "s").mkdir(parents=True)
    (tmp_path / "stores" / "s" / "a.mp4").write_bytes(b"12345")
    (tmp_path / "manifest.csv").write_text(
        "path,size,modified\ns/a.mp4,6,2026-11-20T00:00:00Z\ns/b.mp4,7,2026-11-20T00:00:00Z\n", encoding="utf-8"
    )
    before = (tmp_path / "stores" / "s" / "a.mp4").stat().st_mtime_ns
    touched, wrong = restore(tmp_path)
    assert touched == 0
    assert wrong == ["s/a.mp4: expected 6 bytes, got 5", "s/b.mp4: expected 7 bytes, got no file"]
    assert (tmp_path / "stores" / "s" / "a.mp4").stat().st_mtime_ns == before
