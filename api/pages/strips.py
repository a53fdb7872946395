"""Pictures on the page of an activity: the strip of each clip, and of each finding on content begin and middle."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from api.house import House
from api.pages.rendering import Reader
from api.pictures import bytes_of, still_address, strip_moments
from detectors.content.moments import UNSEEN, begin_and_middle
from domain.clip import FileState
from domain.finding import SubjectKind
from domain.link import LinkStatus
from domain.observation import ObservationKind
from storage.queries.filmed import Filmed, filmed
from storage.queries.timeline import Timeline, TimelineFinding

OPEN = 4
"""So many strips are open at first; pictures of others are not even asked for."""
STRETCHES = 3
"""Stretches of a finding that are shown."""
STRETCH = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d)?)–(\d+):(\d\d):(\d\d(?:\.\d)?)")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its address, what stands under it, and what it is called for those who do not see it."""

    href: str
    caption: str
    alt: str
    at: timedelta


@dataclass(frozen=True, slots=True)
class Strip:
    """The pictures of one clip."""

    name: str
    pictures: tuple[Picture, ...]
    open: bool
    proposed: bool


@dataclass(frozen=True, slots=True)
class Pictures:
    """All that a page shows; `of_finding` by the key of the finding."""

    strips: tuple[Strip, ...]
    of_finding: Mapping[str, tuple[Picture, ...]]


NO_PICTURES = Pictures((), {})


def pictures(connection: Connection, house: House, line: Timeline, reader: Reader) -> Pictures:
    """The pictures of an activity's clips; none on a server without stills. Nothing is made here."""
    if house.stills is None:
        return NO_PICTURES
    wanted = [link.file_id for link in line.links if link.status != LinkStatus.REJECTED]
    linked = {link.file_id for link in line.links if link.status == LinkStatus.LINKED}
    clips = {file_id: one for file_id, one in filmed(connection, wanted).items() if can_be_seen(one)}
    in_time = sorted(clips.values(), key=lambda one: (one.started_at is None, one.started_at, one.file.file_id))
    strips = ((clip, _strip(house, clip, reader)) for clip in in_time)
    return Pictures(
        tuple(
            Strip(f"{clip.file.store}:{clip.file.path}", found, at < OPEN, clip.file.file_id not in linked)
            for at, (clip, found) in enumerate(strips)
        ),
        {finding.key: found for finding in line.findings if (found := tuple(_of(finding, clips.values(), reader)))},
    )


def clip_strip(house: House, clip: Filmed, reader: Reader) -> Strip:
    """The strip of one clip, for its own page."""
    return Strip(f"{clip.file.store}:{clip.file.path}", _strip(house, clip, reader), True, False)


def can_be_seen(clip: Filmed) -> bool:
    """Whether there is a file with a picture in it."""
    return clip.file.state not in (FileState.MISSING, FileState.MOVED) and clip.has_picture is not False


def _strip(house: House, clip: Filmed, reader: Reader) -> tuple[Picture, ...]:
    """What is kept under its true time; what is to be made under the time asked for, which is nearly that."""
    moments = strip_moments(clip)
    seen = house.stills.seen(bytes_of(clip), moments) if house.stills else {}
    found = {moment: seen[moment].shown if moment in seen else moment for moment in moments}
    shown = ((at, moment in seen) for moment, at in found.items())
    return tuple(_picture(clip, at, reader, exact, None) for at, exact in dict(shown).items())


def _picture(clip: Filmed, at: timedelta, reader: Reader, exact: bool, kind: str | None) -> Picture:
    wall = _wall(clip, at, reader)
    when = ("" if exact else reader.t("picture.about")) + (wall or reader.t("picture.inside", at=_media(at)))
    word = reader.of_kind("seen", kind) if kind else reader.t("picture")
    alt = reader.t("picture.alt", what=word, at=_media(at), clip=clip.file.path.rpartition("/")[2])
    return Picture(still_address(clip.file.file_id, at), f"{word} {when}" if kind else when, alt, at)


def _wall(clip: Filmed, at: timedelta, reader: Reader) -> str | None:
    start: datetime | None = clip.started_at
    return reader.clock(start + at) if start is not None else None


def _media(at: timedelta) -> str:
    """Media time as players show it."""
    seconds = int(at.total_seconds())
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def _of(finding: TimelineFinding, clips: Iterable[Filmed], reader: Reader) -> Iterator[Picture]:
    """Begin and middle of the first stretches that a finding on a clip tells of."""
    clip = next((one for one in clips if f"{one.file.store}:{one.file.path}" == finding.subject), None)
    kind = seen_kind(finding)
    if finding.kind != SubjectKind.CLIP or clip is None or kind is None:
        return
    stretches = finding.measured.get("stretches")
    found = [STRETCH.fullmatch(str(one)) for one in stretches] if isinstance(stretches, list) else []
    for match in [one for one in found if one][:STRETCHES]:
        start, end = _time(*match.groups()[:3]), _time(*match.groups()[3:])
        for moment in dict.fromkeys(begin_and_middle(start, end)):
            yield _picture(clip, moment, reader, True, kind)


def _time(hours: str, minutes: str, seconds: str) -> timedelta:
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def seen_kind(finding: TimelineFinding) -> str | None:
    """What a finding says is to be seen: the first of its kinds that a picture shows; None for sound and others."""
    kinds = finding.measured.get("kinds")
    known = [kind for kind in kinds if kind in set(ObservationKind)] if isinstance(kinds, list) else []
    return next((str(kind) for kind in known if kind not in UNSEEN), None)
