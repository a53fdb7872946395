"""Every word of the pages in Chinese and English, by key; catalogues can replace this list without touching a page.

Words never accuse: "no recording found", never "did not record". Terms are those of `docs/glossary.md`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from api.vocabularies import VOCABULARIES
from api.wording import AREAS

Word = tuple[str, str]
LANGUAGES = ("zh", "en")

SENTENCES: Mapping[str, Word] = MappingProxyType(
    {
        "all": ("全部", "All"),
        "any": ("全部", "Any"),
        "apply": ("筛选", "Apply"),
        "back": ("返回问题清单", "Back to the findings"),
        "badge": ("警号", "badge"),
        "clear": ("清除筛选", "Clear filters"),
        "clip": ("片段", "Clip"),
        "clip.no.time": ("时间不明", "no believable time"),
        "clock.margin": ("时钟误差 ±{margin}", "clock margin ±{margin}"),
        "close": ("关闭", "Close"),
        "comma": ("、", ", "),
        "coverage": ("记录完整率", "Coverage"),
        "covered": ("已记录", "On record"),
        "details": ("详情与依据", "Details and basis"),
        "due": ("时限", "Due"),
        "empty.all": ("没有待处理的问题", "No open findings"),
        "empty.all.hint": (
            "已扫描的存储中没有规则提出问题。上方可见各存储的完整截止时间。",
            "No rule asks anything about the stores that were scanned; how fresh they are stands above.",
        ),
        "empty.filtered": ("没有符合筛选条件的问题", "Nothing matches these filters"),
        "empty.filtered.hint": ("请放宽条件，或清除筛选。", "Widen the filters, or clear them."),
        "empty.never": ("尚未完成扫描", "No scan yet"),
        "empty.never.hint": (
            "首次扫描完成后，问题会列在这里。没有扫描不等于没有问题。",
            "Findings appear here after the first scan. Not scanned is not the same as nothing found.",
        ),
        "empty.stores.hint": (
            "但并非所有存储都已完整扫描，见上方：没有查过不等于没有问题。",
            "But not every store was seen whole, see above: not looked at is not the same as nothing found.",
        ),
        "error.hint": ("请检查地址，或返回问题清单。", "Check the address, or go back to the findings."),
        "evidence": ("依据", "Evidence"),
        "filters.unusable": (
            "以下筛选条件无法使用，未列出任何问题：",
            "These filters cannot be used, so nothing is listed:",
        ),
        "find": ("打开", "Open"),
        "find.label": ("警情或场次编号", "Incident or session number"),
        "find.short": ("编号", "Number"),
        "finding": ("问题", "Finding"),
        "finding.id": ("问题编号", "Id"),
        "findings": ("问题清单", "Findings"),
        "findings.here": ("问题", "Findings"),
        "findings.none.here": ("没有规则对此提出问题。", "No rule asks anything about this."),
        "findings.sub": (
            "以下均为疑似问题，须由人核实；每一项都说明依据。",
            "Each of these is a question to a person, and says how it is known.",
        ),
        "first.seen": ("首次发现", "First seen"),
        "flag": ("类别", "Flag"),
        "footer": (
            "bwc-compliance {version} · 存储只读打开，其中的文件从不改动",
            "bwc-compliance {version} · stores are opened read-only, their files are never touched",
        ),
        "from": ("自", "From"),
        "gap": ("中断", "Gap"),
        "holes": ("未见记录的时段", "Not on record"),
        "holes.none": ("无", "none"),
        "interruption": ("已登记的中断", "Declared interruption"),
        "key.move": ("移动", "move"),
        "key.open": ("打开", "open"),
        "keys.all": ("全部按键", "All keys"),
        "lane": ("民警 / 通道", "Officer / channel"),
        "lane.all": ("合计", "All together"),
        "lane.others": ("其他相关片段", "Other footage"),
        "lane.others.count": ("{shown} / {count} 个在此时段", "{shown} of {count} in view"),
        "lanes.table": ("以表格查看各通道时段", "The same as a table"),
        "language.other": ("English", "中文"),
        "legend.clip": ("片段", "clip"),
        "legend.edge": ("未见记录", "not on record"),
        "legend.gap": ("记录中断", "gap"),
        "legend.margin": ("时钟误差范围", "margin of the clock"),
        "legend.shown": ("其他画面覆盖该时段", "covered by other footage"),
        "link.basis": ("关联依据", "Basis"),
        "link.manual": ("人工", "by hand"),
        "link.no.second": ("无", "none"),
        "link.overlap": ("重叠", "Overlap"),
        "link.score": ("得分", "Score"),
        "link.second": ("次优", "Runner-up"),
        "links": ("关联片段", "Linked clips"),
        "links.none": ("未找到可关联的片段。", "No clip was found to link."),
        "links.proposed": ("待确认的候选", "Proposed"),
        "links.proposed.hint": (
            "得分差距不足以自动关联，由人决定。",
            "The margin is too small to link by itself: a person decides.",
        ),
        "links.rejected": ("未采纳的候选", "Rejected candidates"),
        "measured": ("测量值", "Measured"),
        "more": ("更多", "More"),
        "navigation": ("主导航", "Main"),
        "no": ("否", "no"),
        "not.judged": ("尚未评定。", "Not judged yet."),
        "officer": ("民警", "Officer"),
        "officers": ("民警", "Officers"),
        "only.about": ("仅显示与 {number} 有关的问题", "Only findings about {number}"),
        "overdue": ("已过时限", "past due"),
        "picture": ("画面", "picture"),
        "picture.about": ("约 ", "about "),
        "picture.alt": ("{what}，片段 {clip} 的 {at}", "{what} at {at} of clip {clip}"),
        "picture.inside": ("片段内 {at}", "{at} into the clip"),
        "pictures": ("片段画面", "Pictures of the clips"),
        "pictures.finding": ("所指时段的起点与中点画面", "Pictures at begin and middle of the stretches"),
        "pictures.hint": (
            "取自检测过的部分，未检测的片段取自全长；时间为画面的实际时间，“约”表示画面尚待生成。",
            "Of the parts that were looked at, else of the whole clip, at their true time; “about”: not made yet.",
        ),
        "pictures.of": ("{clip} 的画面", "pictures of {clip}"),
        "program": ("执法视音频记录核查", "Recording compliance"),
        "proof": ("查找范围（不存在的证明）", "Where we looked (proof of absence)"),
        "proof.hint": (
            "未找到记录时，以下说明查找过哪些存储、文件夹与扫描，以及仍可能属于该时段的文件。",
            "When no recording was found: the stores, folders and scans searched, and files that may belong here.",
        ),
        "room": ("房间", "Room"),
        "rows": ("展开 {count} 行", "Show {count} rows"),
        "rule": ("规则", "Rule"),
        "rule.basis": ("依据", "Basis"),
        "rule.condition": ("条件", "Condition"),
        "scan.running": ("正在扫描", "A scan is running"),
        "shown.by": ("{by} 的记录覆盖此时段", "covered by footage of {by}"),
        "skip": ("跳到内容", "Skip to content"),
        "status": ("状态", "Status"),
        "stop": ("；", "; "),
        "store.complete": ("完整至 {at}", "complete to {at}"),
        "store.errors": ("{count} 个文件夹无法列出", "{count} folders refused"),
        "store.files": ("{count} 个文件", "{count} files"),
        "store.never": ("从未完整扫描", "never scanned whole"),
        "stores": ("各存储的新鲜度", "Freshness of the stores"),
        "stores.none": ("没有配置存储", "No store is configured"),
        "stretch": ("时段", "Time"),
        "subject": ("对象", "Subject"),
        "substitute": ("{lane} 未见记录的时段，{by} 有记录：", "Not on record for {lane}, on record for {by}:"),
        "substitutes": ("可替代画面", "Footage of others"),
        "tabs": ("按类别", "By flag"),
        "timeline": ("时间轴", "Time line"),
        "timeline.none": ("没有可用的时间，无法画出时间轴。", "No time is known to draw at."),
        "to": ("至", "To"),
        "unit": ("单位", "Unit"),
        "unit.hours": ("{h} 小时 {m} 分", "{h} h {m} min"),
        "unit.minutes": ("{m} 分 {s} 秒", "{m} min {s} s"),
        "unit.seconds": ("{s} 秒", "{s} s"),
        "window": ("应记录时段", "Required window"),
        "window.known": ("应记录时段的起点{start}，终点{end}。", "Start of the window {start}, end {end}."),
        "window.length": ("应记录 {length}", "required {length}"),
        "yes": ("是", "yes"),
        "zone.note": ("时区 {zone}", "times of {zone}"),
    }
)


@cache
def words() -> Mapping[str, Word]:
    """Sentences, vocabularies and the words of every area. Raises ValueError for a key that two of them have."""
    found: dict[str, Word] = {}
    for part in (SENTENCES, VOCABULARIES, *AREAS):
        if doubled := found.keys() & part.keys():
            raise ValueError(f"words: expected every key once, got {sorted(doubled)} twice")
        found |= part
    return MappingProxyType(found)


def chosen_language(asked: Iterable[str | None], accepted: str) -> str:
    """The first of `asked` that we speak, else what the browser prefers, else Chinese."""
    for lang in asked:
        if lang in LANGUAGES:
            return lang
    offers = [(_weight(part), -at, part.strip()[:2].lower()) for at, part in enumerate(accepted.split(","))]
    known = [offer for offer in offers if offer[2] in LANGUAGES and offer[0] > 0]
    return max(known)[2] if known else LANGUAGES[0]


def _weight(part: str) -> float:
    match = re.search(r";\s*q=([01](?:\.\d{0,3})?)\s*$", part)
    return float(match[1]) if match else 1.0
