"""A feed that is many files: a collection station's lists by day, device or folder, or one sidecar for each clip.

A file that is no table is one rejected entry and ends nothing. A file is read when it came or changed in size or time,
or when clips came or went beside it; a change that leaves all that as it was is not seen.
"""

import hashlib
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from domain.errors import FeedUnreadable
from domain.wording import halves, say
from indexer.feeds.base import Fate, FeedRow, FeedSettings
from indexer.feeds.beside import Roots, at_its_place, located
from indexer.feeds.fingerprint import fingerprint
from indexer.feeds.hikvision_index import read_block_index
from indexer.feeds.sidecar import read_sidecar, read_text_sidecar
from indexer.feeds.table_file import TableFile
from indexer.feeds.wildcards import Found, Place

Reader = Callable[[FeedSettings, Found], Iterator[FeedRow]]


def _read_table(settings: FeedSettings, found: Found) -> Iterator[FeedRow]:
    return TableFile(settings, found.path).read()


READERS: Mapping[str, Reader] = {
    "json": read_sidecar,
    "xml": read_sidecar,
    "txt": read_text_sidecar,
    "bin": read_block_index,
}
"""By suffix; every other file is a table."""

TOLD_BY_OTHERS = frozenset({"bin"})
"""Suffixes of files whose rows depend on the times of other files, too: they are read with every change of the set."""

_ROW = re.compile(r"(?s)(.+), row (\d+)")


class FileSet:
    """The files that `location` names, wildcards or not, as they are when they are first asked for; never written."""

    def __init__(self, settings: FeedSettings, location: Path, store: str | None = None) -> None:
        self._settings = settings
        self._place = Place.of(location)
        self._roots = Roots(self._place, store)

    @property
    def settings(self) -> FeedSettings:
        return self._settings

    def digest(self) -> str:
        """Of names, sizes and times of the files, of the clips beside sidecars, and of the settings. Opens nothing."""
        digest = hashlib.blake2b(self.basis(), digest_size=16)
        clips: frozenset[str] = frozenset()
        for found in self._found.values():
            digest.update(f"{found.inside}\0{found.size}\0{found.modified_ns}\n".encode())
            if found.clips is not clips:
                clips = found.clips
                digest.update("\0".join(sorted(clips)).encode())
        return digest.hexdigest()

    def basis(self) -> bytes:
        """What decides how any of the files is read: settings, version, and from where paths count."""
        return b"%b\0%b\0%b\n" % (
            fingerprint(self._settings),
            self._place.fixed.encode(),
            str(self._roots.store).encode(),
        )

    def stamps(self) -> dict[str, str]:
        """By file 16 digits that change when what it gives may: of its name, size and time and the clips beside it.

        Files whose rows depend on more than that have none.
        """
        beside: dict[int, str] = {}  # one set of clips for all sidecars of a folder
        stamps: dict[str, str] = {}
        for inside, found in self._found.items():
            if _suffix(inside) not in TOLD_BY_OTHERS:
                clips = beside.get(id(found.clips)) or _short("\0".join(sorted(found.clips)))
                beside[id(found.clips)] = clips
                stamps[inside] = _short(f"{inside}\0{found.size}\0{found.modified_ns}\0{clips}")
        return stamps

    def files(self) -> frozenset[str]:
        """The files by their path below the fixed part of the location. Raises FeedUnreadable without any."""
        return frozenset(self._found)

    def read(self) -> Iterator[FeedRow]:
        """Every row of every file, with its own number and the file's name. Raises FeedUnreadable without any file."""
        return self.read_only(self._found)

    def read_only(self, files: Container[str]) -> Iterator[FeedRow]:
        """The rows of these files, in the order of all."""
        for inside, found in self._found.items():
            if inside in files:
                yield from self._rows(found)

    def located(self, inside: str, stated: str) -> str:
        """Where a path that the file states leads now, counted from the root."""
        found = self._found[inside]
        return located(stated, found.folder, self._roots.prefix(found))

    @cached_property
    def _found(self) -> dict[str, Found]:
        files = {found.inside: found for found in self._place.found()}
        if not files:
            where = f"{self._place.fixed}/{'/'.join(self._place.parts)}"
            raise FeedUnreadable(
                say(f"{where}: 应至少有一个文件，实际没有", f"{where}: expected at least one file, got none")
            )
        return files

    def _rows(self, found: Found) -> Iterator[FeedRow]:
        read = READERS.get(_suffix(found.name), _read_table)
        prefix = self._roots.prefix(found)
        try:
            for row in read(self._settings, found):
                row = replace(row, source=found.inside, notes=(_row_place(found.inside, row.number), *row.notes))
                yield at_its_place(row, found, prefix)
        except FeedUnreadable as error:
            yield FeedRow(0, {}, Fate.REJECTED, (_file_place(found.inside), str(error)), source=found.inside)


def source_of(place: str) -> str | None:
    """The file that the first note of a row names; None for a note that no file set wrote."""
    english = halves(place)[1]
    if (row := _ROW.fullmatch(english)) and place == _row_place(row[1], int(row[2])):
        return row[1]
    inside = english.removeprefix("file ")
    return inside if place == _file_place(inside) else None


def _row_place(inside: str, number: int) -> str:
    return say(f"{inside} 第 {number} 行", f"{inside}, row {number}")


def _file_place(inside: str) -> str:
    return say(f"文件 {inside}", f"file {inside}")


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
