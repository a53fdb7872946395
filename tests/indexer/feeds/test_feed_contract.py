"""Every kind of feed passes the same suite: CSV, TSV in GB18030, XLSX, and a view in SQLite."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl

from tests.contracts.feed_contract import FeedContract, Rows


def as_csv(rows: Rows, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


class TestCsv(FeedContract):
    def make(self, folder: Path, rows: Rows) -> tuple[str, str | None]:
        (folder / "calls.csv").write_text(as_csv(rows), encoding="utf-8-sig", newline="")
        return "calls.csv", None


class TestTsvInGb18030(FeedContract):
    def make(self, folder: Path, rows: Rows) -> tuple[str, str | None]:
        (folder / "calls.tsv").write_text(as_csv(rows, "\t"), encoding="gb18030", newline="")
        return "calls.tsv", None


class TestXlsx(FeedContract):
    def make(self, folder: Path, rows: Rows) -> tuple[str, str | None]:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(folder / "calls.xlsx")
        return "calls.xlsx", None


class TestSqlView(FeedContract):
    def make(self, folder: Path, rows: Rows) -> tuple[str, str | None]:
        path = folder / "calls.db"
        path.unlink(missing_ok=True)
        columns = ", ".join(f'"{heading}" text' for heading in rows[0])
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"create table calls ({columns})")
            marks = ", ".join("?" * len(rows[0]))
            database.executemany(f"insert into calls values ({marks})", rows[1:])
        return "sqlite:///calls.db", "select * from calls"
