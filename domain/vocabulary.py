"""What values of vocabularies are called in Chinese and English: the one source of these words.

Rules and pure logic write them into evidence, pages show them by themselves. Terms are those of `docs/glossary.md`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from domain.activity import Bound
from domain.clip import ClockKind, ClockSource, FileState, StoreKind
from domain.finding import ActivityResult, FindingStatus, Flag, Result, Severity, SubjectKind
from domain.gap import GapCause
from domain.history import ChangeCause, ChangeKind
from domain.link import LinkBasis, LinkStatus
from domain.media import ProblemCode, TrackKind
from domain.observation import ObservationKind

Word = tuple[str, str]
"""Chinese, English."""

CAUSES: Mapping[GapCause, Word] = MappingProxyType(
    {
        GapCause.ROLL_OVER: ("分段衔接", "segment roll-over"),
        GapCause.CARD_FULL: ("存储卡已满", "card full"),
        GapCause.POWER_LOSS: ("断电", "power loss"),
        GapCause.CLOCK_STEP: ("时钟跳变", "clock step"),
        GapCause.FRAME_RATE: ("帧率标称不符", "wrong declared frame rate"),
        GapCause.LOST_FILE: ("文件缺失", "lost file"),
        GapCause.RETENTION: ("超过保存期", "retention"),
        GapCause.STORE_OFFLINE: ("存储离线", "store offline"),
        GapCause.NOT_DOCKED: ("尚未导入", "not yet docked"),
        GapCause.STOPPED: ("手动停止", "stopped by hand"),
        GapCause.DROPPED: ("文件内丢帧", "dropped inside the file"),
        GapCause.UNKNOWN: ("原因不明", "cause unknown"),
    }
)

BASES: Mapping[LinkBasis, Word] = MappingProxyType(
    {
        LinkBasis.BADGE: ("警号一致", "badge"),
        LinkBasis.ASSIGNMENT: ("领用记录", "issued camera"),
        LinkBasis.UNIT: ("单位与时间", "unit and time"),
        LinkBasis.ROOM: ("房间与通道", "room and channel"),
        LinkBasis.MANUAL: ("人工关联", "by hand"),
    }
)

BOUNDS: Mapping[Bound, Word] = MappingProxyType(
    {
        Bound.STATED: ("已登记", "stated"),
        Bound.ESTIMATED: ("为估计", "estimated"),
        Bound.UPPER_BOUND: ("为反馈时间（上限）", "only an upper bound (feedback)"),
    }
)

SOURCES: Mapping[ClockSource, Word] = MappingProxyType(
    {
        ClockSource.CLIP_INDEX: ("采集站清单", "station list"),
        ClockSource.NAME: ("文件名", "name"),
        ClockSource.CONTAINER: ("文件内部时间", "container"),
        ClockSource.EXIF: ("照片EXIF", "EXIF"),
        ClockSource.MODIFIED: ("文件修改时间", "modification time"),
    }
)

SUBJECT_KINDS: Mapping[SubjectKind, Word] = MappingProxyType(
    {
        SubjectKind.INCIDENT: ("警情", "Incident"),
        SubjectKind.SESSION: ("讯问场次", "Session"),
        SubjectKind.CLIP: ("片段", "Clip"),
        SubjectKind.DEVICE: ("设备", "Device"),
        SubjectKind.STORE: ("存储", "Store"),
        SubjectKind.FEED: ("数据源", "Feed"),
    }
)

TRACK_KINDS: Mapping[TrackKind, Word] = MappingProxyType(
    {
        TrackKind.VIDEO: ("画面", "video"),
        TrackKind.AUDIO: ("声音", "audio"),
        TrackKind.STILL: ("照片", "still"),
        TrackKind.OTHER: ("其他", "other"),
    }
)

FLAGS: Mapping[Flag, Word] = MappingProxyType(
    {
        Flag.MISSING: ("未按规定记录", "Missing"),
        Flag.INCOMPLETE: ("记录不完整", "Incomplete"),
        Flag.NONSTANDARD: ("记录不规范", "Nonstandard"),
    }
)

ACTIVITY_RESULTS: Mapping[ActivityResult, Word] = MappingProxyType(
    {
        ActivityResult.COMPLIANT: ("合规", "Compliant"),
        ActivityResult.NONCOMPLIANT: ("不合规", "Noncompliant"),
        ActivityResult.UNKNOWN: ("无法判定", "Cannot be decided"),
        ActivityResult.PENDING: ("待判定", "Pending"),
        ActivityResult.NOTAPPLICABLE: ("不适用", "Not applicable"),
    }
)

RESULTS: Mapping[Result, Word] = MappingProxyType(
    {
        Result.PASS: ("符合", "Pass"),
        Result.FAIL: ("不符合", "Fail"),
        Result.UNKNOWN: ("无法判定", "Cannot be decided"),
        Result.PENDING: ("待判定", "Pending"),
        Result.NOTAPPLICABLE: ("不适用", "Not applicable"),
        Result.NOTCHECKED: ("未检查", "Not checked"),
        Result.ERROR: ("检查出错", "Error"),
    }
)

SEVERITIES: Mapping[Severity, Word] = MappingProxyType(
    {
        Severity.INFO: ("提示", "note"),
        Severity.WARN: ("提醒", "warning"),
        Severity.FAIL: ("问题", "fault"),
    }
)

FINDING_STATES: Mapping[FindingStatus, Word] = MappingProxyType(
    {
        FindingStatus.OPEN: ("待核实", "Open"),
        FindingStatus.EXPLAINED: ("已说明", "Explained"),
        FindingStatus.CONFIRMED: ("属实", "Confirmed"),
        FindingStatus.DISMISSED: ("不属实", "Dismissed"),
        FindingStatus.RESOLVED: ("已消除", "Resolved"),
    }
)

LINK_STATES: Mapping[LinkStatus, Word] = MappingProxyType(
    {
        LinkStatus.LINKED: ("已关联", "linked"),
        LinkStatus.PROPOSED: ("待确认", "proposed"),
        LinkStatus.REJECTED: ("未采纳", "rejected"),
    }
)

FILE_STATES: Mapping[FileState, Word] = MappingProxyType(
    {
        FileState.PRESENT: ("在库", "present"),
        FileState.ARRIVING: ("到达中", "arriving"),
        FileState.MISSING: ("未再找到", "gone"),
        FileState.MOVED: ("已移动", "moved"),
        FileState.UNREADABLE: ("不可读", "unreadable"),
    }
)

CLOCK_KINDS: Mapping[ClockKind, Word] = MappingProxyType(
    {
        ClockKind.NONE: ("未见问题", "nothing known against it"),
        ClockKind.CONSTANT: ("固定偏差", "constant offset"),
        ClockKind.DRIFT: ("漂移", "drift"),
        ClockKind.ZONE: ("时区错误", "wrong zone"),
        ClockKind.RESET: ("时间丢失", "lost time"),
    }
)

FATES: Mapping[str, Word] = MappingProxyType(
    {
        "accepted": ("已接受", "accepted"),
        "corrected": ("已纠正", "corrected"),
        "rejected": ("已拒收", "rejected"),
    }
)
"""Of rows of feeds."""

STORE_KINDS: Mapping[StoreKind, Word] = MappingProxyType(
    {
        StoreKind.RECORDER: ("执法记录仪", "recorder"),
        StoreKind.INTERROGATION: ("讯问室", "interrogation"),
    }
)

STORE_STATES: Mapping[str, Word] = MappingProxyType(
    {
        "online": ("正常", "online"),
        "doubtful": ("存疑", "doubtful"),
        "unreachable": ("无法访问", "unreachable"),
        "never-scanned": ("未扫描", "never scanned"),
    }
)

PROBLEMS: Mapping[ProblemCode, Word] = MappingProxyType(
    {
        ProblemCode.ZERO_LENGTH: ("文件长度为零", "no byte at all"),
        ProblemCode.UNRECOGNISED: ("无法识别的内容", "content that no reader knows"),
        ProblemCode.TRUNCATED: ("文件被截断", "truncated"),
        ProblemCode.INDEX_MISSING: ("缺少索引", "index missing"),
        ProblemCode.BOX_OVERRUN: ("数据块超出范围", "a box beyond its bounds"),
        ProblemCode.BAD_BOX: ("数据块自相矛盾", "a box that contradicts itself"),
        ProblemCode.BAD_TABLE: ("样本表不一致", "sample tables that disagree"),
        ProblemCode.TOO_DEEP: ("嵌套或数量异常", "nesting or count beyond any real file"),
        ProblemCode.DATA_MISSING: ("媒体数据缺失", "media data missing"),
        ProblemCode.NO_TRACKS: ("没有可播放的轨道", "no playable track"),
        ProblemCode.ENCRYPTED: ("已加密", "encrypted"),
        ProblemCode.WRONG_EXTENSION: ("扩展名与内容不符", "extension of another format"),
        ProblemCode.DURATION_DISAGREES: ("标称时长与内容不符", "header and samples differ in length"),
        ProblemCode.TIMESTAMPS_BROKEN: ("时间戳缺失或倒退", "time stamps missing or going backwards"),
        ProblemCode.DECODER_ERROR: ("部分内容无法解码", "refused by the decoder"),
        ProblemCode.OUT_OF_TIME: ("读取超时", "reading took too long"),
        ProblemCode.OUT_OF_MEMORY: ("读取超出内存上限", "reading took too much memory"),
        ProblemCode.READ_ERROR: ("存储读取出错", "read error of the store"),
    }
)

OBSERVATIONS: Mapping[ObservationKind, Word] = MappingProxyType(
    {
        ObservationKind.PICTURE_CHECKED: ("已查画面", "picture looked at"),
        ObservationKind.SOUND_CHECKED: ("已查声音", "sound looked at"),
        ObservationKind.OVERLAY_CHECKED: ("已查画面时间", "on-screen clock looked for"),
        ObservationKind.UNDECODABLE: ("无法解码", "cannot be decoded"),
        ObservationKind.BLACK: ("黑屏", "black"),
        ObservationKind.FROZEN: ("静帧", "frozen"),
        ObservationKind.STILL: ("无活动", "nothing moves"),
        ObservationKind.COVERED: ("镜头被遮挡", "lens covered"),
        ObservationKind.BLURRED: ("画面模糊", "blurred"),
        ObservationKind.NO_SIGNAL: ("无信号", "no signal"),
        ObservationKind.TURNED: ("画面颠倒", "turned"),
        ObservationKind.SILENT: ("无声", "silent"),
        ObservationKind.LOW_SOUND: ("音量过低", "sound too low"),
        ObservationKind.CLOCK: ("画面时间", "on-screen clock"),
        ObservationKind.CLOCK_MISSING: ("无画面时间", "no on-screen clock"),
        ObservationKind.CLOCK_STOPPED: ("画面时间停走", "on-screen clock stands still"),
        ObservationKind.CLOCK_JUMP: ("画面时间跳变", "on-screen clock jumps"),
        ObservationKind.NUMBERS: ("画面编号", "on-screen numbers"),
    }
)
"""What was measured in a clip's picture and sound."""

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "activity": "活动",
        "address": "地址",
        "approved_by": "批准人",
        "arrived_at": "到达现场",
        "badge": "警号",
        "case_number": "案件编号",
        "category": "类别",
        "channel": "通道",
        "channels": "应录通道",
        "code": "代码",
        "date": "日期",
        "device": "设备",
        "digest": "校验值",
        "dispatched_at": "派警",
        "end": "结束",
        "ended_at": "结束",
        "feedback_at": "反馈",
        "finished_at": "处置完毕",
        "from": "自",
        "imported_at": "导入",
        "interruptions": "申明中断",
        "kind": "种类",
        "latitude": "纬度",
        "longitude": "经度",
        "model": "型号",
        "name": "名称",
        "note": "备注",
        "number": "编号",
        "officer": "民警",
        "officers": "民警",
        "parent": "上级单位",
        "path": "路径",
        "person_code": "人员代码",
        "reason": "理由",
        "received_at": "接警",
        "room": "房间",
        "sequence": "序号",
        "serial": "序列号",
        "signed_at": "签字",
        "start": "开始",
        "started_at": "开始",
        "status": "状态",
        "to": "至",
        "unit": "单位",
    }
)
"""Chinese names of the canonical fields of feeds; in English they are called by themselves."""

CHANGES: Mapping[ChangeKind, Word] = MappingProxyType(
    {
        ChangeKind.FOUND: ("首次发现", "first found"),
        ChangeKind.CHANGED: ("变化", "changed"),
        ChangeKind.CLOSED: ("关闭", "closed"),
        ChangeKind.REOPENED: ("再次出现", "re-opened"),
        ChangeKind.MADE: ("建立", "made"),
        ChangeKind.GONE: ("取消", "gone"),
        ChangeKind.MADE_AGAIN: ("再次建立", "made again"),
    }
)

CHANGE_CAUSES: Mapping[ChangeCause, Word] = MappingProxyType(
    {
        ChangeCause.FIRST_JUDGED: ("首次判定", "first judged"),
        ChangeCause.FILE_ARRIVED: ("文件到达", "file arrived"),
        ChangeCause.FILE_VANISHED: ("文件消失", "file vanished"),
        ChangeCause.FILE_MOVED: ("文件移动", "file moved"),
        ChangeCause.FILE_BACK: ("文件恢复", "file came back"),
        ChangeCause.FILE_CHANGED: ("文件内容变化", "file changed"),
        ChangeCause.FILE_READ_ANEW: ("文件重新读取", "file read anew by another reader version"),
        ChangeCause.CONTENT_CHECKED: ("画面与声音检测", "pictures and sound looked at"),
        ChangeCause.CLIP_PLACED: ("片段重新定位", "clip placed anew"),
        ChangeCause.CLOCK_CHANGED: ("设备时钟重新估计", "clock estimated anew"),
        ChangeCause.LINK_MADE: ("建立关联", "link made"),
        ChangeCause.LINK_CHANGED: ("关联变化", "link changed"),
        ChangeCause.LINK_GONE: ("取消关联", "link gone"),
        ChangeCause.FEED_ROW: ("接入数据变化", "feed row changed"),
        ChangeCause.EXPLANATION: ("提交说明", "explanation added"),
        ChangeCause.RULES: ("规则或限值变化", "rules or limits changed"),
        ChangeCause.TIME_PASSED: ("时限已到", "time passed"),
        ChangeCause.STORE_DOUBT: ("存储存疑", "store in doubt"),
        ChangeCause.STORE_BACK: ("存储恢复", "store online again"),
        ChangeCause.NOT_TOLD: ("所存事实未说明", "told by no stored fact of this subject"),
    }
)
