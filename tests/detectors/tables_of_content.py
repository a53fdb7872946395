"""Readable tables of tests/cases/*.toml → what was measured in a clip. Stretches are seconds of media time, `0-600`."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from detectors.content_facts import ContentCopy, ContentFacts, Part
from domain.observation import Observation, ObservationKind

CHECKED = {
    "picture": ObservationKind.PICTURE_CHECKED,
    "sound": ObservationKind.SOUND_CHECKED,
    "overlay": ObservationKind.OVERLAY_CHECKED,
}


def known_keys(table: Mapping[str, Any], *keys: str) -> None:
    unknown = set(table) - set(keys)
    assert not unknown, f"unknown keys in a case: {sorted(unknown)}"


def part(text: str) -> Part:
    start, end = text.split("-")
    return timedelta(seconds=float(start)), timedelta(seconds=float(end))


def observation(row: Mapping[str, Any]) -> Observation:
    known_keys(row, "kind", "at", "value", "detail", "by")
    value = row.get("value")
    if isinstance(value, str):  # what an on-screen clock shows at the beginning of the clip
        moment = datetime.fromisoformat(value if "-" in value else f"2026-11-20 {value}")
        value = (moment - datetime(1970, 1, 1)).total_seconds()
    start, end = part(row["at"])
    kind, by = ObservationKind(row["kind"]), row.get("by", "test")
    return Observation(by, 1, kind, start, end, value, "as measured", row.get("detail"))


def checked(table: Mapping[str, Any], length: float) -> Iterator[Observation]:
    """All picture and sound unless the table says how much; the clock where it says so, in a picture each 10 s."""
    whole = [f"0-{length:g}"]
    for name, kind in CHECKED.items():
        for text in table.get(name, [] if name == "overlay" else whole):
            start, end = part(text)
            pictures = (end - start).total_seconds() / 10
            yield Observation("test", 1, kind, start, end, pictures if name == "overlay" else 1.0, "s")


def content(table: Mapping[str, Any], length: float) -> ContentFacts:
    """A clip of which everything is required and was looked at, unless the table says otherwise."""
    known_keys(
        table,
        *("required", "picture", "sound", "overlay", "found", "waiting", "ended", "copies"),
        *("overlay_expected", "overlay_read"),
    )
    found = (observation(row) for row in table.get("found", ()))
    return ContentFacts(
        (*checked(table, length), *found),
        tuple(part(text) for text in table.get("required", [f"0-{length:g}"])),
        table.get("waiting", False),
        table.get("ended"),
        tuple(copy(row) for row in table.get("copies", ())),
        table.get("overlay_expected", True),
        table.get("overlay_read", True),
    )


def copy(row: Mapping[str, Any]) -> ContentCopy:
    from tests.detectors import tables_of_things as things

    known_keys(row, "name", "here", "there", "first", "agree", "clip")
    agree = row.get("agree", ["picture", "sound"])
    return ContentCopy(
        row["name"],
        part(row["here"]),
        part(row["there"]),
        row.get("first", True),
        "sound" in agree,
        "picture" in agree,
        things.placed(row["clip"], None) if "clip" in row else None,
    )
