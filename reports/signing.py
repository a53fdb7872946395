"""日清 and 周结 as documents show them: which days of which unit were signed by the time of the report, and by whom."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.period import Period
from domain.sign_off import week_period
from reports.base import Asked, Column, Form, Part, Row
from reports.tally import UNIT, units_asked
from storage.queries.signed import signed_by

SIGNED = {"yes": ("已签", "signed"), "no": ("未签", "not signed")}
DAYS = Part(
    name="sign-offs",
    title=("日清", "Sign-off of days"),
    about=(
        "各单位每日自查的签认：期间内有活动或签认的单位。",
        "Days that units signed off; units that had activities, or signed, in the period.",
    ),
    columns=(
        UNIT,
        Column("day", ("日期", "Day")),
        Column("state", ("状态", "State"), words=SIGNED),
        Column("actor", ("签认人", "Signed by")),
        Column("at", ("签认时间", "Signed at"), Form.TIME),
    ),
    key=("unit", "day"),
)
WEEKS = Part(
    name="sign-offs",
    title=("日清与周结", "Days signed and weeks closed"),
    about=(
        "期间内各单位已签认的天数、尚未签认的日期，以及是否已周结。",
        "How many days of the period each unit signed, which are not signed, and whether its week is closed.",
    ),
    columns=(
        UNIT,
        Column("signed", ("已签天数", "Days signed"), Form.NUMBER),
        Column("days", ("应签天数", "Days"), Form.NUMBER),
        Column("unsigned", ("未签日期", "Not signed"), Form.LIST),
        Column("actor", ("周结人", "Closed by")),
        Column("at", ("周结时间", "Closed at"), Form.TIME),
    ),
    key=("unit",),
)


def day_rows(connection: Connection, asked: Asked, units: Iterable[str]) -> list[Row]:
    """A row for each unit and day that has begun by the time of the report."""
    days = _begun(asked)
    signed = signed_by(connection, units_asked(connection, asked), (day.isoformat() for day in days), asked.as_of)
    found: list[Row] = []
    for unit in sorted({*units, *(unit for unit, _ in signed)}):
        for day in days:
            at, actor = signed.get((unit, day.isoformat()), (None, None))
            state = "no" if at is None else "yes"
            found.append({"unit": unit, "day": day.isoformat(), "state": state, **_who(at, actor)})
    return found


def week_rows(connection: Connection, asked: Asked, units: Iterable[str]) -> list[Row]:
    """A row for each unit; the week is that of the period's last day."""
    days, week = _begun(asked), week_period(asked.period.days[-1]).text
    names = [day.isoformat() for day in days]
    signed = signed_by(connection, units_asked(connection, asked), [*names, week], asked.as_of)
    found: list[Row] = []
    for unit in sorted({*units, *(unit for unit, _ in signed)}):
        at, actor = signed.get((unit, week), (None, None))
        unsigned = [name for name in names if (unit, name) not in signed]
        counts = {"signed": len(names) - len(unsigned), "days": len(names), "unsigned": unsigned}
        found.append({"unit": unit, **counts, **_who(at, actor)})
    return found


def _begun(asked: Asked) -> list[date]:
    """Days of the period up to the time of the report."""
    return _until(asked.period, asked.as_of.astimezone(asked.period.zone).date())


def _until(period: Period, last: date) -> list[date]:
    return [day for day in period.days if day <= last]


def _who(at: Any, actor: str | None) -> dict[str, Any]:
    return {"at": None if at is None else at.isoformat(), "actor": None if actor is None else person(actor)}


def person(actor: str) -> str:
    """`account:wang` as people say it."""
    return actor.partition(":")[2] or actor
