"""Where a rule or a number comes from, and how sure we are of it: printed beside every rule on pages and reports."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """How sure we are of the source of a rule or number (`docs/rules.md`)."""

    LAW = "law"
    QUOTED = "quoted"
    PRACTICE = "practice"
    UNVERIFIED = "unverified"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Basis:
    """One source of a rule: its text as printed, and how sure we are of it."""

    text: str
    origin: Origin


SOURCES = {
    "XC-2016": "公安机关现场执法视音频记录工作规定 (2016)",
    "XW-2014": "公安机关讯问犯罪嫌疑人录音录像工作规定 (2014)",
    "XS": "公安机关办理刑事案件程序规定 (2020)",
    "XZ": "公安机关办理行政案件程序规定 (2019)",
    "GFJS": "最高人民法院关于适用《中华人民共和国刑事诉讼法》的解释 (2021)",
    "JD-2022": "嘉定分局关于推进新时代法治公安建设高质量发展的实施细则, 第九条、第十三条至第十六条",
    "GA/T 947.2": "公共安全行业标准, 单警执法视音频记录系统",
}
"""Short names used in the texts below, for the legend of `docs/rules.md`."""

ORIGIN_WORDS = {
    Origin.LAW: ("法条", "text read in the statute"),
    Origin.QUOTED: ("引用", "text seen quoted from the regulation"),
    Origin.PRACTICE: ("实践", "vendor manual, code or published audit"),
    Origin.UNVERIFIED: (
        "未核实",
        "remembered wording: to be confirmed by the legal office before it is printed as law",
    ),
    Origin.LOCAL: ("本地", "our default; no source gives this number"),
}


def law(text: str) -> Basis:
    return Basis(text, Origin.LAW)


def quoted(text: str) -> Basis:
    return Basis(text, Origin.QUOTED)


def practice(text: str) -> Basis:
    return Basis(text, Origin.PRACTICE)


def unverified(text: str) -> Basis:
    return Basis(text, Origin.UNVERIFIED)


LOCAL = Basis("本地默认值, 可在 config.toml [limits] 修改 / local default, set in config.toml [limits]", Origin.LOCAL)
