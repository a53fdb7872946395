"""Units, officers, devices, who was issued which device (领用), written explanations, and a station's own file list."""

import re

from domain.activity import Explanation
from domain.clip import Assignment, Device, IndexEntry, StoreKind
from domain.people import Officer, Unit
from domain.timespan import Span
from domain.vocabulary import STORE_KINDS
from indexer.feeds.badges import badge
from indexer.feeds.cells import shown
from indexer.feeds.draft import Draft, Rejected, about
from indexer.feeds.placing import end_time, ordered_times, placed_time, placed_times, required_time

_INTERROGATION = ("interrogation", "讯问", "询问", "讯询问", "审讯", "房间", "室")
_RECORDER = ("recorder", "执法记录仪", "记录仪", "bwc", "body", "单警", "执法仪")
_HEX = re.compile(r"[0-9a-f]{32,128}")
_LEADING = re.compile(r"^(?:\./+|/+)+")


def build_unit(draft: Draft) -> Unit:
    """Raises Rejected without a code."""
    code = draft.key("code")
    parent = draft.code("parent")
    return Unit(code, draft.text("name"), None if parent == code else parent)


def build_officer(draft: Draft) -> Officer:
    """Raises Rejected without a badge number."""
    draft.key("badge")
    return Officer(_required_badge(draft, "badge"), draft.text("name"), draft.code("unit"))


def build_device(draft: Draft) -> Device:
    """Raises Rejected without a serial number."""
    return Device(
        serial=draft.key("serial"),
        model=draft.text("model"),
        kind=_device_kind(draft),
        unit=draft.code("unit"),
        room=draft.code("room"),
        channel=draft.text("channel"),
    )


def _device_kind(draft: Draft) -> StoreKind:
    """Camera or room; where the register does not say, a device with a room belongs to the room."""
    text = draft.text("kind")
    guess = StoreKind.INTERROGATION if draft.text("room") else StoreKind.RECORDER
    if text is None:
        return guess
    if any(word in text.casefold() for word in _RECORDER):
        return StoreKind.RECORDER
    if any(word in text.casefold() for word in _INTERROGATION):
        return StoreKind.INTERROGATION
    draft.correct(
        about(
            "kind",
            f"应为 recorder（执法记录仪）或 interrogation（讯问室），实为 {shown(text)}；按{STORE_KINDS[guess][0]}处理",
            f"expected recorder (执法记录仪) or interrogation (讯问室), got {shown(text)}; taken as {guess}",
        )
    )
    return guess


def build_assignment(draft: Draft) -> Assignment:
    """Raises Rejected without device, officer or start, and when it ends before it starts: guessing would put a
    camera on the wrong officer."""
    device, officer = draft.key("device"), _required_badge(draft, "officer")
    start = required_time(draft, "from", whole_days=True)
    end = end_time(draft, "to", start)
    if end is not None and end < start:
        begun, got = draft.cells.get("from"), shown(draft.cells.get("to"))
        raise Rejected("to", f"应晚于 {begun}，实为 {got}", f"expected a time after {begun}, got {got}")
    return Assignment(device, officer, start, end)


def _required_badge(draft: Draft, name: str) -> str:
    number = badge(draft, name)
    if number is None:
        got = shown(draft.cells.get(name))
        raise Rejected(name, f"应为警号，实为 {got}", f"expected a badge number, got {got}")
    return number


def build_explanation(draft: Draft) -> Explanation:
    """Raises Rejected without an activity or any words."""
    activity = draft.key("activity")
    reason, note = draft.text("reason"), draft.text("note")
    if reason is None and note is None:
        got = shown(draft.cells.get("reason"))
        raise Rejected("reason", f"应有文字，实为 {got}", f"expected words, got {got}")
    return Explanation(
        activity=activity,
        officer=badge(draft, "officer"),
        span=_explained_span(draft),
        reason=reason or note or "",
        note=note,
        approved_by=draft.text("approved_by"),
    )


def _explained_span(draft: Draft) -> Span | None:
    """The stretch it explains; None means the whole activity, so half a stretch is noted."""
    start = placed_time(draft, "from", whole_days=True)
    end = end_time(draft, "to", start)
    if start is not None and end is not None and start <= end:
        return Span(start, end)
    if start is not None or end is not None:
        begin, over = shown(draft.cells.get("from")), shown(draft.cells.get("to"))
        draft.correct(
            about(
                "from",
                f"应有开始及更晚的结束，实为 {begin} 至 {over}；视为说明整个活动",
                f"expected a start and a later end, got {begin} to {over}; taken for the whole activity",
            )
        )
    return None


def build_index_entry(draft: Draft) -> IndexEntry:
    """Raises Rejected without a path."""
    times = placed_times(draft, ("started_at", "ended_at", "imported_at"))
    times = ordered_times(draft, times, ("started_at", "ended_at"))  # an import before the end is evidence of a clock
    return IndexEntry(
        path=_path(draft),
        device=draft.code("device"),
        officer=badge(draft, "officer"),
        started_at=times["started_at"],
        ended_at=times["ended_at"],
        imported_at=times["imported_at"],
        digest=_digest(draft),
        sequence=draft.whole("sequence"),
    )


def _path(draft: Draft) -> str:
    """`/`-separated and relative, whatever system the station runs on."""
    text = draft.text("path")
    path = "" if text is None else _LEADING.sub("", text.replace("\\", "/"))
    if not path:
        got = shown(draft.cells.get("path"))
        raise Rejected("path", f"应为文件路径，实为 {got}", f"expected a file's path, got {got}")
    return path


def _digest(draft: Draft) -> str | None:
    """Lower-case hex; the name of the algorithm before a colon is left off, its length tells it."""
    text = draft.code("digest")
    if text is None:
        return None
    digest = text.casefold().rpartition(":")[2]
    if _HEX.fullmatch(digest):
        return digest
    draft.correct(
        about(
            "digest",
            f"应为 32 至 128 位十六进制数字，实为 {shown(text)}；留空",
            f"expected 32 to 128 hexadecimal digits, got {shown(text)}; left empty",
        )
    )
    return None
