"""A feed that is many files: a collection station's lists by day, device or folder, or one sidecar for each clip.

A file that is no table is one rejected entry and ends nothing. The files are read when one of them came, went or
changed in size or time; a change that leaves both as they were is not seen.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.feeds.base import Fate, FeedRow, FeedSettings
from indexer.feeds.beside import Roots, at_its_place
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


class FileSet:
    """The files that `location` names, wildcards or not, read anew each time, never written."""

    def __init__(self, settings: FeedSettings, location: Path, store: str | None = None) -> None:
        self._settings = settings
        self._place = Place.of(location)
        self._roots = Roots(self._place, store)

    @property
    def settings(self) -> FeedSettings:
        return self._settings

    def digest(self) -> str:
        """Of names, sizes and times of the files, of the clips beside sidecars, and of the settings. Opens nothing."""
        digest = hashlib.blake2b(fingerprint(self._settings), digest_size=16)
        digest.update(f"{self._place.fixed}\0{self._roots.store}\n".encode())
        clips: frozenset[str] = frozenset()
        for found in self._found():
            digest.update(f"{found.inside}\0{found.size}\0{found.modified_ns}\n".encode())
            if found.clips is not clips:
                clips = found.clips
                digest.update("\0".join(sorted(clips)).encode())
        return digest.hexdigest()

    def read(self) -> Iterator[FeedRow]:
        """Every row of every file, with its own number and the file's name. Raises FeedUnreadable without any file."""
        for found in self._found():
            yield from self._rows(found)

    def _found(self) -> Iterator[Found]:
        none = True
        for found in self._place.found():
            none = False
            yield found
        if none:
            where = f"{self._place.fixed}/{'/'.join(self._place.parts)}"
            raise FeedUnreadable(
                say(f"{where}: 应至少有一个文件，实际没有", f"{where}: expected at least one file, got none")
            )

    def _rows(self, found: Found) -> Iterator[FeedRow]:
        read = READERS.get(found.name.rpartition(".")[2].lower(), _read_table)
        prefix = self._roots.prefix(found)
        try:
            for row in read(self._settings, found):
                place = say(f"{found.inside} 第 {row.number} 行", f"{found.inside}, row {row.number}")
                row = replace(row, source=found.inside, notes=(place, *row.notes))
                yield at_its_place(row, found, prefix)
        except FeedUnreadable as error:
            place = say(f"文件 {found.inside}", f"file {found.inside}")
            yield FeedRow(0, {}, Fate.REJECTED, (place, str(error)), source=found.inside)
