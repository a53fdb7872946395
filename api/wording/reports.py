"""Words of the reports page."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "reports": ("报表", "Reports"),
        "reports.sub": (
            "按期间和单位生成，注明截至时刻与所据扫描；归档后可随时重做，校验值不变。",
            "Made of a period and units, as of a time. A filed one can be made again at any time with the same digest.",
        ),
        "reports.actor": ("归档人", "Filed by"),
        "reports.after": ("之后", "After"),
        "reports.again": ("按同样条件重做", "Make it again"),
        "reports.again.other": (
            "重做结果与归档不同（校验值 {digest}）",
            "made again it is another one (digest {digest})",
        ),
        "reports.again.same": ("按同样条件重做，校验值相同 ✓", "Made again, it has the same digest ✓"),
        "reports.as_of": ("截至（留空为现在）", "As of (empty: now)"),
        "reports.as_of.short": ("截至", "As of"),
        "reports.before": ("之前", "Before"),
        "reports.change": ("变化", "Change"),
        "reports.change.added": ("新增", "new"),
        "reports.change.changed": ("变更", "changed"),
        "reports.change.removed": ("移出", "gone"),
        "reports.changes.none": ("明细没有变化。", "No row changed."),
        "reports.compare": ("比较", "Compare"),
        "reports.compare.title": ("比较两份归档", "Two filed runs compared"),
        "reports.compare.with": ("与另一份归档比较", "Compare with another run"),
        "reports.digest": ("校验值", "Digest"),
        "reports.download": ("下载", "Download"),
        "reports.empty": ("该条件下没有内容。", "There is nothing under these conditions."),
        "reports.field": ("项目", "Figure"),
        "reports.file": ("归档此报表", "File this report"),
        "reports.filed": ("已归档", "Filed"),
        "reports.filed.none": ("尚无归档。", "Nothing is filed yet."),
        "reports.filed.at": ("归档时间", "Filed at"),
        "reports.first": ("前 {shown} 行，共 {count} 行", "first {shown} of {count} rows"),
        "reports.item": ("对象", "Row"),
        "reports.more.changes": ("仅列出前 {count} 项变化。", "Only the first {count} changes are listed."),
        "reports.name": ("报表", "Report"),
        "reports.one.csv": ("此表 CSV", "this table as CSV"),
        "reports.period": ("期间", "Period"),
        "reports.rows": ("明细", "Rows"),
        "reports.rules.changed": (
            "两份归档所用规则或限值不同，变化可能由此而来。",
            "The two runs were judged by different rules or limits: changes may come from that.",
        ),
        "reports.run": ("归档 {number}", "Run {number}"),
        "reports.scan": ("所据扫描", "Scan"),
        "reports.show": ("查看", "Show"),
        "reports.totals": ("合计", "Totals"),
        "reports.totals.none": ("合计没有变化。", "No total changed."),
        "reports.unchanged": ("{count} 行未变", "{count} rows unchanged"),
        "reports.units.all": ("全部可见单位", "all units that you see"),
        "reports.why": ("原因", "Why"),
    }
)
