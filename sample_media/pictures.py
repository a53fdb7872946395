"""Draws what the cameras see, one picture a second: a textured scene, somebody moving in it, the on-screen clock."""

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_media.tables import SampleClip, Shown, Sight

Picture = NDArray[np.uint8]


def seed_of(text: str) -> int:
    """The same on every machine and in every run."""
    return zlib.crc32(text.encode())


def scene(seed: int, width: int, height: int) -> Picture:
    """Soft light, some grain and a few plain surfaces: nothing that a black or frozen check could mistake."""
    random = np.random.RandomState(seed)
    light = cv2.resize(
        random.randint(70, 170, (6, 10, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    grain = random.normal(0, 9, (height // 24, width // 24)).astype(np.float32)
    picture = light + cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    drawn: Picture = np.clip(picture, 16, 235).astype(np.uint8)
    for _ in range(6):
        left, bottom = int(random.randint(0, width)), int(random.randint(height // 3, height))
        size = (int(random.randint(40, 200)), int(random.randint(60, 250)))
        shade = [int(value) for value in random.randint(30, 200, 3)]
        cv2.rectangle(drawn, (left, bottom - size[1]), (left + size[0], bottom), shade, -1)
    return drawn


def draw_person(picture: Picture, second: int) -> None:
    height, width = picture.shape[:2]
    x = int(width * (0.5 + 0.25 * np.sin(second / 7)))
    cv2.ellipse(picture, (x, int(height * 0.6)), (width // 26, height // 6), 0, 0, 360, (60, 50, 45), -1)
    cv2.circle(picture, (x, int(height * 0.4)), height // 22, (140, 160, 190), -1)


def draw_overlay(picture: Picture, text: str) -> None:
    """Date, time and numbers on a dark bar (GA/T 947.2 cl. 6.2.8)."""
    scale = picture.shape[1] / 1280
    bar = (int(20 + 19 * len(text) * scale), int(16 + 40 * scale))
    cv2.rectangle(picture, (8, 8), bar, (25, 25, 25), -1)
    place = (16, int(8 + 32 * scale))
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (240, 240, 240), 2, cv2.LINE_AA)


def draw_black(picture: Picture) -> None:
    """What a sensor without signal gives; not even a lamp far away."""
    picture[:] = 6


def draw_hand(picture: Picture, second: int) -> None:
    """Skin against the lens: no edge, some light through it, from one side more than from the other."""
    height, width = picture.shape[:2]
    across, down = np.linspace(0.7, 1.1, width)[None, :, None], np.linspace(1.1, 0.8, height)[:, None, None]
    light = 1 + 0.2 * np.sin(second / 2.3)  # never so still as a frozen picture
    picture[:] = np.clip(np.array((38.0, 48.0, 92.0)) * across * down * light, 0, 255).astype(np.uint8)


def draw_blur(picture: Picture) -> None:
    """The same scene through a lens that is far out of focus."""
    picture[:] = cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / 100)


def draw_fault(picture: Picture, shown: Shown, second: int) -> None:
    match shown.what:
        case Sight.BLACK:
            draw_black(picture)
        case Sight.COVERED:
            draw_hand(picture, second)
        case Sight.BLURRED:
            draw_blur(picture)
        case _:
            pass


def moment(clip: SampleClip, second: int) -> int:
    """The second of what happened that is to be seen in a second of the file: later where some were cut out before."""
    cut = clip.showing(Sight.CUT)
    return second + cut.seconds if cut and second >= cut.start else second


def clock(clip: SampleClip, second: int) -> datetime:
    """What the on-screen clock shows in a second of the file."""
    behind = clip.showing(Sight.CLOCK)
    return clip.camera + timedelta(seconds=moment(clip, second) - (behind.seconds if behind else 0))


def pictures(clip: SampleClip) -> Iterator[Picture]:
    """One BGR picture for every second of the clip, with the time that the camera believed it was."""
    background = scene(seed_of(clip.label), clip.form.width, clip.form.height)
    first, frozen = seed_of(clip.path) % 60, clip.showing(Sight.FROZEN)
    for second in range(clip.seconds):
        picture = background.copy()
        stands = frozen.start if frozen and frozen.at(second) else second
        draw_person(picture, first + moment(clip, stands))
        for shown in clip.shows:
            if shown.at(second):
                draw_fault(picture, shown, second)
        draw_overlay(picture, f"{clock(clip, second):%Y-%m-%d %H:%M:%S} {clip.label}")
        yield picture[::-1, ::-1] if clip.showing(Sight.TURNED) else picture
