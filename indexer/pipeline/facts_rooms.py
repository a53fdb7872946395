"""Facts about rooms: what each one recorded, all its channels together, and which sessions it shares the time with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from detectors.rule import RoomRecording, SharedRoom
from domain.activity import InterrogationSession
from domain.clip import Clip, StoreKind
from domain.timespan import Span, merge
from indexer.pipeline.facts_base import Gathering
from storage import activities, recordings, rooms
from storage.rooms import RoomClip
from storage.stretches import Stretch
from storage.versions import Row

SEAM = timedelta(minutes=1)
"""Footage of any channel at most this far apart is one recording of the room: channels have clocks of their own."""


def room_of(gathering: Gathering, serial: str) -> str | None:
    """The room that a registered recorder belongs to."""
    device = gathering.register.device(serial)
    return device.room if device and device.kind is StoreKind.INTERROGATION else None


def recorders_of(gathering: Gathering, room: str | None) -> list[str]:
    """The registered recorders of a room, in order of serial."""
    devices = gathering.register.devices.values()
    return sorted(d.serial for d in devices if room and d.room == room and d.kind is StoreKind.INTERROGATION)


@dataclass(frozen=True, slots=True)
class _Take:
    """A stretch that one room recorded without a break: its clips in order of start, and how wrong their times are."""

    room: str
    span: Span
    clips: tuple[RoomClip, ...]

    def near(self, slack: timedelta) -> Stretch:
        """Where a session may be written down that this recording is of."""
        wide = slack + max(clip.clock_error for clip in self.clips)
        return f"room:{self.room}", self.span.widened(wide, wide)


def load_room_recordings(
    connection: Connection, gathering: Gathering, serials: Iterable[str]
) -> dict[str, tuple[RoomRecording, ...]]:
    """What the rooms of some recorders recorded, by the recorder whose file begins it.

    Sessions are asked about for long recordings only: shorter ones need none.
    """
    wanted = sorted({room for serial in serials if (room := room_of(gathering, serial))})
    takes = [take for room, clips in rooms.room_clips(connection, wanted).items() for take in _takes(room, clips)]
    limits = gathering.plan.limits
    long = [take for take in takes if take.span.duration >= timedelta(minutes=limits.room_recording_minutes)]
    slack = timedelta(minutes=limits.room_slack_minutes)
    near = [take.near(slack) for take in long]
    windows = dict(zip(near, activities.windows_touching(connection, near), strict=True))
    roomless = rooms.sessions_without_room(connection) if any(not rows for rows in windows.values()) else []
    first = recordings.clips_of_files(connection, [take.clips[0].file_id for take in takes])
    found: dict[str, list[RoomRecording]] = {}
    for take in takes:
        head, stretch = first[take.clips[0].file_id].clip, take.near(slack)
        others = _during(gathering, roomless, stretch[1])
        owner = _owner(gathering, take.room, head)
        found.setdefault(owner, []).append(_recording(take, head, windows.get(stretch, ()), others))
    return {device: tuple(some) for device, some in found.items()}


def _owner(gathering: Gathering, room: str, head: Clip) -> str:
    """The recorder whose file begins a recording; where no name or list tells it, the first one of the room."""
    recorders = recorders_of(gathering, room)
    return head.device if head.device in recorders else recorders[0]


def _takes(room: str, clips: Sequence[RoomClip]) -> list[_Take]:
    """The clips of one room, joined where any channel goes on."""
    takes, at = [], 0
    for span in merge((clip.span for clip in clips), SEAM):
        mine = []
        while at < len(clips) and clips[at].span.start <= span.end:
            mine.append(clips[at])
            at += 1
        takes.append(_Take(room, span, tuple(mine)))
    return takes


def _recording(take: _Take, head: Clip, windows: Sequence[Row], roomless: tuple[str, ...]) -> RoomRecording:
    return RoomRecording(
        take.room,
        take.span,
        head.name,
        len(take.clips),
        tuple(sorted({clip.channel for clip in take.clips if clip.channel})),
        tuple(sorted({row["number"] for row in windows if row["kind"] == "session"})),
        roomless,
    )


def _during(gathering: Gathering, sessions: Iterable[InterrogationSession], span: Span) -> tuple[str, ...]:
    defaults = gathering.plan.window_defaults
    windows = ((one.number, one.required_window(defaults)) for one in sessions)
    return tuple(number for number, window in windows if window and window.span.overlaps(span))


def shared(
    session: InterrogationSession, window: Span, rows: Sequence[Row], others: Mapping[str, InterrogationSession]
) -> tuple[SharedRoom, ...]:
    """The other sessions of the same room that a session shares time with, in order of start."""
    found = []
    for row in rows:
        common = window.intersection(Span(row["started_at"], row["ended_at"]))
        other = others.get(row["number"])
        if row["kind"] == "session" and row["number"] != session.number and common and other:
            codes = (session.person_code, other.person_code)
            first = (row["started_at"], other.number) < (window.start, session.number)
            found.append(SharedRoom(other.number, common, first, codes[0] == codes[1] if all(codes) else None))
    return tuple(found)
