"""Interrogation-room sessions (讯问 询问 辨认 财物清点) and their declared breaks."""

import re
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from domain.activity import InterrogationSession, Interruption
from domain.timespan import Span
from domain.wording import say
from indexer.feeds.badges import badges, listed
from indexer.feeds.cells import shown
from indexer.feeds.draft import Draft, about
from indexer.feeds.placing import ordered_times, placed_times
from indexer.feeds.times import Unstated, read_time

MOST_PARTS = 12  # slashes in one break: two dates written with slashes need four, a reason may hold some

_DASHED = re.compile(
    r"(\d{1,2}[:：]\d\d(?:[:：]\d\d)?)\s*(?:[-~—–～]|至|到)\s*(\d{1,2}[:：]\d\d(?:[:：]\d\d)?)\s*[,，]?(.*)"
)


def build_session(draft: Draft) -> InterrogationSession:
    """Raises Rejected without a number; a session without a start is kept, but nothing can be required of it."""
    number = draft.key("number")
    times = placed_times(draft, ("started_at", "signed_at"), anchor="date")
    times = ordered_times(draft, times, ("started_at", "signed_at"))
    if times["started_at"] is None:
        draft.remark(say("没有开始时间：无法确定该次活动的时段", "no start: the session cannot be placed"))
    return InterrogationSession(
        number=number,
        case_number=draft.code("case_number"),
        category=draft.text("kind"),
        unit=draft.code("unit"),
        room=draft.code("room"),
        person_code=draft.code("person_code"),
        officers=badges(draft, "officers"),
        started_at=times["started_at"],
        signed_at=times["signed_at"],
        interruptions=_interruptions(draft, times["started_at"]),
        channels=listed(draft, "channels"),
    )


def _interruptions(draft: Draft, start: datetime | None) -> tuple[Interruption, ...]:
    """`start/end/reason`, several separated by `|`; bare times of day follow the session's start."""
    text = draft.text("interruptions")
    if text is None:
        return ()
    found = [_interruption(draft, part.strip(), start) for part in re.split(r"[|｜\n]+", text) if part.strip()]
    return tuple(interruption for interruption in found if interruption is not None)


def _interruption(draft: Draft, text: str, start: datetime | None) -> Interruption | None:
    parts = _parts(text)
    if parts is None:
        got = shown(text)
        draft.correct(
            about(
                "interruptions",
                f"应为 开始/结束/原因，实为 {got}；略去",
                f"expected start/end/reason, got {got}; left out",
            )
        )
        return None
    begin, end, reason = parts
    day = None if start is None else start.astimezone(draft.zone).replace(tzinfo=None)
    inner = replace(draft, cells={"session": day, "from": begin, "to": end}, notes=[], corrected=False)
    times = placed_times(inner, ("session", "from", "to"))
    if times["from"] is None or times["to"] is None or times["to"] < times["from"]:
        got = shown(text)
        draft.correct(
            about(
                "interruptions",
                f"应有开始及更晚的结束，实为 {got}；略去",
                f"expected a start and a later end, got {got}; left out",
            )
        )
        return None
    return Interruption(Span(times["from"], times["to"]), reason)


def _parts(text: str) -> tuple[str, str, str] | None:
    """Start, end, reason. Dates may themselves be written with slashes, so the first division that reads wins."""
    if dashed := _DASHED.fullmatch(text):
        return dashed[1], dashed[2], dashed[3].strip(" ()（）")
    pieces = text.split("/")[:MOST_PARTS]
    for middle, last in combinations(range(1, len(pieces) + 1), 2):
        begin, end = "/".join(pieces[:middle]), "/".join(pieces[middle:last])
        if not isinstance(read_time(begin), Unstated) and not isinstance(read_time(end), Unstated):
            return begin, end, "/".join(text.split("/")[last:]).strip()
    return None
