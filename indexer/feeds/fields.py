"""What each kind of feed holds: canonical fields, and the headings under which real exports give them.

Headings are canonical names, Chinese names, or the pinyin initials of the 三单 model (接警单 received,
处警单 dispatched, 反馈单 feedback). They stand in order of preference: a unit's code before its name, 派警 before 处警.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.feeds.base import FeedKind


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field. `is_time`: an empty cell may be filled from the next best heading (the same event)."""

    name: str
    headings: tuple[str, ...] = ()
    is_time: bool = False
    is_free_text: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The fields of a kind; a table must have every one of `required` and, when given, one of `one_of`."""

    fields: tuple[Field, ...]
    required: tuple[str, ...]
    one_of: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


def _field(name: str, headings: str = "") -> Field:
    return Field(name, tuple(headings.split()))


def _time(name: str, headings: str) -> Field:
    return Field(name, tuple(headings.split()), is_time=True)


def _free(name: str, headings: str) -> Field:
    return Field(name, tuple(headings.split()), is_free_text=True)


_OFFICERS = (
    "处警民警警号 出警民警警号 处警人员警号 出警人员警号 处警警员 处警民警 出警民警 处警人员 出警人员 "
    "处警人 出警人 "
    "处警员 出警员 处警警力 出警警力 民警警号 办案民警 民警 警员 cjrbh cjmjjh cjrjh cjmj cjry cdry "
    "cjr officer_badges badges"
)
_UNIT = (
    "处警单位代码 处警单位编号 处警单位编码 出警单位代码 cjdwdm cjdwbh cjdwbm 管辖单位代码 "
    "管辖单位编号 gxdwdm gxdwbh "
    "单位代码 单位编号 机构代码 dwdm dwbh jgdm 处警单位 出警单位 管辖单位 所属单位 所队 派出所 单位 机构 "
    "cjdwmc cjdw gxdwmc gxdw dwmc unit_code"
)
_DEVICE = (
    "设备序列号 设备编号 设备编码 设备号 记录仪编号 执法记录仪编号 记录仪序列号 产品序号 序列号 设备 记录仪 "
    "sbbh sbxlh sbbm jlybh xlh device_id device_serial"
)
_ONE_OFFICER = (
    "警号 民警警号 警员警号 警员编号 使用人警号 使用民警 使用人 领用人警号 领用人 民警 警员 jh mjjh jybh syr lyr badge"
)

INCIDENTS = Layout(
    fields=(
        _field(
            "number",
            "警情编号 接警单编号 接警编号 接警单号 接警号 事件单编号 事件单号 事件编号 警单编号 "
            "警单号 警情号 警情单号 报警编号 报警单编号 "
            "jjdbh jqbh jjbh jjdh sjdbh bjdbh 处警单编号 处警单号 cjdbh incident incident_number call_number",
        ),
        _time("received_at", "接警时间 接报时间 接警日期时间 报警时间 受理时间 jjsj jjrqsj bjsj bjrqsj slsj received"),
        _time(
            "dispatched_at",
            "派警时间 派单时间 派警日期时间 调派时间 处警时间 出警时间 处警日期时间 pjsj pdsj pdddsj "
            "cjsj cdsj dispatched",
        ),
        _time(
            "arrived_at",
            "到达现场时间 到场时间 到达时间 到现场时间 抵达现场时间 到达现场日期时间 ddxcsj dcsj ddsj ddxcrqsj arrived",
        ),
        _time(
            "finished_at",
            "处置完毕时间 处理完毕时间 处警完毕时间 处警结束时间 处置结束时间 处置完成时间 完毕时间 结束时间 "
            "clwbsj czwbsj cjwbsj cjjssj czjssj wbsj jssj finished cleared_at",
        ),
        _time("feedback_at", "反馈时间 最终反馈时间 首次反馈时间 反馈日期时间 fksj zzfksj scfksj fkrqsj feedback"),
        _field("unit", _UNIT),
        _field("officers", _OFFICERS),
        _field("officer", "警号 警员警号 警员编号 处警员编号 cjybh jh jybh badge"),
        _field(
            "category",
            "警情类别 警情类型 警情性质 报警类别 报警类型 案由 jqlbdm jqlb jqlxdm jqlx jqxz bjlbdm "
            "bjlb bjlbmc bjlx type",
        ),
        _field("status", "警情状态 处警状态 处置状态 接警单状态 状态 jqztdm jqzt cjzt jjdzt zt"),
        _free(
            "address",
            "案发地址 案发地点 事发地址 事发地点 报警地址 警情地址 出警地址 地址 地点 afdz afdd sfdz sfdd bjdz jqdz dz",
        ),
        _field("longitude", "经度 x坐标 jd zddwxzb xzb gis_x lng lon"),
        _field("latitude", "纬度 y坐标 wd zddwyzb yzb gis_y lat"),
        _field("case_number", "案件编号 案件号 案号 立案编号 ajbh ajh labh case"),
        _field("date", "日期 接警日期 报警日期 发生日期 jjrq bjrq rq day"),
    ),
    required=("number",),
    one_of=("received_at", "dispatched_at", "arrived_at"),
)

SESSIONS = Layout(
    fields=(
        _field(
            "number",
            "讯问编号 询问编号 笔录编号 活动编号 办案编号 使用编号 记录编号 编号 xwbh blbh hdbh session session_number",
        ),
        _field("case_number", "案件编号 案件号 案号 ajbh ajh case"),
        _field("kind", "活动类型 活动类别 办案类型 笔录类型 讯询问类型 类型 类别 hdlx bllx xwlx lx category type"),
        _field("room", "讯问室编号 询问室编号 办案区房间 讯问室 询问室 讯询问室 房间号 房间 功能室 xwsbh xws fjh fj"),
        _field(
            "person_code",
            "人员编号 被讯问人编号 被询问人编号 被讯问人 被询问人 嫌疑人编号 对象编号 手环编号 rybh bxwrbh bxwr person",
        ),
        _field(
            "officers",
            "讯问人警号 询问人警号 讯问人 询问人 讯问民警 询问民警 办案民警 民警警号 警号 民警 xwr "
            "xwrjh xwmj bamj officer",
        ),
        _field("unit", "办案单位代码 办案单位编号 办案单位 badwdm badw " + _UNIT),
        _time(
            "started_at",
            "开始时间 讯问开始时间 询问开始时间 进入时间 入室时间 进入讯问室时间 kssj xwkssj jrsj "
            "rssj started start from",
        ),
        _time(
            "signed_at",
            "签字时间 签名时间 笔录签字时间 结束时间 讯问结束时间 询问结束时间 离开时间 qzsj jssj "
            "xwjssj lksj signed end to",
        ),
        _free("interruptions", "中断 中断记录 中断情况 中断时段 中断说明 暂停记录 zdjl zdqk breaks"),
        _free("channels", "通道 录像通道 必录通道 应录通道 视频通道 通道号 tdh td channel"),
        _field("date", "日期 讯问日期 办案日期 rq day"),
    ),
    required=("number", "started_at"),
)

UNITS = Layout(
    fields=(
        _field(
            "code",
            "单位代码 单位编号 单位编码 机构代码 机构编码 机构编号 代码 编号 dwdm dwbh dwbm jgdm jgbm unit unit_code",
        ),
        _free("name", "单位名称 机构名称 单位 机构 名称 dwmc jgmc mc unit_name"),
        _field(
            "parent",
            "上级单位代码 上级单位编号 上级机构代码 上级单位 上级机构 父级代码 上级代码 sjdwdm sjdwbh "
            "sjjgdm sjdw parent_code",
        ),
    ),
    required=("code",),
)

OFFICERS = Layout(
    fields=(
        _field("badge", "警号 民警警号 警员警号 警员编号 人员编号 工号 辅警编号 jh mjjh jybh gh officer"),
        _field("name", "姓名 民警姓名 警员姓名 人员姓名 名称 xm mjxm jyxm officer_name"),
        _field("unit", _UNIT + " 单位名称 部门 bm"),
    ),
    required=("badge",),
)

DEVICES = Layout(
    fields=(
        _field("serial", _DEVICE + " device"),
        _field("model", "设备型号 产品型号 型号 sbxh cpxh xh"),
        _field("kind", "设备类型 设备类别 产品类型 类型 类别 sblx sblb lx type"),
        _field("unit", "配发单位代码 使用单位代码 配发单位 使用单位 " + _UNIT),
        _field("room", "安装房间 讯问室编号 讯问室 询问室 房间号 房间 安装位置 xws fjh fj"),
        _field("channel", "通道号 通道 录像通道 tdh td"),
    ),
    required=("serial",),
)

ASSIGNMENTS = Layout(
    fields=(
        _field("device", _DEVICE + " serial"),
        _field("officer", _ONE_OFFICER),
        _time(
            "from", "领用时间 领取时间 借出时间 配发时间 开始时间 起始时间 领用日期 lysj lqsj jcsj kssj start issued_at"
        ),
        _time("to", "归还时间 交还时间 返还时间 结束时间 截止时间 归还日期 ghsj jhsj jssj end returned_at"),
    ),
    required=("device", "officer", "from"),
)

EXPLANATIONS = Layout(
    fields=(
        _field(
            "activity",
            "警情编号 接警单编号 活动编号 讯问编号 关联编号 编号 jjdbh jqbh hdbh xwbh number incident session",
        ),
        _field("officer", _ONE_OFFICER + " 说明人 填报人"),
        _time("from", "开始时间 起始时间 中断开始时间 kssj qssj start"),
        _time("to", "结束时间 截止时间 中断结束时间 jssj jzsj end"),
        _free("reason", "原因 说明原因 未记录原因 原因类别 中断原因 yy yylb"),
        _free("note", "备注 说明 情况说明 详细说明 bz sm qksm"),
        _field("approved_by", "审批人警号 审批人 批准人 审核人 spr pzr shr approver"),
    ),
    required=("activity", "reason"),
)

# Also the names of tags and keys in sidecars: nobody publishes them, so these are the field's words in usual forms.
CLIP_INDEX = Layout(
    fields=(
        _free(
            "path",
            "文件路径 存储路径 路径 相对路径 文件名称 文件名 视频文件 wjlj cclj lj wjmc wjm file file_path filename "
            "relative_path video_path video_file video_name media_file",
        ),
        _field("device", _DEVICE + " 产品编号 设备ID serial cpbh device_no device_code device_sn camera_id dev_id sn"),
        _field("officer", _ONE_OFFICER + " 警员ID 使用者编号 police_id police_no police_code officer_id badge_number"),
        _time(
            "started_at",
            "录制开始时间 拍摄开始时间 拍摄时间 录制时间 开始时间 lzkssj pskssj pssj kssj start start_time begin_time "
            "record_start_time record_time",
        ),
        _time(
            "ended_at", "录制结束时间 拍摄结束时间 结束时间 lzjssj psjssj jssj end end_time stop_time record_end_time"
        ),
        _time(
            "imported_at",
            "导入时间 上传时间 采集时间 入库时间 drsj scsj cjsj rksj uploaded_at import_time upload_time collect_time",
        ),
        _field(
            "digest", "校验值 文件校验值 摘要 哈希值 哈希 md5 md5值 sha256 sha1 jyz hash checksum file_md5 file_hash"
        ),
        _field("sequence", "文件序号 序列 序号 流水号 wjxh xh lsh seq file_no file_number"),
    ),
    required=("path",),
)

LAYOUTS: Mapping[FeedKind, Layout] = {
    FeedKind.INCIDENTS: INCIDENTS,
    FeedKind.SESSIONS: SESSIONS,
    FeedKind.UNITS: UNITS,
    FeedKind.OFFICERS: OFFICERS,
    FeedKind.DEVICES: DEVICES,
    FeedKind.ASSIGNMENTS: ASSIGNMENTS,
    FeedKind.EXPLANATIONS: EXPLANATIONS,
    FeedKind.CLIP_INDEX: CLIP_INDEX,
}
