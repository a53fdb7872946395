"""Ways through the list of clips: by whose footage they are, by what was found, by unit and time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from domain.clip import FileState
from storage.queries.filters import Filters, clips_with_findings, footage_files, wanted_units
from storage.queries.ways import Way, begun_within, by_unit, first_of_all, long_before, overlapping, stated, unindexed
from storage.schema.recordings import LONG_CLIP_US
from storage.schema.tables import CLIP, FILE, FINDING, STORE, STORED
from storage.types import EPOCH
from storage.versions import current

USUAL = timedelta(microseconds=LONG_CLIP_US)


def clip_way(connection: Connection, filters: Filters) -> Way | None:
    """The way that leads to the fewest other clips."""
    if filters.incident is not None:
        return None
    if filters.officer is not None:
        own = select(CLIP.c.file_id).where(current(CLIP), CLIP.c.officer == filters.officer)
        return Way("officer", STORED.c.file_id, (own, footage_files(filters.officer)))
    if filters.rule is not None or filters.flag is not None:
        found = clips_with_findings(filters, FINDING.c.subject_key, FILE.c.id)
        return Way("finding", STORED.c.file_id, (found,))
    units = wanted_units(connection, filters)
    if units is not None or filters.since is not None or filters.until is not None:
        return time_way(filters, units)
    # In the list's own order, files first: joined at once, a database may merge whole tables for one page.
    state = STORED.c.state == filters.status if filters.status is not None else STORED.c.state != FileState.MOVED
    return Way("", STORED.c.file_id, (select(STORED.c.file_id).where(current(STORED), state),))


def time_way(filters: Filters, units: Sequence[str] | None) -> Way:
    """Files in order of time, those of some units only; of those without a time or a clip all that may be meant."""
    return Way("time", STORED.c.file_id, tuple(_by_time(filters, units)))


def _by_time(filters: Filters, units: Sequence[str] | None) -> Iterator[Select[Any]]:
    clips = select(CLIP.c.listed_at, CLIP.c.file_id).where(current(CLIP))
    inside = overlapping(CLIP.c.listed_at, CLIP.c.ended_at, filters.since, filters.until, USUAL)
    yield from by_unit(clips.where(*inside), CLIP.c.unit, units)
    if filters.since is not None:
        lasting = long_before(CLIP, filters.since, f"clip.duration_us > {LONG_CLIP_US}")
        long = first_of_all(select(CLIP.c.listed_at, CLIP.c.file_id).where(current(CLIP), *lasting)).c
        yield select(long.listed_at, long.file_id)
    yield _without_clip(filters, units)


def _without_clip(filters: Filters, units: Sequence[str] | None) -> Select[Any]:
    """Files of which no clip was made: few, and at the time at which they were last modified."""
    has_clip = select(CLIP.c.id).where(current(CLIP), CLIP.c.file_id == STORED.c.file_id).exists()
    joined = STORED.join(STORE, STORE.c.id == STORED.c.store_id)
    query = select(STORED.c.modified_at, STORED.c.file_id).select_from(joined)
    if units is not None:
        query = query.where(unindexed(STORE.c.unit).in_(units))
    inside = begun_within(STORED.c.modified_at, filters.since or EPOCH, filters.until)
    few = first_of_all(query.where(current(STORED), stated("stored_file.placed IS NOT TRUE"), *inside, ~has_clip)).c
    return select(few.modified_at, few.file_id)
