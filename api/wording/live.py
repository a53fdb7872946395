"""Words of live supervision: what happened, in a few words, and what pages say about it."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "live.changes": ("打开本页后有 {n} 项变化", "{n} changes since you opened this page"),
        "live.decided": ("他人已作出处理：{what}", "somebody else decided: {what}"),
        "live.dismiss": ("关闭", "Close"),
        "live.load": ("载入", "Load"),
        "live.region": ("实时变化", "Live changes"),
        "event.clip": ("片段已定位", "clip placed in time"),
        "event.file.arriving": ("文件正在传入", "file arriving"),
        "event.file.missing": ("文件不在库中", "file no longer in its store"),
        "event.file.moved": ("文件已移动", "file moved"),
        "event.file.present": ("文件已到齐", "file complete"),
        "event.file.unreadable": ("文件无法读取", "file cannot be read"),
        "event.finding.changed": ("问题有变化", "finding changed"),
        "event.finding.opened": ("新问题", "new finding"),
        "event.finding.resolved": ("问题已自动解除", "finding resolved by itself"),
        "event.link": ("人工关联有变化", "linked by hand"),
        "event.push": ("收到推送", "rows pushed"),
        "event.reset": ("有大量变化，请重新载入", "much has changed: load again"),
        "event.review": ("问题已处理", "finding decided"),
        "event.scan": ("扫描完成", "scan ended"),
        "event.scan.asked": ("已请求扫描", "scan asked for"),
        "event.sign-off": ("已签署", "signed off"),
        "event.verdict": ("判定有变化", "verdict changed"),
    }
)
