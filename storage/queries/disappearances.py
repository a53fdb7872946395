"""Files that were in a store and were not found there any more: since which scan, what was known, what came back.

Told from the versions of the files alone: one row for each time that a file went. A file whose content was found at
another place keeps its identity; the identity that was given to the new place meanwhile is no file of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, or_, select

from domain.activity import RECORD_KINDS, ActivityKind
from domain.clip import ClockSource, FileState
from domain.link import LinkStatus
from domain.wording import say
from storage.queries.filters import Filters, UnusableQuery, wanted_units
from storage.queries.raws import Raw, read
from storage.scans import registered_stores
from storage.schema.tables import CLIP, EVALUATION, FILE, LINK, RECORD, SCAN, STORE, STORE_SCAN, STORED
from storage.versions import chunks, current, happened, known

LOST_RULE = "missing.file-lost"


class Fate(StrEnum):
    MISSING = "missing"
    RETURNED = "returned"  # to the place where it had been
    MOVED = "moved"  # found at another place, at once or later


@dataclass(frozen=True, slots=True)
class Place:
    """A store and a path in it; `unit`: whose store it is."""

    store: str
    unit: str | None
    path: str


@dataclass(frozen=True, slots=True)
class LinkedTo:
    """An activity that the file was linked to when it went."""

    kind: ActivityKind
    number: str
    category: str | None
    case_number: str | None


@dataclass(frozen=True, slots=True)
class Disappearance:
    """One time that a file was not found any more. `scan`: the one that established the latest of this.

    `seen_scan`: the last believed look at the store before. `recorded`: start and end of its clip as last placed,
    None where only the file's modification tells a time.
    `judged`: what the rule about lost files says of it now.
    """

    file_id: int
    place: Place
    unit: str | None
    size: int
    modified_at: datetime
    device: str | None
    officer: str | None
    recorded: tuple[datetime, datetime] | None
    seen_scan: int | None
    seen_at: datetime | None
    gone_scan: int
    gone_at: datetime
    activities: tuple[LinkedTo, ...]
    fate: Fate
    back_at: datetime | None
    back: Place | None
    judged: str | None
    scan: int


@dataclass(frozen=True, slots=True)
class _Episode:
    """Versions of a file: the last before it went, the first of it being gone, the first of it being back."""

    before: Raw
    gone: Raw
    back: Raw | None

    @property
    def fate(self) -> Fate:
        if self.back is None:
            return Fate.MISSING
        return Fate.RETURNED if _where(self.back) == _where(self.before) else Fate.MOVED


def disappearances(connection: Connection, filters: Filters) -> list[Disappearance]:
    """Those of a period (`since`, `until`) by the scan that noticed; in order of time, store and path.

    Raises UnusableQuery where no scan began in the period: "nothing is gone" is not "nobody had looked".
    """
    scans = _scans(connection, filters)
    if not scans:
        raise UnusableQuery(say("期间内没有扫描，无从得知", "no scan began in this period: nobody had looked"))
    episodes = [
        episode
        for versions in _versions(connection, _candidates(connection, min(scans), max(scans)))
        for episode in _episodes(versions)
        if episode.gone["since_scan"] in scans
    ]
    if not episodes:
        return []
    found = _dressed(connection, episodes)
    if (units := wanted_units(connection, filters)) is not None:
        seen = frozenset(units)
        found = [_within(one, seen) for one in found if one.unit in seen]
    return sorted(found, key=lambda one: (one.gone_at, one.place.store, one.place.path, one.file_id))


def _within(one: Disappearance, units: frozenset[str]) -> Disappearance:
    """Without the name of a place in a store of somebody else."""
    return one if one.back is None or one.back.unit in units else replace(one, back=None)


def _scans(connection: Connection, filters: Filters) -> frozenset[int]:
    within = (SCAN.c.started_at >= filters.since, SCAN.c.started_at < filters.until)
    return frozenset(connection.execute(select(SCAN.c.id).where(happened(SCAN.c.id), *within)).scalars())


def _candidates(connection: Connection, first: int, last: int) -> list[int]:
    """Files that went missing, or are at another place, since a scan of this range."""
    gone = select(STORED.c.file_id).where(
        known(STORED), STORED.c.since_scan.between(first, last), STORED.c.state == FileState.MISSING
    )
    before = STORED.alias()
    elsewhere = or_(before.c.path != STORED.c.path, before.c.store_id != STORED.c.store_id)
    moved = (
        select(STORED.c.file_id)
        .join(before, (before.c.file_id == STORED.c.file_id) & (before.c.until_scan == STORED.c.since_scan))
        .where(known(STORED), STORED.c.since_scan.between(first, last), elsewhere)
    )
    return sorted({*connection.execute(gone).scalars(), *connection.execute(moved).scalars()})


def _versions(connection: Connection, file_ids: Sequence[int]) -> Iterator[list[Raw]]:
    """Of each file its versions in order."""
    for part in chunks(file_ids):
        query = select(STORED).where(known(STORED), STORED.c.file_id.in_(part))
        found: dict[int, list[Raw]] = {}
        for row in read(connection, query.order_by(STORED.c.file_id, STORED.c.since_scan, STORED.c.id)):
            found.setdefault(row["file_id"], []).append(row)
        yield from found.values()


def _episodes(versions: Sequence[Raw]) -> Iterator[_Episode]:
    for at, (before, now) in enumerate(pairwise(versions), 1):
        if before["state"] == FileState.MISSING or now["state"] == FileState.MOVED:
            continue
        if now["state"] == FileState.MISSING:
            later = (version for version in versions[at:] if version["state"] != FileState.MISSING)
            yield _Episode(before, now, next(later, None))
        elif _where(before) != _where(now):
            yield _Episode(before, now, now)


def _where(version: Raw) -> tuple[int, str]:
    return version["store_id"], version["path"]


def _dressed(connection: Connection, episodes: Sequence[_Episode]) -> list[Disappearance]:
    files = sorted({one.before["file_id"] for one in episodes})
    stores, started = _stores(connection), _started(connection, episodes)
    clips, judged, links = _clips(connection, files), _judged(connection, files), _links(connection, episodes)
    looks = _looks(connection, {(one.before["store_id"], one.gone["since_scan"]) for one in episodes})
    found = []
    for one in episodes:
        before, gone, back = one.before, one.gone["since_scan"], one.back
        file_id, place = before["file_id"], _place(before, stores)
        clip, (seen_scan, seen_at) = clips.get(file_id, {}), looks.get((before["store_id"], gone), (None, None))
        found.append(
            Disappearance(
                *(file_id, place, clip.get("unit") or place.unit, before["size"], before["modified_at"]),
                *(clip.get("device"), clip.get("officer"), _recorded(clip)),
                seen_scan=seen_scan,
                seen_at=seen_at,
                gone_scan=gone,
                gone_at=started[gone],
                activities=links.get((file_id, gone), ()),
                fate=one.fate,
                back_at=None if back is None else started[back["since_scan"]],
                back=None if back is None else _place(back, stores),
                judged=None if back else judged.get(file_id),
                scan=gone if back is None else back["since_scan"],
            )
        )
    return found


def _recorded(clip: Raw) -> tuple[datetime, datetime] | None:
    if not clip or clip["started_at"] is None or clip["clock_source"] == ClockSource.MODIFIED:
        return None
    return clip["started_at"], clip["ended_at"]


def _stores(connection: Connection) -> dict[int, Raw]:
    """By number: as configured in the view, else (one that left the configuration) as it is known now."""
    found: dict[int, Raw] = {row["id"]: row for row in read(connection, select(STORE))}
    return found | {row["id"]: row for row in registered_stores(connection)}


def _place(version: Raw, stores: Mapping[int, Raw]) -> Place:
    store = stores[version["store_id"]]
    return Place(store["name"], store["unit"], version["path"])


def _started(connection: Connection, episodes: Sequence[_Episode]) -> dict[int, datetime]:
    """When the scans were that noticed something."""
    numbers = {version["since_scan"] for one in episodes for version in (one.gone, one.back) if version is not None}
    found: dict[int, datetime] = {}
    for part in chunks(sorted(numbers)):
        query = select(SCAN.c.id, SCAN.c.started_at).where(SCAN.c.id.in_(part))
        found |= {row[0]: row[1] for row in connection.execute(query).all()}
    return found


def _looks(connection: Connection, gone: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, datetime]]:
    """By store and scan the last believed look at the store before that scan: its number and when it was."""
    found: dict[tuple[int, int], tuple[int, datetime]] = {}
    for store, scan in sorted(gone):
        query = select(STORE_SCAN.c.scan_id, STORE_SCAN.c.started_at).where(
            STORE_SCAN.c.store_id == store, STORE_SCAN.c.state == "online", STORE_SCAN.c.scan_id < scan
        )
        row = connection.execute(query.order_by(STORE_SCAN.c.scan_id.desc()).limit(1)).first()
        if row is not None:
            found[store, scan] = (row[0], row[1])
    return found


def _clips(connection: Connection, files: Iterable[int]) -> dict[int, Raw]:
    """The last that was known of each file's clip: a file that is gone keeps it."""
    names = ("file_id", "device", "officer", "unit", "started_at", "ended_at", "clock_source")
    found: dict[int, Raw] = {}
    for part in chunks(files):
        query = select(*(CLIP.c[name] for name in names)).where(known(CLIP), CLIP.c.file_id.in_(part))
        found |= {row["file_id"]: row for row in read(connection, query.order_by(CLIP.c.since_scan, CLIP.c.id))}
    return found


def _judged(connection: Connection, files: Iterable[int]) -> dict[int, str | None]:
    """Result of the rule about lost files, by file."""
    found: dict[int, str | None] = {}
    for part in chunks(files):
        query = (
            select(FILE.c.id, EVALUATION.c.outcomes)
            .join(EVALUATION, EVALUATION.c.subject_key == FILE.c.anchor)
            .where(current(EVALUATION), EVALUATION.c.kind == "clip", FILE.c.id.in_(part))
        )
        for file_id, outcomes in connection.execute(query).all():
            mine = (outcome["result"] for outcome in outcomes if outcome.get("rule") == LOST_RULE)
            found[file_id] = next(mine, None)
    return found


def _links(connection: Connection, episodes: Sequence[_Episode]) -> dict[tuple[int, int], tuple[LinkedTo, ...]]:
    """By file and scan of the loss the activities that it was linked to just before."""
    gone: dict[int, list[int]] = {}
    for one in episodes:
        gone.setdefault(one.before["file_id"], []).append(one.gone["since_scan"])
    held: dict[tuple[int, int], set[tuple[str, str]]] = {}
    for row in _linked(connection, sorted(gone)):
        scans = (scan for scan in gone[row["file_id"]] if row["since_scan"] < scan)
        for scan in scans:
            if row["until_scan"] is None or row["until_scan"] >= scan:
                held.setdefault((row["file_id"], scan), set()).add((row["kind"], row["number"]))
    about = _activities(connection, {pair for pairs in held.values() for pair in pairs})
    return {key: tuple(about[pair] for pair in sorted(pairs)) for key, pairs in held.items()}


def _linked(connection: Connection, files: Sequence[int]) -> Iterator[Raw]:
    """All versions of the links that were made of some files."""
    columns = [LINK.c[name] for name in ("file_id", "kind", "number", "since_scan", "until_scan")]
    for part in chunks(files):
        made = (known(LINK), LINK.c.status == LinkStatus.LINKED, LINK.c.file_id.in_(part))
        yield from read(connection, select(*columns).where(*made))


def _activities(connection: Connection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LinkedTo]:
    found = {(kind, number): LinkedTo(ActivityKind(kind), number, None, None) for kind, number in pairs}
    for kind in ActivityKind:
        for part in chunks(sorted(number for name, number in found if name == kind)):
            query = select(RECORD.c.key, RECORD.c.body).where(
                current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.key.in_(part)
            )
            for number, body in connection.execute(query).all():
                said: Mapping[str, Any] = body
                linked = LinkedTo(kind, number, said.get("category"), said.get("case_number"))
                found[kind.value, number] = linked
    return found
