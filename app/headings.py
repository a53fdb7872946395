"""Headings of what `bwc list` shows to people, words from `docs/glossary.md`, and which columns come first."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "接受行数",
        "address": "地址",
        "after": "之后",
        "arrived_at": "到达现场",
        "audio_codec": "音频编码",
        "basis": "依据",
        "before": "之前",
        "bytes": "字节数",
        "case_number": "案件编号",
        "category": "类别",
        "cause": "原因",
        "channel": "通道",
        "channels": "应录通道",
        "clips": "片段",
        "clock_error_s": "时钟误差(秒)",
        "clock_kind": "时钟问题",
        "clock_offset_s": "时钟偏差(秒)",
        "clock_source": "时间来源",
        "container": "封装",
        "corrected": "纠正行数",
        "coverage_ratio": "记录完整率",
        "covered_s": "已记录(秒)",
        "detail": "说明",
        "detector": "检测项",
        "device": "设备",
        "dispatched_at": "派警",
        "due_at": "期限",
        "duration_s": "时长(秒)",
        "early_s": "提前结束(秒)",
        "ended_at": "结束",
        "effect": "影响",
        "errors": "错误",
        "evidence": "证据",
        "fate": "处理结果",
        "feed": "数据接口",
        "feedback_at": "反馈",
        "files": "文件数",
        "field": "字段",
        "finished_at": "处置完毕",
        "first_seen_at": "首次发现",
        "flag": "问题类型",
        "flags": "问题类型",
        "folders": "文件夹数",
        "frame_rate": "帧率",
        "from": "自",
        "from_s": "自(秒)",
        "gaps": "中断",
        "height": "高",
        "id": "编号",
        "interruptions": "申明中断",
        "kind": "种类",
        "last_seen_at": "最近发现",
        "late_s": "迟开始(秒)",
        "latitude": "纬度",
        "location": "位置",
        "longitude": "经度",
        "measured": "测量值",
        "method": "方式",
        "model": "型号",
        "name": "名称",
        "notes": "说明",
        "number": "编号",
        "officer": "民警",
        "officers": "民警",
        "overlap_s": "重叠(秒)",
        "path": "路径",
        "pattern": "文件名规则",
        "person_code": "人员代码",
        "problems": "文件问题",
        "ratio": "完整率",
        "raw": "原始内容",
        "received_at": "接警",
        "record": "记录",
        "refused": "拒绝访问",
        "rejected": "拒收行数",
        "required_s": "应记录(秒)",
        "result": "判定",
        "room": "房间",
        "row": "行号",
        "rule": "规则",
        "runner_up": "次选",
        "scan": "扫描",
        "scanned_at": "扫描时间",
        "score": "得分",
        "serial": "序列号",
        "severity": "程度",
        "signed_at": "签字",
        "started_at": "开始",
        "state": "状态",
        "status": "状态",
        "store": "存储",
        "subject": "对象",
        "time_sources": "时间来源明细",
        "timezone": "时区",
        "to": "至",
        "to_s": "至(秒)",
        "unit": "单位",
        "value": "值",
        "version": "版本",
        "video_codec": "视频编码",
        "what": "类别",
        "width": "宽",
    }
)


def heading(column: str) -> str:
    """`开始 started_at`; a column without a Chinese word shows its key alone."""
    word = CHINESE.get(column)
    return f"{word} {column}" if word else column


MAIN: Mapping[str, str] = MappingProxyType(
    {
        "clips": "id store path state device officer started_at ended_at duration_s clock_source problems",
        "recordings": "id device officer started_at ended_at gaps",
        "gaps": "device officer from to length_s cause evidence",
        "incidents": "number unit officers category status arrived_at finished_at result coverage_ratio flags",
        "sessions": "number unit room kind started_at signed_at result coverage_ratio flags",
        "coverage": "kind number officer from to required_s covered_s ratio late_s early_s gaps",
        "links": "kind number officer store path basis overlap_s score runner_up method",
        "findings": "id flag rule severity result status kind subject officer unit from to",
    }
)


def main_columns(name: str, columns: Sequence[str]) -> list[str]:
    """The columns of a list that a person needs first; all of them where nothing was chosen."""
    chosen = [column for column in MAIN.get(name, "").split() if column in columns]
    return chosen or list(columns)
