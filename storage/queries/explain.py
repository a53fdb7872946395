"""Explains one thing: how the program knows. A file (store:path), an activity's number or a finding's id; also a
camera's serial, a store's or a feed's name, since findings are about those as well.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select

from domain.activity import ActivityKind
from domain.finding import SubjectKind
from storage.queries.absence import proof_sections
from storage.queries.explain_activity import TITLES, activity_record, activity_sections
from storage.queries.explain_file import clock_sections, file_name, file_of_anchor, file_sections, find_file
from storage.queries.explanation import ExplainSection, Explanation, facts, table
from storage.queries.filters import UnusableQuery, storable
from storage.queries.findings import finding_fields
from storage.queries.judgements import findings_of, findings_section, rules_section
from storage.queries.raws import Raw, read, read_first
from storage.queries.shapes import instant
from storage.scans import registered_stores
from storage.schema.tables import CLIP, FEED, FEED_ROW, FINDING, RECORD, SCAN, STORE, STORE_SCAN
from storage.versions import current, ended_by, happened, known, viewed

SHORTEST, WHOLE = 6, 16
HEX = frozenset("0123456789abcdef")
MOST_ROWS = 50


def explain(connection: Connection, thing: str) -> Explanation | None:
    """All that is known about `thing`, or None when nothing has that name.

    Raises UnusableQuery when the beginning of a finding's id fits several.
    """
    thing = thing.strip()
    if not thing or not storable(thing):
        return None
    for way in WAYS:
        if found := way(connection, thing):
            return found
    return None


def _activity(connection: Connection, thing: str) -> Explanation | None:
    for kind in ActivityKind:
        if record := activity_record(connection, kind, thing):
            return Explanation(f"{TITLES[kind]} {thing}", tuple(activity_sections(connection, kind, record)))
    return None


def _file(connection: Connection, thing: str) -> Explanation | None:
    file_id = find_file(connection, thing)
    if file_id is None:
        return None
    return Explanation(f"文件 / File {file_name(connection, file_id)}", tuple(file_sections(connection, file_id)))


def _finding(connection: Connection, thing: str) -> Explanation | None:
    versions = find_finding(connection, thing)
    if not versions:
        return None
    newest = versions[0]
    fields = finding_fields(newest)
    pairs = [*fields.items(), ("version", newest["rule_version"])]
    shown = facts(("问题", "The finding"), [pair for pair in pairs if pair[0] != "evidence"], newest["evidence"])
    subject = _subject_sections(connection, newest["kind"], newest["subject_key"])
    title = f"问题 / Finding {newest['key']} · {newest['rule']} · {newest['subject']}"
    return Explanation(title, (shown, _versions(connection, versions), *subject))


def find_finding(connection: Connection, thing: str) -> Sequence[Raw]:
    """Every version of a finding by its id or a beginning of it, the newest first; none when there is no such id."""
    key = _whole_key(connection, thing.lower())
    if key is None:
        return ()
    return read(connection, select(FINDING).where(known(FINDING), FINDING.c.key == key).order_by(FINDING.c.id.desc()))


def _whole_key(connection: Connection, text: str) -> str | None:
    """The finding's key from itself or from a beginning that fits one only."""
    if not SHORTEST <= len(text) <= WHOLE or not set(text) <= HEX:
        return None
    begun = (FINDING.c.key >= text) & (FINDING.c.key <= text + "f" * (WHOLE - len(text)))
    query = select(FINDING.c.key).where(known(FINDING), begun)
    keys = connection.execute(query.distinct().order_by(FINDING.c.key).limit(6)).scalars().all()
    if len(keys) > 1:
        raise UnusableQuery(f"explain {text}: expected the beginning of one finding's id, got one of {' '.join(keys)}")
    return keys[0] if keys else None


def _versions(connection: Connection, versions: Sequence[Raw]) -> ExplainSection:
    """Since which scan the finding stands, what it said before, and which scan closed it."""
    ends = {row["id"]: ended_by(row) for row in versions}
    scans = {row["since_scan"] for row in versions} | {end for end in ends.values() if end is not None}
    query = select(SCAN.c.id, SCAN.c.started_at).where(SCAN.c.id.in_(scans))
    began = {row.id: row.started_at for row in connection.execute(query).all()}
    rows = [
        (
            *(row["since_scan"], began.get(row["since_scan"]), ends[row["id"]], began.get(ends[row["id"]])),
            *(row["rule_version"], row["severity"], row["result"], row["status"], row["measured"], row["evidence"]),
        )
        for row in versions
    ]
    columns = (
        *("since_scan", "since", "until_scan", "until", "version", "severity", "result", "status"),
        *("measured", "evidence"),
    )
    return table(("历次版本", "Versions"), columns, rows)


def _subject_sections(connection: Connection, kind: str, key: str) -> list[ExplainSection]:
    """The explanation of what a finding is about."""
    if kind in (SubjectKind.INCIDENT, SubjectKind.SESSION):
        activity = ActivityKind(kind)
        record = activity_record(connection, activity, key)
        return activity_sections(connection, activity, record) if record else []
    if kind == SubjectKind.CLIP:
        file_id = file_of_anchor(connection, key)
        return file_sections(connection, file_id) if file_id is not None else []
    known = {SubjectKind.DEVICE: _device, SubjectKind.STORE: _store, SubjectKind.FEED: _feed}
    found = known[SubjectKind(kind)](connection, key)
    return list(found.sections) if found else []


def _device(connection: Connection, serial: str) -> Explanation | None:
    register = connection.execute(
        select(RECORD.c.body).where(current(RECORD), RECORD.c.kind == "devices", RECORD.c.key == serial)
    ).scalar()
    of_device = (current(CLIP), CLIP.c.device == serial)
    seen = connection.execute(select(CLIP.c.id).where(*of_device).limit(1)).scalar()
    if register is None and seen is None:
        return None
    issued = select(RECORD.c.body).where(current(RECORD), RECORD.c.kind == "assignments", RECORD.c.group_key == serial)
    bodies = connection.execute(issued.order_by(RECORD.c.at.desc()).limit(MOST_ROWS)).scalars().all()
    note = () if register else ("不在设备登记中 / not in the register",)
    holders = [(b["officer"], instant(b["start"]), instant(b["end"])) for b in bodies]
    sections = (
        facts(("登记", "Register"), list((register or {}).items()), note),
        *clock_sections(connection, serial),
        table(("领用", "Issued to"), ("officer", "from", "to"), holders),
        *_judged(connection, SubjectKind.DEVICE, serial),
    )
    return Explanation(f"设备 / Device {serial}", sections)


def _store(connection: Connection, name: str) -> Explanation | None:
    row = read_first(connection, select(STORE).where(STORE.c.name == name))
    if row is None or not _heard_of(connection, row["id"]):
        return None
    noted = {one["name"]: one for one in registered_stores(connection)}
    row = noted.get(name) or {**row, "active": False}
    names = ("name", "kind", "location", "timezone", "unit", "active")
    sections = (
        facts(("存储", "Store"), [(key, row[key]) for key in names]),
        *proof_sections(connection, None, (), (name,)),
        *_judged(connection, SubjectKind.STORE, name),
    )
    return Explanation(f"存储 / Store {name}", sections)


def _heard_of(connection: Connection, store_id: int) -> bool:
    """Whether a store was heard of by the time looked at."""
    if viewed() is None or store_id in {row["id"] for row in registered_stores(connection)}:
        return True
    looked = (STORE_SCAN.c.store_id == store_id) & happened(STORE_SCAN.c.scan_id)
    return connection.execute(select(STORE_SCAN.c.id).where(looked).limit(1)).first() is not None


def _feed(connection: Connection, name: str) -> Explanation | None:
    row = read_first(connection, select(FEED).where(FEED.c.name == name))
    if row is None:
        return None
    rejected = select(FEED_ROW).where(current(FEED_ROW), FEED_ROW.c.feed == name, FEED_ROW.c.fate != "accepted")
    found = connection.execute(rejected.order_by(FEED_ROW.c.number).limit(MOST_ROWS)).all()
    rows = [(one.number, one.fate, one.notes, one.raw) for one in found]
    now = viewed() is None
    names = ("name", "kind", "location", *(("read_at", "error", "active") if now else ()))
    lines = (
        () if now else ("读取时间与错误不按时间保存 / the time and error of its reading are kept of the latest only",)
    )
    sections = (
        facts(("数据接口", "Feed"), [(key, row[key]) for key in names], lines),
        table(("纠正与拒收的行", "Corrected and rejected rows"), ("row", "fate", "notes", "raw"), rows),
        *_judged(connection, SubjectKind.FEED, name),
    )
    return Explanation(f"数据接口 / Feed {name}", sections)


def _judged(connection: Connection, kind: SubjectKind, key: str) -> list[ExplainSection]:
    """Rules and findings of a subject."""
    return [rules_section(connection, kind.value, key), findings_section(connection, findings_of(kind.value, key))]


WAYS: tuple[Callable[[Connection, str], Explanation | None], ...] = (_activity, _file, _finding, _device, _store, _feed)
"""In this order a name is looked up; numbers and files come before ids, which are never plain numbers by chance."""
