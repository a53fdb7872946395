"""Rule (a value) and Facts: all that a rule may look at. Standard library and `domain` only.

The pipeline gathers facts, a rule judges them against `Limits`, the engine collects outcomes. No rule reads a file,
a clock or a database, so a verdict can be repeated from its facts alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from detectors.basis import Basis as Basis
from detectors.basis import Origin as Origin
from detectors.content_facts import ContentFacts, FootageContent
from detectors.feed_days import FeedHole
from detectors.limits import Limits
from domain.activity import Explanation, Incident, InterrogationSession
from domain.clip import Assignment, Clip, Device, DeviceClock, FileState, IndexEntry, StoredFile, StoreKind
from domain.coverage import Coverage
from domain.finding import Flag, Outcome, Severity, SubjectKind
from domain.keeping import Keeping
from domain.link import Link
from domain.media import Probe
from domain.rate import UsualRate
from domain.timespan import ZERO, Span


@dataclass(frozen=True, slots=True)
class StoreProof:
    """What the scans can say about one store: the material of a proof of absence."""

    store: str
    state: str  # online | doubtful | unreachable | never-scanned
    scan: int | None  # number of the last complete scan
    scanned_at: datetime | None
    folders: int = 0
    files: int = 0
    errors: int = 0
    refused: tuple[str, ...] = ()  # folders that could not be listed

    @property
    def complete(self) -> bool:
        """True when absence from this store means absence."""
        return self.state == "online" and self.scan is not None and not self.refused


@dataclass(frozen=True, slots=True)
class Unplayable:
    """A file that is there and cannot be played, begun at a time that is believed: a recording of unknown length.

    `reach` is all the time that it may have been running, the clock's error included. `lost_power`: it has media and
    no index.
    """

    name: str
    started_at: datetime
    reach: Span
    lost_power: bool = False


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """One 110 incident and everything known about its footage.

    `coverages`: one per officer who had to record; `together`: all their footage against the incident's window.
    `issued`: cameras issued per officer in the window; `assignments_known` False = no assignment feed covers that
    day, so `issued` says nothing. `unplaced`: clips of the officer (or of a camera issued to the officer) that have
    no believable time and so may lie in the window. `upload_due`: when the time for upload is over, per officer.
    `excluded`: why the incident needs no recording (category or status), None when it does.
    `custody_entry`: when a person brought in entered the case-handling area; then the window of `together` ends
    there (`time-and-linking.md` § 4). `linked_duration`: whole length of all linked clips; `linked_span`: from the
    start of the first to the end of the last. `explanations_known`: a
    feed of explanations was read, so that none among them means none was given. `shifts_without_clips`: officers
    whose whole shift `missing.shift-without-clips` already asks about. `unplayable`: files of the officer that cannot
    be played and were begun near the window.
    """

    incident: Incident
    now: datetime
    coverages: tuple[Coverage, ...] = ()
    together: Coverage | None = None
    issued: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assignments_known: bool = False
    unplaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    upload_due: Mapping[str, datetime] = field(default_factory=dict)
    excluded: str | None = None
    custody_entry: datetime | None = None
    links: tuple[Link, ...] = ()
    linked_duration: timedelta = ZERO
    linked_span: Span | None = None
    stores: tuple[StoreProof, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    explanations_known: bool = False
    shifts_without_clips: tuple[str, ...] = ()
    unplayable: Mapping[str, tuple[Unplayable, ...]] = field(default_factory=dict)
    keeping: Mapping[str, Keeping] = field(default_factory=dict)  # by camera issued
    content: tuple[FootageContent, ...] | None = None  # of all clips that are footage of it; None: not checked here

    subject_kind = SubjectKind.INCIDENT

    @property
    def subject(self) -> str:
        return self.incident.number

    @property
    def unit(self) -> str | None:
        return self.incident.unit


@dataclass(frozen=True, slots=True)
class SharedRoom:
    """Another session in the same room at the same time. `same_person`: None where a person's code is not known.

    `first`: the other one began before this one (of two that began together, the one with the lesser number).
    """

    number: str
    span: Span  # the time that both have in common
    first: bool
    same_person: bool | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One interrogation-room session. `channels`: one coverage per required channel; `together`: any channel.

    `room_registered`: the room is in the device register as an interrogation room; None when the register has no
    rooms at all. `chain`: spans of the same person's sessions that follow each other, this one included.
    `explanations_known` as for incidents. `unplaced`: clips of the room without a believable time;
    `unplayable` as for incidents.
    """

    session: InterrogationSession
    now: datetime
    channels: tuple[Coverage, ...] = ()
    together: Coverage | None = None
    upload_due: datetime | None = None
    room_registered: bool | None = None
    chain: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()
    stores: tuple[StoreProof, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    explanations_known: bool = False
    unplaced: tuple[str, ...] = ()
    unplayable: tuple[Unplayable, ...] = ()
    shared: tuple[SharedRoom, ...] = ()
    keeping: Mapping[str, Keeping] = field(default_factory=dict)  # by recorder of the room
    content: tuple[FootageContent, ...] | None = None  # as for incidents

    subject_kind = SubjectKind.SESSION

    @property
    def subject(self) -> str:
        return self.session.number

    @property
    def unit(self) -> str | None:
        return self.session.unit


@dataclass(frozen=True, slots=True)
class LinkedWindow:
    """An activity that a clip is linked to, as far as rules on the clip need it."""

    link: Link
    window: Span
    officers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """One file in a store and what was read, placed and registered about it.

    `clip` and `probe` are None while the file is arriving. `imported_at`: exact import time when a list states it;
    else `imported_after`/`imported_before` bound it (previous and first sighting scan). `registered`/`officer_known`
    are None when there is no register. `issued`: assignments of the device that touch the clip. `name_pattern` is
    the pattern that matched, None when no pattern did. `first_size` is the size at first reading; `digest_found` and
    `digest_listed` are lower-case hex of the same algorithm, None when not computed or not listed.
    `same_content`: names (`store:path`) of other files with the same content that were seen before this one.
    `vendor_tagged`: other clips of this camera model carry vendor tags. `digest_changed` is what all bytes give now,
    read twice, where that is not `digest_first`, what they gave when they were first read. `usual_rate`: how fast the
    camera usually writes, gathered only for files that lack their index. `kept_at`: of a missing file, the files that
    are there with the same content. `first_seen_as`: its name at first sight. `zone`: the time zone of its store's
    cameras, as names are read.
    """

    file: StoredFile
    state: FileState
    now: datetime
    store_kind: StoreKind = StoreKind.RECORDER
    unit: str | None = None
    clip: Clip | None = None
    probe: Probe | None = None
    arriving_since: datetime | None = None
    lost_since: datetime | None = None
    first_size: int | None = None
    digest_found: str | None = None
    digest_listed: str | None = None
    name_pattern: str | None = None
    device: Device | None = None
    registered: bool | None = None
    officer_known: bool | None = None
    issued: tuple[Assignment, ...] | None = None
    index_entry: IndexEntry | None = None
    imported_at: datetime | None = None
    imported_after: datetime | None = None
    imported_before: datetime | None = None
    same_content: tuple[str, ...] = ()
    linked: tuple[LinkedWindow, ...] = ()
    activities_known: bool = True  # a feed of activities covers the clip's time
    retention_permanent: str | None = None  # why the file must be kept for ever
    vendor_tagged: bool = False
    clock: DeviceClock | None = None
    digest_first: str | None = None
    digest_changed: str | None = None
    usual_rate: UsualRate | None = None
    kept_at: tuple[str, ...] = ()
    first_seen_as: str | None = None
    feed_holes: tuple[FeedHole, ...] = ()  # holes of a feed of activities that the clip touches
    room_registered: bool = False  # it is footage of a registered interrogation room
    keeping: Keeping | None = None  # of its camera
    content: ContentFacts | None = None  # None: content is not checked here at all
    zone: str = "Asia/Shanghai"

    subject_kind = SubjectKind.CLIP

    @property
    def subject(self) -> str:
        return self.file.name


@dataclass(frozen=True, slots=True)
class Shift:
    """One officer's day with a camera issued: how many incidents, how many clips.

    `lost_clips`: clips of the camera that lost their time, whenever that was.
    """

    officer: str
    day: date
    span: Span
    incidents: tuple[str, ...]
    clips: int
    upload_due: datetime
    lost_clips: int = 0


@dataclass(frozen=True, slots=True)
class SequenceHole:
    """Numbers missing from a camera's own numbering between two clips that are there."""

    after: Clip
    before: Clip
    missing: int


@dataclass(frozen=True, slots=True)
class RoomRecording:
    """Footage of one room without a break, all its channels together. `sessions`: numbers of those at that time.

    `roomless`: sessions at that time of which the feed names no room.
    """

    room: str
    span: Span
    first: str  # name of the file that begins it
    clips: int
    channels: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    roomless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionFeeds:
    """What the feeds of sessions can say. `spoken`: the days from the first session they name to the last."""

    spoken: Span | None = None
    unreadable: tuple[str, ...] = ()
    holes: tuple[FeedHole, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One camera or recorder: its clock, its numbering, its issued days; of a room, the recordings it begins."""

    serial: str
    now: datetime
    device: Device | None = None
    clock: DeviceClock | None = None
    drift_s_per_day: float | None = None
    shifts: tuple[Shift, ...] = ()
    holes: tuple[SequenceHole, ...] = ()
    stores: tuple[StoreProof, ...] = ()
    unit: str | None = None
    room_recordings: tuple[RoomRecording, ...] = ()
    session_feeds: SessionFeeds = SessionFeeds()
    keeping: Keeping | None = None

    subject_kind = SubjectKind.DEVICE

    @property
    def subject(self) -> str:
        return self.serial


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """One store: can its content be trusted, and does the station's list name files that it lacks?"""

    store: str
    now: datetime
    proof: StoreProof
    detail: str = ""
    listed_absent: tuple[IndexEntry, ...] = ()
    unit: str | None = None

    subject_kind = SubjectKind.STORE

    @property
    def subject(self) -> str:
        return self.store


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """One feed: could it be read, what became of its rows, and on which days did it say too little?

    `holes` and `days_compared` are of feeds of activities; 0 days: too few to know what is usual. `next_day_due`:
    when the next day's activities must have arrived.
    """

    feed: str
    now: datetime
    error: str | None = None
    accepted: int = 0
    corrected: int = 0
    rejected: int = 0
    reasons: tuple[str, ...] = ()
    unit: str | None = None
    activities: bool = False  # it gives incidents or sessions
    days_compared: int = 0
    holes: tuple[FeedHole, ...] = ()
    next_day_due: datetime | None = None

    subject_kind = SubjectKind.FEED

    @property
    def subject(self) -> str:
        return self.feed


Facts = IncidentFacts | SessionFacts | ClipFacts | DeviceFacts | StoreFacts | FeedFacts

Check = Callable[[Facts, Limits], tuple[Outcome, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as a value. `check` returns at least one outcome; severity given here is the worst it can give.

    `ask_when_unknown`: an `unknown` outcome is itself a question to a person and becomes a finding; other rules'
    unknowns only count in the rates. `waits_for_upload`: fail and unknown turn `pending` until the upload time is
    over. `limits` names the thresholds it uses, for `docs/rules.md` and explanations.
    """

    id: str
    version: int
    flag: Flag
    severity: Severity
    title_zh: str
    title_en: str
    condition_zh: str
    condition_en: str
    basis: tuple[Basis, ...]
    applies_to: tuple[SubjectKind, ...]
    check: Check
    limits: tuple[str, ...] = ()
    ask_when_unknown: bool = False
    waits_for_upload: bool = False


F = TypeVar("F", IncidentFacts, SessionFacts, ClipFacts, DeviceFacts, StoreFacts, FeedFacts)


def judging(kind: type[F], judge: Callable[[F, Limits], tuple[Outcome, ...]]) -> Check:
    """A check made from a function that takes one kind of facts only; other facts are a fault in our house."""

    def check(facts: Facts, limits: Limits) -> tuple[Outcome, ...]:
        if not isinstance(facts, kind):
            raise TypeError(f"{judge.__name__} judges {kind.__name__}, got {type(facts).__name__} {facts.subject}")
        return judge(facts, limits)

    return check
