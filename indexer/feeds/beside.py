"""Where a list that lies among the clips points to: its paths may start at its own folder or at the store's root.

A bare file name belongs to the list's own folder. A path with folders does when there is a file; else it starts at the
root of the store, or is the station's own, and is matched by its last parts like any other.
"""

import os
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path

from domain.clip import IndexEntry
from indexer.feeds.base import FeedRow
from indexer.feeds.wildcards import Found, Place


@dataclass(frozen=True, slots=True)
class Roots:
    """From where paths are counted: the store's folder where the lists lie in it, else the parent of the fixed part.

    The parent keeps one folder's name before a bare name, so that `datadir0/hiv00000.mp4` is not any `hiv00000.mp4`.
    """

    place: Place
    store: str | None

    def prefix(self, found: Found) -> str:
        """The list's folder as the entries of the list shall begin; empty for the root itself."""
        if self.store is not None and _lies_in(found.folder, self.store):
            return _below(found.folder, self.store)
        return _below(found.folder, str(Path(self.place.fixed).parent))


def _below(folder: str, root: str) -> str:
    below = os.path.relpath(folder, root)
    return "" if below == os.curdir else below


def _lies_in(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(root.rstrip("/") + "/")


def at_its_place(row: FeedRow, found: Found, prefix: str) -> FeedRow:
    """The row with the path of its clip counted from the root."""
    if not isinstance(row.record, IndexEntry):
        return row
    stated = row.record.path
    path = located(stated, found.folder, prefix)
    looked_for = stated if "/" in stated and _beside(stated, prefix) is not None else None
    if path == stated and looked_for is None:
        return row
    return replace(row, record=replace(row.record, path=path), looked_for=looked_for)


def located(path: str, folder: str, prefix: str) -> str:
    """A path of a list in `folder`, counted from the root; one that would lead out of the root stays as it is."""
    beside = _beside(path, prefix)
    if beside is None:
        return path
    return beside if "/" not in path or Path(folder, path).is_file() else path


def _beside(path: str, prefix: str) -> str | None:
    beside = posixpath.normpath(f"{prefix}/{path}" if prefix else path)
    return None if beside.startswith("../") else beside
