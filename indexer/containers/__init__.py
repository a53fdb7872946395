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
from domain.wording import COLON, joined, say
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
from indexer.stores import open_store
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

NONE, NONE_VERSION = "none", 2  # for what no reader took: zero length, unrecognised, unreadable
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
        probe = _nothing(ProblemCode.READ_ERROR, _unread(file.name, str(error.strerror or error)))
    except MemoryError:
        short = say(f"{file.name}：内存不足，无法测量", f"{file.name}: not enough memory to measure it")
        probe = _nothing(ProblemCode.OUT_OF_MEMORY, short)
    return replace(_name_checked(probe, file.path), bytes_read=counted.bytes_read if counted else 0)


def probe_path(path: Path) -> Probe:
    """Measure one file of this machine that belongs to no store. What cannot be read is a problem, never an error."""
    folder, name = os.path.split(os.path.realpath(path))
    store = LocalStore(StoreSettings("", folder), Path(folder))
    file = StoredFile("", name, 0, datetime.fromtimestamp(0, UTC))
    try:
        return probe_file(store, file)
    except (StoreUnavailable, ValueError) as error:
        return _nothing(ProblemCode.READ_ERROR, _unread(name, str(error)))


def probe_url(address: str) -> Probe:
    """Measure one object of an object store, `s3://bucket/key`; server and credentials as the environment says.

    What cannot be read is a problem. Raises ConfigError for an address that is none.
    """
    folder, _, name = address.rpartition("/")
    store = open_store(StoreSettings("probe", folder))
    try:
        return probe_file(store, StoredFile("probe", name, 0, datetime.fromtimestamp(0, UTC)))
    except (StoreUnavailable, ValueError) as error:
        return _nothing(ProblemCode.READ_ERROR, _unread(name, str(error)))


def _probe(counted: CountedStream, name: str, local_path: Path | None) -> Probe:
    size = counted.seek(0, io.SEEK_END)
    if not size:
        return _nothing(ProblemCode.ZERO_LENGTH, say("文件没有任何字节", "the file has no bytes"))
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
    sight = _sight(head)
    unknown = say(f"无法识别的内容，开头为 {sight}", f"no reader knows content that begins {sight}")
    return _nothing(ProblemCode.UNRECOGNISED, unknown)


def _unread(name: str, reason: str) -> str:
    """`reason` is the system's own message, kept as it is, or one of ours in both languages."""
    return joined((say(f"{name}：无法读取", f"{name}: cannot be read"), reason), COLON)


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
    detail = say(f"扩展名为 .{said}，内容为 {probe.container}", f"named .{said}, content is {probe.container}")
    return replace(probe, problems=(*probe.problems, Problem(ProblemCode.WRONG_EXTENSION, detail)))
