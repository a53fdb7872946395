"""Every threshold of the rules: section [limits] of config.toml, with unit, origin and meaning. And [exclude].

No national number exists for "late", "gap" or "coverage"; what is ours says `local`.
"""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

from detectors.basis import Origin
from domain.activity import Incident, InterrogationSession, WindowDefaults
from domain.errors import ConfigError
from domain.wording import say

EDITORS = (
    *("Lavf", "HandBrake", "Adobe", "Premiere", "iMovie", "Final Cut", "CapCut", "JianYing", "剪映", "MediaCoder"),
    *("格式工厂", "FormatFactory", "VirtualDub", "Avidemux", "LosslessCut", "DaVinci", "Vegas", "Camtasia", "会声会影"),
    *("VideoStudio", "EDIUS", "Filmora", "万兴喵影", "快影", "必剪", "Shotcut", "Kdenlive", "OpenShot", "GPAC"),
    "mkvmerge",
)


def _limit(default: Any, origin: Origin, meaning: str, least: float = 0, most: float = 1e6) -> Any:
    """A field with what `describe_limits` says about it; `meaning` is Chinese and English separated by ` / `."""
    zh, en = meaning.split(" / ")
    return dataclasses.field(
        default=default,
        metadata={"default": default, "origin": origin, "zh": zh, "en": en, "least": least, "most": most},
    )


SILENT_LEAST = -120.0
"""Digital zero, as measured."""

L, P, Q, LAW = Origin.LOCAL, Origin.PRACTICE, Origin.QUOTED, Origin.LAW


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds by name; the unit is the name's ending. The rules raise tolerances to the clock's uncertainty."""

    edge_tolerance_seconds: float = _limit(
        60.0, L, "活动起止时间的最低容差 / least tolerance at the edges of an activity", 60
    )
    late_start_warn_seconds: float = _limit(
        60.0, L, "到达后超过此时间才开始记录: 提示 / recording begins later than this after arrival: warn", 60
    )
    late_start_fail_seconds: float = _limit(
        180.0, L, "到达后超过此时间才开始记录: 不合规 / recording begins later than this after arrival: fail", 60
    )
    early_end_seconds: float = _limit(
        120.0, L, "处置完毕前提前结束记录的容许时间 / recording may stop this long before the finish", 60
    )
    custody_end_seconds: float = _limit(
        120.0, L, "带至办案区前提前结束记录的容许时间 / recording may stop this long before entry to custody", 60
    )
    gap_info_seconds: float = _limit(2.0, P, "不超过此时长的中断不计 / interruptions up to this are none")
    gap_fail_seconds: float = _limit(10.0, L, "超过此时长的中断为不合规 / interruptions beyond this fail")
    explanation_hours: float = _limit(
        24.0, Origin.UNVERIFIED, "中断说明的提交时限 / time for explaining an interruption"
    )
    explanation_slack_seconds: float = _limit(
        60.0, L, "说明中起止时间的录入误差 / error of times entered by hand in explanations"
    )
    coverage_warn_ratio: float = _limit(0.95, L, "记录完整率低于此值: 提示 / coverage below this: warn")
    coverage_fail_ratio: float = _limit(0.80, L, "记录完整率低于此值: 不合规 / coverage below this: fail")
    fragment_seconds: float = _limit(
        30.0, L, "全部片段合计短于此时长为零碎记录 / all clips together shorter than this are a fragment"
    )
    min_on_scene_seconds: float = _limit(
        60.0, L, "在场不足此时间的警情不作要求 / stays shorter than this need no recording"
    )
    upload_grace_hours: float = _limit(
        24.0, Q, "执勤结束后的上传时限, 期间待判定 / time for upload after duty; pending meanwhile"
    )
    late_upload_hours: float = _limit(24.0, Q, "记录结束后的导入时限 / time for import after the recording's end")
    same_day_upload_hours: float = _limit(
        12.0, L, "非当日导入且超过此时间: 提示 / imported on a later day and after this: warn"
    )
    unlinked_hours: float = _limit(72.0, L, "导入后未关联的容许时间 / a clip may stay unlinked this long after import")
    link_tolerance_seconds: float = _limit(
        60.0, L, "人工关联与活动时段的容差 / tolerance between a manual link and its activity"
    )
    still_arriving_hours: float = _limit(24.0, L, "文件传输的最长时间 / a file may be arriving for this long")
    shift_incidents: int = _limit(
        2, L, "整班无记录按一个问题提出所需的警情数 / incidents from which a whole shift is one finding", 1
    )
    retention_months: int = _limit(6, Q, "视音频资料最短保存期(自然月) / calendar months that a file must be kept", 1)
    decodable_ratio: float = _limit(0.98, L, "可解码部分的最低比例 / least share of a file that can be decoded")
    track_end_seconds: float = _limit(
        5.0, L, "声音与画面先后结束的容许差 / one track may end this long before the other"
    )
    sync_seconds: float = _limit(1.0, P, "声画起点或长度的容许差 / sound and picture may differ by this")
    session_edge_seconds: float = _limit(
        60.0, L, "讯问录像起止的容差 / tolerance at the start and end of a session", 60
    )
    session_gap_seconds: float = _limit(2.0, L, "讯问录像的中断容差 / interruptions of a session up to this are none")
    session_channel_seconds: float = _limit(2.0, L, "必需通道缺失的容差 / a required channel may be missing this long")
    interruption_slack_seconds: float = _limit(
        60.0, L, "登记中断时间的录入误差 / error of declared interruption times entered by hand"
    )
    camera_storage_gb: float = _limit(
        0.0,
        L,
        "执法记录仪容量(GB, 0为未知), 用于估计循环覆盖 / memory of a body camera, 0: not known; for when it overwrites",
    )
    room_storage_gb: float = _limit(
        0.0, L, "讯问室录像设备容量(GB, 0为未知) / memory of a room's recorder, 0: not known"
    )
    room_recording_minutes: float = _limit(
        60.0, L, "讯问室录像达到此时长而无办案活动即提出 / a room recording this long needs a session"
    )
    room_slack_minutes: float = _limit(
        10.0, L, "录像与办案活动之间的登记误差 / a session this near to a room recording belongs to it"
    )
    room_continuous_hours: float = _limit(
        24.0, L, "录像达到此时长视为全天候录像, 不作判断 / a room recording this long is kept running day and night"
    )
    feed_arrival_hours: float = _limit(
        24.0, L, "一天的警情或办案活动进入数据源的时限 / time for a day's activities to reach the feed"
    )
    feed_chance_ratio: float = _limit(
        0.001, L, "平常日子出现如此少活动的概率低于此值即视为缺口 / a day this unlikely on an ordinary day is a hole"
    )
    feed_low_ratio: float = _limit(
        0.25, L, "有活动的日子不足平常的此比例才可能是缺口 / a day with activities is a hole only below this share"
    )
    criminal_chain_hours: float = _limit(12.0, LAW, "连续讯问时限 / longest chain of interrogations")
    criminal_chain_approved_hours: float = _limit(24.0, LAW, "经批准的连续讯问时限 / the same, with approval")
    administrative_chain_hours: float = _limit(8.0, LAW, "询问查证时限 / longest chain of administrative questioning")
    administrative_chain_approved_hours: float = _limit(24.0, LAW, "经批准的询问查证时限 / the same, with approval")
    clock_warn_seconds: float = _limit(30.0, L, "设备时钟偏差: 提示 / clock offset: warn")
    clock_fail_seconds: float = _limit(60.0, L, "设备时钟偏差: 不合规 / clock offset: fail")
    clock_drift_seconds_per_day: float = _limit(3.0, P, "设备时钟每日漂移 / clock drift per day")
    time_conflict_seconds: float = _limit(5.0, L, "各时间来源的容许差 / sources of time may differ by this")
    recorder_width: int = _limit(1280, P, "执法记录仪画面最小宽度(像素) / least picture width of body cameras", 1)
    recorder_height: int = _limit(720, P, "执法记录仪画面最小高度(像素) / least picture height of body cameras", 1)
    recorder_frame_rate: float = _limit(25.0, P, "执法记录仪实际帧率 / delivered frames per second of body cameras")
    frame_rate_tolerance_ratio: float = _limit(0.02, L, "帧率测量容差 / tolerance of the measured frame rate")
    room_width: int = _limit(704, Q, "讯问室画面最小宽度(像素) / least picture width of interrogation rooms", 1)
    room_height: int = _limit(576, Q, "讯问室画面最小高度(像素) / least picture height of interrogation rooms", 1)
    content_join_seconds: float = _limit(
        2.0, L, "画面或声音短暂恢复不超过此时间视为未恢复 / picture or sound back for no longer than this is none"
    )
    picture_lost_seconds: float = _limit(
        30.0, L, "时段内黑屏、静帧、无信号的容许时间 / black, frozen or no signal in required time, up to this"
    )
    black_grey: float = _limit(30.0, L, "最亮处不超过此值为黑屏 / brightest part up to this is black", most=255)
    frozen_grey: float = _limit(0.8, L, "画面变化不超过此值为静帧 / change between pictures up to this", most=255)
    no_signal_ratio: float = _limit(0.8, L, "提示卡或彩条占画面的最低比例 / share that is a card or bars, from this")
    silence_seconds: float = _limit(60.0, L, "时段内无声的容许时间 / silence in required time, up to this")
    silence_dbfs: float = _limit(
        -60.0, P, "最响处不超过此值为无声 / loudest moment up to this is silence", SILENT_LEAST, 0
    )
    low_sound_dbfs: float = _limit(
        -45.0, L, "声音始终不超过此值为音量过低 / sound never above this is too low", SILENT_LEAST, 0
    )
    covered_seconds: float = _limit(30.0, L, "时段内镜头被遮挡的容许时间 / lens covered in required time, up to this")
    covered_grey: float = _limit(3.0, L, "最强纹理不超过此值为遮挡 / strongest structure up to this", most=255)
    blurred_seconds: float = _limit(30.0, L, "时段内画面模糊的容许时间 / out of focus in required time, up to this")
    blurred_ratio: float = _limit(0.3, L, "最清晰处不超过此比例为模糊 / sharpest edge up to this share of focus")
    turned_seconds: float = _limit(30.0, L, "时段内画面颠倒的容许时间 / picture turned in required time, up to this")
    overlay_seconds: float = _limit(3.0, P, "画面时间与文件时间的容许差 / on-screen clock and file may differ by this")
    overlay_reading_seconds: float = _limit(1.0, L, "读取画面时间的误差 / error of reading a clock that shows seconds")
    overlay_missing_ratio: float = _limit(
        0.5, L, "抽查画面中无时间的比例超过此值为缺失 / beyond this share of pictures without a clock it is missing"
    )
    overlay_jump_seconds: float = _limit(
        2.0, L, "画面时间相对片段跳变的容许值 / the on-screen clock may jump by this inside a file"
    )
    typical_travel_seconds: float = _limit(
        480.0, P, "缺到达时间时估计的路途时间 / travel assumed where arrival is not recorded"
    )
    typical_stay_seconds: float = _limit(
        720.0, P, "缺完毕时间时估计的在场时间 / stay assumed where the finish is not recorded"
    )
    longest_stay_hours: float = _limit(
        12.0,
        L,
        "在场更久视为未及时结案, 完毕时间只作上限 / a longer stay was closed late: its end is an upper bound",
    )
    local_utc_offset_minutes: int = _limit(
        480, L, "本地时间与UTC之差(分钟) / local time minus UTC, for dates and printed times", -720, 840
    )
    video_codecs: tuple[str, ...] = _limit(("h264", "hevc", "svac"), L, "允许的视频编码 / accepted video codecs")
    containers: tuple[str, ...] = _limit(
        ("mp4", "avi", "mkv", "mov", "ts", "ps", "dav"), L, "允许的封装格式 / accepted containers"
    )
    editor_words: tuple[str, ...] = _limit(
        EDITORS,
        L,
        "写入程序含此词即为编辑或转换软件 / words that name an editor or converter in the writing application",
    )
    trusted_writers: tuple[str, ...] = _limit(
        (), L, "本单位设备自带的写入程序(不视为编辑) / writing applications of the unit's own equipment: not editors"
    )
    default_identities: tuple[str, ...] = _limit(
        ("0000000", "000000"), P, "出厂默认的设备编号和警号 / serials and badges as delivered by the factory"
    )
    permanent_categories: tuple[str, ...] = _limit(
        ("妨害公务", "阻碍执法", "阻碍执行职务", "袭警", "群体性事件", "重大突发事件", "重大", "疑难"),
        Q,
        "须永久保存的警情类别用词 / words of categories whose footage is kept for ever",
    )
    exempt_session_kinds: tuple[str, ...] = _limit(
        (), L, "不需录像的办案活动类别 / session kinds that need no recording"
    )

    def __post_init__(self) -> None:
        for lower, upper in ORDERED:
            if getattr(self, lower) > getattr(self, upper):
                raise _refused(lower, f"at most {upper} = {getattr(self, upper)}", getattr(self, lower))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> "Limits":
        """Section [limits] → Limits. Raises ConfigError naming the key, what was expected and what was found."""
        infos = {info.name: info for info in describe_limits()}
        unknown = next((key for key in mapping if key not in infos), None)
        if unknown is not None:
            raise unknown_key("limits", unknown, infos)
        checked: dict[str, Any] = {key: _checked(infos[key], value) for key, value in mapping.items()}
        return cls(**checked)

    @property
    def window_defaults(self) -> WindowDefaults:
        """What to assume where a time of an activity is missing."""
        return WindowDefaults(
            timedelta(seconds=self.typical_travel_seconds),
            timedelta(seconds=self.typical_stay_seconds),
            timedelta(hours=self.longest_stay_hours),
        )

    @property
    def zone(self) -> timezone:
        """Fixed local zone for calendar days and printed times."""
        return timezone(timedelta(minutes=self.local_utc_offset_minutes))

    def permanent_reason(self, activity: Incident | InterrogationSession) -> str | None:
        """Why footage of an activity is kept for ever (XC-2016 art. 13), None when the normal time applies."""
        return self.kept_for_ever(activity.case_number, activity.category)

    def kept_for_ever(self, case_number: str | None, category: str | None) -> str | None:
        """As above, of what is known of an activity."""
        if case_number:
            return say(f"案件 {case_number} 的证据", f"evidence of case {case_number}")
        word = next((word for word in self.permanent_categories if word in (category or "")), None)
        return say(f"警情类别为{word}", f"category {word}") if word else None


ORDERED = (
    ("late_start_warn_seconds", "late_start_fail_seconds"),
    ("gap_info_seconds", "gap_fail_seconds"),
    ("coverage_fail_ratio", "coverage_warn_ratio"),
    ("clock_warn_seconds", "clock_fail_seconds"),
    ("silence_dbfs", "low_sound_dbfs"),
    ("criminal_chain_hours", "criminal_chain_approved_hours"),
    ("administrative_chain_hours", "administrative_chain_approved_hours"),
)
"""Pairs whose first may not exceed the second."""

UNITS = {
    "_seconds_per_day": "s/day",
    "_seconds": "s",
    "_minutes": "min",
    "_hours": "h",
    "_months": "months",
    "_ratio": "0..1",
    "_frame_rate": "fps",
    "_width": "px",
    "_height": "px",
    "_incidents": "count",
    "_gb": "GB",
    "_grey": "grey",
    "_dbfs": "dBFS",
}


@dataclass(frozen=True, slots=True)
class LimitInfo:
    """What is known of one threshold. `unit` is `words` for lists; `least` and `most` bound values that make sense."""

    name: str
    default: float | int | tuple[str, ...]
    unit: str
    origin: Origin
    meaning_zh: str
    meaning_en: str
    least: float
    most: float


def describe_limits() -> tuple[LimitInfo, ...]:
    """Every threshold in the order of declaration, for docs/rules.md, `bwc check` and error messages."""
    return tuple(
        LimitInfo(
            field.name,
            field.metadata["default"],
            next((unit for ending, unit in UNITS.items() if field.name.endswith(ending)), "words"),
            field.metadata["origin"],
            field.metadata["zh"],
            field.metadata["en"],
            field.metadata["least"],
            1.0 if field.name.endswith("_ratio") else field.metadata["most"],
        )
        for field in dataclasses.fields(Limits)
    )


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Section [exclude]: activities that need no recording, by category or status."""

    categories: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> "Exclusions":
        """Section [exclude] → Exclusions. Raises ConfigError."""
        unknown = next((key for key in mapping if key not in ("categories", "statuses")), None)
        if unknown is not None:
            raise unknown_key("exclude", unknown, ("categories", "statuses"))
        return cls(**{key: _words("exclude", key, value) for key, value in mapping.items()})

    def reason(self, incident: Incident) -> str | None:
        """Why the incident needs no recording, None when it does. A word must match whole, never a part of it."""
        for label, value, words in (
            ("警情类别 / category", incident.category, self.categories),
            ("警情状态 / status", incident.status, self.statuses),
        ):
            parts = _parts(value)
            word = next((word for word in words if word.strip() in parts), None)
            if word:
                return f"{label} {word}"
        return None


def _parts(value: str | None) -> frozenset[str]:
    """The value itself and its levels: `骚扰/电话骚扰` holds `骚扰` and `电话骚扰`."""
    if not value:
        return frozenset()
    levels = value
    for mark in "/\\>-—:：、,，;；":
        levels = levels.replace(mark, "/")
    return frozenset(part.strip() for part in (value, *levels.split("/")) if part.strip())


def unknown_key(section: str, key: str, known: Iterable[str]) -> ConfigError:
    """The error for a key that does not exist; names the closest one that does."""
    closest = difflib.get_close_matches(key, list(known), n=1, cutoff=0)
    return ConfigError(f"config.toml [{section}] {key}: unknown key; the closest known key is {closest[0]}")


def _refused(key: str, expected: str, got: object, section: str = "limits") -> ConfigError:
    return ConfigError(f"config.toml [{section}] {key}: expected {expected}, got {got!r}")


def _checked(info: LimitInfo, value: object) -> float | int | tuple[str, ...]:
    if isinstance(info.default, tuple):
        return _words("limits", info.name, value)
    whole = isinstance(info.default, int)
    kind = "a whole number" if whole else "a number"
    expected = f"{kind} ({info.unit}) from {info.least:g} to {info.most:g}"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise _refused(info.name, expected, value)
    if not info.least <= value <= info.most:  # NaN fails both comparisons
        raise _refused(info.name, expected, value)
    return value if whole else float(value)


def _words(section: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) and word.strip() for word in value):
        raise _refused(key, "a list of words", value, section)
    return tuple(word.strip() for word in value)
