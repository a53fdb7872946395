"""Facts about devices, stores and feeds."""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import func, select

from detectors.rule import DeviceFacts, FeedFacts, SequenceHole, StoreFacts
from domain.clip import Clip, StoreKind
from domain.wording import joined
from indexer.pipeline.facts_base import Gathering, proof
from indexer.pipeline.facts_shifts import shifts_of
from indexer.pipeline.listing import listed_but_absent
from storage import recordings
from storage.schema.tables import CLIP, FEED, FEED_ROW
from storage.versions import current

REASONS = 5


def device_facts(gathering: Gathering, serial: str) -> DeviceFacts | None:
    """One device's clock, numbering and shifts; None when neither a register nor a clip knows it."""
    device = gathering.register.device(serial)
    placed = recordings.clips(gathering.connection, CLIP.c.device == serial)
    if device is None and not placed:
        return None
    clock = recordings.clocks(gathering.connection, [serial]).get(serial)
    unit = device.unit if device else next((one.clip.unit for one in placed if one.clip.unit), None)
    kind = device.kind if device else StoreKind.RECORDER
    return DeviceFacts(
        serial,
        gathering.scan.now,
        device=device,
        clock=clock,
        drift_s_per_day=clock.drift_s_per_day if clock else None,
        shifts=tuple(shifts_of(gathering, gathering.register.assignments.get(serial, ()))),
        holes=tuple(_holes([one.clip for one in placed])),
        stores=gathering.proofs(kind.value, unit),
        unit=unit,
    )


def _holes(clips: Sequence[Clip]) -> list[SequenceHole]:
    """Numbers missing between neighbours; a counter that starts anew leaves no hole."""
    numbers = {clip.sequence for clip in clips if clip.sequence is not None}
    placed = [clip for clip in clips if clip.span is not None and clip.sequence is not None]
    placed.sort(key=lambda clip: (clip.span, clip.sequence, clip.file_id))
    holes = []
    for before, after in pairwise(placed):
        first, last = before.sequence or 0, after.sequence or 0
        missing = sum(1 for number in range(first + 1, last) if number not in numbers)
        if missing:
            holes.append(SequenceHole(before, after, missing))
    return holes


def store_facts(gathering: Gathering, name: str) -> StoreFacts | None:
    """One store's state and what its station's list names beyond it."""
    state = gathering.stores.get(name)
    if state is None:
        return None
    absent = listed_but_absent(gathering.connection, name) if state.scan is not None else []
    return StoreFacts(
        name, gathering.scan.now, proof(state), detail=state.detail, listed_absent=tuple(absent), unit=state.unit
    )


def feed_facts(gathering: Gathering, name: str) -> FeedFacts | None:
    """How the last reading of a feed went."""
    feed = gathering.connection.execute(select(FEED).where(FEED.c.name == name)).first()
    if feed is None or not feed.active:
        return None
    mine = current(FEED_ROW) & (FEED_ROW.c.feed == name)
    query = select(FEED_ROW.c.fate, func.count().label("rows")).where(mine).group_by(FEED_ROW.c.fate)
    fates = {row.fate: row.rows for row in gathering.connection.execute(query).all()}
    rejected = select(FEED_ROW.c.number, FEED_ROW.c.notes).where(mine, FEED_ROW.c.fate == "rejected")
    rows = gathering.connection.execute(rejected.order_by(FEED_ROW.c.number).limit(REASONS)).all()
    return FeedFacts(
        name,
        gathering.scan.now,
        error=feed.error,
        accepted=fates.get("accepted", 0),
        corrected=fates.get("corrected", 0),
        rejected=fates.get("rejected", 0),
        reasons=tuple(joined(row.notes) for row in rows),
    )
