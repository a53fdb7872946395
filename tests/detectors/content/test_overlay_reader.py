"""The real reader on pictures from real encoders; and that it fetches nothing and writes nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from benchmarks.content.overlay_scenes import BEGIN, Scene, encoded, pictures, written
from detectors.content.base import DrawnPicture, OverlayHint
from detectors.content.overlay.reader import available, shared
from detectors.content.overlay.watch import OverlayWatch
from domain.observation import Observation, ObservationKind
from indexer.containers import probe_path

KIND = ObservationKind
ZERO = (BEGIN - BEGIN.replace(1970, 1, 1, 0, 0, 0)).total_seconds()

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not available(), reason="the extra overlay is not installed")]

ALONE = """
import sys
import numpy as np
seen = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.mkdir", "os.rename"):
        seen.append((event, arguments))
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append((event, arguments))
sys.addaudithook(hook)
from detectors.content.overlay.reader import shared
assert shared().find(np.zeros((720, 1280, 3), np.uint8)) == []
assert shared().read([np.zeros((40, 300, 3), np.uint8)])[0].text == ""
assert seen == [], seen
"""


def watched(scene: Scene) -> tuple[Observation, ...]:
    return seen_in(encoded(scene), scene.seconds)


def seen_in(clip: bytes, seconds: float) -> tuple[Observation, ...]:
    shots = list(pictures(clip))
    watch = OverlayWatch(OverlayHint(), [(0.0, float(seconds))])
    while times := watch.wanted():
        for at in times:
            watch.look(min(shots, key=lambda shot: abs(shot.at - at)))
    return watch.finish()[0]


def of(seen: tuple[Observation, ...], kind: ObservationKind) -> list[float | None]:
    return [one.value for one in seen if one.kind is kind]


def test_the_reader_fetches_nothing_writes_nothing_and_says_nothing(project: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", ALONE],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    "scene",
    [
        Scene("h264", seconds=5, beside="1234567 012345"),
        Scene("h265, small and busy", codec="libx265", height=16, ground="busy", font="sans", seconds=6),
        Scene("bright, boxed", style="box", ground="bright", place="bottom-left", crf=33, font="uni", seconds=5),
        Scene("weekday", lambda at: written(at, "%Y年%m月%d日 %H:%M:%S 星期五"), font="uni", seconds=5),
        Scene("above", lambda at: written(at, "%Y-%m-%d\n%H:%M:%S"), lines=576, height=18, seconds=5),
    ],
    ids=lambda scene: scene.name,
)
def test_the_clock_of_an_encoded_clip_is_read_to_the_second(scene: Scene) -> None:
    seen = watched(scene)
    assert of(seen, KIND.CLOCK) == [pytest.approx(ZERO, abs=0.6)]
    assert not of(seen, KIND.CLOCK_JUMP) + of(seen, KIND.CLOCK_MISSING) + of(seen, KIND.CLOCK_STOPPED)
    assert [one.detail for one in seen if one.kind is KIND.NUMBERS] == ([scene.beside] if scene.beside else [])


@pytest.mark.parametrize("turn", [90, *(pytest.param(turn, marks=pytest.mark.long) for turn in (180, 270))])
def test_a_picture_that_lies_on_its_side_says_how_to_turn_it(turn: int) -> None:
    seen = watched(Scene("turned", turn=turn, seconds=4))
    assert of(seen, KIND.TURNED) == [turn]
    assert of(seen, KIND.CLOCK) == [pytest.approx(ZERO, abs=0.6)]


@pytest.mark.parametrize("turn", [90, pytest.param(180, marks=pytest.mark.long)])
def test_the_way_that_players_show_a_file_is_what_text_and_container_tell_together(tmp_path: Path, turn: int) -> None:
    """Stored turned, with the matrix that puts it right: ffmpeg shows it upright, both are told in the same degrees."""
    stored, marked, shown = (tmp_path / name for name in ("stored.mp4", "marked.mp4", "shown.mp4"))
    stored.write_bytes(encoded(Scene("turned", turn=turn, seconds=4)))
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    matrix = ["-display_rotation", str(360 - turn), "-i", str(stored), "-c", "copy", str(marked)]
    for command in (matrix, ["-i", str(marked), "-crf", "20", str(shown)]):
        subprocess.run([*ffmpeg, *command], check=True, capture_output=True)
    video = probe_path(marked).video
    assert video is not None
    assert of(seen_in(marked.read_bytes(), 4), KIND.TURNED) == [turn] == [video.rotation]
    assert of(seen_in(shown.read_bytes(), 4), KIND.TURNED) == []
    assert of(seen_in(shown.read_bytes(), 4), KIND.CLOCK) == [pytest.approx(ZERO, abs=0.6)]


@pytest.mark.parametrize(
    "text", [pytest.param("营业时间 09:00-21:30", marks=pytest.mark.long), "2026年11月20日 星期五"]
)
def test_signs_plates_and_calendars_are_no_clock(text: str) -> None:
    seen = watched(Scene("none", lambda _: None, scenery=text, seconds=4))
    assert of(seen, KIND.CLOCK) + of(seen, KIND.CLOCK_STOPPED) + of(seen, KIND.NUMBERS) == []
    assert of(seen, KIND.CLOCK_MISSING) == [3]


def test_a_cut_inside_an_encoded_clip_is_a_jump() -> None:
    seen = watched(Scene("cut", lambda at: written(at + 60 * (at >= 9)), seconds=20))
    [jump] = [one for one in seen if one.kind is KIND.CLOCK_JUMP]
    assert jump.value == pytest.approx(60, abs=1)
    assert jump.start.total_seconds() <= 9 <= jump.end.total_seconds()
    assert (jump.end - jump.start).total_seconds() <= 2


@pytest.mark.parametrize(
    "image",
    [
        lambda: np.zeros((1, 1, 3), dtype=np.uint8),
        lambda: np.full((2, 4000, 3), 255, dtype=np.uint8),
        lambda: np.zeros((4320, 7680, 3), dtype=np.uint8),
        lambda: np.full((3000, 16, 3), 128, dtype=np.uint8),
        pytest.param(
            lambda: np.random.default_rng(3).integers(0, 255, (480, 640, 3), dtype=np.uint8), marks=pytest.mark.long
        ),
    ],
    ids=["one pixel", "a row", "8K", "a column", "noise"],
)
def test_pictures_of_any_shape_are_looked_at_without_trouble(image: Callable[[], np.ndarray]) -> None:
    whole = image()
    watch = OverlayWatch(OverlayHint(), [(0.0, 10.0)])
    while times := watch.wanted():
        for at in times:
            watch.look(DrawnPicture(at, whole))
    seen, regions = watch.finish()
    assert regions == ()
    assert not of(seen, KIND.CLOCK) + of(seen, KIND.CLOCK_JUMP)


def test_a_line_of_one_pixel_reads_as_nothing() -> None:
    assert shared().read([np.zeros((1, 1, 3), dtype=np.uint8)])[0].text == ""
