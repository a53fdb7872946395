"""Chinese words beside the keys and values that explanations show: `开始 started_at`, `断电 power-loss`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from domain.vocabulary import (
    ACTIVITY_RESULTS,
    BASES,
    BOUNDS,
    CAUSES,
    CLOCK_KINDS,
    FATES,
    FIELDS,
    FILE_STATES,
    FINDING_STATES,
    FLAGS,
    LINK_STATES,
    PROBLEMS,
    RESULTS,
    SEVERITIES,
    SOURCES,
    STORE_KINDS,
    STORE_STATES,
    SUBJECT_KINDS,
    TRACK_KINDS,
    Word,
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        **FIELDS,
        "active": "启用",
        "anchor": "首见名称",
        "arriving": "到达中",
        "at_least_s": "至少(秒)",
        "at_most_s": "至多(秒)",
        "at_s": "位置(秒)",
        "attempts": "次数",
        "basis": "依据",
        "brand": "品牌标识",
        "bytes": "字节数",
        "bytes_read": "已读字节数",
        "media_bytes": "媒体数据字节数",
        "cause": "原因",
        "chosen": "采用",
        "clips": "片段",
        "clock_error_s": "时钟误差(秒)",
        "clock_kind": "时钟问题",
        "clock_offset_s": "时钟偏差(秒)",
        "clock_source": "时间来源",
        "code": "问题代码",
        "codec": "编码",
        "container": "封装",
        "covered_s": "已记录(秒)",
        "creation_time": "容器创建时间",
        "decodable_share": "可解码比例",
        "declared_duration_s": "声明时长(秒)",
        "declared_frame_rate": "声明帧率",
        "detail": "说明",
        "drift_s_per_day": "每日漂移(秒)",
        "due_at": "期限",
        "duration_s": "时长(秒)",
        "early_s": "提前结束(秒)",
        "edits": "剪辑表项数",
        "end_known": "终点依据",
        "error": "错误",
        "error_s": "误差(秒)",
        "evidence": "证据",
        "fate": "处理结果",
        "feed": "数据接口",
        "files": "文件数",
        "first_at": "首次时间",
        "first_scan": "首次扫描",
        "first_seen_at": "首次发现",
        "flag": "问题类型",
        "folders": "文件夹数",
        "footage": "归属",
        "frame_rate": "帧率",
        "full_digest": "全文校验值",
        "gap": "中断",
        "height": "高",
        "id": "编号",
        "item": "项目",
        "lane": "对象",
        "last_at": "末次时间",
        "last_scan": "末次扫描",
        "last_seen_at": "最近发现",
        "late_s": "迟开始(秒)",
        "length_s": "长度(秒)",
        "listed_digest": "清单校验值",
        "location": "位置",
        "lost_clips": "失时片段数",
        "measured": "测量值",
        "message": "说明",
        "method": "方式",
        "missing": "缺失",
        "modified_at": "修改时间",
        "muxer": "封装库",
        "name_pattern": "命名规则",
        "not_seen_before": "此前未见于",
        "notes": "说明",
        "offset": "字节位置",
        "overlap_s": "重叠(秒)",
        "parameter_changes": "参数变化次数",
        "party": "对象",
        "playable": "可播放",
        "problems": "文件问题",
        "quick_digest": "快速校验值",
        "ratio": "完整率",
        "raw": "原始内容",
        "read_at": "读取时间",
        "reader": "读取器",
        "reader_version": "读取器版本",
        "refused": "拒绝访问",
        "register": "登记",
        "required_s": "应记录(秒)",
        "result": "判定",
        "row": "行号",
        "rule": "规则",
        "runner_up": "次选",
        "sample_count": "样本数",
        "scan": "扫描",
        "scanned_at": "扫描时间",
        "scans": "扫描次数",
        "score": "得分",
        "settled_size": "首次读取字节数",
        "severity": "程度",
        "since": "自",
        "since_scan": "自扫描",
        "skipped": "跳过",
        "start_known": "起点依据",
        "start_s": "起点(秒)",
        "state": "状态",
        "state_at": "状态起始",
        "stated_in": "出处",
        "stated_time": "所记时间",
        "step": "步骤",
        "store": "存储",
        "subject": "对象",
        "tags": "标签",
        "timezone": "时区",
        "track": "轨道",
        "unreadable": "不可读",
        "until": "至",
        "until_scan": "至扫描",
        "value": "值",
        "version": "版本",
        "width": "宽",
        "writer": "写入程序",
    }
)


def label(key: str) -> str:
    """The key with its Chinese word before it."""
    word = WORDS.get(key)
    return f"{word} {key}" if word else key


def _chinese(*vocabularies: Mapping[Any, Word]) -> Mapping[str, str]:
    return {str(value): zh for words in vocabularies for value, (zh, _) in words.items()}


VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "basis": _chinese(BASES),
        "cause": _chinese(CAUSES),
        "clock_kind": _chinese(CLOCK_KINDS),
        "clock_source": _chinese(SOURCES),
        "code": _chinese(PROBLEMS),
        "end_known": _chinese(BOUNDS),
        "fate": _chinese(FATES),
        "flag": _chinese(FLAGS),
        "kind": _chinese(STORE_KINDS, SUBJECT_KINDS, TRACK_KINDS),
        "result": _chinese(ACTIVITY_RESULTS, RESULTS),
        "severity": _chinese(SEVERITIES),
        "start_known": _chinese(BOUNDS),
        "state": _chinese(FILE_STATES, STORE_STATES),
        "status": _chinese(FINDING_STATES, LINK_STATES),
    }
)
"""Vocabularies by the key under which explanations show their values."""


def worded(key: str, value: object) -> object:
    """The value with its Chinese word before it, where `key` (or its label) has a vocabulary that knows it."""
    words = VALUES.get(key.rpartition(" ")[2])
    if words is None or not isinstance(value, str) or value not in words:
        return value
    return f"{words[value]} {value}"
