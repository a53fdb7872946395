"""算法说明: what each figure of the overview is counted of, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType

DEFINITIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "known": (
            "所选日期内各来源登记的警情与讯问场次;日期按登记时间(到达,否则派警,否则接警)的本地日期。",
            "Incidents and sessions on record in the chosen days; the day is the local one of arrival, "
            "else dispatch, else receipt.",
        ),
        "in_scope": (
            "其中不属于免记录类别或状态的。",
            "Of these, those not of a category or status that needs no recording.",
        ),
        "due": (
            "其中已过等待期、可以判定的。",
            "Of these, those past the time of waiting for footage, so that they can be judged.",
        ),
        "looked": (
            "其中已查到结论,或虽无结论但已找到记录的;未能完整扫描存储而无法判定的不计入。",
            "Of these, those with a verdict, or with footage found; not those left open because a store was not "
            "scanned whole.",
        ),
        "linked": ("其中至少关联到一个片段的。", "Of these, those with at least one linked clip."),
        "covered": (
            "其中能够判定,且没有“缺失”或“不完整”问题的。",
            "Of these, those that could be decided and have no finding of the kinds missing or incomplete.",
        ),
        "standard": ("其中没有任何问题的。", "Of these, those without any finding."),
        "reviewed": (
            "应判定的活动中,没有待处理问题的(无问题,或问题均已说明、确认或排除)。",
            "Of those due, the ones without an open question: no finding, or every finding explained, confirmed or "
            "dismissed.",
        ),
        "compliant": ("总体判定为合规。", "Verdict: compliant."),
        "noncompliant": ("总体判定为不合规。", "Verdict: noncompliant."),
        "unknown": (
            "时钟、来源或存储不足以支持判定。",
            "Clock, feed or store cannot support a verdict.",
        ),
        "pending": ("仍在等待记录上传。", "Still waiting for footage to arrive."),
        "notapplicable": ("无需记录。", "Needs no recording."),
        "unjudged": ("尚未评定。", "Not judged yet."),
        "covered_rate": (
            "有记录且无缺失、无不完整的活动 ÷(应判定的活动 − 未知)。",
            "Covered activities / (due activities - unknown).",
        ),
        "covered_time": (
            "应判定活动的已记录时长 ÷ 应记录时长(各民警合并)。",
            "Time on record / required time of due activities, all officers together.",
        ),
        "standard_rate": ("没有任何问题的活动 ÷ 有完整记录的活动。", "Standard activities / covered activities."),
        "reviewed_rate": (
            "没有待处理问题的活动 ÷ 应判定的活动。",
            "Activities without open question / due.",
        ),
        "repeated": (
            "同一单位在所选日期内至少两周出现同一规则的问题。",
            "The same rule found in the same unit in at least two weeks of the chosen days.",
        ),
    }
)
