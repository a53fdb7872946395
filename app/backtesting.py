"""`bwc backtest`: other limits from the command line, and the trial of them on a copy of what is known."""

import dataclasses
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.document import Document
from app.scanning import scan_plan
from app.sections import Table, read_section
from app.settings import Settings
from app.shell import reading
from detectors.limits import Limits
from domain.errors import ConfigError, UsageError
from indexer.linking import LinkingLimits

if TYPE_CHECKING:
    from indexer.pipeline.backtest import Comparison
    from indexer.pipeline.plan import Progress, ScanPlan

SECTIONS = ("limits", "linking")
COLUMNS = ("what", "effect", "id", "rule", "flag", "kind", "subject", "officer", "path", "before", "after")


def varied_plan(settings: Settings, assignments: Sequence[str]) -> "ScanPlan":
    """The configuration's plan with limits set otherwise. Raises UsageError for what is no limit or no value of it."""
    given: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for text in assignments:
        section, key, value = _assignment(text)
        if key in given[section]:
            raise UsageError(f"--set: {section}.{key}: 重复 / expected once, got it twice")
        given[section][key] = value
    return dataclasses.replace(
        scan_plan(settings), limits=_limits(settings, given["limits"]), linking=_linking(settings, given["linking"])
    )


def _assignment(text: str) -> tuple[str, str, Any]:
    """`limits.KEY=VALUE`; the value is written as in config.toml."""
    name, equals, written = text.partition("=")
    section, dot, key = name.strip().partition(".")
    if not equals or not dot or section not in SECTIONS or not key:
        raise UsageError(f'--set: 应为 limits.键=值 / expected limits.KEY=VALUE (or linking.KEY=VALUE), got "{text}"')
    try:
        (value,) = tomllib.loads(f"value = {written}").values()
    except (tomllib.TOMLDecodeError, ValueError):
        raise UsageError(f'--set: {name.strip()}: expected a value as in config.toml, got "{written}"') from None
    return section, key, value


def _limits(settings: Settings, given: dict[str, Any]) -> Limits:
    kept = {field.name: getattr(settings.limits, field.name) for field in dataclasses.fields(Limits)}
    try:
        return Limits.from_mapping({**kept, **given})
    except ConfigError as error:
        raise UsageError(f"--set: {str(error).removeprefix('config.toml ')}") from None


def _linking(settings: Settings, given: dict[str, Any]) -> LinkingLimits:
    kept = {field.name: getattr(settings.linking, field.name) for field in dataclasses.fields(LinkingLimits)}
    document = Document(Path("--set"), {}, {})
    try:
        return read_section(LinkingLimits, Table(document, ("linking",), "[linking]", {**kept, **given}))
    except ConfigError as error:
        raise UsageError(str(error)) from None


def try_out(settings: Settings, varied: "ScanPlan", now: datetime, days: int, progress: "Progress") -> "Comparison":
    """Compare the configured limits with others over the last days. The database is read, and never written.

    Raises UsageError when no scan has finished yet.
    """
    from indexer.pipeline.backtest import backtest
    from indexer.pipeline.backtest_scope import scope_of
    from storage.scans import last_finished, last_scan_at
    from storage.scratch import scratch_copy

    with tempfile.TemporaryDirectory(prefix="bwc-backtest-") as folder:
        with reading(settings) as connection:
            scan = last_finished(connection)
            if scan is None:
                raise UsageError("尚无完成的扫描，无可试算 / no scan has finished yet: nothing to try limits on")
            engine = scratch_copy(connection, scan, Path(folder))
        try:
            with engine.connect() as copy:
                scope = scope_of(copy, max(now, last_scan_at(copy) or now), days)
            return backtest(engine, scan_plan(settings), varied, scope, progress)
        finally:
            engine.dispose()


def rows_of(comparison: "Comparison") -> Iterator[dict[str, object]]:
    """Every difference as a row, then one row with the totals."""
    for one in comparison.differences:
        yield {name: getattr(one, name) for name in COLUMNS}
    yield {
        "what": "summary",
        "since": comparison.since,
        "subjects": comparison.subjects,
        "rules": comparison.counts(),
        "flags": {flag: {"before": old, "after": new} for flag, (old, new) in comparison.flags.items()},
        "failed": comparison.failed,
    }
