"""Counts of a day and a unit, kept so that the overview answers at once whatever the size of the city.

Everything in them can be counted again from the facts (`storage.tallies.rebuild`).
"""

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base
from storage.types import Id


class DayTally(Base):
    """Activities of one kind, unit and local day, and how far down the waterfall they come."""

    __tablename__ = "day_tally"
    __table_args__ = (
        Index("uq_day_tally_day", "kind", "unit", "day", unique=True),
        Index("ix_day_tally_day", "day"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(comment="incident | session")
    unit: Mapped[str] = mapped_column(comment="'' = the record names none")
    day: Mapped[str] = mapped_column(comment="YYYY-MM-DD of the zone of the reports; '' = no time is known")
    known: Mapped[int]
    in_scope: Mapped[int]
    due: Mapped[int]
    looked: Mapped[int]
    linked: Mapped[int]
    covered: Mapped[int]
    standard: Mapped[int]
    reviewed: Mapped[int]
    compliant: Mapped[int]
    noncompliant: Mapped[int]
    unknown: Mapped[int]
    pending: Mapped[int]
    notapplicable: Mapped[int]
    unjudged: Mapped[int]
    required_us: Mapped[int] = mapped_column(BigInteger, comment="of the due ones, all officers together")
    covered_us: Mapped[int] = mapped_column(BigInteger)


class DayRule(Base):
    """Findings of one rule on activities of one kind, unit and day, and how many of them are open."""

    __tablename__ = "day_rule"
    __table_args__ = (
        Index("uq_day_rule_day", "kind", "unit", "day", "rule", unique=True),
        Index("ix_day_rule_day", "day"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str]
    unit: Mapped[str]
    day: Mapped[str]
    week: Mapped[str] = mapped_column(comment="Monday of the day")
    rule: Mapped[str]
    flag: Mapped[str]
    found: Mapped[int]
    open: Mapped[int]
