"""Container readers, the order in which they are asked, and the one place where a file is opened for them."""

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, cast

from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.media import Probe, Problem, ProblemCode
from indexer.containers.avi.reader import AviReader
from indexer.containers.base import ContainerReader, Source
from indexer.containers.counted import CountedStream
from indexer.containers.dav.reader import DavReader
from indexer.containers.formats import contradicts
from indexer.containers.guarded import GuardedReader
from indexer.containers.handover import Handing, HandOver
from indexer.containers.isobmff.reader import IsoBmffReader
from indexer.containers.matroska.reader import MatroskaReader
from indexer.containers.mpeg.program import ProgramReader
from indexer.containers.mpeg.transport import TransportReader
from indexer.containers.still import StillReader
from indexer.stores.base import Store, StoreSettings
from indexer.stores.local import LocalStore

READERS: tuple[ContainerReader, ...] = (
    IsoBmffReader(),
    StillReader(),
    MatroskaReader(),
    AviReader(),
    DavReader(),
    TransportReader(),
    ProgramReader(),
    GuardedReader(),
)
"""In the order in which they are asked. A reader that hands a file over passes it to the next that recognises it."""

MEASURING: tuple[tuple[ContainerReader, Callable[[Source], Probe]], ...] = tuple(
    (reader, reader.attempt if isinstance(reader, Handing) else reader.probe) for reader in READERS
)

NONE, NONE_VERSION = "none", 1  # for what no reader took: zero length, unrecognised, unreadable
HEAD = 4096


def reader_versions() -> Mapping[str, int]:
    """Name → version: a file whose probe bears another version is probed again."""
    return MappingProxyType({NONE: NONE_VERSION} | {reader.name: reader.version for reader in READERS})


def probe_file(store: Store, file: StoredFile) -> Probe:
    """Measure one file. Its faults become problems; only an unreachable store raises (StoreUnavailable)."""
    counted: CountedStream | None = None
    try:
        with store.open(file.path) as stream:
            counted = CountedStream(stream)
            probe = _probe(counted, file.path, store.local_path(file.path))
    except OSError as error:
        store.stat(file.path)  # raises StoreUnavailable when it is not the file but the store that is gone
        probe = _nothing(ProblemCode.READ_ERROR, f"{file.name}: {error.strerror or error}")
    except MemoryError:
        probe = _nothing(ProblemCode.OUT_OF_MEMORY, f"{file.name}: not enough memory to measure it")
    return replace(_name_checked(probe, file.path), bytes_read=counted.bytes_read if counted else 0)


def probe_path(path: Path) -> Probe:
    """Measure one file of this machine that belongs to no store. What cannot be read is a problem, never an error."""
    folder, name = os.path.split(os.path.realpath(path))
    store = LocalStore(StoreSettings("", folder), Path(folder))
    file = StoredFile("", name, 0, datetime.fromtimestamp(0, UTC))
    try:
        return probe_file(store, file)
    except (StoreUnavailable, ValueError) as error:
        return _nothing(ProblemCode.READ_ERROR, str(error))


def _probe(counted: CountedStream, name: str, local_path: Path | None) -> Probe:
    size = counted.seek(0, io.SEEK_END)
    if not size:
        return _nothing(ProblemCode.ZERO_LENGTH, "the file has no bytes")
    counted.seek(0)
    head = counted.read(HEAD)
    source = Source(name, cast(BinaryIO, counted), size, head, local_path)
    for reader, measure in MEASURING:
        if not reader.recognises(source):
            continue
        try:
            return measure(source)
        except HandOver:
            continue  # the fallback comes last in READERS, knows all formats, and says itself what is wrong
    return _nothing(ProblemCode.UNRECOGNISED, f"no reader knows content that begins {_sight(head)}")


def _sight(head: bytes) -> str:
    """The first bytes as a person would look at them."""
    start = head[:16]
    return repr(start.decode("ascii")) if start.isascii() and start.decode().isprintable() else start.hex(" ")


def _nothing(code: ProblemCode, detail: str) -> Probe:
    return Probe("unknown", NONE, NONE_VERSION, None, problems=(Problem(code, detail),))


def _name_checked(probe: Probe, path: str) -> Probe:
    """A name that promises another format than the content is a problem, whichever reader measured it."""
    said = contradicts(path, probe.container) if probe.container != "unknown" else None
    if said is None:
        return probe
    problem = Problem(ProblemCode.WRONG_EXTENSION, f"named .{said}, content is {probe.container}")
    return replace(probe, problems=(*probe.problems, problem))
