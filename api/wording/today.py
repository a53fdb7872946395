"""Words of 今日自查."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "today.all": ("全部 {count} 项", "All {count}"),
        "today.all.units": ("全部单位", "Every unit"),
        "today.change": ("较昨日 {change}", "{change} since yesterday"),
        "today.choose": ("查看", "Show"),
        "today.day": ("{month}月{day}日 {weekday}", "{weekday} {day}/{month}"),
        "today.definition": ("算法说明", "how it is counted"),
        "today.due": ("今日到期 {count}", "{count} due today"),
        "today.first.day": ("昨日尚无扫描", "no scan yesterday"),
        "today.fresh": ("{store} 数据完整至 {at}", "{store} complete to {at}"),
        "today.hours": ("约 {hours} 小时", "about {hours} h"),
        "today.days": ("{days} 天", "{days} days"),
        "today.minutes": ("不足 1 小时", "less than an hour"),
        "today.items": ("{count} 项待核实", "{count} open"),
        "today.none": ("无", "none"),
        "today.nothing": ("没有待核实的问题。", "No finding is open."),
        "today.overdue": ("已过时限 {count}", "{count} past due"),
        "today.pending": ("待判定", "Pending"),
        "today.pending.until": ("最早 {at} 到期", "first decided {at}"),
        "today.rate": ("本周合规率", "This week's rate"),
        "today.rate.none": ("本周尚无可统计的活动。", "Nothing to count this week yet."),
        "today.rate.of": ("应统计 {count}", "of {count}"),
        "today.rate.unknown": ("（无法判定 {share}）", "(cannot be decided: {share})"),
        "today.recover": ("尚可补救", "Can still be recovered"),
        "today.recover.hint": (
            "录像可能仍在设备或采集站上，按剩余时间排序。",
            "Footage may still be on the camera or the station; soonest lost first.",
        ),
        "today.recover.none": ("没有即将丢失的记录。", "Nothing is about to be lost."),
        "today.same": ("与昨日持平", "as yesterday"),
        "today.stores.none": ("本单位没有自己的存储。", "The unit has no store of its own."),
        "today.unknown": ("无法判定", "Cannot be decided"),
        "today.within": ("今日内", "today"),
        "today.work": ("需要处理", "To be dealt with"),
        "weekday.0": ("星期一", "Mon"),
        "weekday.1": ("星期二", "Tue"),
        "weekday.2": ("星期三", "Wed"),
        "weekday.3": ("星期四", "Thu"),
        "weekday.4": ("星期五", "Fri"),
        "weekday.5": ("星期六", "Sat"),
        "weekday.6": ("星期日", "Sun"),
    }
)
