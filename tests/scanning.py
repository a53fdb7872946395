"""Running scans in tests, and comparing what two databases hold without the numbers that may differ."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from app.scanning import scan_plan
from app.settings import load_settings
from indexer.content import OFF, ContentSettings
from indexer.pipeline import ScanPlan, ScanSummary, Silent, run_scan
from storage.engine import DatabaseSettings, open_engine
from storage.schema import metadata
from storage.schema.tables import FILE, FINDING
from storage.versions import current
from tests.databases import migrate

MORNING = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
"""A week after the sample day: every grace period is over, nothing is old enough to be deleted."""

VOLATILE = {
    *("id", "since_scan", "until_scan", "first_seen_at", "last_seen_at", "not_seen_before", "state_at", "due_at"),
    *("scan_id", "started_scan", "recheck_at", "read_at", "location", "fingerprint", "fixity_at"),
    *("queued_at", "checked_at", "next_at", "cpu_ms"),
}


SCAN_NAMED = re.compile(r"第 \d+ 次扫描(?:（[^）]*）)?|scan \d+ at [-0-9:+ ]{25}|'scan': \d+")
SINCE_THEN = re.compile(r"'(waited_h|arriving_h|delay_h|recover_within_h)': [\d.]+|[\d.]+ (天|days)")


def plan_of(folder: Path, content: ContentSettings = OFF) -> ScanPlan:
    """The plan of the configuration in `folder`; pictures and sound are looked at by tests that say so."""
    return replace(scan_plan(load_settings(folder / "config.toml", {})), content=content)


def new_engine(url: str) -> Engine:
    """An engine on a migrated database."""
    engine = open_engine(DatabaseSettings(url))
    migrate(engine)
    return engine


def scan_once(engine: Engine, plan: ScanPlan, now: datetime = MORNING, **options: Any) -> ScanSummary:
    """One scan in this process, readers in threads."""
    with ThreadPoolExecutor(2) as executor:
        return run_scan(engine, plan, now, executor, Silent(), **options)


def scan_in_child(url: str, folder: str, ready: Any) -> None:
    """For a process of its own, to be killed: says when it begins."""
    plan, engine = plan_of(Path(folder)), open_engine(DatabaseSettings(url))
    ready.set()
    scan_once(engine, plan)
    engine.dispose()


def dump(engine: Engine) -> dict[str, list[str]]:
    """Current rows of every table that a scan fills, files by name, as sorted text."""
    with engine.connect() as connection:
        names = {row.id: row.anchor for row in connection.execute(select(FILE.c.id, FILE.c.anchor)).all()}
        tables = {}
        for table in metadata.sorted_tables:
            if table.name in ("scan", "store_scan", "alembic_version", "audit_entry", "audit_head"):
                continue
            query = select(table)
            if "until_scan" in table.c:
                query = query.where(current(table))
            rows = connection.execute(query).mappings().all()
            tables[table.name] = sorted(str(_stable(dict(row), names)) for row in rows)
    return tables


def _stable(row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in VOLATILE}
    if "placed" in kept:
        kept["placed"] = bool(kept["placed"])  # no clip was made, or none was tried yet: lists read both alike
    for column in ("file_id", "first_file", "recording_file"):
        if kept.get(column) is not None:
            kept[column] = names[kept[column]]
    if isinstance(kept.get("clips"), list):
        kept["clips"] = [names[number] for number in kept["clips"]]
    return {key: _without_scan_numbers(value) for key, value in sorted(kept.items())}


def _without_scan_numbers(value: Any) -> Any:
    """Evidence names the scan that proves an absence; its number and hour are no part of the verdict, nor is how much
    time has passed or is left when two scans are made minutes apart."""
    if not isinstance(value, str | list | dict):
        return value
    return SINCE_THEN.sub("time", SCAN_NAMED.sub("scan", str(value)))


def findings(engine: Engine) -> set[tuple[str, str, str, str | None]]:
    """(kind, subject, rule, officer) of the findings that hold now."""
    with engine.connect() as connection:
        query = select(FINDING.c.kind, FINDING.c.subject, FINDING.c.rule, FINDING.c.officer).where(current(FINDING))
        return {tuple(row) for row in connection.execute(query).all()}


def count(engine: Engine, table: Any) -> int:
    """Rows of a table, superseded ones too."""
    with engine.connect() as connection:
        return len(connection.execute(select(table.c[0])).all())
