"""灭失台账: files once in a store that were not found any more (XC-2016 art. 13), and which of them came back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from sqlalchemy import Connection

from detectors.limits import Limits
from detectors.retention import months_later
from domain.finding import Result
from domain.vocabulary import RESULTS
from domain.wording import COLON, joined, say
from reports.base import Asked, Column, Form, Report, Row, Total, Word, iso, share
from storage.queries.disappearances import Disappearance, Fate, disappearances
from storage.scans import limits_in_view

FATES: Mapping[str, Word] = {
    Fate.MISSING: ("未再找到", "not found again"),
    Fate.RETURNED: ("已回到原处", "back at its place"),
    Fate.MOVED: ("现在别处", "found at another place"),
}
TIMES: Mapping[str, Word] = {
    "early": ("未满保存期", "before its retention time"),
    "served": ("已满保存期", "retention time served"),
}
COLUMNS = (
    Column("id", ("文件编号", "File"), Form.NUMBER),
    Column("store", ("存储", "Store")),
    Column("path", ("路径", "Path")),
    Column("unit", ("单位", "Unit")),
    Column("device", ("设备", "Device")),
    Column("officer", ("警号", "Badge")),
    Column("recorded_at", ("记录时间", "Recorded"), Form.TIME),
    Column("seen_scan", ("最后见到的扫描", "Last seen by scan"), Form.NUMBER),
    Column("seen_at", ("最后见到", "Last seen"), Form.TIME),
    Column("gone_scan", ("发现消失的扫描", "Gone since scan"), Form.NUMBER),
    Column("gone_at", ("消失自", "Gone since"), Form.TIME),
    Column("age_s", ("消失时距记录", "Age when it went"), Form.LENGTH),
    Column("floor", ("保存期", "Retention"), Form.STATEMENT),
    Column("keep_until", ("应保存至", "To be kept until"), Form.TIME),
    Column("time", ("保存期是否已满", "Retention time"), words=TIMES),
    Column("linked", ("关联活动", "Linked activities"), Form.LIST),
    Column("fate", ("去向", "What became of it"), words=FATES),
    Column("back_at", ("再次见到", "Seen again"), Form.TIME),
    Column("back_as", ("现位于", "Now at")),
    Column("judged", ("判定", "Verdict"), words={one.value: RESULTS[one] for one in Result}),
    Column("bytes", ("字节", "Bytes"), Form.NUMBER),
    Column("scan", ("所据扫描", "Scan"), Form.NUMBER, compared=False),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of the time since when they are gone."""
    limits = Limits.from_mapping(limits_in_view(connection))
    return [_row(one, limits) for one in disappearances(connection, asked.filters())]


def _row(one: Disappearance, limits: Limits) -> Row:
    start, end = one.recorded or (None, None)
    since = end or one.modified_at
    why = _for_ever(one, limits)
    until = months_later(since, limits.retention_months)
    return {
        "id": one.file_id,
        "store": one.place.store,
        "path": one.place.path,
        "unit": one.unit,
        "device": one.device,
        "officer": one.officer,
        "recorded_at": iso(start),
        "seen_scan": one.seen_scan,
        "seen_at": iso(one.seen_at),
        "gone_scan": one.gone_scan,
        "gone_at": iso(one.gone_at),
        "age_s": max((one.gone_at - since).total_seconds(), 0.0),
        "floor": _floor(why, limits.retention_months),
        "keep_until": None if why else iso(until),
        "time": "early" if why or one.gone_at < until else "served",
        "linked": [each.number for each in one.activities],
        "fate": one.fate.value,
        "back_at": iso(one.back_at),
        "back_as": one.back and f"{one.back.store}:{one.back.path}",
        "judged": one.judged,
        "bytes": one.size,
        "scan": one.scan,
    }


def _for_ever(one: Disappearance, limits: Limits) -> str | None:
    reasons = ((linked.number, limits.kept_for_ever(linked.case_number, linked.category)) for linked in one.activities)
    return next((joined((number, why), COLON) for number, why in reasons if why), None)


def _floor(why: str | None, months: int) -> str:
    if why is None:
        return say(f"{months} 个自然月", f"{months} calendar months")
    return joined((say("永久", "for ever"), why), COLON)


def totals(found: Sequence[Row]) -> list[Total]:
    """By what became of them; of those not found again, which went too early."""
    fates = Counter(row["fate"] for row in found)
    lost = [row for row in found if row["fate"] == Fate.MISSING]
    ages = [row["age_s"] for row in lost]
    no_time = sum(row["recorded_at"] is None for row in found)
    return [
        Total("files", ("次消失", "Disappearances"), len(found)),
        *(Total(fate.value, FATES[fate], fates[fate], len(found)) for fate in Fate),
        Total("early", ("未再找到且未满保存期", "Not found again, went early"), _early(lost), len(lost)),
        Total("age", ("未再找到者消失时距记录（中位）", "Age of these (median)"), _middle(ages), None, Form.LENGTH),
        Total("bytes", ("未再找到的字节", "Bytes not found again"), sum(row["bytes"] for row in lost)),
        Total(
            "undated-share",
            ("记录时间未知占比", "Time of recording unknown (share)"),
            share(no_time, len(found)),
            len(found),
            Form.SHARE,
        ),
    ]


def _early(lost: Sequence[Row]) -> int:
    return sum(row["time"] == "early" for row in lost)


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None


DISAPPEARED = Report(
    name="disappeared",
    title=("灭失台账", "Disappearance ledger"),
    about=(
        "期间内扫描发现曾入库而不在原处的文件：最后见到与消失的扫描、当时距记录多久、应保存至何时（自记录结束起，"
        "记录时间未知的自修改时间起；案件证据等永久）、当时关联的活动、是否又见到。一次消失一行；存疑或离线的存储不计。",
        "Files that scans of the period did not find at their place any more: last seen and gone since which scan, how "
        "old they were, until when they had to be kept (from the end of the recording, from modification where no time "
        "is known; evidence of cases and the like for ever), what they were linked to, whether they were seen again. "
        "One row for each time; a store in doubt or out of reach says nothing.",
    ),
    columns=COLUMNS,
    key=("id", "gone_scan"),
    rows=rows,
    totals=totals,
)
