"""A copy of what is known, to try things out on: the database itself is only read, and for no longer than the copying.

Copied are the facts as they hold and what names them; not the superseded ones, the queue and the verdicts.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, Table, insert, select

from storage.engine import DatabaseSettings, open_engine
from storage.schema import metadata
from storage.schema.tables import (
    ACCOUNT,
    API_TOKEN,
    ATTACHMENT,
    AUDIT_ENTRY,
    COVERAGE,
    EVALUATION,
    FAILURE,
    FEED_ROW,
    FILED_REPORT,
    KEPT_ANSWER,
    PUSHED_ROW,
    REVIEW_ENTRY,
    SAMPLE,
    SAMPLE_CHECK,
    SAMPLE_ITEM,
    SAVED_FILTER,
    SCAN,
    SCAN_REQUEST,
    SETTING_CHANGE,
    SIGN_OFF,
    STORE_SCAN,
    WORK,
)
from storage.versions import Row, chunks, current, happened, viewing

LEFT_OUT = (
    *(WORK, FAILURE, EVALUATION, COVERAGE, FEED_ROW),
    *(ACCOUNT, API_TOKEN, SAVED_FILTER, KEPT_ANSWER, SETTING_CHANGE, ATTACHMENT, REVIEW_ENTRY, SIGN_OFF),
    *(SCAN_REQUEST, PUSHED_ROW, SAMPLE, SAMPLE_ITEM, SAMPLE_CHECK, FILED_REPORT, AUDIT_ENTRY),
)
"""What steps make anew, what they never read, and what people did: a trial has no business with it."""

STREAMED = 1000


def scratch_copy(source: Connection, scan: int, folder: Path) -> Engine:
    """An engine on a new SQLite database in `folder` that knows what the scan of this number had left.

    Links, footage and so on keep their ids, so that rows of both can be compared. The caller disposes of the engine.
    """
    engine = open_engine(DatabaseSettings(f"sqlite:///{folder / 'scratch.db'}"))
    metadata.create_all(engine)
    with viewing(scan), engine.begin() as target:
        for table in metadata.sorted_tables:
            if table not in LEFT_OUT:
                _copy(source, target, table)
    return engine


def _copy(source: Connection, target: Connection, table: Table) -> None:
    for part in chunks(_rows(source, table), STREAMED):
        target.execute(insert(table), part)


def _rows(source: Connection, table: Table) -> Iterator[Row]:
    """The rows by column key; that a version has been superseded since is not known to the copy."""
    rows = source.execute(_query(table).execution_options(yield_per=STREAMED)).mappings()
    for row in rows:
        copied = {column.key: row[column] for column in table.c}
        yield {**copied, "until_scan": None} if "until_scan" in table.c else copied


def _query(table: Table) -> "Select[tuple[object, ...]]":
    query = select(*table.c)
    if "until_scan" in table.c:
        return query.where(current(table))
    if table is SCAN:
        return query.where(happened(SCAN.c.id))
    return query.where(happened(STORE_SCAN.c.scan_id)) if table is STORE_SCAN else query
