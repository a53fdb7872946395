"""Scenes in the open: streets by day and night, rain, snow, sky, almost nothing at night."""

import cv2
import numpy as np

from benchmarks.content.pictures import (
    COLUMNS,
    MARGIN,
    ROWS,
    Draw,
    Picture,
    clouds,
    glow,
    paste,
    person,
    plain,
    seen,
    sloped,
    swaying,
    textured,
    to_and_fro,
)

LENGTH = 2400
HEIGHT = ROWS + 2 * MARGIN
PAVEMENT = 290
"""Row of the panorama at which houses stand on the ground."""


def _houses(rng: np.random.Generator, picture: Picture, lit: float) -> None:
    at = 0
    while at < LENGTH:
        width, top = int(rng.uniform(110, 240)), int(rng.uniform(60, 190))
        wall = tuple(int(c) for c in rng.uniform(90, 190) + rng.uniform(-15, 15, 3))
        cv2.rectangle(picture, (at, top), (at + width, PAVEMENT), wall, -1)
        for y in range(top + 14, PAVEMENT - 45, 34):
            for x in range(at + 10, at + width - 22, 30):
                glass = (110, 190, 230) if rng.random() < lit else tuple(int(c) for c in rng.uniform(25, 90, 3))
                cv2.rectangle(picture, (x, y), (x + 16, y + 20), glass, -1)
                cv2.rectangle(picture, (x, y), (x + 16, y + 20), (70, 70, 75), 1)
        shop = tuple(int(c) for c in rng.uniform(40, 220, 3))
        cv2.rectangle(picture, (at + 6, PAVEMENT - 38), (at + width - 6, PAVEMENT - 28), shop, -1)
        cv2.rectangle(picture, (at + 14, PAVEMENT - 26), (at + width - 14, PAVEMENT), (50, 45, 40), -1)
        cv2.putText(picture, "A12 SHOP", (at + 20, PAVEMENT - 29), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (240, 240, 240), 1)
        at += width


def panorama(rng: np.random.Generator, lit: float = 0.0) -> Picture:
    """A street front: sky, houses, trees, pavement with slabs, road with marks."""
    sky = sloped(HEIGHT, LENGTH, (225, 190, 150), (235, 225, 215))
    picture = textured(sky, (clouds(rng, (HEIGHT, LENGTH), 220), 8.0))
    _houses(rng, picture, lit)
    picture[PAVEMENT:] = (128, 130, 132)
    picture[PAVEMENT + 60 :] = (88, 86, 85)
    for x in range(0, LENGTH, 26):
        cv2.line(picture, (x, PAVEMENT), (x - 20, PAVEMENT + 60), (104, 106, 108), 1)
    for x in range(0, LENGTH, 120):
        cv2.line(picture, (x, PAVEMENT + 100), (x + 60, PAVEMENT + 100), (215, 220, 222), 4)
    leaves = clouds(rng, (HEIGHT, LENGTH), 24, 5)
    trees = clouds(rng, (HEIGHT, LENGTH), 150, 3) + np.linspace(0.4, -1.5, HEIGHT, dtype=np.float32)[:, None]
    where = (trees + 0.5 * leaves > 1.1) & (np.arange(HEIGHT)[:, None] < PAVEMENT)
    picture[where] = np.clip(np.array((45, 85, 60)) + leaves[where][:, None] * 22, 0, 255)
    grit = clouds(rng, (HEIGHT, LENGTH), 6, 3)
    return textured(picture, (grit, 5.0), (clouds(rng, (HEIGHT, LENGTH), 300, 2), 7.0))


def street(rng: np.random.Generator) -> Draw:
    """A walk along houses; people and poles nearer than them pass faster."""
    front, sway = panorama(rng), swaying(rng, 12)
    people = [(rng.uniform(0, 2 * LENGTH), person(rng, int(rng.uniform(140, 260)))) for _ in range(14)]
    begin = rng.uniform(0, 60)

    def draw(at: float) -> Picture:
        right, down, turned = sway(at)
        along = to_and_fro(at + begin, 38, LENGTH - COLUMNS - 2 * MARGIN) + MARGIN + right
        picture = seen(front, (along, MARGIN + down), turned)
        for place, (thing, mask) in people:
            paste(picture, thing, mask, (place - 2 * along + 9 * at % 40, ROWS - 30 - thing.shape[0] * 0.8 - down))
        return picture

    return draw


def rain(rng: np.random.Generator) -> Draw:
    """The same under a grey sky, with streaks and a drop on the lens."""
    walk = street(rng)
    drop = np.zeros((ROWS, COLUMNS), np.float32)
    cv2.circle(drop, (int(rng.uniform(100, 540)), int(rng.uniform(60, 300))), 42, 1.0, -1)
    drop = cv2.GaussianBlur(drop, (0, 0), 8)[..., None]

    def draw(at: float) -> Picture:
        grey = cv2.convertScaleAbs(walk(at), alpha=0.5, beta=52)
        streaks = grey.copy()
        own = np.random.default_rng(int(at * 1000))
        for x, y, length in own.uniform((0, 0, 12), (COLUMNS, ROWS, 40), (110, 3)):
            cv2.line(streaks, (int(x), int(y)), (int(x - length / 6), int(y + length)), (190, 188, 185), 1)
        wet = cv2.addWeighted(grey, 0.6, streaks, 0.4, 0)
        smeared = cv2.blur(wet, (31, 31))
        return (wet * (1 - drop) + smeared * drop).astype(np.uint8)

    return draw


def snow(rng: np.random.Generator) -> Draw:
    """The same overexposed: half of it white, flakes fall."""
    walk = street(rng)
    flakes = rng.uniform((0, 0, 40), (COLUMNS, ROWS, 120), (90, 3))

    def draw(at: float) -> Picture:
        bright = cv2.convertScaleAbs(walk(at), alpha=1.15, beta=75)
        for x, y, pace in flakes:
            place = (int(x + 12 * np.sin(at + x)) % COLUMNS, int(y + pace * at) % ROWS)
            cv2.circle(bright, place, 2, (250, 250, 250), -1)
        return bright

    return draw


def lamps(rng: np.random.Generator) -> Draw:
    """A street at night: lit windows, lamps with halos, head lights that come and pass."""
    front = cv2.convertScaleAbs(panorama(rng, lit=0.15), alpha=0.13)
    for x in range(150, LENGTH, 310):
        cv2.line(front, (x, 150), (x, PAVEMENT + 20), (24, 24, 26), 4)
        glow(front, (x, 150), 16, (120, 190, 250))
    sway, begin = swaying(rng, 10), rng.uniform(0, 60)

    def draw(at: float) -> Picture:
        right, down, turned = sway(at)
        along = to_and_fro(at + begin, 30, LENGTH - COLUMNS - 2 * MARGIN) + MARGIN + right
        picture = seen(front, (along, MARGIN + down), turned)
        phase = (at + begin) % 17
        if phase < 6:
            glow(picture, (90 + 80 * phase, 245 + 6 * phase), 3 + 3.5 * phase, (240, 250, 255))
        return picture

    return draw


def dark(rng: np.random.Generator) -> Draw:
    """A field at night: barely a horizon, one faint lamp that the sway moves; the rest is the sensor's noise."""
    ground = textured(sloped(HEIGHT, COLUMNS + 2 * MARGIN, (9, 8, 7), (4, 4, 4)))
    glow(ground, (rng.uniform(200, 500), rng.uniform(140, 240)), 3, (70, 95, 120))
    sway = swaying(rng, 10)

    def draw(at: float) -> Picture:
        right, down, turned = sway(at)
        return seen(ground, (MARGIN + right, MARGIN + down), turned)

    return draw


def _sky(rng: np.random.Generator, covered: float) -> Draw:
    columns = COLUMNS + 6 * MARGIN
    above = (
        sloped(HEIGHT, columns, (215, 150, 95), (235, 205, 170)) if covered < 1 else plain(HEIGHT, columns, (196,) * 3)
    )
    picture = textured(above, (clouds(rng, (HEIGHT, columns), 180, 5), 14.0 * covered + 0.3))
    roof = ROWS + int(rng.uniform(-35, -10))
    at = 0
    while at < columns:
        width, up = int(rng.uniform(60, 160)), int(rng.uniform(0, 30))
        cv2.rectangle(
            picture, (at, roof - up), (at + width, HEIGHT), tuple(int(c) for c in rng.uniform(40, 110, 3)), -1
        )
        at += width
    sway = swaying(rng, 11, 0.9)

    def draw(moment: float) -> Picture:
        right, down, turned = sway(moment)
        return seen(picture, (3 * MARGIN + right, MARGIN + down), turned)

    return draw


def clear_sky(rng: np.random.Generator) -> Draw:
    """Blue without a cloud above a bit of roofline: the smoothest picture that a camera in order gives."""
    return _sky(rng, 0.0)


def clouded_sky(rng: np.random.Generator) -> Draw:
    """Soft clouds above a bit of roofline."""
    return _sky(rng, 1.0)
