"""Rows of a feed between reading and writing: a city's calls of months may be one file, so they are kept small."""

import json
import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import overload

from indexer.feeds.base import Fate, FeedRow, Record

PORTION = 1000
QUICKLY = 1
"""Of zlib's levels: rows of one table are so alike that more effort gains little."""


class KeptRows(Sequence[FeedRow]):
    """Rows in the order in which they were added; all but the last thousand lie compressed, a thousand at a time.

    The records stay as they are: those who gather them hold them anyway.
    """

    def __init__(self) -> None:
        self._portions: list[tuple[bytes, tuple[Record | None, ...]]] = []
        self._last: list[FeedRow] = []

    def add(self, row: FeedRow) -> None:
        """One row more."""
        self._last.append(row)
        if len(self._last) == PORTION:
            self._portions.append((_packed(self._last), tuple(row.record for row in self._last)))
            self._last = []

    def __len__(self) -> int:
        return len(self._portions) * PORTION + len(self._last)

    def __iter__(self) -> Iterator[FeedRow]:
        return chain(chain.from_iterable(map(_unpacked, self._portions)), self._last)

    @overload
    def __getitem__(self, index: int) -> FeedRow: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[FeedRow, ...]: ...
    def __getitem__(self, index: int | slice) -> FeedRow | tuple[FeedRow, ...]:
        """One row, for which its portion is read; some rows, for which all are."""
        if isinstance(index, slice):
            return tuple(self)[index]
        portion, place = divmod(range(len(self))[index], PORTION)
        rows = self._last if portion == len(self._portions) else _unpacked(self._portions[portion])
        return rows[place]


def _packed(rows: Sequence[FeedRow]) -> bytes:
    told = [(row.number, row.raw, row.fate.value, row.notes, row.source, row.looked_for) for row in rows]
    return zlib.compress(json.dumps(told).encode("ascii"), QUICKLY)


def _unpacked(portion: tuple[bytes, tuple[Record | None, ...]]) -> list[FeedRow]:
    packed, records = portion
    return [
        FeedRow(number, raw, Fate(fate), tuple(notes), record, source, looked_for)
        for (number, raw, fate, notes, source, looked_for), record in zip(
            json.loads(zlib.decompress(packed)), records, strict=True
        )
    ]
