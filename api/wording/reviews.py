"""Words of the closed loop: decisions, reasons, deadlines, sign-offs, and the pages of findings."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.review import Decision, Reason
from domain.vocabulary import CHANGE_CAUSES, CHANGES

DECISIONS: Mapping[Decision, tuple[str, str]] = MappingProxyType(
    {
        Decision.EXPLAIN: ("说明", "Explain"),
        Decision.ACCEPT: ("认可", "Accept"),
        Decision.RETURN: ("退回", "Return"),
        Decision.CONFIRM: ("属实", "Confirm"),
        Decision.DISMISS: ("不属实", "Dismiss"),
        Decision.REOPEN: ("重新核查", "Reopen"),
    }
)
REASONS: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.EQUIPMENT: ("设备故障", "Equipment fault"),
        Reason.BATTERY: ("电量或存储用尽", "Battery or storage used up"),
        Reason.NOT_UPLOADED: ("未导入，正在补传", "Not uploaded yet, on its way"),
        Reason.FORGOTTEN: ("未开启或中途关闭", "Not switched on, or switched off on the way"),
        Reason.NOT_REQUIRED: ("依规可不记录", "No recording required by the rules"),
        Reason.PRIVACY: ("涉密或隐私，经批准停录", "Secrecy or privacy, stopped with approval"),
        Reason.SHORT_STAY: ("未实际处置即离开", "Left without dealing with it"),
        Reason.CLOCK: ("时钟或登记时间有误", "Clock or registered time is wrong"),
        Reason.WRONG_ENTRY: ("警情或人员登记有误", "Call or people are registered wrongly"),
        Reason.MATCHED_ELSEWHERE: ("记录在其他设备或文件中", "Recorded by another camera or in another file"),
        Reason.FALSE_ALARM: ("程序判断有误", "The program is mistaken"),
        Reason.OTHER: ("其他（须写明）", "Other (say what)"),
    }
)

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **{f"decision.{decision.value}": word for decision, word in DECISIONS.items()},
        **{f"reason.{reason.value}": word for reason, word in REASONS.items()},
        **{f"change.{change.value}": word for change, word in CHANGES.items()},
        **{f"why.{cause.value}": word for cause, word in CHANGE_CAUSES.items()},
        "decided.explain": ("已说明", "explained"),
        "decided.accept": ("说明已认可", "explanation accepted"),
        "decided.return": ("已退回", "returned"),
        "decided.confirm": ("已认定属实", "confirmed"),
        "decided.dismiss": ("已认定不属实", "dismissed"),
        "decided.reopen": ("已重新核查", "opened again"),
        "due.overdue": ("已过时限", "past due"),
        "due.today": ("今日到期", "due today"),
        "due.week": ("本周到期", "due this week"),
        "sort.due": ("紧急程度", "urgency"),
        "sort.subject": ("对象", "subject"),
        "status.awaiting": ("待认可", "Waiting to be accepted"),
        "status.unresolved": ("全部未消除", "All states"),
        "findings.sub2": (
            "默认只显示尚未核查的问题；标签上的数字为未核查数。",
            "Only what nobody has looked at is shown, unless you choose otherwise; the tabs count it.",
        ),
        "status.default": ("未核查", "Not reviewed"),
        "deadline": ("时限", "Deadline"),
        "sort": ("排序", "Sort by"),
        "select": ("选择", "Select"),
        "select.all": ("全选本页", "Select all shown"),
        "select.one": ("选择：{what}", "Select: {what}"),
        "selected": ("已选 {count} 项", "{count} selected"),
        "selected.none": ("未选择", "None selected"),
        "selected.current": ("当前行", "The current row"),
        "rule.code": ("规则编号", "Rule id"),
        "bulk.bar": ("批量处理", "Decide together"),
        "bulk.mark": ("批量处理", "decided in bulk"),
        "bulk.title": ("{decision}：{count} 项", "{decision}: {count} findings"),
        "bulk.hint": (
            "以下各项将以同一理由一并处理，历史中标明“批量处理”。",
            "These are decided together for the same reason; the history says that it was in bulk.",
        ),
        "bulk.none": ("没有选择任何问题。", "No finding was selected."),
        "bulk.done": ("已处理 {done} 项", "{done} decided"),
        "bulk.refused": ("{refused} 项未处理", "{refused} not decided"),
        "bulk.refused.title": ("以下各项未作处理，没有覆盖任何内容", "Not decided; nothing was overwritten"),
        "decide": ("处理", "Decide"),
        "decide.nothing": ("当前状态下您没有可作的处理。", "There is nothing for you to decide in this state."),
        "decide.resolved": (
            "该问题已不再成立，由程序消除，无须处理。",
            "The program has resolved it: it no longer holds, and nothing is left to decide.",
        ),
        "decide.cancel": ("取消", "Cancel"),
        "decide.reason": ("理由", "Reason"),
        "decide.reason.none": ("请选择", "choose"),
        "decide.note": ("说明文字", "Note"),
        "decide.note.hint": (
            "说明、不属实须选理由；退回、重新核查须写说明文字。",
            "To explain or dismiss takes a reason; to return or reopen takes a note.",
        ),
        "decide.file": ("附件", "Attachment"),
        "decide.file.hint": (
            "JPEG、PNG、PDF、MP4、WAV、TXT，最大 10 MiB。",
            "JPEG, PNG, PDF, MP4, WAV or TXT, 10 MiB at most.",
        ),
        "decide.done": ("{what}。", "Done: {what}."),
        "decide.again": ("重新查看", "Look again"),
        "lacking.reason": ("请选择理由。", "Choose a reason."),
        "lacking.note": ("请填写说明文字。", "Write a note."),
        "finding.history": ("处理与变化历史", "History"),
        "finding.open": ("查看 {what}", "Open {what}"),
        "finding.measured": ("测量值", "Measured"),
        "finding.scan": ("扫描 {scan}", "scan {scan}"),
        "finding.program": ("程序", "program"),
        "finding.why": ("因", "because"),
        "finding.back": ("返回", "Back"),
        "inbox": ("常用筛选", "Saved filters"),
        "inbox.name": ("名称", "Name"),
        "inbox.save": ("保存当前筛选", "Save this filter"),
        "inbox.delete": ("删除筛选 {name}", "Delete filter {name}"),
        "inbox.full": ("常用筛选已满，请先删除一个。", "There are as many saved filters as may be: delete one first."),
        "inbox.saved": ("筛选已保存。", "Filter saved."),
        "inbox.deleted": ("筛选已删除。", "Filter deleted."),
        "key.of.x": ("选择或取消选择", "select or not"),
        "key.of.c": ("属实", "confirm"),
        "key.of.d": ("不属实", "dismiss"),
        "key.of.e": ("说明", "explain"),
        "key.of.a": ("认可", "accept"),
        "key.of.r": ("退回", "return"),
        "key.select": ("选择", "select"),
        "key.decide": ("处理", "decide"),
        "sign.done": ("已签收。", "Signed off."),
        "sorry.js": ("未能送达服务器，请重试。", "The server could not be reached: try again."),
    }
)
