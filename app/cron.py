"""Crontab lines → APScheduler triggers that mean what crontab(5) says.

APScheduler 3 counts weekdays from Monday and wants day and weekday both to match; cron counts from Sunday (0 and 7)
and, when both are given, fires when either matches.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}


def cron_trigger(line: str, zone: ZoneInfo) -> BaseTrigger:
    """The trigger of a crontab line in a time zone. Raises ValueError saying what is expected."""
    fields = NICKNAMES.get(line.strip(), line).split()
    if len(fields) != 5:
        raise ValueError(f'expected five cron fields such as "*/15 * * * *", got {len(fields)} in "{line}"')
    minute, hour, day, month, weekday = fields
    days = weekdays(weekday)
    both = not day.startswith("*") and not weekday.startswith("*")
    kinds = [(day, "*"), ("*", days)] if both else [(day, days)]
    triggers = [
        CronTrigger(minute=minute, hour=hour, day=d, month=month, day_of_week=w, timezone=zone) for d, w in kinds
    ]
    trigger = triggers[0] if len(triggers) == 1 else OrTrigger(triggers)
    if trigger.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=zone)) is None:
        raise ValueError(f'expected a time that comes, got "{line}", which never does')
    return trigger


def weekdays(field: str) -> str:
    """Cron's weekday field as a list of names; `*` stays. Raises ValueError."""
    if field == "*":
        return field
    chosen: set[int] = set()
    for part in field.lower().split(","):
        chosen |= _part(part)
    return ",".join(WEEKDAYS[day] for day in sorted(chosen))


def _part(part: str) -> set[int]:
    span, _, step = part.partition("/")
    low, _, high = span.partition("-")
    if span == "*":
        first, last = 0, 6
    else:
        first = _weekday(low)
        last = _weekday(high) if high else 6 if step else first
    if last < first or (step and (not step.isdecimal() or int(step) == 0)):
        raise ValueError(f'expected a weekday field such as 1-5, got "{part}"')
    return {day % 7 for day in range(first, last + 1, int(step or 1))}


def _weekday(word: str) -> int:
    if word in WEEKDAYS:
        return WEEKDAYS.index(word)
    if word.isdecimal() and int(word) <= 7:
        return int(word)
    raise ValueError(f'expected a weekday 0-7 or sun-sat, got "{word}"')
