"""Two filed runs of one report: which figures and rows changed, and the scan or decision that it follows from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from domain.errors import UsageError
from domain.wording import joined, say
from reports.base import Column, Part, Report, Total
from reports.content import filed_totals
from reports.filing import report_of
from storage.filed_reports import FiledRun, filed_tables
from storage.queries.decided import decided_between, findings_ended, records_ended, scans_finished

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
Key = tuple[Any, ...]
FINDINGS, RECORDS = ("id",), ("kind", "number")
"""Keys of tables whose rows are findings or activities; others sum up."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value that is another one now."""

    column: Column
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that is new, gone or other. `why` in both languages, "" where nothing tells."""

    change: str
    key: Key
    fields: tuple[Field, ...]
    why: str


@dataclass(frozen=True, slots=True)
class TableComparison:
    """One table of both runs. `totals`: (before, after) of each figure that changed."""

    part: Part
    totals: tuple[tuple[Total, Total], ...]
    rows: tuple[RowChange, ...]
    unchanged: int

    def count(self, change: str) -> int:
        return sum(row.change == change for row in self.rows)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every table that both runs hold. `same_rules`: both were judged by the same rule set."""

    report: Report
    before: FiledRun
    after: FiledRun
    tables: tuple[TableComparison, ...]
    same_rules: bool
    zone: ZoneInfo

    @property
    def totals(self) -> tuple[tuple[Total, Total], ...]:
        """Of the report's own table."""
        return self.tables[0].totals

    @property
    def rows(self) -> tuple[RowChange, ...]:
        """Of the report's own table."""
        return self.tables[0].rows

    @property
    def unchanged(self) -> int:
        """Of the report's own table."""
        return self.tables[0].unchanged

    def count(self, change: str) -> int:
        return sum(table.count(change) for table in self.tables)


def compared(connection: Connection, one: FiledRun, other: FiledRun, zone: ZoneInfo) -> Comparison:
    """In order of time, whichever is named first. Raises UsageError for two different reports."""
    if one.name != other.name:
        text = say("只能比较同一种报表", f"compare: expected two runs of one report, got {one.name} and {other.name}")
        raise UsageError(text)
    before, after = sorted((one, other), key=lambda run: (run.as_of, run.id))
    report, same_rules = report_of(before), before.rule_set == after.rule_set
    old, new = ({table["name"]: table for table in filed_tables(connection, run.id)} for run in (before, after))
    decided = decided_between(connection, before.as_of, after.as_of)
    tables = []
    for part in report.all_tables:
        if part.name in old and part.name in new:
            both = (old[part.name], new[part.name])
            rows = (_by_key(part, both[0]), _by_key(part, both[1]))
            reasons = _Reasons(connection, part, (before, after), rows, zone)
            tables.append(_table(part, both, reasons.read(decided)))
    return Comparison(report, before, after, tuple(tables), same_rules, zone)


def _table(part: Part, filed: tuple[Mapping[str, Any], Mapping[str, Any]], reasons: "_Reasons") -> TableComparison:
    old, new, changes = reasons.old, reasons.new, []
    keys = sorted({*old, *new}, key=lambda key: tuple(str(one) for one in key))
    for key in keys:
        fields = tuple(_fields(part, old.get(key, {}), new.get(key, {})))
        if key not in new:
            changes.append(RowChange(REMOVED, key, (), reasons.of_removed(key)))
        elif key not in old:
            changes.append(RowChange(ADDED, key, (), reasons.of(key)))
        elif fields:
            changes.append(RowChange(CHANGED, key, fields, reasons.of(key)))
    return TableComparison(part, _totals(part, *filed), tuple(changes), len(keys) - len(changes))


def _by_key(part: Part, table: Mapping[str, Any]) -> dict[Key, Mapping[str, Any]]:
    rows = [dict(zip(table["columns"], cells, strict=True)) for cells in table["rows"]]
    return {tuple(row[name] for name in part.key): row for row in rows}


def _fields(part: Part, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Field]:
    for column in part.columns:
        before, after = old.get(column.key), new.get(column.key)
        if column.compared and before != after:
            yield Field(column, before, after)


def _totals(part: Part, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[Total, Total], ...]:
    before = {total.key: total for total in filed_totals(part, old)}
    after = {total.key: total for total in filed_totals(part, new)}
    both = [(before[key], after[key]) for key in before if key in after]
    return tuple(pair for pair in both if (pair[0].value, pair[0].of) != (pair[1].value, pair[1].of))


class _Reasons:
    """Why rows of a table changed between two runs: all that is needed is read at once."""

    def __init__(
        self,
        connection: Connection,
        part: Part,
        runs: tuple[FiledRun, FiledRun],
        rows: tuple[Mapping[Key, Any], Mapping[Key, Any]],
        zone: ZoneInfo,
    ) -> None:
        self.connection, self.part, self.zone = connection, part, zone
        self.before, self.after = runs
        self.old, self.new = rows

    def read(self, decided: Mapping[str, tuple[datetime, str, str]]) -> "_Reasons":
        """What scans ended and when they finished; `decided`: the last decision on each finding in between."""
        gone = [key for key in self.old if key not in self.new]
        self.ended, self.decided = _ended(self.connection, self.part, gone), decided
        numbers = {row["scan"] for row in self.new.values() if row.get("scan") is not None}
        self.finished = scans_finished(self.connection, numbers | set(self.ended.values()))
        return self

    def of(self, key: Key) -> str:
        """Of a row that is new or other."""
        scan = self.new[key].get("scan")
        found = []
        if scan is not None and scan > (self.before.scan_id or 0):
            found.append(say(f"第 {scan} 次扫描（{self._at(scan)}）", f"scan {scan} ({self._at(scan)})"))
            if self.before.rule_set != self.after.rule_set:
                found.append(say("规则或限值有变", "rules or limits changed"))
        return joined([*found, self._decision(key), self._decisions(self.new[key].get("decided_at"))])

    def of_removed(self, key: Key) -> str:
        """Of a row that is gone: its facts ended, somebody decided, or it left the period."""
        scan = self.ended.get(str(key[-1]))
        found = []
        if scan is not None and scan <= (self.after.scan_id or 0):
            found.append(
                say(f"第 {scan} 次扫描后不再成立（{self._at(scan)}）", f"ended by scan {scan} ({self._at(scan)})")
            )
        elif self.part.key not in (FINDINGS, RECORDS) and "decided_at" in self.old[key]:
            found.append(say("所汇总的各项已无，或已达不到列出条件", "what it summed up is gone, or too little"))
        return joined([*found, self._decision(key)])

    def _decision(self, key: Key) -> str:
        known = self.decided.get(str(key[-1])) if self.part.key == FINDINGS else None
        if known is None:
            return ""
        at, actor, action = known
        when = at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")
        return say(f"人工处理（{actor} {action}，{when}）", f"decided by a person ({actor} {action}, {when})")

    def _decisions(self, last: str | None) -> str:
        """Of a row that sums up many: `last` is when the last of their findings was decided on."""
        at = None if last is None else datetime.fromisoformat(last)
        if at is None or at <= self.before.as_of:
            return ""
        when = at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")
        return say(f"人工处理（最近 {when}）", f"decided by people (last {when})")

    def _at(self, scan: int) -> str:
        finished: datetime | None = self.finished.get(scan)
        return finished.astimezone(self.zone).strftime("%Y-%m-%d %H:%M") if finished else "?"


def _ended(connection: Connection, part: Part, gone: Sequence[Key]) -> dict[str, int]:
    last = [str(key[-1]) for key in gone]
    if part.key == FINDINGS:
        return findings_ended(connection, last)
    return records_ended(connection, last) if part.key == RECORDS else {}
