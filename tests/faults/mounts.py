"""Stores that misbehave as only mounts can: a file system of our own that stops answering, and one that is taken away.

Run as a program it serves the files of a folder through FUSE and answers nothing while a file `hang` lies beside it:
`python -m tests.faults.mounts MOUNT FOLDER HANG`. Needs root and /dev/fuse.
"""

import ctypes
import os
import select
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBC = ctypes.CDLL(None, use_errno=True)
LAZY = 2  # MNT_DETACH
HEAD, ATTRIBUTES = struct.Struct("<IIQQIIII"), struct.Struct("<6Q10I")
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT = 1, 2, 3, 14, 15, 17, 18, 25, 26
OPENDIR, READDIR, RELEASEDIR, ACCESS, INTERRUPT, BATCH_FORGET = 27, 28, 29, 34, 36, 42


def mount(source: str, target: Path, kind: str, options: str) -> None:
    done = LIBC.mount(source.encode(), os.fsencode(target), kind.encode(), 0, options.encode())
    if done != 0:
        raise OSError(ctypes.get_errno(), "mount", str(target))


def unmount(target: Path) -> None:
    LIBC.umount2(os.fsencode(target), LAZY)


@dataclass(frozen=True)
class Hanging:
    """A mounted store; `hang` makes it answer nothing any more, `answer` everything it was asked meanwhile."""

    root: Path
    flag: Path

    def hang(self) -> None:
        self.flag.touch()

    def answer(self) -> None:
        self.flag.unlink(missing_ok=True)


@contextmanager
def hanging_store(folder: Path, mounted: Path) -> Iterator[Hanging]:
    """The files of a folder, mounted at another."""
    mounted.mkdir(parents=True, exist_ok=True)
    flag = folder.parent / "hang"
    words = [sys.executable, "-m", "tests.faults.mounts", str(mounted), str(folder), str(flag)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            if server.stdout.readline() != b"mounted\n":
                pytest.skip("no file system can be mounted here: needs root and /dev/fuse")
            yield Hanging(mounted, flag)
        finally:
            server.kill()  # whoever still waits is told that the connection is gone
            unmount(mounted)


@contextmanager
def memory_store(mounted: Path) -> Iterator[Path]:
    """An empty file system in memory, mounted at a folder."""
    mounted.mkdir(parents=True, exist_ok=True)
    try:
        mount("none", mounted, "tmpfs", "size=16m")
    except OSError:
        pytest.skip("no file system can be mounted here: needs root")
    try:
        yield mounted
    finally:
        unmount(mounted)


class Server:
    """The other end of /dev/fuse: files of one folder, read only, no folders in it."""

    def __init__(self, mounted: Path, folder: Path, flag: Path) -> None:
        self.folder, self.flag = folder, flag
        self.names = ["", *sorted(path.name for path in folder.iterdir())]  # node 1 is the root
        self.line = os.open("/dev/fuse", os.O_RDWR)
        mount("bwc", mounted, "fuse.bwc", f"fd={self.line},rootmode=40000,user_id=0,group_id=0,allow_other")

    def serve(self) -> None:
        held: list[bytes] = []
        while True:
            ready, _, _ = select.select([self.line], [], [], 0.02)
            held += [os.read(self.line, 1 << 18)] if ready else []
            while held and not self.flag.exists():
                self.answer(held.pop(0))

    def answer(self, asked: bytes) -> None:
        _, code, number, node, *_ = HEAD.unpack_from(asked)
        if code in (FORGET, BATCH_FORGET, INTERRUPT):
            return
        said = self.said(code, node, asked[HEAD.size :])
        error, content = (-said, b"") if isinstance(said, int) else (0, said)
        os.write(self.line, struct.pack("<IiQ", 16 + len(content), error, number) + content)

    def said(self, code: int, node: int, body: bytes) -> bytes | int:
        if code == INIT:
            return struct.pack("<4I2H2I2H8I", 7, 31, 1 << 17, 0, 12, 9, 1 << 17, 1, 32, 0, *[0] * 8)
        if code == LOOKUP:
            name = body.rstrip(b"\0").decode()
            found = self.names.index(name) + 1 if name in self.names[1:] else 0
            return struct.pack("<4Q2I", found, 0, 0, 0, 0, 0) + self.attributes(found) if found else 2
        if code == GETATTR:
            return struct.pack("<Q2I", 0, 0, 0) + self.attributes(node)
        if code in (OPEN, OPENDIR):
            return struct.pack("<QIi", 0, 1, 0)  # 1: past the cache of the kernel
        if code in (READ, READDIR):
            _, offset, size = struct.unpack_from("<QQI", body)
            content = self.listing(offset) if code == READDIR else self.path(node).read_bytes()[offset:]
            return content[:size]
        if code == STATFS:
            return bytes(80)
        return b"" if code in (RELEASE, FLUSH, RELEASEDIR) else 38

    def listing(self, offset: int) -> bytes:
        rows = b""
        for place, name in enumerate(self.names[1:], 1):
            content = name.encode()
            row = struct.pack("<QQII", place + 1, place, len(content), 8) + content
            rows += row + bytes(-len(row) % 8) if place > offset else b""
        return rows

    def path(self, node: int) -> Path:
        return self.folder / self.names[node - 1]

    def attributes(self, node: int) -> bytes:
        facts = self.path(node).stat()
        mode = stat.S_IFDIR | 0o555 if node == 1 else stat.S_IFREG | 0o444
        times = (int(facts.st_atime), int(facts.st_mtime), int(facts.st_ctime))
        return ATTRIBUTES.pack(node, facts.st_size, 1, *times, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


if __name__ == "__main__":
    try:
        server = Server(*map(Path, sys.argv[1:]))
    except OSError:
        print("refused", flush=True)
        time.sleep(0)
        sys.exit(1)
    print("mounted", flush=True)
    server.serve()
