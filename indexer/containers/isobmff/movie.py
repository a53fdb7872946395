"""The moov box (ISO/IEC 14496-12 § 8.2.1) as plain values: tracks with their tables, edit lists and tags."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.media import ProblemCode, TrackKind
from domain.wording import say
from indexer.containers.about import about, track_label
from indexer.containers.continuity import Runs, Ticks
from indexer.containers.isobmff import headers, tables
from indexer.containers.isobmff.batches import Defaults
from indexer.containers.isobmff.boxes import Box, ProblemList, children
from indexer.containers.isobmff.changes import Uses, of_chunks
from indexer.containers.isobmff.compressed import unpacked
from indexer.containers.isobmff.descriptions import Description, description
from indexer.containers.isobmff.tags import stated
from indexer.containers.statements import Statements

MAX_TRACKS = 64
NOT_DESCRIBED = Description()
KINDS: Mapping[bytes, TrackKind] = {b"vide": TrackKind.VIDEO, b"soun": TrackKind.AUDIO}


@dataclass(frozen=True, slots=True)
class MediaTrack:
    """One trak: who it is, how its samples lie in media time, and how many of them are in the file."""

    number: int
    track_id: int
    kind: TrackKind
    scale: int
    handler: str
    width: int
    height: int
    edits: tuple[headers.Edit, ...] = ()
    described: Description = NOT_DESCRIBED
    runs: Runs = tables.NO_RUNS
    offsets: Runs | None = None
    samples: int = 0
    inside: int = 0
    rotation: int | None = None
    uses: Uses = ()  # when there are several descriptions
    sync: tables.Rows | Ticks | None = (
        None  # numbers, from 1, of the samples that can be decoded alone; None: all of them
    )

    @property
    def label(self) -> str:
        return track_label(self.number, self.kind)


@dataclass(frozen=True, slots=True)
class Movie:
    """`fragments` (trex) is None when the movie announces none; `broken` counts tracks that could not be read."""

    times: headers.Times | None
    extends: int | None
    fragments: Defaults | None
    tracks: tuple[MediaTrack, ...]
    said: Statements
    broken: int

    @property
    def samples(self) -> int:
        return sum(track.samples for track in self.tracks)


Family = dict[bytes, Box]


def family(buffer: memoryview, parent: Box, problems: ProblemList, skip: int = 0) -> Family:
    """The first child of every kind."""
    found: Family = {}
    for box in children(buffer, parent.body + skip, parent.end, problems):
        found.setdefault(box.kind, box)
    return found


def movie(buffer: memoryview, file_size: int, problems: ProblemList) -> Movie:
    """Read a moov box's content, `buffer` being all of it that the file holds."""
    buffer = unpacked(buffer, problems)
    moov = Box(b"moov", 0, 0, len(buffer))
    parts = list(children(buffer, 0, len(buffer), problems))
    first = {box.kind: box for box in reversed(parts)}
    traks = [box for box in parts if box.kind == b"trak"]
    if len(traks) > MAX_TRACKS:
        count = len(traks)
        zh, en = (
            f"moov 索引：{count} 条轨道，只读取 {MAX_TRACKS} 条",
            f"moov box: {count} tracks, {MAX_TRACKS} are read",
        )
        problems.add(ProblemCode.TOO_DEEP, say(zh, en))
    found = [_track(buffer, trak, n, file_size, problems) for n, trak in enumerate(traks[:MAX_TRACKS], 1)]
    if b"mvhd" not in first:
        problems.add(ProblemCode.BAD_BOX, say("moov 索引：其中缺少 mvhd", "moov box: no mvhd in it"))
    return Movie(
        headers.times(buffer, first[b"mvhd"], problems) if b"mvhd" in first else None,
        *_extends(buffer, first.get(b"mvex"), problems),
        tuple(track for track in found if track),
        stated(buffer, moov, problems),
        sum(track is None for track in found),
    )


def _extends(buffer: memoryview, mvex: Box | None, problems: ProblemList) -> tuple[int | None, Defaults | None]:
    if mvex is None:
        return None, None
    parts = list(children(buffer, mvex.body, mvex.end, problems))
    mehd = next((box for box in parts if box.kind == b"mehd"), None)
    length = headers.extends_duration(buffer, mehd, problems) if mehd else None
    return length, headers.fragment_defaults(buffer, [box for box in parts if box.kind == b"trex"], problems)


def _track(buffer: memoryview, trak: Box, number: int, file_size: int, problems: ProblemList) -> MediaTrack | None:
    """None, with the reason among the problems, when a part without which nothing can be said is not there."""
    outer = family(buffer, trak, problems)
    media = family(buffer, outer[b"mdia"], problems) if b"mdia" in outer else {}
    inner = family(buffer, media[b"minf"], problems) if b"minf" in media else {}
    table = family(buffer, inner[b"stbl"], problems) if b"stbl" in inner else {}
    missing = [name for name, there in _needed(outer, media, table) if not there]
    if missing:
        zh = f"轨道 {number}：其中缺少 {'、'.join(missing)}"
        detail = say(zh, f"track {number}: no {' and no '.join(missing)} in it")
        problems.add(ProblemCode.BAD_BOX, detail, trak.start)
        return None
    header = headers.track_header(buffer, outer[b"tkhd"], problems)
    times = headers.times(buffer, media[b"mdhd"], problems)
    if header is None or times is None:
        return None
    kind, name = headers.handler(buffer, media[b"hdlr"], problems)
    edts = family(buffer, outer[b"edts"], problems) if b"edts" in outer else {}
    track = MediaTrack(
        number,
        header.track_id,
        KINDS.get(kind, TrackKind.OTHER),
        times.scale,
        handler=name,
        width=header.width,
        height=header.height,
        rotation=header.rotation,
        edits=headers.edit_list(buffer, edts[b"elst"], problems) if b"elst" in edts else (),
    )
    return _with_samples(buffer, table, track, file_size, problems)


def _needed(outer: Family, media: Family, table: Family) -> tuple[tuple[str, bool], ...]:
    return (
        ("tkhd", b"tkhd" in outer),
        ("mdhd", b"mdhd" in media),
        ("hdlr", b"hdlr" in media),
        ("stsd", b"stsd" in table),
        ("stts", b"stts" in table),
    )


def _with_samples(
    buffer: memoryview, table: Family, track: MediaTrack, file_size: int, problems: ProblemList
) -> MediaTrack:
    """The track with its sample tables read; tables that disagree are cut to what they agree on."""
    described = description(buffer, table[b"stsd"], track.kind, problems)
    rows = tables.entries(buffer, table[b"stts"], tables.PAIR, 2, problems)
    runs = tables.durations(rows, track.scale, track.label, problems)
    size_box = table.get(b"stsz") or table.get(b"stz2")
    sizes = tables.sizes(buffer, size_box, file_size, problems) if size_box else tables.Sizes(0)
    if runs.samples != sizes.count:
        zh = f"时长表有 {runs.samples} 个样本，大小表有 {sizes.count} 个"
        en = f"durations for {runs.samples} samples, sizes for {sizes.count}"
        problems.add(ProblemCode.BAD_TABLE, about(track.label, zh, en))
        runs = tables.clipped(runs, sizes.count)
    if runs.samples > 1 and not runs.total and track.kind is not TrackKind.OTHER:
        zh, en = f"全部 {runs.samples} 个样本在同一时刻", f"all {runs.samples} samples at one instant"
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, about(track.label, zh, en))
    offsets = tables.composition(buffer, table[b"ctts"], problems) if b"ctts" in table else None
    return replace(
        track,
        described=described,
        runs=runs,
        offsets=offsets,
        samples=runs.samples,
        uses=_uses(buffer, table, described),
        sync=tables.entries(buffer, table[b"stss"], tables.PAIR, 1, problems)[:, 0] if b"stss" in table else None,
        inside=_inside(buffer, table, sizes, (track.label, file_size), problems),
    )


def _uses(buffer: memoryview, table: Family, described: Description) -> Uses:
    if described.entries <= 1 or b"stsc" not in table:
        return ()
    return of_chunks(tables.entries(buffer, table[b"stsc"], tables.PAIR, 3, ProblemList()))  # its faults are said below


def _inside(
    buffer: memoryview, table: Family, sizes: tables.Sizes, where: tuple[str, int], problems: ProblemList
) -> int:
    """How many samples lie in the file; all of them when the tables do not say where they lie."""
    label, file_size = where
    box = table.get(b"stco") or table.get(b"co64")
    if not sizes.count or box is None or b"stsc" not in table:
        if sizes.count:
            zh, en = f"{sizes.count} 个样本没有块偏移", f"no chunk offsets for {sizes.count} samples"
            problems.add(ProblemCode.BAD_TABLE, about(label, zh, en))
        return sizes.count
    wide = box.kind == b"co64"
    offsets = tables.entries(buffer, box, tables.WIDE if wide else tables.PAIR, 1, problems)[:, 0]
    rows = tables.entries(buffer, table[b"stsc"], tables.PAIR, 3, problems)
    offsets = tables.unwrapped(offsets, file_size, label, problems)
    chunks = tables.chunks(offsets, rows, label, problems)
    if chunks is None:
        return sizes.count
    return tables.samples_inside(chunks, sizes, file_size)
