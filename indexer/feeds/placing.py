"""The times of one row, placed on the wall clock together: a time without a date takes it from its neighbours.

Stages come in the order in which they happen, so 23:50 followed by 00:12 has passed midnight.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import combinations, pairwise

from domain.wording import halves
from indexer.feeds.cells import shown
from indexer.feeds.draft import Draft, Rejected, about
from indexer.feeds.time_text import DAY
from indexer.feeds.times import Stated, Unstated, read_time, to_utc

BACKWARDS = timedelta(hours=1)  # a bare time this little before its predecessor is a slip, not the next day
RESOLUTION = timedelta(seconds=60)  # times given to the minute may seem to run backwards by less than this

Times = dict[str, datetime | None]


def placed_times(draft: Draft, names: Sequence[str], anchor: str | None = None) -> Times:
    """UTC times of the fields `names`, which are in the order of events. `anchor` names a field that holds the day."""
    stated = {name: read_time(draft.cells.get(name)) for name in names}
    previous = _day_of(draft, anchor) or _from_later(stated, draft)
    placed: Times = {}
    after: datetime | None = None
    for name, said in stated.items():
        moment = _moment(draft, name, said, previous)
        placed[name] = _on_the_clock(draft, name, moment, after)
        if moment is not None:
            previous, after = _local(moment, draft), placed[name]
        elif isinstance(said, date) and not isinstance(said, datetime):
            previous = datetime.combine(said, time())
    return placed


def placed_time(draft: Draft, name: str, whole_days: bool = False) -> datetime | None:
    """One time that stands alone. With `whole_days` a day without a time means its first moment."""
    said = read_time(draft.cells.get(name))
    if whole_days and isinstance(said, date) and not isinstance(said, datetime):
        said = datetime.combine(said, time())
    return _on_the_clock(draft, name, _moment(draft, name, said, None), None)


def required_time(draft: Draft, name: str, whole_days: bool = False) -> datetime:
    """A time without which the row means nothing. Raises Rejected."""
    moment = placed_time(draft, name, whole_days)
    if moment is None:
        got = shown(draft.cells.get(name))
        raise Rejected(name, f"应为时间，实为 {got}", f"expected a time, got {got}")
    return moment


def end_time(draft: Draft, name: str, start: datetime | None) -> datetime | None:
    """The end of a period: a bare time of day follows `start`; a day without a time lasts to its end."""
    said = read_time(draft.cells.get(name))
    if isinstance(said, date) and not isinstance(said, datetime):
        draft.correct(
            about(
                name,
                f"{said} 没有时分，按当日结束处理",
                f"{said} has no time of day, taken as the end of that day",
            )
        )
        said = datetime.combine(said, time()) + DAY
    previous = None if start is None else start.astimezone(draft.zone).replace(tzinfo=None)
    end = _on_the_clock(draft, name, _moment(draft, name, said, previous), start)
    if end is not None and end == start and previous is not None and previous.time() == time():
        day = f"{previous:%Y-%m-%d}"
        draft.correct(
            about(name, f"{day} 至同一零时，按全天处理", f"{day} to the same midnight, taken as the whole day")
        )
        return end + DAY
    return end


def _day_of(draft: Draft, anchor: str | None) -> datetime | None:
    said = Unstated.EMPTY if anchor is None else read_time(draft.cells.get(anchor))
    if not isinstance(said, date):
        return None
    return datetime.combine(said, time())  # of a datetime, too, only the day counts


def _from_later(stated: dict[str, Stated], draft: Draft) -> datetime | None:
    """Where to begin when the first time has no date but a later one does: at most a day before that one."""
    said = list(stated.values())
    dated = next((index for index, moment in enumerate(said) if isinstance(moment, date)), None)
    bare = next((moment for moment in said[:dated] if isinstance(moment, time)), None)
    if dated is None or bare is None:
        return None
    later = said[dated]
    if not isinstance(later, datetime):
        return datetime.combine(later, time()) if isinstance(later, date) else None
    local = _local(later, draft)
    start = datetime.combine(local.date(), time())
    return start if datetime.combine(local.date(), bare) <= local + BACKWARDS else start - DAY


def _moment(draft: Draft, name: str, said: Stated, previous: datetime | None) -> datetime | None:
    """The instant that was meant (local or aware), with notes where it was not written in full."""
    if isinstance(said, datetime):
        return said
    raw = shown(draft.cells.get(name))
    if isinstance(said, time):
        return _with_date(draft, name, said, previous)
    if isinstance(said, date):
        draft.correct(
            about(name, f"应有时分，只有日期 {raw}；留空", f"expected a time of day, got only a day {raw}; left empty")
        )
    elif said is Unstated.PLACEHOLDER:
        draft.correct(about(name, f"{raw} 不表示时间；留空", f"{raw} stands for no time; left empty"))
    elif said is Unstated.UNREADABLE:
        draft.correct(about(name, f"应为时间，实为 {raw}；留空", f"expected a time, got {raw}; left empty"))
    return None


def _with_date(draft: Draft, name: str, bare: time, previous: datetime | None) -> datetime | None:
    if previous is None:
        draft.correct(
            about(
                name,
                f"{bare} 没有日期，该行其他时间也无法推出；留空",
                f"{bare} has no date, and no other time of the row gives one; left empty",
            )
        )
        return None
    moment = datetime.combine(previous.date(), bare)
    if moment + BACKWARDS < previous:
        day = moment.date() + DAY
        draft.correct(about(name, f"{bare} 按次日 {day} 处理", f"{bare} taken as the next day, {day}"))
        return moment + DAY
    day = moment.date()
    draft.correct(about(name, f"{bare} 没有日期，按 {day} 处理", f"{bare} has no date, taken as {day}"))
    return moment


def _on_the_clock(draft: Draft, name: str, moment: datetime | None, after: datetime | None) -> datetime | None:
    if moment is None:
        return None
    instant, assumed = to_utc(moment, draft.zone, after)
    if assumed:
        draft.correct(about(name, *halves(assumed)))
    return instant


def _local(moment: datetime, draft: Draft) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(draft.zone).replace(tzinfo=None)


def ordered_times(draft: Draft, times: Times, names: Sequence[str]) -> Times:
    """The same times without those that break the order of `names`: as few as possible, the later stage first."""
    known = [(name, moment) for name in names if (moment := times[name]) is not None]
    if all(a <= b for (_, a), (_, b) in pairwise(known)):
        return times
    kept = _longest_in_order(known)
    dropped = {name: None for name, _ in known if name not in kept}
    for name in dropped:
        others = ", ".join(f"{other} {moment:%Y-%m-%d %H:%M:%S}Z" for other, moment in known if other in kept)
        at = f"{times[name]:%Y-%m-%d %H:%M:%S}Z"
        draft.correct(
            about(name, f"{at} 与 {others} 的先后不符；留空", f"{at} is out of order with {others}; left empty")
        )
    return times | dropped


def _longest_in_order(known: list[tuple[str, datetime]]) -> set[str]:
    """Names of the longest run in order; of equal ones that which keeps the earlier stages."""
    for size in range(len(known), 0, -1):
        for some in combinations(known, size):
            if all(a <= b + RESOLUTION for (_, a), (_, b) in combinations(some, 2)):
                return {name for name, _ in some}
    return set()
