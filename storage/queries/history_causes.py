"""What changed about a subject, scan by scan, that a conclusion may have followed from: stored facts only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from domain.activity import RECORD_KINDS
from domain.clip import FileState
from domain.finding import SubjectKind
from domain.history import ChangeCause
from domain.link import LinkStatus
from storage.queries.filters import mentioning
from storage.queries.history_subject import ACTIVITIES, Subject
from storage.queries.raws import Raw
from storage.queries.shapes import instant, seconds
from storage.queries.successions import Differences, Step, differences, steps, successions, versions, versions_of
from storage.scans import limits_around
from storage.schema.tables import (
    CLIP,
    DEVICE_CLOCK,
    EVALUATION,
    LINK,
    OBSERVATION,
    PROBE,
    RECORD,
    SCAN,
    STORE,
    STORE_SCAN,
    STORED,
)
from storage.versions import happened

PLACING = ("started_at", "ended_at", "clock_source", "name_pattern", "device", "officer", "room", "channel")
LINKING = ("status", "basis", "score", "officer", "runner_up_number", "method")
DEFAULT = "默认 default"
GONE = (FileState.MISSING, FileState.MOVED)


@dataclass(frozen=True, slots=True)
class Cause:
    """One fact that changed in one scan. `field` None: the fact as such came or went."""

    scan: int
    cause: ChangeCause
    item: str
    field: str | None = None
    before: Any = None
    after: Any = None


def causes_of(connection: Connection, subject: Subject) -> list[Cause]:
    """Every cause known, in order of scan."""
    names = {row.id: row.name for row in connection.execute(select(STORE.c.id, STORE.c.name)).all()}
    found = [cause for look in LOOKS for cause in look(connection, subject, names)]
    return sorted(found, key=lambda one: (one.scan, list(ChangeCause).index(one.cause), one.item, one.field or ""))


def _files(connection: Connection, subject: Subject, names: Mapping[int, str]) -> Iterator[Cause]:
    if subject.kind is SubjectKind.STORE:
        rows = versions_of(connection, STORED, STORED.c.store_id, subject.stores)
    else:
        rows = versions_of(connection, STORED, STORED.c.file_id, subject.files)
    for step in successions(rows, "file_id"):
        yield from _of_file(step, names)


def _of_file(step: Step, names: Mapping[int, str]) -> Iterator[Cause]:
    """What became of one file: most often one thing, but one that came back may lie elsewhere and be another."""
    now = step.after
    if now is None:
        return
    item = f"{names[now['store_id']]}:{now['path']}"
    if step.before is None:
        yield Cause(step.scan, ChangeCause.FILE_ARRIVED, item, "state", None, now["state"])
        return
    was = step.before
    before = f"{names[was['store_id']]}:{was['path']}"
    states = ("state", was["state"], now["state"])
    if now["state"] == FileState.MISSING and was["state"] != FileState.MISSING:
        yield Cause(step.scan, ChangeCause.FILE_VANISHED, item, *states)
    elif was["state"] in GONE and now["state"] not in GONE:
        yield Cause(step.scan, ChangeCause.FILE_BACK, item, *states)
    elif was["state"] == FileState.ARRIVING and now["state"] != FileState.ARRIVING:
        yield Cause(step.scan, ChangeCause.FILE_ARRIVED, item, *states)
    elif was["state"] != now["state"] and now["state"] not in GONE:
        yield Cause(step.scan, ChangeCause.FILE_CHANGED, item, *states)
    if before != item or (now["state"] == FileState.MOVED and was["state"] != FileState.MOVED):
        yield Cause(step.scan, ChangeCause.FILE_MOVED, item, "path", before, item)
    for name, old, new in differences(was, now, ("size", "modified_at")):
        yield Cause(step.scan, ChangeCause.FILE_CHANGED, item, "bytes" if name == "size" else name, old, new)


def _readings(connection: Connection, subject: Subject, names: Mapping[int, str]) -> Iterator[Cause]:
    items = _file_items(connection, subject, names)
    for step in successions(versions_of(connection, PROBE, PROBE.c.file_id, subject.files), "file_id"):
        if step.before is not None and step.after is not None:
            for one in differences(step.before, step.after, ("reader", "reader_version")):
                yield Cause(step.scan, ChangeCause.FILE_READ_ANEW, items[step.row["file_id"]], *one)


def _looks(connection: Connection, subject: Subject, names: Mapping[int, str]) -> Iterator[Cause]:
    """Scans in which pictures or sound of a file were looked at: one cause each, however much was measured."""
    items = _file_items(connection, subject, names)
    rows = versions_of(connection, OBSERVATION, OBSERVATION.c.file_id, subject.files)
    for scan, file_id in sorted({(row["since_scan"], row["file_id"]) for row in rows}):
        if file_id in items:
            yield Cause(scan, ChangeCause.CONTENT_CHECKED, items[file_id])


def _placings(connection: Connection, subject: Subject, names: Mapping[int, str]) -> Iterator[Cause]:
    items = _file_items(connection, subject, names)
    for step in successions(versions_of(connection, CLIP, CLIP.c.file_id, subject.files), "file_id"):
        if step.before is not None and step.after is not None:
            for one in _placed_otherwise(step.before, step.after):
                yield Cause(step.scan, ChangeCause.CLIP_PLACED, items[step.row["file_id"]], *one)


def _placed_otherwise(before: Raw, after: Raw) -> Differences:
    lengths = differences(before, after, ("clock_offset", "clock_error"))
    return [
        *differences(before, after, PLACING),
        *((f"{name}_s", seconds(old), seconds(new)) for name, old, new in lengths),
    ]


def _file_items(connection: Connection, subject: Subject, names: Mapping[int, str]) -> dict[int, str]:
    """`store:path` of the last version known of each file."""
    rows = versions_of(connection, STORED, STORED.c.file_id, subject.files)
    return {row["file_id"]: f"{names[row['store_id']]}:{row['path']}" for row in rows}


def _clock_versions(connection: Connection, subject: Subject) -> list[Raw]:
    return versions_of(connection, DEVICE_CLOCK, DEVICE_CLOCK.c.device, subject.devices)


def _clocks(connection: Connection, subject: Subject, _names: Mapping[int, str]) -> Iterator[Cause]:
    for step in successions(_clock_versions(connection, subject), "device", "period"):
        if step.before is None or step.after is None:
            continue
        item = step.row["device"]
        for one in differences(step.before, step.after, ("kind",)):
            yield Cause(step.scan, ChangeCause.CLOCK_CHANGED, item, "clock_kind", *one[1:])
        for name, old, new in differences(step.before, step.after, ("offset", "error")):
            yield Cause(step.scan, ChangeCause.CLOCK_CHANGED, item, f"clock_{name}_s", seconds(old), seconds(new))


def _links(connection: Connection, subject: Subject, names: Mapping[int, str]) -> Iterator[Cause]:
    """Links made, changed and gone; a candidate that was only ever rejected is no cause."""
    if subject.kind in ACTIVITIES:
        rows = versions(connection, LINK, LINK.c.kind == subject.kind.value, LINK.c.number == subject.key)
    elif subject.kind is SubjectKind.CLIP:
        rows = versions_of(connection, LINK, LINK.c.file_id, subject.files)
    else:
        return
    items = _file_items(connection, subject, names)
    for step in successions(rows, "party", "file_id", "kind", "number"):
        was, now = (row is not None and row["status"] == LinkStatus.LINKED for row in (step.before, step.after))
        item = items.get(step.row["file_id"], "?") if subject.kind in ACTIVITIES else step.row["number"]
        if now and not was:
            yield Cause(step.scan, ChangeCause.LINK_MADE, item, "status", _status(step.before), _status(step.after))
        elif was and not now:
            yield Cause(step.scan, ChangeCause.LINK_GONE, item, "status", _status(step.before), _status(step.after))
        elif was and step.before is not None and step.after is not None:
            for one in differences(step.before, step.after, LINKING):
                yield Cause(step.scan, ChangeCause.LINK_CHANGED, item, *one)


def _status(link: Raw | None) -> str | None:
    return None if link is None else str(link["status"])


def _records(connection: Connection, subject: Subject, _names: Mapping[int, str]) -> Iterator[Cause]:
    """Rows of feeds about the subject: its own, of its cameras and officers, of lists that name its files."""
    ways = [way for way in _ways(subject) if way is not None]
    rows = versions(connection, RECORD, or_(*ways)) if ways else []
    for step in successions(rows, "feed", "kind", "key"):
        row = step.row
        if row["kind"] == "assignments" and not _concerns(row["body"], subject):
            continue
        item = f"{row['feed']}: {row['key']}"
        if row["kind"] == "explanations" and step.before is None:
            yield Cause(step.scan, ChangeCause.EXPLANATION, item, "reason", None, row["body"].get("reason"))
        elif step.before is None or step.after is None:
            there = (step.before is not None, step.after is not None)
            yield Cause(step.scan, ChangeCause.FEED_ROW, item, None, *there)
        else:
            names = sorted({*step.before["body"], *step.after["body"]})
            for one in differences(step.before["body"], step.after["body"], names):
                yield Cause(step.scan, ChangeCause.FEED_ROW, item, one[0], _shown(*one[:2]), _shown(one[0], one[2]))


def _shown(name: str, value: Any) -> Any:
    """A stored value as a reader wants it: times as instants."""
    return instant(value) if name.endswith("_at") and isinstance(value, str) else value


def _ways(subject: Subject) -> Iterator[ColumnElement[bool] | None]:
    kind = RECORD.c.kind
    if subject.kind in ACTIVITIES:
        yield and_(kind == RECORD_KINDS[subject.kind.value], RECORD.c.key == subject.key)
        yield and_(kind == "explanations", RECORD.c.group_key == subject.key)
    if subject.kind is SubjectKind.FEED:
        yield RECORD.c.feed == subject.key
    if subject.kind is SubjectKind.STORE:
        yield and_(kind == "clip_index", RECORD.c.store == subject.key)
    if subject.devices:
        yield and_(kind == "devices", RECORD.c.key.in_(subject.devices))
        yield and_(kind == "assignments", RECORD.c.group_key.in_(subject.devices))
    for officer in subject.officers:
        yield or_(
            and_(kind == "officers", RECORD.c.key == officer),
            and_(kind == "assignments", mentioning(RECORD.c.body, officer)),
        )
    if subject.bases and subject.kind is not SubjectKind.DEVICE:
        yield and_(kind == "clip_index", RECORD.c.group_key.in_(subject.bases))


def _concerns(body: Mapping[str, Any], subject: Subject) -> bool:
    """An assignment of the subject's cameras or officers, and where the subject has a time, around it."""
    if body["device"] not in subject.devices and body["officer"] not in subject.officers:
        return False
    start, end = instant(body["start"]), instant(body.get("end"))
    near = (span for span in subject.spans if start and start <= span.end and (end is None or end >= span.start))
    return not subject.spans or any(near)


def _rules(connection: Connection, subject: Subject, _names: Mapping[int, str]) -> Iterator[Cause]:
    """The first verdict, other rules or limits than at the one before, and time limits that were over."""
    mine = (EVALUATION.c.kind == subject.kind.value, EVALUATION.c.subject_key == subject.key)
    found = list(steps(versions(connection, EVALUATION, *mine)))
    query = select(SCAN.c.id, SCAN.c.started_at).where(SCAN.c.id.in_({step.scan for step in found}))
    began = {row.id: row.started_at for row in connection.execute(query).all()}
    for step in found:
        if step.before is None:
            if not step.again:
                yield Cause(step.scan, ChangeCause.FIRST_JUDGED, subject.key)
            continue
        if step.after is not None:
            for one in differences(step.before, step.after, ("rule_set",)):
                yield Cause(step.scan, ChangeCause.RULES, subject.key, *one)
                yield from _other_limits(connection, step.scan)
        due = step.before["recheck_at"]
        if due is not None and due <= began[step.scan]:
            yield Cause(step.scan, ChangeCause.TIME_PASSED, subject.key, "due_at", None, due)


def _other_limits(connection: Connection, scan: int) -> Iterator[Cause]:
    """Which limits were set otherwise; where none was, the rules themselves are of another version."""
    around = limits_around(connection, scan)
    if around is None:
        return
    before, after = ({**dict.fromkeys({**around[0], **around[1]}, DEFAULT), **side} for side in around)
    for one in differences(before, after, sorted(before)):
        yield Cause(scan, ChangeCause.RULES, "config.toml", *one)


def _stores(connection: Connection, subject: Subject, names: Mapping[int, str]) -> Iterator[Cause]:
    """Stores that were in doubt, could not be read or refused folders, and that are whole again."""
    query = select(STORE_SCAN).where(STORE_SCAN.c.store_id.in_(subject.stores), happened(STORE_SCAN.c.scan_id))
    looked: dict[int, list[Any]] = {}
    for row in connection.execute(query.order_by(STORE_SCAN.c.id)).all():
        looked.setdefault(row.store_id, []).append(row)
    for store_id, rows in looked.items():
        for was, now in pairwise(rows):
            cause = ChangeCause.STORE_BACK if now.state == "online" else ChangeCause.STORE_DOUBT
            if was.state != now.state:
                yield Cause(now.scan_id, cause, names[store_id], "state", was.state, now.state)
            elif was.refused != now.refused:
                worse = ChangeCause.STORE_DOUBT if now.refused > was.refused else ChangeCause.STORE_BACK
                yield Cause(now.scan_id, worse, names[store_id], "refused", was.refused, now.refused)


Look = Callable[[Connection, Subject, Mapping[int, str]], Iterable[Cause]]
LOOKS: tuple[Look, ...] = (_rules, _files, _readings, _looks, _placings, _clocks, _links, _records, _stores)
