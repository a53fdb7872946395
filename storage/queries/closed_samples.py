"""Inspection samples closed by a time, with what was found: until then a second check is blind to the first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from storage.queries.filters import Filters, wanted_units
from storage.sampling import Item, Sample, items_of, sample_from, sample_query
from storage.schema.tables import SAMPLE


@dataclass(frozen=True, slots=True)
class ClosedSample:
    """A sample and its items with all their checks. `start` and `end`: of the period its population comes from."""

    sample: Sample
    start: datetime
    end: datetime
    items: tuple[Item, ...]


def closed_samples(connection: Connection, filters: Filters, when: datetime) -> list[ClosedSample]:
    """Those closed by a time that were drawn inside unit and scope, in order of number.

    With `since` and `until` only those whose population reaches into that period.
    """
    units = wanted_units(connection, filters)
    seen = None if units is None else frozenset(units)
    query = sample_query().where(SAMPLE.c.closed_at.is_not(None), SAMPLE.c.closed_at <= when).order_by(SAMPLE.c.id)
    found = []
    for sample in map(sample_from, connection.execute(query).mappings().all()):
        start, end = (datetime.fromisoformat(sample.conditions[name]) for name in ("from", "to"))
        outside = (filters.until and start >= filters.until) or (filters.since and end <= filters.since)
        if sample.seen_by(seen) and not outside:
            found.append(ClosedSample(sample, start, end, tuple(items_of(connection, sample.id))))
    return found
