"""Reader of MP4, MOV and 3GP (ISO/IEC 14496-12, QuickTime): sample tables and fragments, never the media data."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction

from domain.media import Probe, ProblemCode, TrackKind
from domain.wording import say
from indexer.containers.about import about, track_label
from indexer.containers.assembly import NOTHING_PLAYED
from indexer.containers.base import Source
from indexer.containers.continuity import as_delta, lasting
from indexer.containers.isobmff import novatek, vendor_boxes
from indexer.containers.isobmff.boxes import HEADER, MAX_TOP_LEVEL, Box, ProblemList, load, top_level
from indexer.containers.isobmff.chain import MAX_FRAGMENT, Moof, between, chain, pieces
from indexer.containers.isobmff.fragments import Fragments, announced_end
from indexer.containers.isobmff.headers import creation_time
from indexer.containers.isobmff.lost import Remains, remains
from indexer.containers.isobmff.movie import Movie, movie
from indexer.containers.isobmff.tags import MAX_CONTENT, described
from indexer.containers.isobmff.tracks import PLAYED, Laid, lay, shifted
from indexer.containers.statements import Statement, Statements

FIRST_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"sidx", b"wide", b"free", b"skip", b"pnot", b"uuid", b"emsg"}
)
STILL_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jxl "})
MAX_MOVIES = 8
DESCRIBING = frozenset({b"meta", b"udta", b"uuid", b"AMBA", b"amba"}) | vendor_boxes.LOOSE
MAX_DESCRIBING = 16  # boxes of the top level that are looked into
LEAST_DESCRIBING = 16  # bytes of a box that can say something
GENERIC_HANDLERS = frozenset(
    {"", "videohandler", "soundhandler", "video handler", "sound handler", "videohandle", "soundhandle"}
    | {"video", "sound", "audio", "vide", "soun", "apple video media handler", "apple sound media handler"}
)


@dataclass(slots=True)
class Layout:
    """What lies at the top level of one file."""

    moovs: list[Box] = field(default_factory=list)
    moofs: list[Moof] = field(default_factory=list)
    media: Box | None = None
    brand: str | None = None
    said: Statements = field(default_factory=Statements)
    looked_into: int = 0
    boxes: int = 0


class IsoBmffReader:
    """MP4, MOV, 3GP, whole or fragmented."""

    name = "isobmff"
    version = 7

    def recognises(self, source: Source) -> bool:
        if len(source.head) < HEADER.size:
            return False
        length, kind = HEADER.unpack_from(source.head)
        still = kind == b"ftyp" and source.head[8:12] in STILL_BRANDS
        return kind in FIRST_BOXES and not still and (length in (0, 1) or length >= HEADER.size)

    def probe(self, source: Source) -> Probe:
        problems = ProblemList()
        layout = _survey(source, problems)
        container = "mp4" if layout.brand and not layout.brand.startswith("qt") else "mov"
        if layout.brand and layout.brand.startswith(("3gp", "3g2")):
            container = "3gp"
        if not layout.moovs:
            return _lost(source, layout, container, problems)
        found = _movie(source, layout, problems)
        if found is None:
            return Probe(container, self.name, self.version, None, brand=layout.brand, problems=problems.all())
        return _named(source, _measured(source, layout, found, container, problems), found, layout)


def _survey(source: Source, problems: ProblemList) -> Layout:
    """Walk the top level; of boxes with media data only the header is read."""
    layout = Layout()
    at: int | None = 0
    while at is not None:
        at = _survey_from(at, layout, source, problems)
    return layout


def _survey_from(at: int, layout: Layout, source: Source, problems: ProblemList) -> int | None:
    """From one box to the end of the file, or to behind fragments, which are walked by a faster step; then where."""
    most = MAX_TOP_LEVEL - layout.boxes - 2 * len(layout.moofs)
    for box in top_level(source, problems, at, most):
        layout.boxes += 1
        if box.kind == b"ftyp":
            layout.brand = layout.brand or _text(source, box, 4).decode("latin-1").strip() or None
        elif box.kind == b"moov":
            layout.moovs.append(box)
        elif box.kind == b"moof":
            layout.moofs.append(Moof(box.start, box.end))
            if layout.media and box.end < source.size:
                return chain(source, box.end, layout.moofs)
        elif box.kind == b"mdat":
            layout.media = layout.media or box
        elif box.kind == b"sidx":
            _check_index(source, box, problems)
        elif box.kind in DESCRIBING and layout.looked_into < MAX_DESCRIBING:
            layout.looked_into += box.end - box.body >= LEAST_DESCRIBING
            layout.said.add(_beside(source, box))
    return None


def _beside(source: Source, box: Box) -> Iterator[Statement]:
    """What a box beside the movie says; one that is read in part has no faults of its own."""
    if box.end - box.body < LEAST_DESCRIBING:
        return
    if box.kind == b"uuid" and not vendor_boxes.known_uuid(_text(source, box, 16)):
        return
    content = _text(source, box, vendor_boxes.LOOSE_BYTES if box.kind in vendor_boxes.LOOSE else MAX_CONTENT)
    yield from described(memoryview(content), Box(box.kind, 0, 0, len(content)), ProblemList())


def _text(source: Source, box: Box, limit: int) -> bytes:
    part = Box(box.kind, box.start, box.body, min(box.end, box.body + limit))
    content = load(source.stream, source.head, part, source.size, ProblemList())
    return bytes(content or b"")


def _check_index(source: Source, box: Box, problems: ProblemList) -> None:
    """A segment index that lists more than the file holds shows a cut that falls between two fragments."""
    if box.end > source.size or box.end - box.start > MAX_FRAGMENT:
        return
    content = load(source.stream, source.head, box, source.size, problems)
    end = announced_end(content, box.end, problems) if content is not None else None
    if end and end > source.size:
        detail = say(
            f"sidx 数据块：声明分段至字节 {end}，文件内有 {source.size} 字节",
            f"sidx box: segments up to byte {end} announced, {source.size} in the file",
        )
        problems.add(ProblemCode.TRUNCATED, detail, box.start)


def _movie(source: Source, layout: Layout, problems: ProblemList) -> Movie | None:
    """The index, or None with the reason among the problems.

    Of several the first that leads to samples is used: players take the first, and a camera that mended its file added
    another one behind it.
    """
    box = layout.moovs[0]
    found, said = _read_movie(source, box)
    for other in layout.moovs[1:MAX_MOVIES]:
        if found and (found.samples or (found.fragments is not None and layout.moofs)):
            break
        one, also_said = _read_movie(source, other)
        if one and one.samples:
            box, found, said = other, one, also_said
    if len(layout.moovs) > 1:
        detail = say(
            f"{len(layout.moovs)} 个 moov 索引，采用字节 {box.start} 处的",
            f"{len(layout.moovs)} moov boxes, the one at byte {box.start} is used",
        )
        problems.add(ProblemCode.BAD_BOX, detail, layout.moovs[1].start)
    problems.join(said)
    return found


def _lost(source: Source, layout: Layout, container: str, problems: ProblemList) -> Probe:
    """What can be said of a recording whose index was never written."""
    media_bytes: int | None = None
    if layout.media is None and not layout.moofs:
        problems.add(ProblemCode.NO_TRACKS, say("既无媒体数据，也无 moov 索引", "neither media data nor a moov box"))
    elif layout.moofs:
        media_bytes = between(layout.moofs, source.size)
        detail = say(
            f"{len(layout.moofs)} 个分片，缺少 moov 索引：{source.size} 字节中 {media_bytes} 字节为媒体数据",
            f"{len(layout.moofs)} fragments without a moov box: {media_bytes} of {source.size} bytes are media",
        )
        problems.add(ProblemCode.INDEX_MISSING, detail, layout.moofs[0].start)
    elif layout.media:
        box, end = layout.media, min(layout.media.end, source.size)
        left = remains(source, min(box.body, end), end)
        media_bytes = left.written
        problems.add(ProblemCode.INDEX_MISSING, _unindexed(left, source.size, box.end >= source.size), box.start)
    name, version = IsoBmffReader.name, IsoBmffReader.version
    said = problems.all()
    return Probe(container, name, version, None, brand=layout.brand, problems=said, media_bytes=media_bytes)


def _unindexed(left: Remains, size: int, open_ended: bool) -> str:
    """Said of media data without an index in a file of `size` bytes; the figures stand alike in both languages."""
    zh = f"媒体数据缺少 moov 索引：{size} 字节中 {left.written} 字节为媒体数据"
    en = f"media data without a moov box: {left.written} of {size} bytes are media"
    if open_ended:
        zh, en = f"{zh}，最后的数据块未关闭", f"{en}, the last box not closed"
    figures = f"held={left.held} written={left.written} looks={left.looks}"
    return say(f"{zh}；{figures}", f"{en}; {figures}")


def _read_movie(source: Source, box: Box) -> tuple[Movie | None, ProblemList]:
    problems = ProblemList()
    content = load(source.stream, source.head, box, source.size, problems)
    if content is None:
        return None, problems
    found = movie(content, source.size, problems)
    torn = found.broken or not found.samples or problems.has(ProblemCode.BAD_TABLE)
    if box.end > source.size and torn:
        problems.add(ProblemCode.INDEX_MISSING, say("moov 索引被截断", "the index (moov) is cut off"), box.start)
    return found, problems


def _measured(source: Source, layout: Layout, found: Movie, container: str, problems: ProblemList) -> Probe:
    collected = _fragments(source, layout, found, problems)
    laid = [lay(track, found, collected, problems) for track in found.tracks]
    playable = [one for one in laid if one.track.kind in PLAYED and one.samples]
    if not playable:
        problems.add(ProblemCode.NO_TRACKS, NOTHING_PLAYED)
    start = min((one.start for one in playable), default=Fraction(0))
    begun_later = collected is not None and not found.samples  # decode times that count from somewhere else
    tracks = tuple(shifted(one, start) if begun_later else one.track for one in laid)
    ends = [track.end for track in tracks if track.kind in PLAYED] or [track.end for track in tracks]
    _check_contents(found, playable, problems)
    declared = _declared(found, max((track.end for track in tracks), default=None), collected is not None, problems)
    return Probe(
        container,
        IsoBmffReader.name,
        IsoBmffReader.version,
        max(ends, default=None),
        declared_duration=declared,
        brand=layout.brand,
        tracks=tracks,
        start=as_delta(start),
        edits=sum(one.edits for one in laid if one.track.kind in PLAYED),
        parameter_changes=sum(max(track.described.entries - 1, 0) for track in found.tracks),
        decodable_share=min((one.inside / one.samples for one in playable), default=None),
        problems=problems.all(),
    )


def _fragments(source: Source, layout: Layout, found: Movie, problems: ProblemList) -> Fragments | None:
    """The fragments of a movie that announces them (mvex), or that has nothing else."""
    if not layout.moofs or (found.fragments is None and found.samples):
        return None
    collected = Fragments(found.tracks, found.fragments or {}, source.size)
    for contents, starts in pieces(source, layout.moofs, problems):
        if not collected.add_all(contents, starts, problems):
            break
    return collected


def _check_contents(found: Movie, playable: list[Laid], problems: ProblemList) -> None:
    for one in playable:
        if one.inside < one.samples:
            label, lost = track_label(one.track.number, one.track.kind), one.samples - one.inside
            zh = f"{one.samples} 个样本中有 {lost} 个超出文件末尾"
            en = f"{lost} of {one.samples} samples lie beyond the end of the file"
            problems.add(ProblemCode.DATA_MISSING, about(label, zh, en))
    for track in found.tracks:
        if track.described.encrypted:
            problems.add(ProblemCode.ENCRYPTED, about(track.label, "样本已加密", "samples are encrypted"))


def _declared(found: Movie, longest: timedelta | None, fragmented: bool, problems: ProblemList) -> timedelta | None:
    """The header's claim, held against the samples'. In a fragmented movie mvhd may leave the fragments out (§ 8.8.2).

    `longest` is the latest end of a track, None when there is none.
    """
    claim = (found.extends or found.times.duration) if found.times else None
    if claim is None or found.times is None:
        return None
    try:
        declared = lasting(claim, found.times.scale)
    except OverflowError:
        seconds = f"{claim / found.times.scale:.3g} s"
        problems.add(ProblemCode.DURATION_DISAGREES, say(f"文件头标称 {seconds}", f"header says {seconds}"))
        return None
    if longest is None or not (found.extends or not fragmented):
        return declared
    if abs(declared - longest) > max(timedelta(seconds=1), longest / 100):
        stated, lasts = f"{declared.total_seconds():.3f} s", f"{longest.total_seconds():.3f} s"
        detail = say(f"文件头标称 {stated}，样本共长 {lasts}", f"header says {stated}, samples last {lasts}")
        problems.add(ProblemCode.DURATION_DISAGREES, detail)
    return declared


def _named(source: Source, probe: Probe, found: Movie, layout: Layout) -> Probe:
    """Who wrote it, when, with which device. Without a time in mvhd the first one that names its zone counts."""
    said = found.said
    said.add(novatek.listed(source, said.elsewhere))
    said.add(layout.said.all())
    named = (track.handler for track in found.tracks if track.kind is not TrackKind.OTHER)
    handlers = [name for name in named if name.lower() not in GENERIC_HANDLERS]
    writer, chip = said.take("writer"), said.take("format")
    zoned = (time for name, time in said.times.items() if name in ("day", "creationdate") and time.tzinfo)
    return replace(
        probe,
        creation_time=(creation_time(found.times.created) if found.times else None) or next(zoned, None),
        writer=writer or chip or next(iter(handlers), None),
        tags=said.tags,
        stated_times=said.times,
    )
