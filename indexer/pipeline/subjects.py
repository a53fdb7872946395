"""Which subjects have to be judged: those that marks name, directly or by what they touch, and those that are due."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, select

from detectors.nonstandard_feeds import HOLE_RULE
from domain.activity import Incident, InterrogationSession
from domain.clip import StoreKind
from domain.finding import SubjectKind
from domain.timespan import Span, merge, uncovered
from indexer.pipeline.facts_base import Gathering
from indexer.pipeline.facts_unplayable import compared_with
from storage import activities, findings, former_links, rooms, work
from storage.among import among
from storage.queueing import CLIP_MARK, due_for_review, queue_clips, queue_due_clips
from storage.schema.tables import CLIP, FILE, FINDING, WINDOW
from storage.versions import chunks, current
from storage.work import Batch, Mark

DAY = timedelta(days=1)
STEP = "evaluate"
Subject = tuple[SubjectKind, str]
STRETCHES = 50
"""Of officers, in one question or held of one officer: months of a busy one are a thousand windows."""
ORDER = tuple(SubjectKind)
KINDS = frozenset(kind.value for kind in SubjectKind)
ACTIVITIES = (
    (SubjectKind.INCIDENT, "incidents", Incident),
    (SubjectKind.SESSION, "sessions", InterrogationSession),
)
ALL_ACTIVITIES = (SubjectKind.INCIDENT.value, SubjectKind.SESSION.value)
EVERYTHING = frozenset(("dependents", "all-activities"))


def mark_of(subject: Subject) -> Mark:
    """What the queue calls a subject."""
    kind, key = subject
    return Mark(f"{kind.value}:{key}")


def named(batch: Batch) -> list[Subject]:
    """The subjects that a batch of the queue names, each once."""
    parts = (mark.subject.partition(":") for mark in batch.marks)
    return list(dict.fromkeys((SubjectKind(kind), key) for kind, _, key in parts))


def queue_subjects(connection: Connection, gathering: Gathering, rule_set: str) -> int:
    """Make the queue name every subject that is to be judged, and nothing else; returns how many marks it has.

    Marks name subjects directly or by what they touch; others are due. From here on a killed scan goes on where it
    stopped. Of clips there may be a million: they are queued inside the database, some twice, and taken in order of
    what they name. All others pass through here.
    """
    upto = work.newest(connection, STEP)
    marks = work.taken_off(connection, STEP, upto, but=CLIP_MARK)
    found = _subjects_of(connection, gathering, marks)
    due = due_for_review(gathering.now, rule_set)
    found |= {(SubjectKind(kind), key) for kind, key in findings.due_subjects(connection, due)}
    queue_due_clips(connection, due)
    devices = {key for kind, key in found if kind is SubjectKind.DEVICE}
    compared = compared_with(connection, gathering.register, devices)
    clips = {(SubjectKind.CLIP, str(file_id)) for file_id in compared}
    for part in chunks(sorted(found | clips, key=lambda one: one[1]), work.AT_ONCE):
        work.mark(connection, STEP, map(mark_of, part))
    return work.waiting(connection, STEP)


def _subjects_of(connection: Connection, gathering: Gathering, marks: Iterable[Mark]) -> set[Subject]:
    """What marks name and touch; the marks are taken together, a statement for each kind. Clips around stretches of
    time are queued at once."""
    keys: dict[str, set[str]] = {}
    spans: dict[str, list[Span]] = {}
    stretches: dict[str, list[Span]] = {}
    for mark in marks:
        kind, _, key = mark.subject.partition(":")
        if kind == "officer" and mark.span is not None:
            _stretch(stretches.setdefault(key, []), mark.span.widened(DAY, DAY))
        elif kind in KINDS or mark.span is None or key:
            keys.setdefault(kind, set()).add(key)
        else:
            spans.setdefault(kind, []).append(mark.span)
    found = {(SubjectKind(kind), key) for kind in KINDS & set(keys) for key in keys[kind]}
    found |= _named(connection, keys.get("activity", set()))
    officers = keys.get("officer", set())
    found |= {(SubjectKind.DEVICE, one.device) for officer in officers for one in gathering.by_officer.get(officer, ())}
    parties = {f"badge:{officer}" for officer in officers} | {f"room:{room}" for room in keys.get("room", ())}
    found |= _of_parties(connection, parties | keys.get("party", set()))
    found |= _of_officers(connection, gathering, stretches)
    if EVERYTHING & set(keys):
        known = findings.evaluated(connection, (*ALL_ACTIVITIES, SubjectKind.DEVICE.value))
        found |= {(SubjectKind(kind), key) for kind, key in known}
    if holes := _changed_holes(connection, gathering):
        spans.setdefault("clips-around", []).extend(holes)
        found |= {(SubjectKind.FEED, name) for name in gathering.activity_feeds.by_name}
    recorders = _rooms(connection, gathering, found)
    return found | recorders | _around(connection, spans) | _lost_footage(connection, found)


def _named(connection: Connection, numbers: set[str]) -> set[Subject]:
    """Activities of these numbers, of whichever kind they are."""
    return {
        (of_kind, number)
        for of_kind, feed_kind, cls in ACTIVITIES
        for number in activities.records_by_key(connection, feed_kind, cls, sorted(numbers))
    }


def _of_parties(connection: Connection, parties: set[str]) -> set[Subject]:
    """Activities that some parties had to record."""
    return {one for part in chunks(sorted(parties)) for one in _windows(connection, among(WINDOW.c.party, part))}


def _stretch(known: list[Span], span: Span) -> None:
    """One stretch of time more; hundreds of an officer are mostly a few long ones."""
    known.append(span)
    if len(known) >= STRETCHES:
        known[:] = merge(known)


def _of_officers(connection: Connection, gathering: Gathering, stretches: Mapping[str, Iterable[Span]]) -> set[Subject]:
    """Activities and cameras of some officers in some stretches of time: shifts and neighbours lie within a day."""
    wanted = [(officer, span) for officer, some in sorted(stretches.items()) for span in merge(some)]
    found: set[Subject] = set()
    for part in chunks([(f"badge:{officer}", span) for officer, span in wanted], STRETCHES):
        rows = activities.windows_touching(connection, part)
        found |= {(SubjectKind(row["kind"]), row["number"]) for some in rows for row in some}
    cameras = (one.device for officer, span in wanted for one in gathering.issued(officer, span))
    return found | {(SubjectKind.DEVICE, device) for device in cameras}


def _around(connection: Connection, spans: dict[str, list[Span]]) -> set[Subject]:
    """Activities that touch some stretches of time (marks `around`); clips that do are queued."""
    found: set[Subject] = set()
    for span in merge(one for some in spans.values() for one in some):
        queue_clips(connection, CLIP.c.started_at <= span.end, CLIP.c.ended_at >= span.start)
    for span in merge(spans.get("around", ())):
        found |= _windows(connection, WINDOW.c.started_at <= span.end, WINDOW.c.ended_at >= span.start)
    return found


def _windows(connection: Connection, *where: ColumnElement[bool]) -> set[Subject]:
    query = select(WINDOW.c.kind, WINDOW.c.number).where(current(WINDOW), *where).distinct()
    return {(SubjectKind(kind), number) for kind, number in connection.execute(query).all()}


def _changed_holes(connection: Connection, gathering: Gathering) -> list[Span]:
    """Time that a feed now seems to pass over in silence and did not before, or the other way about.

    A feed that cannot be read has no such finding: nothing is compared with it.
    """
    holes = (FINDING.c.kind == SubjectKind.FEED.value) & (FINDING.c.rule == HOLE_RULE)
    query = select(FINDING.c.started_at, FINDING.c.ended_at).where(current(FINDING), holes)
    before = [Span(start, end) for start, end in connection.execute(query).all()]
    feeds = [one for one in gathering.activity_feeds.by_name.values() if one.readable]
    after = [hole.span for one in feeds for hole in one.days.holes]
    return [part for each in before for part in uncovered(each, after)] + [
        part for each in after for part in uncovered(each, before)
    ]


def _rooms(connection: Connection, gathering: Gathering, found: Set[Subject]) -> set[Subject]:
    """Recorders of rooms. One recording may be begun by any recorder of its room; and what the feeds of sessions can
    vouch for changes with any session."""
    devices = gathering.register.devices.values()
    recorders = {one.serial: one.room for one in devices if one.kind is StoreKind.INTERROGATION and one.room}
    if any(kind in (SubjectKind.SESSION, SubjectKind.FEED) for kind, _ in found):
        return {(SubjectKind.DEVICE, serial) for serial in recorders}
    touched = {recorders.get(key) for kind, key in found if kind is SubjectKind.DEVICE} - {None}
    if recorders and work.holds(connection, STEP, CLIP_MARK):
        touched |= rooms.rooms_of_nameless(connection)
    return {(SubjectKind.DEVICE, serial) for serial, room in recorders.items() if room in touched}


def _lost_footage(connection: Connection, found: Set[Subject]) -> set[Subject]:
    """Missing files that were linked to activities when they were lost: how long they had to be kept hangs on those."""
    judged = {(kind.value, key) for kind, key in found if kind.value in ALL_ACTIVITIES}
    lost = former_links.lost_files(connection, judged) if judged else ()
    return {(SubjectKind.CLIP, str(file_id)) for file_id in lost}


def stable_keys(connection: Connection, kind: SubjectKind, keys: Sequence[str]) -> dict[str, str]:
    """What a subject is stored under, by its key in the queue: a file's anchor stays with it when it moves."""
    if kind is not SubjectKind.CLIP:
        return {key: key for key in keys}
    found: dict[str, str] = {}
    for part in chunks(sorted({int(key) for key in keys})):
        query = select(FILE.c.id, FILE.c.anchor).where(among(FILE.c.id, part)).order_by(FILE.c.id)
        found |= {str(file_id): anchor for file_id, anchor in connection.execute(query).all()}
    return found
