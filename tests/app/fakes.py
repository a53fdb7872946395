"""Stand-ins for the pipeline and the read side, so that the shell is tested by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

SOME_FINDINGS = (
    {"id": "a1", "rule": "missing.no-recording", "flag": "missing", "unit": "310114010000", "status": "open"},
    {"id": "a2", "rule": "incomplete.gap", "flag": "incomplete", "unit": "310114010000", "status": "open"},
    {"id": "a3", "rule": "nonstandard.name", "flag": "nonstandard", "unit": None, "status": "resolved"},
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a scan gives back, as far as the shell looks at it."""

    number: int = 7
    started_at: datetime = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    files: int = 12
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    unit: str | None = None
    officer: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    rule: str | None = None
    flag: str | None = None
    status: str | None = None
    incident: str | None = None
    store: str | None = None
    file: str | None = None
    kind: str | None = None


@dataclass(slots=True)
class ListOf:
    """A list of fixed rows; remembers what it was asked."""

    columns: tuple[str, ...]
    content: tuple[dict[str, Any], ...]
    asked: list[tuple[Filters, int | None]] = field(default_factory=list)

    def rows(self, connection: object, filters: Filters, limit: int | None) -> Iterator[dict[str, Any]]:
        self.asked.append((filters, limit))
        return iter(self.content[:limit])


@dataclass(slots=True)
class Pipeline:
    """Remembers how it was run; does what the test wants it to."""

    summary: Summary = Summary()
    runs: list[tuple[Any, frozenset[str]]] = field(default_factory=list)
    error: BaseException | None = None

    def run_scan(self, engine: Any, plan: Any, now: datetime, executor: Any, progress: Any, **more: Any) -> Summary:
        self.runs.append((plan, more.get("only", frozenset())))
        assert now.tzinfo is not None
        progress.step("discover", None)
        progress.advance(3)
        progress.step("probe", 2)
        progress.advance()
        if self.error:
            raise self.error
        return self.summary


def install(monkeypatch: pytest.MonkeyPatch, pipeline: Pipeline, lists: dict[str, ListOf]) -> None:
    """Put the stand-ins where the shell looks for the real ones."""
    import indexer.pipeline
    import storage.queries

    monkeypatch.setattr(indexer.pipeline, "run_scan", pipeline.run_scan, raising=False)
    monkeypatch.setattr(storage.queries, "LISTS", lists, raising=False)
    monkeypatch.setattr(storage.queries, "Filters", Filters, raising=False)
