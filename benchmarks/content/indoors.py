"""Scenes under a roof: corridor, walls, a paper, a car, the interrogation room with and without people."""

import math

import cv2
import numpy as np

from benchmarks.content.outdoors import LENGTH, panorama
from benchmarks.content.pictures import (
    COLUMNS,
    MARGIN,
    ROWS,
    Draw,
    Picture,
    clouds,
    paste,
    person,
    plain,
    seen,
    sloped,
    swaying,
    textured,
    to_and_fro,
)

WIDE, HIGH = COLUMNS + 2 * MARGIN, ROWS + 2 * MARGIN


def corridor(rng: np.random.Generator) -> Draw:
    """Walking to the end of a corridor and back: doors, lamps, shining floor."""
    picture = np.full((HIGH, WIDE, 3), (170, 178, 182), np.uint8)
    x, y = WIDE // 2, HIGH // 2 - 20
    cv2.fillPoly(picture, [np.array([(0, HIGH), (WIDE, HIGH), (x + 50, y + 40), (x - 50, y + 40)])], (120, 125, 128))
    cv2.fillPoly(picture, [np.array([(0, 0), (WIDE, 0), (x + 50, y - 35), (x - 50, y - 35)])], (205, 208, 210))
    cv2.rectangle(picture, (x - 50, y - 35), (x + 50, y + 40), (105, 112, 118), -1)
    for step in (1.3, 1.8, 2.6, 3.8, 5.6):
        for side in (-1, 1):
            door = [(50, -20), (62, -24), (62, 50), (50, 40)]
            points = [(x + side * int(a * step), y + int(b * step)) for a, b in door]
            cv2.fillPoly(picture, [np.array(points)], tuple(int(c) for c in rng.uniform(50, 130, 3)))
        cv2.ellipse(picture, (x, y - int(30 * step)), (int(9 * step), int(2 * step)), 0, 0, 360, (252, 252, 250), -1)
        cv2.line(
            picture, (x - int(50 * step), y + int(41 * step)), (x + int(50 * step), y + int(41 * step)), (96, 98, 99), 1
        )
    picture = textured(picture, (clouds(rng, (HIGH, WIDE), 8, 3), 3.0), (clouds(rng, (HIGH, WIDE), 200, 2), 6.0))
    sway, begin = swaying(rng, 10), rng.uniform(0, 20)

    def draw(at: float) -> Picture:
        right, down, turned = sway(at)
        return seen(picture, (MARGIN + right, MARGIN + down), turned, 1 + to_and_fro(at + begin, 0.05, 0.9))

    return draw


def plaster(rng: np.random.Generator) -> Draw:
    """A rough wall that fills the picture."""
    rough = clouds(rng, (HIGH, WIDE * 2), 14, 4)
    wall = textured(plain(HIGH, WIDE * 2, (150, 158, 162)), (rough, 8.0), (clouds(rng, rough.shape, 300, 2), 10.0))
    return _along(rng, wall, 12)


def painted(rng: np.random.Generator) -> Draw:
    """A smooth wall with soft shading; now and then a switch or the skirting comes into view."""
    shape = (HIGH, WIDE * 2)
    roller, shading = clouds(rng, shape, 5, 3), clouds(rng, shape, 380, 2)
    wall = textured(sloped(*shape, (178, 186, 190), (150, 157, 160)), (roller, 1.6), (shading, 12.0))
    for x in (260, 900, 1250):
        cv2.rectangle(wall, (x, 250), (x + 22, 276), (225, 228, 230), -1)
        cv2.rectangle(wall, (x, 250), (x + 22, 276), (140, 142, 145), 1)
    cv2.rectangle(wall, (0, HIGH - 52), (WIDE * 2, HIGH), (92, 100, 112), -1)
    return _along(rng, wall, 14)


def _along(rng: np.random.Generator, wall: Picture, most: float) -> Draw:
    sway, begin = swaying(rng, most, 0.7), rng.uniform(0, 60)

    def draw(at: float) -> Picture:
        right, down, turned = sway(at)
        place = to_and_fro(at + begin, 11, wall.shape[1] - WIDE)
        return seen(wall, (MARGIN + place + right, MARGIN + down), turned)

    return draw


def paper(rng: np.random.Generator) -> Draw:
    """A printed sheet held before the lens: it fills most of the picture and trembles."""
    picture = textured(plain(HIGH, WIDE, (90, 95, 105)), (clouds(rng, (HIGH, WIDE), 60, 4), 14.0))
    cv2.fillPoly(picture, [np.array([(70, 40), (WIDE - 60, 52), (WIDE - 40, HIGH), (40, HIGH)])], (232, 236, 238))
    for y in range(90, HIGH, 22):
        words = "".join(rng.choice(list("abcdefg hijklmno pqrstuvw xyz"), 62))
        cv2.putText(picture, words, (100, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (60, 58, 56), 1, cv2.LINE_AA)
    picture = textured(picture, (clouds(rng, (HIGH, WIDE), 260, 2), 6.0))
    sway = swaying(rng, 9, 1.1)

    def draw(at: float) -> Picture:
        right, down, turned = sway(at)
        return seen(picture, (MARGIN + right, MARGIN + down), turned * 2)

    return draw


def car(rng: np.random.Generator) -> Draw:
    """From the passenger's chest: dark dashboard and wheel, the street passes behind the window."""
    front = panorama(rng)
    inside = textured(plain(ROWS, COLUMNS, (38, 36, 35)), (clouds(rng, (ROWS, COLUMNS), 7, 3), 3.0))
    window = np.zeros((ROWS, COLUMNS), np.uint8)
    cv2.fillPoly(window, [np.array([(70, 30), (600, 18), (630, 190), (30, 205)])], 1)
    cv2.ellipse(inside, (170, 330), (130, 95), 0, 0, 360, (18, 18, 18), 18)
    for x in (380, 440, 500):
        cv2.circle(inside, (x, 270), 20, (120, 200, 120), 2)
        cv2.putText(inside, "60", (x - 10, 276), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (190, 190, 190), 1)
    glass = window.astype(bool)
    sway, begin = swaying(rng, 3, 3.1), rng.uniform(0, 60)

    def draw(at: float) -> Picture:
        right, down, turned = sway(at)
        stands = max(math.sin(2 * math.pi * at / 45), 0.0)  # waits at a crossing for half of the time
        along = to_and_fro(at + begin + 4 * stands, 120, LENGTH - COLUMNS - 2 * MARGIN)
        picture = inside.copy()
        np.copyto(picture, seen(front, (MARGIN + along, MARGIN + down)), where=glass[..., None])
        return cv2.warpAffine(
            picture,
            cv2.getRotationMatrix2D((320 + right, 180 + down), turned, 1.03),
            (COLUMNS, ROWS),
            flags=cv2.INTER_LINEAR,
        )

    return draw


def _room(rng: np.random.Generator) -> Picture:
    picture = np.full((ROWS, COLUMNS, 3), (162, 170, 172), np.uint8)
    cv2.fillPoly(picture, [np.array([(0, 240), (COLUMNS, 240), (COLUMNS, ROWS), (0, ROWS)])], (112, 116, 120))
    cv2.line(picture, (120, 0), (120, 240), (128, 134, 138), 2)
    cv2.rectangle(picture, (470, 60), (550, 240), (78, 92, 110), -1)
    cv2.rectangle(picture, (250, 40), (350, 80), (210, 120, 60), -1)
    cv2.putText(picture, "A-03", (270, 68), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (240, 240, 240), 2)
    cv2.rectangle(picture, (180, 235), (430, 262), (60, 80, 105), -1)
    for x in (196, 414):
        cv2.line(picture, (x, 262), (x, 345), (50, 66, 88), 7)
    cv2.rectangle(picture, (270, 170), (330, 235), (45, 45, 50), 3)
    return textured(picture, (clouds(rng, (ROWS, COLUMNS), 6, 3), 2.2), (clouds(rng, (ROWS, COLUMNS), 240, 2), 7.0))


def empty(rng: np.random.Generator) -> Draw:
    """The interrogation room with nobody in it: nothing moves but the sensor's noise and the clock."""
    room = _room(rng)
    return lambda _: room


def interview(rng: np.random.Generator) -> Draw:
    """The same room with two people who sit: heads nod by a pixel or two, seldom a gesture."""
    room = _room(rng)
    people = [(235, 95, person(rng, 170)), (360, 90, person(rng, 180))]
    sways = [swaying(rng, 2.2, 0.35) for _ in people]

    def draw(at: float) -> Picture:
        picture = room.copy()
        for number, ((x, y, (thing, mask)), sway) in enumerate(zip(people, sways, strict=True)):
            right, down, _ = sway(at)
            leaning = 14 * max(math.sin(2 * math.pi * at / (23 + 9 * number)) - 0.9, 0) * 10
            paste(picture, thing, mask, (x + right + leaning, y + down))
        picture[235:262, 180:430] = room[235:262, 180:430]
        return picture

    return draw
