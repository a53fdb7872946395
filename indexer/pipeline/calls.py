"""The calls of those who carried a camera: what its clock is held against."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from domain.activity import Bound
from domain.timespan import Span
from indexer.clock import Calls
from indexer.identity import Register
from storage import activities
from storage.stretches import Stretch
from storage.versions import Row

Stretches = Mapping[str, Span]


def calls_of(connection: Connection, around: Stretches, register: Register) -> dict[str, list[Row]]:
    """By device the required windows of the officers it was issued to, in a stretch of time of its own."""
    asked = [(serial, stretch) for serial, span in around.items() for stretch in _issued(serial, span, register)]
    rows = activities.windows_touching(connection, [stretch for _, stretch in asked])
    found: dict[str, dict[int, Row]] = {}
    for (serial, _), some in zip(asked, rows, strict=True):
        found.setdefault(serial, {}).update({row["id"]: row for row in some})
    return {serial: list(some.values()) for serial, some in found.items()}


def _issued(serial: str, around: Span, register: Register) -> list[Stretch]:
    """The officers a device was issued to in a stretch of time, and when."""
    held = [
        (one.officer, max(one.start, around.start), min(one.end or around.end, around.end))
        for one in register.assignments.get(serial, ())
    ]
    return [(f"badge:{officer}", Span(start, end)) for officer, start, end in held if start < end]


def calls_within(rows: Iterable[Row], around: Span) -> Calls:
    """Those of some windows that begin in a stretch of time; entered ends apart from estimated ones."""
    mine: Sequence[Row] = [row for row in rows if around.start <= row["started_at"] <= around.end]
    return Calls(
        tuple(sorted({Span(row["started_at"], row["ended_at"]) for row in mine})),
        tuple(sorted({row["started_at"] for row in mine if row["start_known"] == Bound.STATED.value})),
        tuple(sorted({row["ended_at"] for row in mine if row["end_known"] == Bound.STATED.value})),
    )
