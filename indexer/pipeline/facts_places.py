"""Facts about devices, stores and feeds."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, func, select

from detectors.rule import DeviceFacts, FeedFacts, RoomRecording, SequenceHole, StoreFacts
from domain.clip import Clip, DeviceClock, IndexEntry, StoreKind
from domain.keeping import Keeping
from domain.wording import joined
from indexer.pipeline.facts_base import FactsOf, Gathering, proof
from indexer.pipeline.facts_rooms import load_room_recordings
from indexer.pipeline.facts_shifts import Shifts, load_shifts
from indexer.pipeline.listing import listed_but_absent
from storage import rates, recordings
from storage.among import among
from storage.clocks import clocks
from storage.schema.tables import FEED, FEED_ROW
from storage.versions import Row, current

REASONS = 5
Hole = tuple[int, int, int]
"""File before, file after, how many numbers are missing between them."""


@dataclass(frozen=True, slots=True)
class LoadedDevices:
    """Everything about one batch of devices."""

    numbered: Mapping[str, Sequence[Row]]
    holes: Mapping[str, Sequence[Hole]]
    clips: Mapping[int, Clip]
    clocks: Mapping[str, DeviceClock]
    shifts: Shifts
    rooms: Mapping[str, tuple[RoomRecording, ...]]
    keeping: Mapping[str, Keeping]


def load_devices(connection: Connection, gathering: Gathering, serials: Sequence[str]) -> FactsOf:
    """Load a batch of devices; what is returned makes the facts of one of them."""
    numbered = recordings.numbered_clips(connection, serials)
    holes = {serial: _holes(rows) for serial, rows in numbered.items()}
    beside = {file_id for some in holes.values() for hole in some for file_id in hole[:2]}
    assignments = gathering.register.assignments
    loaded = LoadedDevices(
        numbered,
        holes,
        {file_id: one.clip for file_id, one in recordings.clips_in_time(connection, sorted(beside)).items()},
        {serial: some[-1] for serial, some in clocks(connection, serials).items()},
        load_shifts(connection, gathering, [one for serial in serials for one in assignments.get(serial, ())]),
        load_room_recordings(connection, gathering, serials),
        rates.keepings(connection, serials, gathering.now),
    )
    return partial(device_facts, gathering, loaded)


def _holes(rows: Iterable[Row]) -> list[Hole]:
    """Numbers missing between neighbours; a counter that starts anew leaves no hole."""
    counted = [row for row in rows if row["sequence"] is not None]
    numbers = sorted({row["sequence"] for row in counted})
    placed = [row for row in counted if row["started_at"] is not None]
    placed.sort(key=lambda row: (row["started_at"], row["ended_at"], row["sequence"], row["file_id"]))
    holes = []
    for before, after in pairwise(placed):
        first, last = before["sequence"], after["sequence"]
        missing = last - first - 1 - (bisect_left(numbers, last) - bisect_right(numbers, first))
        if first < last and missing:
            holes.append((before["file_id"], after["file_id"], missing))
    return holes


def device_facts(gathering: Gathering, loaded: LoadedDevices, serial: str) -> DeviceFacts | None:
    """One device's clock, numbering and shifts; None when neither a register nor a clip knows it."""
    device = gathering.register.device(serial)
    numbered = loaded.numbered.get(serial, ())
    if device is None and not numbered:
        return None
    clock = loaded.clocks.get(serial)
    unit = device.unit if device else next((row["unit"] for row in numbered if row["unit"]), None)
    kind = device.kind if device else StoreKind.RECORDER
    issued = gathering.register.assignments.get(serial, ())
    clips = loaded.clips
    return DeviceFacts(
        serial,
        gathering.now,
        device=device,
        clock=clock,
        drift_s_per_day=clock.drift_s_per_day if clock else None,
        shifts=tuple(loaded.shifts[one] for one in issued if one in loaded.shifts),
        holes=tuple(SequenceHole(clips[a], clips[b], missing) for a, b, missing in loaded.holes.get(serial, ())),
        stores=gathering.proofs(kind.value, unit),
        unit=unit,
        room_recordings=loaded.rooms.get(serial, ()),
        session_feeds=gathering.activity_feeds.sessions(),
        keeping=loaded.keeping.get(serial),
    )


def load_stores(connection: Connection, gathering: Gathering, names: Sequence[str]) -> FactsOf:
    """Load what the stations' lists name beyond some stores."""
    looked = [name for name in names if name in gathering.stores and gathering.stores[name].scan is not None]
    absent = {name: tuple(listed_but_absent(connection, name)) for name in looked}
    return partial(store_facts, gathering, absent)


def store_facts(gathering: Gathering, absent: Mapping[str, tuple[IndexEntry, ...]], name: str) -> StoreFacts | None:
    """One store's state and what its station's list names beyond it."""
    state = gathering.stores.get(name)
    if state is None:
        return None
    return StoreFacts(
        name,
        gathering.now,
        proof(state),
        detail=state.detail,
        listed_absent=absent.get(name, ()),
        unit=state.unit,
    )


@dataclass(frozen=True, slots=True)
class LoadedFeeds:
    """Everything about one batch of feeds: their rows, the fates of what they gave, why some of it was rejected."""

    feeds: Mapping[str, Any]
    fates: Mapping[str, Mapping[str, int]]
    reasons: Mapping[str, Sequence[str]]


def load_feeds(connection: Connection, gathering: Gathering, names: Sequence[str]) -> FactsOf:
    """Load how the last readings of some feeds went."""
    rows = connection.execute(select(FEED).where(among(FEED.c.name, names), FEED.c.active)).all()
    loaded = LoadedFeeds(
        {row.name: row for row in rows},
        {row.name: _fates(connection, row.name) for row in rows},
        {row.name: _reasons(connection, row.name) for row in rows},
    )
    return partial(feed_facts, gathering, loaded)


def _fates(connection: Connection, feed: str) -> dict[str, int]:
    query = select(FEED_ROW.c.fate, func.count().label("rows")).where(current(FEED_ROW), FEED_ROW.c.feed == feed)
    return {row.fate: row.rows for row in connection.execute(query.group_by(FEED_ROW.c.fate)).all()}


def _reasons(connection: Connection, feed: str) -> list[str]:
    rejected = current(FEED_ROW) & (FEED_ROW.c.feed == feed) & (FEED_ROW.c.fate == "rejected")
    query = select(FEED_ROW.c.notes).where(rejected).order_by(FEED_ROW.c.number).limit(REASONS)
    return [joined(notes) for notes in connection.execute(query).scalars()]


def feed_facts(gathering: Gathering, loaded: LoadedFeeds, name: str) -> FeedFacts | None:
    """How the last reading of a feed went."""
    feed = loaded.feeds.get(name)
    if feed is None:
        return None
    fates, known = loaded.fates[name], gathering.activity_feeds.by_name.get(name)
    return FeedFacts(
        name,
        gathering.now,
        error=feed.error,
        accepted=fates.get("accepted", 0),
        corrected=fates.get("corrected", 0),
        rejected=fates.get("rejected", 0),
        reasons=tuple(loaded.reasons[name]),
        activities=known is not None,
        days_compared=known.days.compared if known else 0,
        holes=known.days.holes if known else (),
        next_day_due=known.days.next_due if known else None,
    )
