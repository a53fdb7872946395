"""Photos as body cameras take them: JPEG with an EXIF segment (CIPA DC-008), written byte by byte."""

import struct
from pathlib import Path

import cv2

from sample_media.pictures import draw_overlay, draw_person, scene, seed_of
from sample_media.tables import SampleStill

ASCII, LONG, UNDEFINED = 2, 4, 7
MAKE, MODEL, DATE_TIME, EXIF_POINTER = 0x010F, 0x0110, 0x0132, 0x8769
EXIF_VERSION, DATE_TIME_ORIGINAL, DATE_TIME_DIGITIZED, BODY_SERIAL = 0x9000, 0x9003, 0x9004, 0xA431
HEADER = 8  # "MM", 42, offset of the first directory

Entry = tuple[int, int, bytes]


def text(tag: int, value: str) -> Entry:
    return tag, ASCII, value.encode("ascii") + b"\0"


def directory(entries: list[Entry], offset: int) -> bytes:
    """One image file directory at `offset` of the TIFF block, its longer values right behind it."""
    values_at = offset + 2 + 12 * len(entries) + 4
    head, values = struct.pack(">H", len(entries)), b""
    for tag, kind, value in sorted(entries):
        count = 1 if kind == LONG else len(value)
        if len(value) <= 4:
            place = value.ljust(4, b"\0")
        else:
            place = struct.pack(">I", values_at + len(values))
            values += value + b"\0" * (len(value) % 2)
        head += struct.pack(">HHI", tag, kind, count) + place
    return head + struct.pack(">I", 0) + values


def exif_segment(still: SampleStill) -> bytes:
    moment = f"{still.taken:%Y:%m:%d %H:%M:%S}"
    first = [text(MAKE, "BCAM"), text(MODEL, "BC-S2"), text(DATE_TIME, moment)]
    pointer = (EXIF_POINTER, LONG, struct.pack(">I", 0))
    exif_at = HEADER + len(directory([*first, pointer], HEADER))
    pointer = (EXIF_POINTER, LONG, struct.pack(">I", exif_at))
    exif = [
        (EXIF_VERSION, UNDEFINED, b"0232"),
        text(DATE_TIME_ORIGINAL, moment),
        text(DATE_TIME_DIGITIZED, moment),
        text(BODY_SERIAL, still.device),
    ]
    tiff = b"MM\0*" + struct.pack(">I", HEADER) + directory([*first, pointer], HEADER) + directory(exif, exif_at)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def write_still(still: SampleStill, target: Path) -> None:
    label = f"DSJ-{still.device} {still.officer}"
    picture = scene(seed_of(label), 1280, 720)
    draw_person(picture, seed_of(still.path) % 60)
    draw_overlay(picture, f"{still.taken:%Y-%m-%d %H:%M:%S} {label}")
    done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])
    if not done:
        raise OSError(f"{still.subject}: OpenCV could not encode the picture")
    content = jpeg.tobytes()
    target.write_bytes(content[:2] + exif_segment(still) + content[2:])
