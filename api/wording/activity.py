"""Words of the page of one incident or session: its head, the time line, links by hand, history."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.vocabulary import CHANGES

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
        "byhand": ("人工关联", "Linked by hand"),
        "byhand.apart": ("相距 {length}", "{length} apart"),
        "byhand.elsewhere": ("已关联 {numbers}", "linked to {numbers}"),
        "byhand.for": ("依据", "What speaks for it"),
        "byhand.hint": (
            "按可能性排序：程序提出的候选在前，其后是同单位或同民警前后 2 小时内的片段。自下一次扫描起计入。",
            "Likeliest first: what the program proposes, then clips of the unit or officers within two hours. "
            "Links count from the next scan.",
        ),
        "byhand.link": ("关联", "Link"),
        "byhand.made": ("{who} 于 {at} 人工关联", "linked by hand by {who} at {at}"),
        "byhand.nobody": ("不指定民警", "nobody in particular"),
        "byhand.none": ("附近没有可关联的片段。", "No clip near it could be linked."),
        "byhand.note": ("为什么不属于此活动", "Why it does not belong here"),
        "byhand.overlap": ("重叠 {length}", "{length} overlap"),
        "byhand.refused": ("{who} 于 {at} 取消关联", "taken apart by {who} at {at}"),
        "byhand.same.officer": ("到场民警本人", "an officer of the call"),
        "byhand.same.unit": ("同单位", "same unit"),
        "byhand.status.proposed": ("程序提出，待人确认", "proposed, for a person to decide"),
        "byhand.status.rejected": ("程序未采纳", "not taken by the program"),
        "byhand.suggested": ("可关联的片段（{count}）", "Clips that could be linked ({count})"),
        "byhand.unlink": ("取消关联", "Unlink"),
        "byhand.unlink.some": ("取消已有关联（{count}）", "Take linked clips apart ({count})"),
        "byhand.waits": ("自下一次扫描起计入", "counts from the next scan"),
        "byhand.why": ("取消关联（须写明理由）", "Unlink, and say why"),
        **{f"change.{kind}": word for kind, word in CHANGES.items()},
        "colon": ("：", ": "),
        "comma.clause": ("，", ", "),
        "story": ("历史", "History"),
        "story.because": ("原因：", "because of"),
        "story.changes": ("{count} 项变化", "{count} changes"),
        "story.link": ("人工关联", "linked by hand"),
        "story.none": ("尚无变化。", "Nothing has changed yet."),
        "story.scan": ("第 {number} 次扫描", "Scan {number}"),
        "story.unlink": ("取消关联", "took apart"),
    }
)
