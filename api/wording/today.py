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
        "today.sign": ("日清", "The day's sign-off"),
        "today.sign.before": ("此前未签收", "Days before, not signed"),
        "today.sign.button": ("签收本日自查", "Sign this day"),
        "today.sign.done": ("{who} 已于 {at} 签收", "signed by {who} at {at}"),
        "today.sign.late": ("补签", "Sign it now"),
        "today.sign.note": ("备注（可不填）", "Note (optional)"),
        "today.sign.open": (
            "还有 {count} 项须处理或说明后方可签收：",
            "{count} findings have to be decided or explained first:",
        ),
        "today.sign.ready": (
            "本日 {findings} 项均已处理：已说明 {explained}，已核实 {decided}，已消除 {resolved}。",
            "All {findings} of this day are dealt with: {explained} explained, {decided} decided, {resolved} resolved.",
        ),
        "today.stores.none": ("本单位没有自己的存储。", "The unit has no store of its own."),
        "today.unknown": ("无法判定", "Cannot be decided"),
        "today.week": ("周结 {week}", "Close of week {week}"),
        "today.week.button": ("完成周结", "Close the week"),
        "today.week.lacks": (
            "未处理 {open}，待领导审核 {waiting}，未日清 {days} 天，超时限 {late}。",
            "Open: {open}; waiting for a supervisor: {waiting}; days not signed: {days}; late: {late}.",
        ),
        "today.week.late": (
            "本周超时限 {count} 项，将记入周结。",
            "{count} were late this week, which is kept.",
        ),
        "today.week.running": ("本周尚未结束。", "The week has not ended."),
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
