"""manifest.csv: path, size and modification time of every file in the stores. Git keeps no times, this does."""

import csv
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = ("path", "size", "modified")


@dataclass(frozen=True, slots=True)
class Row:
    """`path` is relative to the folder `stores`, `/`-separated and beginning with the store's name."""

    path: str
    size: int
    modified: datetime


def write_manifest(rows: list[Row], target: Path) -> None:
    with target.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for row in sorted(rows, key=lambda row: row.path):
            table.writerow((row.path, row.size, f"{row.modified.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"))


def read_manifest(source: Path) -> list[Row]:
    with source.open(newline="", encoding="utf-8") as file:
        return [
            Row(
                line["path"],
                int(line["size"]),
                datetime.strptime(line["modified"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            )
            for line in csv.DictReader(file)
        ]


def restore(folder: Path) -> tuple[int, list[str]]:
    """Give the files below `folder`/stores their times, and make empty ones that are not there.

    Returns how many files were touched, and what does not agree with the manifest (those files are left alone).
    """
    touched, wrong = 0, []
    for row in read_manifest(folder / "manifest.csv"):
        path = folder / "stores" / row.path
        if row.size == 0 and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        if not path.is_file():
            wrong.append(f"{row.path}: expected {row.size} bytes, got no file")
            continue
        found = path.stat()
        if found.st_size != row.size:
            wrong.append(f"{row.path}: expected {row.size} bytes, got {found.st_size}")
        elif found.st_mtime != row.modified.timestamp():
            os.utime(path, (row.modified.timestamp(), row.modified.timestamp()))
            touched += 1
    return touched, wrong
