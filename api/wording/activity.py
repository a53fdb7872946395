"""Words of the page of one incident or session: its head, the time line, links by hand, history."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "activity.coverage.all": ("记录完整率（合计）", "Coverage, all together"),
        "activity.early": ("末尾 {length}未见记录", "the last {length} not on record"),
        "activity.gap": ("中断 {length}", "a gap of {length}"),
        "activity.gaps": ("中断 {count} 处、共 {length}", "{count} gaps of {length} in all"),
        "activity.key.open": ("打开该时刻的画面", "open the clip there"),
        "activity.key.step": ("逐段", "step"),
        "activity.key.zoom": ("缩放", "zoom"),
        "activity.late": ("开头 {length}未见记录", "the first {length} not on record"),
        "activity.no.ratio": ("没有可计算的时段", "no window to measure"),
        "activity.no.window": (
            "缺少可用的时间，应记录时段不明。",
            "No time is known to begin from, so the required window is not known.",
        ),
        "activity.nothing": ("未找到记录", "no recording was found"),
        "activity.print": ("打印本页", "Print this page"),
        "activity.required": ("应记录 {length}", "required {length}"),
        "activity.standing": ("各民警 / 通道的情况", "How each officer or channel stands"),
        "activity.unmeasured": ("尚未评定", "not judged yet"),
        "activity.whole": ("全程有记录", "on record throughout"),
        "activity.zoom.in": ("放大", "Zoom in"),
        "activity.zoom.out": ("缩小", "Zoom out"),
        "activity.zoom.whole": ("全部", "Whole"),
        "colon": ("：", ": "),
        "comma.clause": ("，", ", "),
    }
)
