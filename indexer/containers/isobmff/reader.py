"""Reader of MP4, MOV and 3GP (ISO/IEC 14496-12, QuickTime): sample tables and fragments, never the media data."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction

from domain.media import Discontinuity, Probe, ProblemCode, Track, TrackKind
from indexer.containers.assembly import steady
from indexer.containers.base import Source
from indexer.containers.continuity import MAX_HOLES, Runs, as_delta, delivered_rate, nominal
from indexer.containers.isobmff import novatek, vendor_boxes
from indexer.containers.isobmff.boxes import HEADER, Box, ProblemList, load, top_level
from indexer.containers.isobmff.fragments import Fragments, announced_end
from indexer.containers.isobmff.headers import creation_time
from indexer.containers.isobmff.movie import MediaTrack, Movie, movie
from indexer.containers.isobmff.tables import sync_spacing
from indexer.containers.isobmff.tags import MAX_CONTENT, described
from indexer.containers.isobmff.timeline import placed, presented
from indexer.containers.statements import Statement, Statements

FIRST_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"sidx", b"wide", b"free", b"skip", b"pnot", b"uuid", b"emsg"}
)
STILL_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jxl "})
MAX_FRAGMENT = 8 * 1024 * 1024
DESCRIBING = frozenset({b"meta", b"udta", b"uuid", b"AMBA", b"amba"}) | vendor_boxes.LOOSE
MAX_DESCRIBING = 16  # boxes of the top level that are looked into
LEAST_DESCRIBING = 16  # bytes of a box that can say something
GENERIC_HANDLERS = frozenset(
    {"", "videohandler", "soundhandler", "video handler", "sound handler", "videohandle", "soundhandle"}
    | {"video", "sound", "audio", "vide", "soun", "apple video media handler", "apple sound media handler"}
)
PLAYED = (TrackKind.VIDEO, TrackKind.AUDIO)
NO_TIME = timedelta(0)
TICK = Fraction(1, 1_000_000)  # what a timedelta can express


@dataclass(slots=True)
class Layout:
    """What lies at the top level of one file."""

    moov: Box | None = None
    moofs: list[Box] = field(default_factory=list)
    media: Box | None = None
    brand: str | None = None
    said: Statements = field(default_factory=Statements)
    looked_into: int = 0


@dataclass(frozen=True, slots=True)
class Laid:
    """A track on the presentation's time line, still with its place on the container's own clock."""

    track: Track
    start: Fraction
    edits: int
    samples: int
    inside: int


class IsoBmffReader:
    """MP4, MOV, 3GP, whole or fragmented."""

    name = "isobmff"
    version = 3

    def recognises(self, source: Source) -> bool:
        if len(source.head) < HEADER.size:
            return False
        length, kind = HEADER.unpack_from(source.head)
        still = kind == b"ftyp" and source.head[8:12] in STILL_BRANDS
        return kind in FIRST_BOXES and not still and (length in (0, 1) or length >= HEADER.size)

    def probe(self, source: Source) -> Probe:
        problems = ProblemList()
        layout = _survey(source, problems)
        found = _movie(source, layout, problems)
        container = "mp4" if layout.brand and not layout.brand.startswith("qt") else "mov"
        if layout.brand and layout.brand.startswith(("3gp", "3g2")):
            container = "3gp"
        base = Probe(container, self.name, self.version, None, brand=layout.brand)
        probe = _measured(source, layout, found, base, problems) if found else base
        return replace(probe, problems=problems.all())


def _survey(source: Source, problems: ProblemList) -> Layout:
    """Walk the top level; of boxes with media data only the header is read."""
    layout = Layout()
    for box in top_level(source.stream, source.head, source.size, problems):
        if box.kind == b"ftyp":
            layout.brand = layout.brand or _text(source, box, 4).decode("latin-1").strip() or None
        elif box.kind == b"moov" and layout.moov is None:
            layout.moov = box
        elif box.kind == b"moof":
            layout.moofs.append(box)
        elif box.kind == b"mdat":
            layout.media = layout.media or box
        elif box.kind == b"sidx":
            _check_index(source, box, problems)
        elif box.kind in DESCRIBING and layout.looked_into < MAX_DESCRIBING:
            layout.looked_into += box.end - box.body >= LEAST_DESCRIBING
            layout.said.add(_beside(source, box))
    return layout


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
        detail = f"sidx box: segments up to byte {end} announced, {source.size} in the file"
        problems.add(ProblemCode.TRUNCATED, detail, box.start)


def _movie(source: Source, layout: Layout, problems: ProblemList) -> Movie | None:
    """The index, or None with the reason among the problems."""
    if layout.moov is None:
        if layout.media or layout.moofs:
            problems.add(ProblemCode.INDEX_MISSING, _media_alone(source, layout))
        else:
            problems.add(ProblemCode.NO_TRACKS, "neither media data nor a moov box")
        return None
    content = load(source.stream, source.head, layout.moov, source.size, problems)
    if content is None:
        return None
    found = movie(content, source.size, problems)
    torn = found.broken or not found.samples or problems.has(ProblemCode.BAD_TABLE)
    if layout.moov.end > source.size and torn:
        problems.add(ProblemCode.INDEX_MISSING, "the index (moov) is cut off", layout.moov.start)
    return found


def _media_alone(source: Source, layout: Layout) -> str:
    """What can be said of a recording whose index was never written: how many bytes of media there are.

    How long they last follows from the camera's usual bit rate, which is not in this file.
    """
    box = layout.media
    if box is None:
        return "fragments without a moov box"
    held = max(min(box.end, source.size) - box.body, 0)
    cut = ", the last box not closed" if box.end >= source.size else ""
    return f"media data without a moov box: {held} of {source.size} bytes are media{cut}"


def _measured(source: Source, layout: Layout, found: Movie, base: Probe, problems: ProblemList) -> Probe:
    collected = _fragments(source, layout, found, problems)
    laid = [_lay(track, found, collected, problems) for track in found.tracks]
    playable = [one for one in laid if one.track.kind in PLAYED and one.samples]
    if not playable:
        problems.add(ProblemCode.NO_TRACKS, "no picture or sound track with samples")
    start = min((one.start for one in playable), default=Fraction(0))
    begun_later = collected is not None and not found.samples  # decode times that count from somewhere else
    tracks = tuple(_shifted(one, start) for one in laid) if begun_later else tuple(one.track for one in laid)
    shown = [track for track in tracks if track.kind in PLAYED] or list(tracks)
    duration = max((track.end for track in shown), default=None)
    probe = replace(
        base,
        tracks=tracks,
        duration=duration,
        start=as_delta(start),
        edits=sum(one.edits for one in laid if one.track.kind in PLAYED),
        parameter_changes=sum(max(track.described.entries - 1, 0) for track in found.tracks),
        decodable_share=min((one.inside / one.samples for one in playable), default=None),
    )
    _check_contents(found, playable, problems)
    return _check_duration(_named(source, probe, found, layout), found, collected is not None, problems)


def _fragments(source: Source, layout: Layout, found: Movie, problems: ProblemList) -> Fragments | None:
    """The fragments of a movie that announces them (mvex), or that has nothing else."""
    if not layout.moofs or (found.fragments is None and found.samples):
        return None
    collected = Fragments(found.tracks, found.fragments or {}, source.size)
    for box in layout.moofs:
        if box.end > source.size or box.end - box.start > MAX_FRAGMENT:
            continue  # cut off: said already, and its samples' data are beyond the end as well
        content = load(source.stream, source.head, box, source.size, problems)
        if content is not None and not collected.add(content, box.start, problems):
            break
    return collected


def _lay(media: MediaTrack, found: Movie, collected: Fragments | None, problems: ProblemList) -> Laid:
    """One track's measurements; the samples of fragments follow those of moov."""
    runs, offsets, samples, inside, base = media.runs, media.offsets, media.samples, media.inside, 0
    fragmented = collected.tracks.get(media.track_id) if collected else None
    if fragmented and fragmented.samples:
        runs, offsets = fragmented.runs(problems), fragmented.composition()
        samples, inside, base = fragmented.samples, fragmented.inside, fragmented.base or 0
    shown = presented(runs, offsets, media.scale, media.label, problems)
    shown = replace(
        shown,
        first=shown.first + base,
        end=shown.end + base,
        holes=tuple(replace(hole, at=hole.at + base) for hole in shown.holes),
    )
    movie_scale = found.times.scale if found.times else media.scale
    on_line = placed(shown, media.edits, (media.scale, movie_scale), fragmented is not None)
    if len(on_line.holes) == MAX_HOLES:
        problems.add(ProblemCode.TOO_DEEP, f"{media.label}: at least {MAX_HOLES} holes, no more are listed")
    described = _described(media, samples)
    lost = on_line.holes if described.kind in PLAYED else ()  # texts and positions come when they come
    track = replace(
        described,
        start=as_delta(on_line.start),
        duration=as_delta(on_line.end - on_line.start),
        discontinuities=tuple(Discontinuity(as_delta(at), as_delta(length)) for at, length in lost if length > TICK),
        frame_rate=_rate(media, runs, sum(hole.length for hole in shown.holes)),
    )
    if described.kind is TrackKind.VIDEO:
        track = replace(track, sync_spacing=_sync_spacing(media, runs), constant_rate=_steady(media, runs))
    return Laid(track, on_line.start, on_line.edits, samples, min(inside, samples))


def _described(media: MediaTrack, samples: int) -> Track:
    picture = media.kind is TrackKind.VIDEO
    still = picture and samples == 1 and media.described.codec in ("mjpeg", "png")  # a thumbnail
    return Track(
        media.number,
        TrackKind.STILL if still else media.kind,
        media.described.codec,
        NO_TIME,
        NO_TIME,
        samples,
        width=(media.described.width or media.width or None) if picture else None,
        height=(media.described.height or media.height or None) if picture else None,
        declared_frame_rate=media.described.declared.rate,
        channels=media.described.channels,
        sample_rate=(media.described.sample_rate or media.scale) if media.kind is TrackKind.AUDIO else None,
        profile=media.described.declared.profile,
        level=media.described.declared.level,
        rotation=media.rotation if picture else None,
    )


def _rate(media: MediaTrack, runs: Runs, lost: int) -> float | None:
    if media.kind is not TrackKind.VIDEO:
        return None
    return delivered_rate(runs.samples, as_delta(Fraction(runs.total - lost, media.scale)), ())


def _sync_spacing(media: MediaTrack, runs: Runs) -> timedelta | None:
    """From stss; samples in fragments are not looked at for it."""
    spacing = sync_spacing(media.sync, media.runs) if media.samples == runs.samples else None
    return as_delta(Fraction(spacing, media.scale)) if spacing else None


def _steady(media: MediaTrack, runs: Runs) -> bool | None:
    """Of all samples but the last, whose duration many muxers only guess."""
    ticks = runs.ticks[:-1] if len(runs.counts) > 1 and runs.counts[-1] == 1 else runs.ticks
    return steady(ticks, nominal(runs), media.scale)


def _shifted(one: Laid, by: Fraction) -> Track:
    """The track on a line that begins with the first thing presented."""
    start = as_delta(by)
    holes = tuple(replace(hole, at=hole.at - start) for hole in one.track.discontinuities)
    return replace(one.track, start=max(one.track.start - start, NO_TIME), discontinuities=holes)


def _check_contents(found: Movie, playable: list[Laid], problems: ProblemList) -> None:
    for one in playable:
        if one.inside < one.samples:
            detail = f"track {one.track.number} ({one.track.kind}): {one.samples - one.inside} of {one.samples} samples"
            problems.add(ProblemCode.DATA_MISSING, f"{detail} lie beyond the end of the file")
    for track in found.tracks:
        if track.described.encrypted:
            problems.add(ProblemCode.ENCRYPTED, f"{track.label}: samples are encrypted")


def _check_duration(probe: Probe, found: Movie, fragmented: bool, problems: ProblemList) -> Probe:
    """The header's claim beside the samples'. In a fragmented movie mvhd may leave the fragments out (§ 8.8.2)."""
    if found.times is None:
        return probe
    claim = found.extends or found.times.duration
    if claim is None:
        return probe
    declared = _believed(Fraction(claim, found.times.scale), problems)
    if declared is None:
        return probe
    longest = max((track.end for track in probe.tracks), default=NO_TIME)
    differs = abs(declared - longest) > max(timedelta(seconds=1), longest / 100)
    if differs and probe.tracks and (found.extends or not fragmented):
        detail = f"header says {declared.total_seconds():.3f} s, samples last {longest.total_seconds():.3f} s"
        problems.add(ProblemCode.DURATION_DISAGREES, detail)
    return replace(probe, declared_duration=declared)


def _believed(seconds: Fraction, problems: ProblemList) -> timedelta | None:
    try:
        return as_delta(seconds)
    except OverflowError:
        problems.add(ProblemCode.DURATION_DISAGREES, f"header says {float(seconds):.3g} s")
        return None


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
