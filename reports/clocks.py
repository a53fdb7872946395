"""设备时钟: how far each camera's clock is off, since when, how that is known, and how many clips it concerns."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from domain.clip import ClockKind
from domain.finding import Result
from domain.vocabulary import CLOCK_KINDS, RESULTS
from domain.wording import joined
from reports.base import Asked, Column, Form, Report, Row, Total, iso, share
from storage.queries.device_clocks import ClockInPeriod, clocks_in_period

OFF = tuple(kind for kind in ClockKind if kind is not ClockKind.NONE)
COLUMNS = (
    Column("device", ("设备", "Device")),
    Column("model", ("型号", "Model")),
    Column("unit", ("单位", "Unit")),
    Column("kind", ("时钟", "Clock"), words={kind.value: word for kind, word in CLOCK_KINDS.items()}),
    Column("offset_s", ("偏差（秒，正为设备慢）", "Offset (s, positive: slow)"), Form.NUMBER),
    Column("error_s", ("误差（±秒）", "Error (± s)"), Form.NUMBER),
    Column("drift_s_per_day", ("每天漂移（秒）", "Drift (s a day)"), Form.NUMBER),
    Column("since", ("自", "Since"), Form.TIME),
    Column("lost_clips", ("时间丢失的片段", "Clips that lost their time"), Form.NUMBER),
    Column("clips", ("期间片段", "Clips of the period"), Form.NUMBER),
    Column("affected", ("其中受影响（时钟有问题）", "Affected (clock is off)"), Form.NUMBER),
    Column("corrected", ("其中按时钟校正", "Corrected by it"), Form.NUMBER),
    Column("unplaced", ("其中无法定时", "Without a time"), Form.NUMBER),
    Column("judged", ("判定", "Verdict"), words={one.value: RESULTS[one] for one in Result}),
    Column("evidence", ("依据", "Evidence"), Form.STATEMENT),
    Column("scan", ("所据扫描", "Scan"), Form.NUMBER, compared=False),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of serial."""
    return [_row(one) for one in clocks_in_period(connection, asked.filters())]


def _row(one: ClockInPeriod) -> Row:
    clock = one.clock
    return {
        "device": one.serial,
        "model": one.model,
        "unit": one.unit,
        "kind": clock and clock.kind.value,
        "offset_s": clock and clock.offset.total_seconds(),
        "error_s": clock and clock.error.total_seconds(),
        "drift_s_per_day": clock and clock.drift_s_per_day,
        "since": iso(one.since),
        "lost_clips": clock and clock.lost_clips,
        "clips": one.clips,
        "affected": one.clips if clock and clock.kind in OFF else 0,
        "corrected": one.corrected,
        "unplaced": one.unplaced,
        "judged": one.result,
        "evidence": joined(clock.evidence) if clock else None,
        "scan": one.scan,
    }


def totals(found: Sequence[Row]) -> list[Total]:
    """Devices by kind of those whose clock is told; clips concerned of all clips of the period."""
    kinds = Counter(row["kind"] for row in found)
    told, clips = len(found) - kinds[None], sum(row["clips"] for row in found)
    affected, corrected, unplaced = (sum(row[name] for row in found) for name in ("affected", "corrected", "unplaced"))
    off = sum(kinds[kind] for kind in OFF)
    return [
        Total("devices", ("设备", "Devices"), len(found)),
        *(Total(kind.value, CLOCK_KINDS[kind], kinds[kind], told) for kind in ClockKind),
        Total("off", ("时钟有问题（可判断者）", "Clock is off (of those told)"), share(off, told), told, Form.SHARE),
        Total(
            "untold-share",
            ("无法判断占比", "Not told"),
            share(kinds[None], len(found)),
            len(found),
            Form.SHARE,
        ),
        Total("affected", ("受影响的片段", "Clips affected"), affected, clips),
        Total("corrected", ("按时钟校正的片段", "Clips corrected"), corrected, clips),
        Total("unplaced", ("无法定时的片段", "Clips without a time"), unplaced, clips),
    ]


CLOCKS = Report(
    name="clocks",
    title=("设备时钟", "Clocks of devices"),
    about=(
        "登记的设备及期间内有片段的设备：期间内最近一个双周的时钟偏差（标准时间减设备时间）、误差、种类、自何时起、"
        "依据；时钟有问题的设备在期间内的片段为受影响，其中开始时间按此校正的（采集站清单等另有准确时间的不需校正）"
        "和无法定时的另列。没有可用于判断的片段者计入“无法判断”，不计入比率。",
        "Registered cameras and those with clips of the period: the clock of the period's last fortnight (true "
        "minus camera), its error, kind, since when, how it is known. Affected are the clips of the period of a "
        "camera whose clock is off; of these some were corrected by it (not those that have a right time elsewhere, "
        "as on a station's list), some have no time. Cameras without clips to tell by are counted as not told and "
        "are in no rate.",
    ),
    columns=COLUMNS,
    key=("device",),
    rows=rows,
    totals=totals,
)
