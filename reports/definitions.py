"""算法说明: what figures are counted of, by the key of a column or total; each format prints its own."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from reports.base import Filled, Word

DEFINITIONS: Mapping[str, Word] = MappingProxyType(
    {
        "activities": (
            "期间内各来源登记的警情与讯问场次，按登记时间（到达，否则派警，否则接警）计。",
            "Incidents and sessions on record in the period, by time of arrival, else dispatch, else receipt.",
        ),
        "compliant": ("总体判定为合规。", "Verdict: compliant."),
        "noncompliant": ("总体判定为不合规。", "Verdict: noncompliant."),
        "unknown": (
            "时钟、来源或存储不足以支持判定；不计入合规率的分母，其占比单独列出。",
            "Clock, feed or store cannot support a verdict; not in the denominator of the rate, told as a share.",
        ),
        "pending": ("仍在等待记录上传，尚不能判定。", "Still waiting for footage: not to be judged yet."),
        "notapplicable": ("属于免记录类别或状态。", "Of a category or status that needs no recording."),
        "not-judged": ("尚未评定。", "No scan has judged it yet."),
        "decided": ("合规 + 不合规。", "Compliant + noncompliant."),
        "rate": (
            "合规 ÷（合规 + 不合规）；括号内为分母。",
            "Compliant / (compliant + noncompliant); denominator in brackets.",
        ),
        "unknown-share": (
            "无法判定 ÷（合规 + 不合规 + 无法判定）。",
            "Cannot be decided / (compliant + noncompliant + cannot be decided).",
        ),
        "coverage": (
            "已记录时长 ÷ 应记录时长，各活动合并后计算，不是各活动完整率的平均。",
            "Time on record / required time, of all activities together: not the mean of their shares.",
        ),
        "overdue": (
            "截至时刻已过处理时限而仍待处理。",
            "Past its time and still to be decided, at the time of the report.",
        ),
    }
)


def definitions_of(filled: Iterable[Filled]) -> list[tuple[Word, Word]]:
    """(name, definition) of each figure that the tables show and that is defined, each once, in their order."""
    found: dict[str, tuple[Word, Word]] = {}
    for one in filled:
        named = [(total.key, total.title) for total in one.totals]
        for key, title in (*named, *((column.key, column.title) for column in one.part.columns)):
            known = key.replace("_", "-")
            if known in DEFINITIONS:
                found.setdefault(known, (title, DEFINITIONS[known]))
    return list(found.values())
