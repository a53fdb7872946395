"""A feed that is a file: CSV, TSV or XLSX, told apart by content, because exports carry any suffix."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.feeds.base import FeedRow, FeedSettings
from indexer.feeds.fingerprint import fingerprint
from indexer.feeds.records import BUILDERS
from indexer.feeds.rows import NoTable, Table, feed_rows, find_table, score_headings, unreadable
from indexer.feeds.text_table import not_readable, read_text_table
from indexer.feeds.workbook import read_sheets

CHUNK = 1 << 20
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class TableFile:
    """CSV, TSV or XLSX at `path`, read anew each time, never written."""

    def __init__(self, settings: FeedSettings, path: Path) -> None:
        self._settings = settings
        self._path = path

    @property
    def settings(self) -> FeedSettings:
        return self._settings

    def digest(self) -> str:
        """Of the bytes of the file and of all that decides how they are read. Raises FeedUnreadable."""
        digest = hashlib.blake2b(fingerprint(self._settings), digest_size=16)
        try:
            with self._path.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
        except OSError as error:
            raise self._cannot_open(error) from error
        return digest.hexdigest()

    def read(self) -> Iterator[FeedRow]:
        """Every row with its fate. Raises FeedUnreadable when the file is no table of this kind."""
        head = self._head()
        if head.startswith(OLE):
            raise FeedUnreadable(
                say(
                    f"{self._path}: 应为 CSV、TSV 或 XLSX，实为旧式 .xls 或加密的工作簿；请另存为 .xlsx 或 .csv",
                    f"{self._path}: expected CSV, TSV or XLSX, got an old .xls or a password-protected workbook; "
                    "save it as .xlsx or .csv",
                )
            )
        if head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
            raise FeedUnreadable(
                say(
                    f"{self._path}: 应为 CSV、TSV 或 XLSX，实为 HTML 或 XML；请另存为 .xlsx 或 .csv",
                    f"{self._path}: expected CSV, TSV or XLSX, got HTML or XML; save it as .xlsx or .csv",
                )
            )
        if head.startswith(ZIP):
            yield from self._read_workbook()
        else:
            yield from self._read_text()

    def _read_text(self) -> Iterator[FeedRow]:
        rows = read_text_table(self._path, score_headings(self._settings))
        table = find_table(rows, self._settings)
        if isinstance(table, NoTable):
            raise unreadable(str(self._path), self._settings, table)
        yield from feed_rows(table, self._settings, BUILDERS[self._settings.kind])

    def _read_workbook(self) -> Iterator[FeedRow]:
        """The first sheet that has the headings; covers and pivot sheets before it are passed over."""
        best: tuple[str, NoTable] | None = None
        for name, rows in read_sheets(self._path):
            table = find_table(rows, self._settings)
            if isinstance(table, Table):
                yield from feed_rows(table, self._settings, BUILDERS[self._settings.kind])
                return
            if best is None or table.matched > best[1].matched:
                best = name, table
        if best is None:
            raise FeedUnreadable(
                say(
                    f"{self._path}: 应为含工作表的工作簿，实为没有工作表",
                    f"{self._path}: expected a workbook with a sheet, got none",
                )
            )
        raise unreadable(f"{self._path}, sheet {best[0]!r}", self._settings, best[1])

    def _head(self) -> bytes:
        try:
            with self._path.open("rb") as stream:
                return stream.read(len(OLE))
        except OSError as error:
            raise self._cannot_open(error) from error

    def _cannot_open(self, error: OSError) -> FeedUnreadable:
        return FeedUnreadable(not_readable(self._path, error))
