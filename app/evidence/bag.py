"""A bag (BagIt 1.0, RFC 8493) written as a stream: every payload file is hashed while it is written.

`bagit.txt` comes last: a folder in which writing ended early is no bag, so nothing half can pass for whole.
"""

import hashlib
import os
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from app.targets import sync_folder

DECLARATION = "bagit.txt"
FORBIDDEN = frozenset('<>:"/\\|?*')
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))]
)
LONGEST_NAME = 120  # bytes: more is cut, so that no file system of whoever gets the bag refuses it


@dataclass(slots=True)
class Payload:
    """One file being written below `data/`."""

    stream: BinaryIO
    digest: "hashlib._Hash"
    size: int = 0

    def write(self, block: bytes) -> None:
        self.stream.write(block)
        self.digest.update(block)
        self.size += len(block)


@dataclass(slots=True)
class Bag:
    """A bag in a folder that was empty. `digests`: SHA-256 by path below the root."""

    root: Path
    digests: dict[str, str] = field(default_factory=dict)
    size: int = 0
    taken: set[str] = field(default_factory=set)

    def name(self, folder: str, wanted: str) -> str:
        """A path below `data/` that every system takes and no other file of the bag has."""
        stem, dot, ending = safe_name(wanted).rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (dot + ending, "")
        prefix = f"data/{folder}/" if folder else "data/"
        for number in range(1, 1_000_000):
            path = f"{prefix}{stem}{'' if number == 1 else f'~{number}'}{ending}"
            if path.casefold() not in self.taken:
                self.taken.add(path.casefold())
                return path
        raise AssertionError("a million files of one name")

    @contextmanager
    def payload(self, path: str) -> Iterator[Payload]:
        """Write one file; one that ends in an exception is taken away again."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        made, whole = Payload(target.open("xb"), hashlib.sha256()), False
        try:
            with made.stream:
                yield made
                made.stream.flush()
                os.fsync(made.stream.fileno())
            whole = True
        finally:
            if not whole:
                target.unlink(missing_ok=True)
        self.digests[path] = made.digest.hexdigest()
        self.size += made.size

    def add(self, path: str, content: bytes) -> None:
        with self.payload(path) as payload:
            payload.write(content)

    def drop(self, path: str) -> None:
        """Take a written file out again: what was copied of it is not the whole."""
        target = self.root / path
        self.size -= target.stat().st_size
        target.unlink()
        del self.digests[path]

    def manifest(self) -> str:
        """The lines of `manifest-sha256.txt`; `sha256sum -c` reads them too."""
        return "".join(f"{self.digests[path]}  {_escaped(path)}\n" for path in sorted(self.digests))

    def close(self, info: Mapping[str, str]) -> None:
        """Tag files, the declaration last of all."""
        oxum = {"Payload-Oxum": f"{self.size}.{len(self.digests)}"}
        lines = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in {**info, **oxum}.items())
        declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        tags = {"manifest-sha256.txt": self.manifest(), "bag-info.txt": lines, DECLARATION: declaration}
        sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(tags.items()))
        for name, text in (*list(tags.items())[:-1], ("tagmanifest-sha256.txt", sums), (DECLARATION, declaration)):
            self._tag(name, text)
        sync_folder(self.root)

    def _tag(self, name: str, text: str) -> None:
        with (self.root / name).open("xb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())

    def abandon(self) -> None:
        """Take away what was written: the folder is as empty as it was."""
        for name in (DECLARATION, "tagmanifest-sha256.txt", "manifest-sha256.txt", "bag-info.txt"):
            (self.root / name).unlink(missing_ok=True)
        shutil.rmtree(self.root / "data", ignore_errors=True)


def safe_name(wanted: str) -> str:
    """One file name that Windows, macOS and Linux take alike; never empty, never hidden."""
    text = unicodedata.normalize("NFC", wanted)
    text = "".join("_" if c in FORBIDDEN or unicodedata.category(c)[0] == "C" else c for c in text)
    text = text.strip(" .") or "_"
    if text.split(".")[0].rstrip().casefold() in RESERVED:
        text = f"_{text}"
    return _shortened(text)


def _shortened(text: str) -> str:
    """At most LONGEST_NAME bytes, the ending kept."""
    if len(text.encode()) <= LONGEST_NAME:
        return text
    stem, dot, ending = text.rpartition(".")
    if not stem or len(ending.encode()) > 12:
        stem, dot, ending = text, "", ""
    room = LONGEST_NAME - len(f"{dot}{ending}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore').rstrip(' .')}{dot}{ending}"


def _escaped(path: str) -> str:
    """RFC 8493, 2.1.3: what would end a line, and the sign that escapes it. Our names hold none of them but `%`."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
