"""The list of inspection samples, newest first: those drawn inside the units that a reader sees."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select

from storage.queries.filters import Filters
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw
from storage.sampling import Sample, progress, sample_from, sample_query
from storage.schema.tables import SAMPLE

COLUMNS = (
    *("id", "name", "kind", "from", "to", "unit", "choice", "by", "least", "size", "population", "seed", "digest"),
    *("strata", "checked", "second_checked", "at", "actor", "closed_at"),
)


def _source(_connection: Connection, _filters: Filters) -> Select[Any]:
    return sample_query()


def _dress(connection: Connection, filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    units = None if filters.scope is None else frozenset(filters.scope)
    done = progress(connection)
    found = [sample_from(raw) for raw in raws]
    return [[sample_row(one, done.get(one.id, (0, 0)))] if one.seen_by(units) else [] for one in found]


def sample_row(sample: Sample, done: tuple[int, int]) -> Row:
    """One row of the list. `done`: items that were checked, and of them a second time."""
    said = sample.conditions
    values = (
        *(sample.id, sample.name, sample.kind.value),
        *(datetime.fromisoformat(said["from"]), datetime.fromisoformat(said["to"])),
        *(sample.unit, said["choice"], said["by"], said["least"], sample.size, sample.population),
        *(sample.seed, sample.digest, [_stratum(one) for one in sample.strata], *done),
        *(sample.at, sample.actor, sample.closed_at),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _stratum(one: Any) -> Row:
    return {"stratum": one.name, "population": one.population, "drawn": one.drawn}


SAMPLES = ListQuery("samples", COLUMNS, (SAMPLE.c.id,), _source, _dress, (), newest_first=True)
