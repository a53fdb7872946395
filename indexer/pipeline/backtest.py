"""What other limits would conclude: the pipeline's own steps, twice on a copy, once with each plan, then compared.

Both runs take place at the same instant and look at the same activities, so that nothing but the limits can differ:
neither time that has passed nor what changed since the last scan. The steps are those of a scan; none is imitated.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, select

from domain.finding import Flag, SubjectKind
from domain.link import LinkStatus
from indexer.pipeline.assemble import assemble
from indexer.pipeline.backtest_scope import Scope
from indexer.pipeline.evaluate import evaluate
from indexer.pipeline.link import link
from indexer.pipeline.place import place
from indexer.pipeline.plan import Lease, Progress, Scanning, ScanPlan
from indexer.pipeline.windows import Days, derive_windows
from storage import scans, work
from storage.among import among
from storage.schema.tables import FAILURE, FINDING, LINK, STORE, STORED
from storage.versions import Row, chunks, current
from storage.work import Mark

FINDING_TOLD = ("severity", "result", "measured")
LINK_TOLD = ("status", "basis", "score", "officer")


class Effect(StrEnum):
    APPEARS = "appears"
    VANISHES = "vanishes"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding (by its id) or link that other limits would make, end or change; `before`, `after`: what differs."""

    what: str
    effect: Effect
    id: str | None
    rule: str | None
    flag: str | None
    kind: str
    subject: str
    officer: str | None
    path: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that would be otherwise. `flags`: findings before and after; `failed`: subjects that broke a run."""

    since: datetime
    subjects: int
    differences: tuple[Difference, ...]
    flags: Mapping[Flag, tuple[int, int]]
    failed: tuple[str, ...]

    def counts(self) -> dict[str, dict[Effect, int]]:
        """By rule, and for links under `link`, how many appear, vanish and change."""
        counted: dict[str, Counter[Effect]] = {}
        for one in self.differences:
            counted.setdefault(one.rule or one.what, Counter())[one.effect] += 1
        return {name: {effect: counted[name][effect] for effect in Effect} for name in sorted(counted)}


@dataclass(slots=True)
class Concluded:
    """What one run came to, by what identifies it."""

    findings: dict[str, Row] = field(default_factory=dict)
    links: dict[tuple[Any, ...], Row] = field(default_factory=dict)


def backtest(engine: Engine, plan: ScanPlan, varied: ScanPlan, scope: Scope, progress: Progress) -> Comparison:
    """Compare two plans on a copy (`storage.scratch`), which holds what the second one concluded afterwards."""
    relink = plan.linking != varied.linking
    now = _conclude(engine, plan, scope, progress, relink=relink)
    then = _conclude(engine, varied, scope, progress, relink=relink)
    with engine.connect() as connection:
        paths = _paths(connection, {row["file_id"] for row in (*now.links.values(), *then.links.values())})
        failed = connection.execute(select(FAILURE.c.step, FAILURE.c.subject, FAILURE.c.message)).all()
    differences = [
        *_link_differences(now.links, then.links, paths),
        *_finding_differences(now.findings, then.findings),
    ]
    flags = {flag: (_count(now, flag), _count(then, flag)) for flag in Flag}
    broken = tuple(f"{row.step}: {row.subject}: {row.message}" for row in failed)
    return Comparison(scope.span.start, len(scope.subjects), tuple(differences), flags, broken)


def _conclude(engine: Engine, plan: ScanPlan, scope: Scope, progress: Progress, *, relink: bool) -> Concluded:
    """One scan without its walk, feeds and readers: windows, times, links and verdicts of the scope, by one plan."""
    now = scope.span.end
    with engine.begin() as connection:
        number = scans.begin_scan(connection, now)
    with ThreadPoolExecutor(1) as executor:
        scan = Scanning(engine, plan, number, now, executor, progress, lambda: now, now, Lease(now))
        with scan.transaction() as connection:
            days = Days()
            for feed_kind, keys in scope.activities.items():
                derive_windows(connection, scan, feed_kind, keys, days)
            days.end(connection)
            if relink:
                work.mark(connection, "link", [Mark(party, span) for party, span in scope.parties])
            work.mark(connection, "evaluate", [Mark(subject) for subject in scope.subjects])
        for step in (place, assemble, link, evaluate):
            step(scan)
    with engine.begin() as connection:
        scans.end_scan(connection, number, now, {})
        return _concluded(connection, scope)


def _concluded(connection: Connection, scope: Scope) -> Concluded:
    found = Concluded()
    for kind, keys in scope.stable.items():
        for part in chunks(keys):
            mine = (FINDING.c.kind == kind.value) & among(FINDING.c.subject_key, part)
            rows = connection.execute(select(FINDING).where(current(FINDING), mine)).mappings()
            found.findings.update({row["key"]: row for row in rows})
    for kind in (SubjectKind.INCIDENT, SubjectKind.SESSION):
        for part in chunks(scope.stable.get(kind, ())):
            mine = (LINK.c.kind == kind.value) & among(LINK.c.number, part) & (LINK.c.status != LinkStatus.REJECTED)
            for row in connection.execute(select(LINK).where(current(LINK), mine)).mappings():
                found.links[row["kind"], row["number"], row["file_id"], row["party"]] = row
    return found


def _paths(connection: Connection, file_ids: set[int]) -> dict[int, str]:
    """`store:path` of files."""
    found = {}
    for part in chunks(sorted(file_ids)):
        query = select(STORED.c.file_id, STORE.c.name, STORED.c.path).join(STORE, STORE.c.id == STORED.c.store_id)
        rows = connection.execute(query.where(current(STORED), among(STORED.c.file_id, part))).all()
        found.update({row.file_id: f"{row.name}:{row.path}" for row in rows})
    return found


def _sides(
    before: Row | None, after: Row | None, names: Sequence[str]
) -> tuple[Effect, dict[str, Any] | None, dict[str, Any] | None] | None:
    """What differs between two rows about one thing; None when nothing does."""
    if before is None or after is None:
        effect = Effect.APPEARS if before is None else Effect.VANISHES
        old, new = ({name: row[name] for name in names} if row is not None else None for row in (before, after))
        return effect, old, new
    differing = [name for name in names if before[name] != after[name]]
    if not differing:
        return None
    old, new = ({name: row[name] for name in differing} for row in (before, after))
    if "measured" in differing:
        keys = [key for key in sorted({*old["measured"], *new["measured"]}) if _differ(old, new, key)]
        for side in (old, new):
            side["measured"] = {key: side["measured"].get(key) for key in keys}
    return Effect.CHANGES, old, new


def _differ(old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> bool:
    missing = object()
    return bool(old["measured"].get(key, missing) != new["measured"].get(key, missing))


def _finding_differences(now: Mapping[str, Row], then: Mapping[str, Row]) -> list[Difference]:
    found = []
    for key in now.keys() | then.keys():
        row, sides = then.get(key, now.get(key)), _sides(now.get(key), then.get(key), FINDING_TOLD)
        if row is not None and sides is not None:
            effect, *both = sides
            about = (key, row["rule"], row["flag"], row["kind"], row["subject"], row["officer"], None)
            found.append(Difference("finding", effect, *about, *both))
    return sorted(found, key=lambda one: (one.rule or "", one.subject, one.id or ""))


def _link_differences(
    now: Mapping[tuple[Any, ...], Row], then: Mapping[tuple[Any, ...], Row], paths: Mapping[int, str]
) -> list[Difference]:
    found = []
    for key in sorted(now.keys() | then.keys()):
        row, sides = then.get(key, now.get(key)), _sides(now.get(key), then.get(key), LINK_TOLD)
        if row is not None and sides is not None:
            effect, *both = sides
            about = (None, None, None, row["kind"], row["number"], row["officer"], paths.get(row["file_id"]))
            found.append(Difference("link", effect, *about, *both))
    return found


def _count(concluded: Concluded, flag: Flag) -> int:
    return sum(row["flag"] == flag for row in concluded.findings.values())
