"""Words of the lists of incidents and of sessions."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "activities.category": ("类别", "Category"),
        "activities.flags": ("问题", "Findings"),
        "activities.kind": ("活动", "Activity"),
        "activities.no.flags": ("无", "none"),
        "activities.no.time": ("时间不明", "no time known"),
        "activities.none": ("数据源尚未送来数据", "No feed has delivered any"),
        "activities.none.filtered": ("没有符合筛选条件的记录", "Nothing matches these filters"),
        "activities.none.hint": (
            "数据源读入后会列在这里；请检查数据源的配置与导入结果。",
            "They appear here once a feed is read: check the feeds and what became of their rows.",
        ),
        "activities.not.judged": ("尚未评定", "not judged yet"),
        "activities.number": ("编号", "Number"),
        "activities.only": ("仅显示编号 {number}", "Only number {number}"),
        "activities.result": ("结论", "Result"),
        "activities.sub.incidents": (
            "110 警情与应有的执法记录，未筛选时按编号倒序。记录完整率按所有到场民警合并计算。",
            "110 incidents and the footage they require, the latest first. Coverage is of all officers together.",
        ),
        "activities.sub.sessions": (
            "讯问、询问等场次与各通道的同步录音录像，未筛选时按编号倒序。",
            "Interrogation sessions and the recording of their channels, the latest first.",
        ),
        "activities.unusable": (
            "以下筛选条件无法使用，未列出任何记录：",
            "These filters cannot be used, so nothing is listed:",
        ),
        "activities.when": ("时间", "Time"),
    }
)
