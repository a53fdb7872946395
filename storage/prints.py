"""Fingerprints by what they say, and which files hold the same footage as others.

A look-up reads one range of the index for each key. A key that comes very often says nothing and is passed over, so a
look-up costs no more however common its keys are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import Connection, TextClause, select, text

from domain.prints import UNLIKE_FINE, fine_apart, range_of
from storage.among import among
from storage.schema.tables import COPY, PRINT
from storage.versions import Change, Row, chunks, close, current, settle

RANGES = 100
"""Keys of one statement."""
COMMON = 250
"""Moments that share a key, from which it says nothing."""
KEY = ("file_id", "other_id", "here_from", "there_from")
Moment = tuple[timedelta, int, bool]
"""Media time, value, whether of sound."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A moment of another file under a key that was looked up."""

    key: int
    file_id: int
    at: timedelta
    value: int
    sound: bool


def prints_of(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Moment]]:
    """All moments of some files, by file, in order of media time."""
    found: dict[int, list[Moment]] = {}
    for part in chunks(file_ids):
        query = select(PRINT.c.file_id, PRINT.c.at, PRINT.c.value, PRINT.c.sound).where(among(PRINT.c.file_id, part))
        for file_id, at, value, sound in connection.execute(query.order_by(PRINT.c.file_id, PRINT.c.at, PRINT.c.id)):
            found.setdefault(file_id, []).append((at, value, sound))
    return found


def hits(connection: Connection, wanted: Mapping[int, Sequence[int]]) -> Iterator[Hit]:
    """Every moment like one of those wanted, which are given by the keys under which they may be (`domain.prints`).

    Common keys are left out.
    """
    for part in chunks(wanted, RANGES):
        values: dict[str, int] = {"most": COMMON + 1}
        for number, key in enumerate(part):
            values[f"a{number}"], values[f"b{number}"] = range_of(key)
        rows = connection.execute(_statement(len(part)), values).all()
        counts = Counter(row[0] for row in rows)
        for number, file_id, at, value, sound in rows:
            near = counts[number] <= COMMON and any(
                fine_apart(one, value) <= UNLIKE_FINE for one in wanted[part[number]]
            )
            if near:
                yield Hit(part[number], file_id, timedelta(microseconds=at), value, bool(sound))


@cache
def _statement(ranges: int) -> TextClause:
    """One bounded reading of the index for each range: what no single condition over many ranges promises."""
    return text(
        " UNION ALL ".join(
            f"SELECT * FROM (SELECT {number} AS number, file_id, at_us, value, sound FROM print "  # noqa: S608
            f"WHERE value BETWEEN :a{number} AND :b{number} LIMIT :most) AS p{number}"
            for number in range(ranges)
        )
    )


def replace_copies(connection: Connection, file_id: int, rows: Sequence[Row], scan: int) -> list[Change]:
    """The stretches that a file shares with others, each seen from the file with the smaller number."""
    mine = (COPY.c.file_id == file_id) | (COPY.c.other_id == file_id)
    before = connection.execute(select(*COPY.c).where(current(COPY), mine)).mappings().all()
    return settle(connection, COPY, before, rows, key=KEY, scan=scan)


def end_copies(connection: Connection, file_ids: Iterable[int], scan: int) -> set[int]:
    """Of files whose bytes are other ones now nothing is known. Returns the files that shared something with them."""
    touched: set[int] = set()
    for part in chunks(file_ids):
        mine = among(COPY.c.file_id, part) | among(COPY.c.other_id, part)
        rows = connection.execute(select(*COPY.c).where(current(COPY), mine)).mappings().all()
        close(connection, COPY, rows, scan)
        touched |= {one for row in rows for one in (row["file_id"], row["other_id"])} - set(part)
    return touched


def copies(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Row]]:
    """By file, the stretches that it shares with others, seen from it: other_id, here, there, sound, picture."""
    found: dict[int, list[Row]] = {}
    for part in chunks(dict.fromkeys(file_ids)):
        for mine, other in (("file_id", "other_id"), ("other_id", "file_id")):
            query = select(*COPY.c).where(current(COPY), among(COPY.c[mine], part)).order_by(COPY.c.id)
            for row in connection.execute(query).mappings():
                found.setdefault(row[mine], []).append(_seen_from(row, mine, other))
    return found


def _seen_from(row: Row, mine: str, other: str) -> Row:
    stretches = [(row[f"{side}_from"], row[f"{side}_to"]) for side in ("here", "there")]
    here, there = stretches if mine == "file_id" else reversed(stretches)
    return {**row, "file_id": row[mine], "other_id": row[other], "here": here, "there": there}
