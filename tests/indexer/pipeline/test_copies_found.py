"""Copies in a whole scan: the clip seen first is the original, whichever was looked at first; other bytes end it."""

import random
from datetime import timedelta
from typing import BinaryIO

import pytest

from detectors.content.base import Answer, Print, Request
from detectors.content_facts import ContentCopy
from domain.prints import FINE, KEY, packed
from indexer.pipeline.copies import copies_of_files
from storage.schema.tables import COPY, FILE
from tests.builders import House, clip_name, film
from tests.indexer.pipeline.checkers import versions
from tests.indexer.pipeline.looking import looking
from tests.scanning import MORNING

pytestmark = [pytest.mark.slow, pytest.mark.long]
HOUR = timedelta(hours=1)


def check(stream: BinaryIO, request: Request) -> Answer:
    """Sixty seconds of sound; files whose folders begin with the same letter sound the same."""
    rng = random.Random(request.name.partition(":")[2][0] if ":" in request.name else request.name[0])
    moments = [timedelta(milliseconds=2000 * n + rng.randrange(900)) for n in range(30)]
    values = [packed(rng.getrandbits(KEY), (0, 1), rng.getrandbits(FINE)) for _ in moments]
    prints = [Print(at, value, sound=True) for at, value in zip(moments, values, strict=True)]
    return Answer(prints=tuple(prints), versions=versions(), cpu_seconds=0.1)


def clip(house: House, folder: str, start: str) -> None:
    house.put(f"{folder}/{clip_name('1100001', '031022', start)}", film(60, folder))


def held(house: House) -> dict[str, list[ContentCopy]]:
    """By folder of the clip, what others hold of it."""
    names = {row["id"]: row["anchor"].partition(":")[2].partition("/")[0] for row in house.rows(FILE)}
    with house.engine.begin() as connection:
        found = copies_of_files(connection, names)
    return {names[file_id]: list(some) for file_id, some in found.items()}


@pytest.fixture
def copied(house: House) -> House:
    """`a1` is a day old when `a2` comes; `b1` has nothing to do with them."""
    looking(house, checker=f"{__name__}:check")
    clip(house, "a1", "08:30:00")
    clip(house, "b1", "09:30:00")
    house.scan()
    assert held(house) == {}
    clip(house, "a2", "10:30:00")
    house.scan(MORNING + HOUR)
    return house


def test_both_clips_know_of_each_other_and_which_was_first(copied: House) -> None:
    found = held(copied)
    assert sorted(found) == ["a1", "a2"]
    (of_first,), (of_second,) = found["a1"], found["a2"]
    assert (of_first.first, of_second.first) == (False, True)
    assert "a2/" in of_first.name
    assert of_first.here == of_first.there == of_second.here
    assert of_first.here[1] - of_first.here[0] > timedelta(seconds=50)
    assert (of_first.sound, of_first.picture) == (True, False)


def test_a_scan_that_changes_nothing_keeps_the_same_version(copied: House) -> None:
    before = copied.rows(COPY)
    copied.scan(MORNING + 2 * HOUR)
    assert copied.rows(COPY) == before


def test_what_was_known_of_other_bytes_ends_and_what_they_hold_is_found_anew(copied: House) -> None:
    (before,) = copied.rows(COPY)
    copied.put(f"a2/{clip_name('1100001', '031022', '10:30:00')}", film(61, "other"))
    copied.scan(MORNING + 2 * HOUR)
    (after,) = copied.rows(COPY)
    assert after["id"] != before["id"]
    assert after["since_scan"] > before["since_scan"]
