"""Device facts in free text: `DeviceID:1234567;PoliceID:012345`, `设备编号：1234567 警号：012345`, JSON of the same.

Recorders write such lines into comments, titles and unused boxes; the words before the colon say what the value is.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from indexer.containers.statements import FreeText, Statement

MAX_SEARCHED = 4096  # characters of one text
MAX_VALUE = 64

LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "serial": (
            *("设备编号", "设备编码", "设备号", "设备ID", "设备序列号", "产品编号", "产品序号", "产品序列号"),
            *("执法仪编号", "记录仪编号", "仪器编号", "机器编号", "机身号", "机身编号", "序列号"),
            *("DeviceID", "DeviceNo", "DeviceNumber", "DeviceSN", "DevID", "DevNo", "DevSN", "SerialNumber"),
            *("SerialNo", "Serial", "DeviceSerialNumber", "DeviceSerial", "CameraID", "CameraSN", "RecorderID"),
            *("SN", "S/N"),
        ),
        "badge": (
            *("警号", "警员编号", "警员号", "警员ID", "民警编号", "民警警号", "人员编号", "用户编号", "使用人编号"),
            *("PoliceID", "PoliceNo", "PoliceNumber", "OfficerID", "OfficerNo", "BadgeNumber", "BadgeNo", "BadgeID"),
            *("Badge", "UserID", "UserNo"),
        ),
        "make": ("制造商", "生产厂家", "生产商", "厂商", "厂家", "Manufacturer", "Make", "Vendor"),
        "model": ("设备型号", "产品型号", "型号", "DeviceModel", "ModelName", "ModelNo", "Model"),
        "firmware": (
            *("固件版本", "软件版本", "版本号", "FirmwareVersion", "Firmware", "FWVersion", "FWVer", "SoftwareVersion"),
        ),
    }
)


def _spelling(label: str) -> str:
    """The label with a blank, a low line or nothing wherever its parts meet: DeviceID, Device ID, device_id."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[^A-Za-z]+", label)
    return r"[ _.-]?".join(re.escape(part) for part in parts)


ROLES: Mapping[str, str] = MappingProxyType(
    {re.sub(r"[ _.-]", "", label).lower(): key for key, labels in LABELS.items() for label in labels}
)
LABELLED = re.compile(
    r"(?<![A-Za-z0-9])("
    + "|".join(_spelling(label) for labels in LABELS.values() for label in sorted(labels, key=len, reverse=True))
    + r")\.?[\"']?[ \t]{0,8}[:：=＝][ \t]{0,8}[\"']?([^\s;；,，、|\"'<>{}\[\]\x00]{1,"
    + str(MAX_VALUE)
    + r"})",
    re.IGNORECASE,
)


ABSENT = frozenset({"null", "none", "n/a", "nil", "unknown", "unset", "undefined", "无", "未设置", "未知", "空"})


def labelled(said: str) -> Iterator[Statement]:
    """Every labelled value of a text, in order, but those that only say that there is none."""
    for found in LABELLED.finditer(said[:MAX_SEARCHED]):
        if found[2].lower() not in ABSENT:
            yield ROLES[re.sub(r"[ _.-]", "", found[1]).lower()], FreeText(found[2])
