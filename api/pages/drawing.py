"""The time line of an activity as places on paper (1200 wide); the template turns them into SVG and escapes them.

What it shows: the required window, a lane per officer or channel with clips and what is not on record, pale edges for
the margin of the clock, whose footage covers a hole, and declared interruptions. Nothing is told by colour alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.pages.clip_moments import hole_address, moment_address, window_moment
from api.pages.rendering import Reader
from api.pages.scale import Scale, Tick
from api.timeline_json import lane_name
from domain.timespan import ZERO
from storage.queries.timeline import NOT_ON_RECORD, Lane, Substitute, Timeline, TimelineClip, TimelineGap

LEFT, RIGHT, TOP, LANE, BAR = 172.0, 1188.0, 74.0, 74.0, 26.0
LABEL_ROOM = 120.0
"""A label under a hole needs so much width of free paper."""


@dataclass(frozen=True, slots=True)
class Box:
    """Something from here to there; `title` is the tooltip, `label` is written on or under it where there is room.

    `span` is the true stretch in milliseconds since 1970, for zooming; `word` the label that would be written with
    more room; `href` where it leads.
    """

    x: float
    width: float
    title: str
    label: str = ""
    kind: str = ""
    span: tuple[int, int] = (0, 0)
    word: str = ""
    href: str = ""

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class LaneDrawing:
    """One lane; `margins` are the pale edges of its clips, `shown` what others show of its holes."""

    y: float
    name: str
    note: str
    window: Box | None
    clips: tuple[Box, ...] = ()
    margins: tuple[Box, ...] = ()
    holes: tuple[Box, ...] = ()
    shown: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A time of the record as a line with a word."""

    x: float
    word: str
    title: str
    row: int
    anchor: str
    at: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """All places of one time line; `span` is what the paper shows, in milliseconds since 1970."""

    height: float
    span: tuple[int, int]
    day: str
    ticks: tuple[Tick, ...]
    window: Box | None
    marks: tuple[Mark, ...]
    interruptions: tuple[Box, ...]
    lanes: tuple[LaneDrawing, ...]
    summary: str


def draw(line: Timeline, reader: Reader) -> Drawing | None:
    """The drawing, or None when there is no time to draw anything at."""
    scale = scale_of(line)
    if scale is None:
        return None
    lanes = [_lane(lane, at, line, scale, reader) for at, lane in enumerate(line.lanes)]
    if line.others:
        lanes.append(_others(line.others, len(lanes), scale, reader))
    return Drawing(
        height=TOP + LANE * max(len(lanes), 1) + 6,
        span=milliseconds(scale.start, scale.end),
        day=reader.at(scale.start, "%Y-%m-%d"),
        ticks=tuple(scale.ticks(reader.zone)),
        window=_whole_window(line, scale, reader),
        marks=tuple(_marks(line, scale, reader)),
        interruptions=tuple(_interruptions(line, scale, reader)),
        lanes=tuple(lanes),
        summary=summary(line, reader),
    )


def milliseconds(start: datetime, end: datetime) -> tuple[int, int]:
    """A stretch as scripts count time."""
    return round(start.timestamp() * 1000), round(end.timestamp() * 1000)


def scale_of(line: Timeline) -> Scale | None:
    """The window with a margin; without a window what marks and clips span. A long clip does not squash the window."""
    if line.window is not None:
        start, end = line.window.start, line.window.end
        near = max((end - start) * 0.35, timedelta(minutes=1))
        inside = [at for _, at in line.marks if start - near * 2 <= at <= end + near * 2]
        start, end = min([start, *inside]), max([end, *inside])
    else:
        clips = [*line.others, *(clip for lane in line.lanes for clip in lane.clips)]
        times = [at for _, at in line.marks] + [at for clip in clips for at in (clip.start, clip.end)]
        if not times:
            return None
        start, end = min(times), max(times)
    margin = max((end - start) * 0.06, timedelta(seconds=10))
    return Scale(start - margin, end + margin, LEFT, RIGHT)


def _whole_window(line: Timeline, scale: Scale, reader: Reader) -> Box | None:
    if line.window is None:
        return None
    window = line.window
    length = reader.length(window.end - window.start)
    title = f"{reader.t('window')} {reader.at(window.start)} – {reader.at(window.end)} ({length})"
    label = reader.t("window.length", length=length)
    return Box(*scale.bar(window.start, window.end, 2), title, label, span=milliseconds(window.start, window.end))


def _marks(line: Timeline, scale: Scale, reader: Reader) -> Iterator[Mark]:
    """Words of neighbours go on two rows, so that they do not lie on each other."""
    last: dict[int, float] = {}
    for name, at in sorted(line.marks, key=lambda mark: mark[1]):
        if not scale.shows(at, at):
            continue
        x, word = scale.x(at), reader.of_kind("mark", name)
        row = 0 if x - last.get(0, -LABEL_ROOM) >= LABEL_ROOM * 0.75 else 1
        last[row] = x
        anchor = "end" if x > RIGHT - 70 else "start"
        yield Mark(x, word, f"{word} {reader.at(at)}", row, anchor, milliseconds(at, at)[0])


def _interruptions(line: Timeline, scale: Scale, reader: Reader) -> Iterator[Box]:
    for start, end, why in line.interruptions:
        if scale.shows(start, end):
            word = reader.t("interruption")
            title = f"{word} {reader.clock(start)} – {reader.clock(end)} {why}".strip()
            yield Box(*scale.bar(start, end, 2), title, word, span=milliseconds(start, end))


def _lane(lane: Lane, at: int, line: Timeline, scale: Scale, reader: Reader) -> LaneDrawing:
    shown = [hole for hole in lane.holes() if scale.shows(hole.start, hole.end)]
    holes = _labelled(
        [replace(_hole(hole, scale, reader), href=hole_address(hole, lane, line.substitutes)) for hole in shown]
    )
    clips = [clip for clip in lane.clips if scale.shows(clip.start, clip.end)]
    note = " · ".join(part for part in (", ".join(lane.devices[:2]), reader.share(lane.ratio)) if part)
    start, end = lane.window.start, lane.window.end
    own = Box(*scale.bar(start, end, 2), "", span=milliseconds(start, end))
    return LaneDrawing(
        y=TOP + LANE * at,
        name=reader.t("lane.all") if lane.key == "all" else lane_name(lane),
        note=note,
        window=own,
        clips=tuple(_clip(clip, scale, reader, start) for clip in clips),
        margins=tuple(box for clip in clips for box in _margins(clip, scale, reader)),
        holes=tuple(holes),
        shown=tuple(_shown(one, line, scale, reader) for one in line.substitutes if one.lane == lane.key),
    )


def _others(clips: Sequence[TimelineClip], at: int, scale: Scale, reader: Reader) -> LaneDrawing:
    seen = [clip for clip in clips if scale.shows(clip.start, clip.end)]
    return LaneDrawing(
        y=TOP + LANE * at,
        name=reader.t("lane.others"),
        note=reader.t("lane.others.count", shown=len(seen), count=len(clips)),
        window=None,
        clips=tuple(_clip(clip, scale, reader) for clip in seen),
        margins=tuple(box for clip in seen for box in _margins(clip, scale, reader)),
    )


def _clip(clip: TimelineClip, scale: Scale, reader: Reader, wanted: datetime | None = None) -> Box:
    margin = reader.t("clock.margin", margin=reader.length(clip.clock_error))
    times = f"{reader.at(clip.start)} – {reader.at(clip.end)} ({reader.length(clip.end - clip.start)})"
    before, after = clip.start < scale.start, clip.end > scale.end
    kind = "both" if before and after else "before" if before else "after" if after else ""
    return Box(
        *scale.bar(clip.start, clip.end, 2),
        f"{clip.store}:{clip.path}\n{times}\n{margin}",
        kind=kind,
        span=milliseconds(clip.start, clip.end),
        href=moment_address(clip, window_moment(clip, wanted)),
    )


def _margins(clip: TimelineClip, scale: Scale, reader: Reader) -> Iterator[Box]:
    if clip.clock_error <= ZERO:
        return
    margin = reader.t("clock.margin", margin=reader.length(clip.clock_error))
    title = f"{margin}\n{clip.store}:{clip.path}"
    for start, end in ((clip.start - clip.clock_error, clip.start), (clip.end, clip.end + clip.clock_error)):
        x, width = scale.bar(start, end)
        if width > 0:
            yield Box(x, width, title, span=milliseconds(start, end))


def _hole(hole: TimelineGap, scale: Scale, reader: Reader) -> Box:
    length = reader.length(hole.end - hole.start)
    cause = reader.of_kind("cause", hole.cause)
    edge = hole.cause == NOT_ON_RECORD
    label = f"{cause} {length}" if edge else f"{reader.t('gap')} {length} · {cause}"
    evidence = [reader.one(text) for text in hole.evidence]
    title = "\n".join([f"{label} ({reader.clock(hole.start)} – {reader.clock(hole.end)})", *evidence])
    kind, span = "edge" if edge else "gap", milliseconds(hole.start, hole.end)
    return Box(*scale.bar(hole.start, hole.end, 3), title, label, kind, span=span, word=label)


def _labelled(holes: Sequence[Box]) -> Iterator[Box]:
    """A label stays only where it does not touch the label before; every hole keeps its tooltip."""
    free = LEFT
    for hole in holes:
        half = text_width(hole.label) / 2
        middle = min(max(hole.middle, LEFT + half), RIGHT - half)
        fits = middle - half >= free
        if fits:
            free = middle + half + 8
        yield hole if fits else replace(hole, label="")


def text_width(text: str) -> float:
    """About how wide 12-pixel text is."""
    return sum(12.5 if ord(character) > 0x2E80 else 6.8 for character in text)


def _shown(one: Substitute, line: Timeline, scale: Scale, reader: Reader) -> Box:
    by = next((lane_name(lane) for lane in line.lanes if lane.key == one.by), one.by)
    label = reader.t("shown.by", by=by)
    title = f"{label} {reader.clock(one.start)} – {reader.clock(one.end)}\n{one.clip.store}:{one.clip.path}"
    href = moment_address(one.clip, one.start - one.clip.start)
    return Box(*scale.bar(one.start, one.end, 2), title, label, span=milliseconds(one.start, one.end), href=href)


def summary(line: Timeline, reader: Reader) -> str:
    """The drawing in words, for those who do not see it."""
    parts = []
    if line.window is not None:
        parts.append(f"{reader.t('window')} {_between(line.window.start, line.window.end, reader)}")
    for lane in line.lanes:
        holes = ", ".join(
            f"{reader.of_kind('cause', hole.cause)} {_between(hole.start, hole.end, reader)}" for hole in lane.holes()
        )
        parts.append(
            f"{lane_name(lane)}: {reader.t('coverage')} {reader.share(lane.ratio)}{'; ' + holes if holes else ''}"
        )
    return reader.t("stop").join(parts)


def _between(start: datetime, end: datetime, reader: Reader) -> str:
    return f"{reader.clock(start)} – {reader.clock(end)}"
