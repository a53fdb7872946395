"""Small disks that tests fill: a file system in memory where this process may mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted disk. `filler`: what takes its room away."""

    root: Path

    @property
    def filler(self) -> Path:
        return self.root / "filler"

    @property
    def free(self) -> int:
        """Bytes that anybody may still write."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def fill(self, but: int = 0) -> None:
        """Leave so many bytes free, to the page."""
        self.filler.unlink(missing_ok=True)
        with self.filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, self.free - but))

    def clear(self) -> None:
        """There is room again."""
        self.filler.unlink(missing_ok=True)


@contextmanager
def mounted(root: Path, megabytes: int) -> Iterator[Disk]:
    """A disk of so many megabytes; the test is left out where mounting is not allowed."""
    root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(root)]
    if os.name != "posix" or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a disk of a few megabytes can be mounted by root alone")
    try:
        yield Disk(root)
    finally:
        subprocess.run(["umount", "--lazy", str(root)], check=True)
