"""What all tables share: constraint names that migrations can rely on, and the two columns of a superseded fact."""

from typing import Any

from sqlalchemy import ForeignKey, Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from storage.types import Id

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """ORM base of the whole schema."""

    metadata = MetaData(naming_convention=NAMING)


class Versioned:
    """A fact that is superseded, never overwritten: the current view is `until_scan IS NULL`."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)

    @declared_attr
    def since_scan(cls) -> Mapped[int]:
        return mapped_column(Id, ForeignKey("scan.id"), comment="scan that established this version of the fact")

    @declared_attr
    def until_scan(cls) -> Mapped[int | None]:
        return mapped_column(Id, ForeignKey("scan.id"), comment="scan that superseded it; NULL = current")


def current_index(name: str, *columns: str, unique: bool = False, where: str = "") -> Index:
    """An index over the current rows only: small, and as a unique one the guard against doubled facts.

    `where` leaves out more of them.
    """
    now: Any = text("until_scan IS NULL" + (f" AND {where}" if where else ""))
    return Index(name, *columns, unique=unique, sqlite_where=now, postgresql_where=now)


def ended_index(name: str, *columns: str) -> Index:
    """An index over the rows that ended: what is asked for by histories."""
    then = text("until_scan IS NOT NULL")
    return Index(name, *columns, sqlite_where=then, postgresql_where=then)
