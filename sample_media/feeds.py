"""Writes the day's feeds as other systems would: several encodings, headings and time formats, and a few dirty rows."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from sample_media import day, rooms, station_a, station_b
from sample_media.tables import ROOMS, STATION_A, STATION_B, SampleClip, SampleIncident, at

Cells = Sequence[str]
ZIP_DATE = (2026, 11, 20, 0, 0, 0)
UTF8, UTF8_MARKED, GB18030 = "utf-8", "utf-8-sig", "gb18030"


def plain(moment: datetime | None, empty: str = "") -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else empty


def slashed(moment: datetime | None) -> str:
    return f"{moment:%Y/%m/%d %H:%M:%S}" if moment else ""


def run_together(moment: datetime | None) -> str:
    return f"{moment:%Y%m%d%H%M%S}" if moment else ""


def milliseconds(moment: datetime | None) -> str:
    return str(int(moment.timestamp() * 1000)) if moment else ""


def write_csv(target: Path, encoding: str, headings: str, rows: Iterable[Cells]) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(headings.split())
    table.writerows(rows)
    target.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(target: Path, headings: str, rows: Iterable[Cells]) -> None:
    """A workbook that is the same bytes every time: neither the document nor its archive carries today's date."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(headings.split())
    for row in rows:
        sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    stamp = b"2026-11-20T00:00:00Z"
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in source.namelist():
            content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z(?=</dcterms)", stamp, source.read(name))
            fixed.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)


def incident_row_a(incident: SampleIncident) -> list[str]:
    return [
        incident.number,
        plain(incident.received),
        plain(incident.dispatched),
        plain(incident.arrived, "NULL"),
        plain(incident.finished, "1900-01-01 00:00:00"),
        plain(incident.feedback),
        incident.unit,
        "、".join(incident.officers),
        incident.category,
        incident.status,
        "示范路1号",
        incident.case_number or "",
    ]


def incidents_a() -> list[list[str]]:
    """Station A's calls with real dirt: see the README's list of dirty rows."""
    rows = []
    for incident in station_a.INCIDENTS:
        row = incident_row_a(incident)
        if incident.number.endswith("A05"):
            rows.append([*row[:9], "处警中", *row[10:]])
        if incident.number.endswith("A12"):
            row[4] = row[4][-8:]
            row[7] = "示例041(031041)、示例044(031044)"
        rows.append(row)
    nameless = incident_row_a(station_a.INCIDENTS[0])
    rows.insert(5, ["", *nameless[1:]])
    return rows


def incident_row_b(incident: SampleIncident) -> list[str]:
    return [
        incident.number,
        slashed(incident.received),
        slashed(incident.dispatched),
        slashed(incident.arrived),
        run_together(incident.finished),
        milliseconds(incident.feedback),
        incident.unit,
        ",".join(incident.officers),
        incident.category,
        incident.status,
        "示范路2号",
        incident.case_number or "",
    ]


def session_rows() -> list[list[str]]:
    rows = []
    for session in day.SESSIONS:
        broken = ""
        if session.interruption:
            start, end, reason = session.interruption
            broken = f"{plain(start)}/{plain(end)}/{reason}"
        badges, channels = "、".join(session.officers), "、".join(session.channels)
        who = [session.case_number, session.category, session.room, session.person_code, badges, ROOMS]
        rows.append([session.number, *who, plain(session.started), plain(session.signed), broken, channels])
    return rows


def device_rows() -> list[list[str]]:
    cameras = [(STATION_A, serial) for serial in station_a.OFFICER_OF]
    cameras += [(STATION_B, serial) for serial in station_b.OFFICER_OF]
    return [
        *([serial, "BC-S2", "执法记录仪", unit, "", ""] for unit, serial in cameras),
        *([serial, "RC-704", "讯问室", ROOMS, room, channel] for (room, channel), serial in rooms.DEVICE_OF.items()),
    ]


def index_row(clip: SampleClip) -> list[str]:
    end = clip.listed and plain(clip.end)
    number = str(clip.sequence or "")
    return [clip.path, clip.device, clip.officer or "", plain(clip.listed), end or "", plain(clip.imported_at), number]


def index_rows(store: str) -> list[list[str]]:
    """What the station knows: clips and photos that it read out, and the file that has been lost since."""
    rows = [index_row(clip) for clip in day.CLIPS if clip.store == store and clip.imported_at]
    for still in (still for still in day.STILLS if still.store == store):
        times = [plain(still.taken), plain(still.taken), plain(at("20:20:00"))]
        rows.append([still.path, still.device, still.officer, *times, ""])
    for lost in (lost for lost in day.LOST if lost.store == store):
        end = lost.start.timestamp() + lost.seconds
        times = [plain(lost.start), plain(datetime.fromtimestamp(end, lost.start.tzinfo)), plain(lost.imported_at)]
        rows.append([lost.path, lost.device, lost.officer, *times, ""])
    return rows


INCIDENTS_A = (
    "警单序列 接警时间 派警时间 到达现场时间 处置完毕时间 反馈时间 "
    "处警单位代码 处警民警 警情类别 警情状态 案发地址 案件编号"
)
INCIDENTS_B = "jjdbh jjsj pjsj ddxcsj clwbsj fksj cjdwdm cjrbh jqlb jqzt afdz ajbh"
SESSIONS = "讯问编号 案件编号 活动类型 讯问室编号 人员编号 办案民警 办案单位代码 开始时间 签字时间 中断记录 录像通道"
UNITS = "code name parent"
OFFICERS = "警号 姓名 单位代码"
DEVICES = "设备序列号 型号 设备类型 单位代码 房间 通道"
ASSIGNMENTS = "设备编号 警号 领用时间 归还时间"
EXPLANATIONS = "activity officer from to reason note approved_by"
INDEX_CHINESE = "文件路径 设备编号 警号 录制开始时间 录制结束时间 导入时间 文件序号"
INDEX = "path device officer started_at ended_at imported_at sequence"


def write_feeds(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    incidents_b = (incident_row_b(incident) for incident in station_b.INCIDENTS)
    issues = ([issue.device, issue.officer, plain(issue.start), slashed(issue.end)] for issue in day.ISSUES)
    notes = ([a, o, plain(start), plain(end), *rest] for a, o, start, end, *rest in day.EXPLANATIONS)
    write_csv(folder / "incidents-a.csv", UTF8_MARKED, INCIDENTS_A, incidents_a())
    write_csv(folder / "incidents-b.csv", GB18030, INCIDENTS_B, incidents_b)
    write_csv(folder / "sessions.csv", GB18030, SESSIONS, session_rows())
    write_csv(folder / "units.csv", UTF8, UNITS, day.UNITS)
    write_xlsx(folder / "officers.xlsx", OFFICERS, day.OFFICERS)
    write_csv(folder / "devices.csv", UTF8_MARKED, DEVICES, device_rows())
    write_csv(folder / "assignments.csv", GB18030, ASSIGNMENTS, issues)
    write_csv(folder / "explanations.csv", UTF8, EXPLANATIONS, notes)
    write_csv(folder / "clip-index-a.csv", UTF8_MARKED, INDEX_CHINESE, index_rows(station_a.STORE))
    write_csv(folder / "clip-index-b.csv", GB18030, INDEX_CHINESE, index_rows(station_b.STORE))
    write_csv(folder / "clip-index-rooms.csv", UTF8, INDEX, index_rows(rooms.STORE))
