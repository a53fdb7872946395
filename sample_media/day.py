"""The whole day: registers, everything in the stores, every activity, and all that a scan must find."""

from sample_media import rooms, station_a, station_b
from sample_media.tables import BRANCH, ROOMS, STATION_A, STATION_B, Fault, at

UNITS = (
    (BRANCH, "示范分局", ""),
    (STATION_A, "示范一所", BRANCH),
    (STATION_B, "示范二所", BRANCH),
    (ROOMS, "示范办案中心", BRANCH),
)
SUPERVISOR_A = "031001"
OFFICERS = (
    (SUPERVISOR_A, "示例带班", STATION_A),
    *((badge, f"示例{badge[-3:]}", STATION_A) for badge in station_a.OFFICER_OF.values()),
    *((badge, f"示例{badge[-3:]}", STATION_B) for badge in station_b.OFFICER_OF.values()),
    ("033001", "示例办案一", ROOMS),
    ("033002", "示例办案二", ROOMS),
)
ISSUES = (*station_a.ISSUES, *station_b.ISSUES)
CLIPS = (*station_a.CLIPS, *station_b.CLIPS, *rooms.CLIPS)
STILLS = station_b.STILLS
LOST = (station_b.LOST,)
INCIDENTS = (*station_a.INCIDENTS, *station_b.INCIDENTS)
SESSIONS = rooms.SESSIONS

EXPLANATIONS = (
    (
        "JQ20261120A07",
        "031025",
        at("11:31:00"),
        at("11:31:50"),
        "设备故障",
        "电量不足自动停止,更换电池后继续记录",
        SUPERVISOR_A,
    ),
)
FEED_FAULTS = (("110-a", Fault("nonstandard.feed", "one row without an incident number was rejected")),)


def expected() -> list[tuple[str, str, Fault]]:
    """Every finding a scan must make: kind, subject, fault; those that must be looked for in pictures and sound last.

    Nothing else may be found.
    """
    found = [
        *(("incident", incident.number, fault) for incident in INCIDENTS for fault in incident.faults),
        *(("session", session.number, fault) for session in SESSIONS for fault in session.faults),
        *(("clip", clip.subject, fault) for clip in CLIPS for fault in clip.faults),
        *(("device", serial, fault) for serial, fault in (*station_a.DEVICE_FAULTS, *station_b.DEVICE_FAULTS)),
        *(("store", store, fault) for store, fault in station_b.STORE_FAULTS),
        *(("feed", feed, fault) for feed, fault in FEED_FAULTS),
    ]
    return sorted(found, key=lambda row: row[2].seen)
