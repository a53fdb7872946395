"""Words of 统计."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "overview.all": ("全部单位", "Every unit"),
        "overview.by": ("趋势", "Trend by"),
        "overview.by.day": ("按日", "day"),
        "overview.by.month": ("按月", "month"),
        "overview.by.week": ("按周", "week"),
        "overview.column": (
            "应判定 {due}，记录完整 {covered}，无法判定 {unknown}",
            "{due} due, {covered} on record, {unknown} cannot be decided",
        ),
        "overview.column.none": ("没有应判定的活动", "nothing was due"),
        "overview.definitions": ("算法说明", "How the figures are counted"),
        "overview.how": ("算法", "how it is counted"),
        "overview.no.unit": ("（未登记单位）", "(no unit)"),
        "overview.none": ("所选时段没有登记的活动", "Nothing is on record in these days"),
        "overview.none.hint": ("请放宽日期或单位。", "Widen the days, or choose another unit."),
        "overview.number": ("数量", "Number"),
        "overview.of": ("共 {of} 起", "of {of}"),
        "overview.of.time": ("应记录 {of}", "of {of} required"),
        "overview.open": ("待核实 {open}", "{open} open"),
        "overview.ranking": ("各单位", "Units"),
        "overview.ranking.sub": ("完整率低者在前", "least on record first"),
        "overview.rate.covered_rate": ("记录完整率", "On record"),
        "overview.rate.covered_time": ("时长覆盖率", "Time on record"),
        "overview.rate.reviewed_rate": ("核查完成率", "Decided"),
        "overview.rate.standard_rate": ("记录规范率", "Standard"),
        "overview.repeated": ("反复出现的问题", "Repeated problems"),
        "overview.repeated.none": ("无", "none"),
        "overview.results": ("结论分布", "By result"),
        "overview.rules": ("各规则的问题数", "Findings by rule"),
        "overview.rules.none": ("没有规则提出问题。", "No rule asks anything."),
        "overview.share": ("占比", "Share"),
        "overview.stage": ("环节", "Stage"),
        "overview.stage.covered": ("记录完整", "on record"),
        "overview.stage.due": ("应判定", "due"),
        "overview.stage.in_scope": ("应记录", "in scope"),
        "overview.stage.known": ("登记活动", "known"),
        "overview.stage.linked": ("已关联", "linked"),
        "overview.stage.looked": ("已查找", "looked for"),
        "overview.stage.reviewed": ("已核查", "decided"),
        "overview.stage.standard": ("记录规范", "standard"),
        "overview.trend": ("趋势", "Trend"),
        "overview.trend.title": (
            "应判定活动中记录完整与无法判定的比例",
            "On record and undecided among those due",
        ),
        "overview.unjudged": ("尚未评定", "Not judged yet"),
        "overview.unknown": ("无法判定 {share}", "{share} cannot be decided"),
        "overview.unusable": ("以下条件无法使用，已按默认显示：", "These cannot be used; the usual ones are shown:"),
        "overview.waterfall": ("从登记到核查", "From known to decided"),
        "overview.waterfall.sub": (
            "每一步的数量与占上一步的比例；已核查按应判定计算",
            "each stage, and its share of the one before; decided: of those due",
        ),
        "overview.weeks": ("{weeks} 周共 {found} 项", "{found} in {weeks} weeks"),
    }
)
