"""Positions as Novatek's chips and their kin keep them: moov/gps lists free boxes between the media data.

Such a box begins "GPS " and holds the position of one second, as numbers or as NMEA 0183 sentences. Only the first one
is looked at: it says when and where the recording began. The zone of its clock differs between firmwares, so the
numbers stay naive; NMEA's time is UTC by its standard.
"""

import math
import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime

from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import U32, read_at
from indexer.containers.statements import Statement, position, printable

LIST_HEAD, LISTED = struct.Struct(">4xI"), struct.Struct(">II")
BEGIN = b"GPS "
FIX = struct.Struct("<6I3sxff")  # hour minute second year month day · status N/S E/W · latitude longitude as ddmm.mmmm
FIX_PLACES = (0x28, 0x08)  # from the box's content on, of older and newer firmwares
BUILD = 8  # a firmware's name and date, where there is one
LOOKED_AT = 1024
RMC = re.compile(
    rb"\$[A-Z]{2}RMC,(\d{2})(\d{2})(\d{2})(?:\.\d{0,6})?,A,(\d{1,3})(\d{2}\.\d{1,8}),([NS]),"
    rb"(\d{1,3})(\d{2}\.\d{1,8}),([EW]),[^,]{0,12},[^,]{0,12},(\d{2})(\d{2})(\d{2})"
)


def first_listed(content: bytes) -> tuple[int, int] | None:
    """Offset and bytes of the first box that moov/gps lists."""
    if len(content) < LIST_HEAD.size + LISTED.size or not LIST_HEAD.unpack_from(content)[0]:
        return None
    offset, size = LISTED.unpack_from(content, LIST_HEAD.size)
    return offset, size


def listed(source: Source, place: tuple[int, int] | None) -> Iterator[Statement]:
    """What the listed box says; nothing when there is none where it should be."""
    if place is None or place[0] + 8 > source.size:
        return
    raw = read_at(source.stream, place[0], min(place[1], LOOKED_AT))
    if len(raw) > 8 and raw[4:8] == b"free" and U32.unpack_from(raw)[0] >= 8:
        yield from statements(raw[8:])


def statements(content: bytes) -> Iterator[Statement]:
    """The content of one such box."""
    if not content.startswith(BEGIN):
        return
    build = printable(content[BUILD : BUILD + 32].split(b"\0")[0])
    if build:
        yield "firmware", build
    sentence = RMC.search(content[:LOOKED_AT])
    if sentence:
        yield from _sentence(sentence)
        return
    for at in FIX_PLACES:
        found = list(_fix(content, at))
        if found:
            yield from found
            return


def _sentence(found: re.Match[bytes]) -> Iterator[Statement]:
    hour, minute, second, lat, lat_minutes, north, lon, lon_minutes, east, day, month, year = found.groups()
    try:
        yield "gps", datetime(*(int(n) for n in (b"20" + year, month, day, hour, minute, second)), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return
    latitude = int(lat) + float(lat_minutes) / 60
    longitude = int(lon) + float(lon_minutes) / 60
    yield from _place(latitude if north == b"N" else -latitude, longitude if east == b"E" else -longitude)


def _fix(content: bytes, at: int) -> Iterator[Statement]:
    """Numbers at a place where the status says that they hold ("A")."""
    if len(content) < at + FIX.size:
        return
    hour, minute, second, year, month, day, marks, latitude, longitude = FIX.unpack_from(content, at)
    if marks[:1] != b"A" or marks[1:2] not in (b"N", b"S") or marks[2:3] not in (b"E", b"W"):
        return
    try:
        yield "gps", datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001 (the zone is not said)
    except (ValueError, OverflowError):
        return
    if math.isfinite(latitude) and math.isfinite(longitude):
        north, east = _degrees(latitude), _degrees(longitude)
        yield from _place(-north if marks[1:2] == b"S" else north, -east if marks[2:3] == b"W" else east)


def _degrees(mixed: float) -> float:
    """ddmm.mmmm as degrees."""
    whole = abs(mixed) // 100
    return whole + (abs(mixed) - whole * 100) / 60


def _place(latitude: float, longitude: float) -> Iterator[Statement]:
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        yield "location", position(latitude, longitude)
