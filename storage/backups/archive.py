"""The archive of a backup (`bwc-backup/1`): a ZIP of one JSON-lines member for each table, and a manifest that says
what they hold: rows, bytes and SHA-256 of each. Everything is written and read as a stream.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.audit import Head
from domain.errors import BackupUnusable
from domain.wording import say
from storage.backups.filling import Shape
from storage.backups.rows import Column, Kind, row_line, row_values

FORMAT = "bwc-backup/1"
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 16 << 20
COMPRESSION = 3  # of 9: a third slower than 1, and a tenth smaller; above that only slower
BLOCK = 1 << 20
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
"""What `zipfile` raises for an archive that was cut off, changed, encrypted or packed in a way it does not know."""


@dataclass(frozen=True, slots=True)
class Member:
    """One table in the archive. `size`: bytes before packing; `digest`: SHA-256 of them."""

    table: str
    columns: tuple[Column, ...]
    rows: int
    size: int
    digest: str

    @property
    def name(self) -> str:
        return f"tables/{self.table}.jsonl"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. `origin`: the database's address without a password."""

    program: str
    schema: str
    created_at: datetime
    origin: str
    audit: Head | None
    audit_faults: int
    members: tuple[Member, ...]

    @property
    def rows(self) -> int:
        return sum(member.rows for member in self.members)


class ArchiveWriter:
    """Writes members one after the other, then the manifest; without a manifest an archive is none."""

    def __init__(self, target: zipfile.ZipFile, at: datetime) -> None:
        self._target = target
        self._at = (at.year, at.month, at.day, at.hour, at.minute, at.second)

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Member:
        """Every row of a table as one line."""
        written = Member(name, tuple(columns), 0, 0, "")
        digest, count, size = hashlib.sha256(), 0, 0
        with self._target.open(self._entry(written.name), "w", force_zip64=True) as stream:
            for row in rows:
                line = row_line(columns, row)
                stream.write(line)
                digest.update(line)
                count, size = count + 1, size + len(line)
        return Member(name, written.columns, count, size, digest.hexdigest())

    def manifest(self, manifest: Manifest) -> None:
        """The last member."""
        self._target.writestr(self._entry(MANIFEST), manifest_text(manifest))

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._at)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry


@contextmanager
def writing(path: Path, at: datetime) -> Iterator[ArchiveWriter]:
    """A new archive; raises FileExistsError where there is a file, OSError when it cannot be written."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as target:
        yield ArchiveWriter(target, at)


def manifest_text(manifest: Manifest) -> str:
    body = {"format": FORMAT, **asdict(manifest), "created_at": manifest.created_at.isoformat()}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


class Archive:
    """An archive opened for reading."""

    def __init__(self, path: Path, source: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._source = source

    @property
    def schema(self) -> str:
        return self.manifest.schema

    @property
    def shapes(self) -> Sequence[Member]:
        return self.manifest.members

    def refusal(self, zh: str, en: str) -> BackupUnusable:
        """What to raise where the rows of this archive will not do."""
        return _unusable(self.path, zh, en)

    def stored(self, shape: Shape) -> Iterator[list[Any]]:
        """As `rows`, for whoever fills a database."""
        yield from self.rows(next(member for member in self.manifest.members if member.table == shape.table))

    def verify(self) -> None:
        """Read every member to its end. Raises BackupUnusable unless all are what the manifest says, and alone."""
        stated = sorted([MANIFEST, *(member.name for member in self.manifest.members)])
        found = sorted(self._source.namelist())
        if stated != found:
            odd = sorted(set(stated) ^ set(found)) or ["?"]
            raise _unusable(
                self.path,
                f"成员与清单不符：{'、'.join(odd[:5])}",
                f"members differ from the manifest: {', '.join(odd[:5])}",
            )
        for member in self.manifest.members:
            self._verify(member)

    def _verify(self, member: Member) -> None:
        digest, count, size = hashlib.sha256(), 0, 0
        for block in self._blocks(member):
            digest.update(block)
            count, size = count + block.count(b"\n"), size + len(block)
            if size > member.size:
                break  # not what was written; and it shall not keep us unpacking for ever
        got = digest.hexdigest()
        if (size, count, got) != (member.size, member.rows, member.digest):
            raise _unusable(
                self.path,
                f"{member.name} 校验值不符：应为 {member.rows} 行 {member.digest}，实为 {count} 行 {got}",
                f"{member.name} does not give its digest: expected {member.rows} row(s) {member.digest}, "
                f"got {count} row(s) {got}",
            )

    def _blocks(self, member: Member) -> Iterator[bytes]:
        try:
            with self._source.open(member.name) as stream:
                while block := stream.read(BLOCK):
                    yield block
        except (*BROKEN, KeyError) as error:
            raise self._unreadable(member, error) from error

    def rows(self, member: Member) -> Iterator[list[Any]]:
        """The rows of a table as values of Python, by the columns of the member."""
        try:
            with self._source.open(member.name) as stream:
                for line in stream:
                    yield row_values(member.columns, line)
        except (*BROKEN, KeyError, ValueError) as error:
            raise self._unreadable(member, error) from error

    def _unreadable(self, member: Member, error: Exception) -> BackupUnusable:
        return _unusable(self.path, f"{member.name} 无法读取：{error}", f"{member.name} cannot be read: {error}")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """An archive with its manifest read. Raises BackupUnusable when the file is no backup, or cut off."""
    try:
        source = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise _unusable(path, "没有此文件", "expected a backup, got no file") from None
    except BROKEN as error:
        raise _unusable(path, f"不是完整的备份文件：{error}", f"expected a whole backup, got: {error}") from None
    with source:
        yield Archive(path, source, _manifest(path, source))


def _manifest(path: Path, source: zipfile.ZipFile) -> Manifest:
    try:
        entry = source.getinfo(MANIFEST)
        if entry.file_size > LARGEST_MANIFEST:
            raise ValueError(f"{entry.file_size} bytes")
        return read_manifest(json.loads(source.read(MANIFEST)))
    except (*BROKEN, KeyError, ValueError, TypeError, RecursionError) as error:
        raise _unusable(
            path, f"清单 {MANIFEST} 缺失或无法理解：{error}", f"expected a {MANIFEST} of {FORMAT}, got: {error!r}"
        ) from None


def read_manifest(body: Any) -> Manifest:
    """Raises KeyError, TypeError or ValueError for anything but a manifest of this format."""
    if body["format"] != FORMAT:
        raise ValueError(f"format {body['format']!r}")
    created = datetime.fromisoformat(body["created_at"])
    if created.tzinfo is None:
        raise ValueError("created_at without offset")
    members = tuple(_member(one) for one in body["members"])
    if len({member.table for member in members}) != len(members):
        raise ValueError("a table twice")
    audit = None if body["audit"] is None else Head(int(body["audit"]["sequence"]), str(body["audit"]["digest"]))
    texts = (str(body["program"]), str(body["schema"]), created, str(body["origin"]))
    return Manifest(*texts, audit, int(body["audit_faults"]), members)


def _member(body: Any) -> Member:
    columns = tuple(Column(str(one["name"]), Kind(one["kind"])) for one in body["columns"])
    if not columns:
        raise ValueError("a table without columns")
    return Member(str(body["table"]), columns, int(body["rows"]), int(body["size"]), str(body["digest"]))


def _unusable(path: Path, zh: str, en: str) -> BackupUnusable:
    return BackupUnusable(say(f"备份 {path}：{zh}", f"backup {path}: {en}"))
