"""存储新鲜度: how far each store is known, when it was last seen whole, and what could not be listed."""

from collections.abc import Sequence

from sqlalchemy import Connection

from domain.vocabulary import STORE_KINDS, STORE_STATES
from reports.base import Asked, Column, Form, Report, Row, Total, iso
from storage.queries import LISTS, Filters

COLUMNS = (
    Column("name", ("存储", "Store")),
    Column("kind", ("种类", "Kind"), words={str(one): word for one, word in STORE_KINDS.items()}),
    Column("unit", ("单位", "Unit")),
    Column("state", ("状态", "State"), words={str(one): word for one, word in STORE_STATES.items()}),
    Column("detail", ("说明", "Detail"), Form.STATEMENT),
    Column("scanned_at", ("完整至", "Complete to"), Form.TIME),
    Column("age_s", ("距报表时刻", "Age"), Form.LENGTH),
    Column("folders", ("文件夹", "Folders"), Form.NUMBER),
    Column("files", ("文件", "Files"), Form.NUMBER),
    Column("errors", ("无法列出的文件夹", "Folders refused"), Form.NUMBER),
    Column("scan", ("扫描", "Scan"), Form.NUMBER, compared=False),
)
SAME = ("name", "kind", "unit", "state", "detail", "folders", "files", "errors", "scan")


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of name; the period plays no part."""
    found = LISTS["stores"].rows(connection, Filters(unit=asked.unit, scope=asked.scope), None)
    return [_row(row, asked) for row in found]


def _row(row: Row, asked: Asked) -> Row:
    seen = row["scanned_at"]
    age = None if seen is None else (asked.as_of - seen).total_seconds()
    return {**{name: row[name] for name in SAME}, "scanned_at": iso(seen), "age_s": age}


def totals(found: Sequence[Row]) -> list[Total]:
    """How many stores are seen whole, and how old the oldest sight is."""
    whole = sum(row["state"] == "online" and not row["errors"] for row in found)
    ages = [row["age_s"] for row in found if row["age_s"] is not None]
    return [
        Total("stores", ("存储", "Stores"), len(found)),
        Total("whole", ("完整可见", "Seen whole"), whole, len(found)),
        Total("files", ("文件", "Files"), sum(row["files"] for row in found)),
        Total("errors", ("无法列出的文件夹", "Folders refused"), sum(row["errors"] for row in found)),
        Total("oldest", ("最久未见", "Oldest sight"), max(ages, default=None), None, Form.LENGTH),
    ]


FRESHNESS = Report(
    name="freshness",
    title=("存储新鲜度", "Freshness of stores"),
    about=(
        "各存储最近一次完整扫描的时间、文件数与无法列出的文件夹；与期间无关。",
        "When each store was last seen whole, its files and what could not be listed; the period plays no part.",
    ),
    columns=COLUMNS,
    key=("name",),
    rows=rows,
    totals=totals,
)
