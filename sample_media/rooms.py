"""The interrogation suite: two channels a room, names `<room>_<channel>_<start>_<end>`, one recorder writes blocks."""

from datetime import datetime, timedelta
from typing import Any

from sample_media.tables import (
    Audio,
    Container,
    Fault,
    Form,
    SampleClip,
    SampleSession,
    Shown,
    Sight,
    Video,
    at,
    compact,
)

STORE = "rooms"
DEVICE_OF = {
    ("XW-01", "CH1"): "1300101",
    ("XW-01", "CH2"): "1300102",
    ("XW-02", "CH1"): "1300201",
    ("XW-02", "CH2"): "1300202",
    ("XW-03", "CH1"): "1300301",
    ("XW-04", "CH1"): "1300401",
}
PLAIN = Form(width=704, height=576, rate=10)


def form(container: Container, video: Video = Video.H264) -> Form:
    return Form(container, video, Audio.AAC, 704, 576, 10)


def file_path(room: str, channel: str, start: datetime, end: datetime, suffix: str) -> str:
    return f"{room}/{start:%Y%m%d}/{room}_{channel}_{compact(start)}_{compact(end)}.{suffix}"


def clip(room: str, channel: str, clock: str, seconds: int, **changes: Any) -> SampleClip:
    start = at(clock)
    end = start + timedelta(seconds=seconds)
    how: Form = changes.pop("form", PLAIN)
    suffix = "mp4" if how.container is Container.FRAGMENTED else how.container.value
    values: dict[str, Any] = {
        "path": file_path(room, channel, start, end, suffix),
        "container": None if how.container in (Container.TS, Container.PS, Container.AVI) else start,
        "modified": end,
        "listed": start,
        "imported_at": end + timedelta(seconds=60),
    }
    values.update(changes)
    return SampleClip(
        store=STORE,
        start=start,
        seconds=seconds,
        device=DEVICE_OF[room, channel],
        officer=None,
        camera=start,
        form=how,
        label=f"{room} {channel}",
        **values,
    )


MKV, MOV = form(Container.MKV), form(Container.MOV)
CLIPS = (
    clip("XW-01", "CH1", "08:59:50", 105, note="before the declared break"),
    clip("XW-01", "CH1", "09:02:25", 105, note="after the declared break"),
    clip("XW-01", "CH2", "08:59:50", 105, form=MKV, note="before the declared break"),
    clip("XW-01", "CH2", "09:02:25", 105, form=MKV, note="after the declared break"),
    clip("XW-01", "CH1", "13:10:50", 120, note="segment 1 of 2"),
    clip("XW-01", "CH1", "13:12:50", 110, note="segment 2 of 2, no time between them"),
    clip("XW-01", "CH2", "13:10:50", 120, form=form(Container.FRAGMENTED), note="segment 1 of 2"),
    clip("XW-01", "CH2", "13:12:50", 110, form=form(Container.FRAGMENTED), note="segment 2 of 2"),
    clip("XW-02", "CH1", "13:59:50", 140, form=MOV, note="clean; the second channel is missing"),
    clip(
        "XW-02",
        "CH1",
        "15:24:50",
        140,
        form=form(Container.PS),
        path="XW-02/20261120/hiv00000.mp4",
        note="recorder block: an MPEG program stream despite its name; its time is in the station's list only",
    ),
    clip(
        "XW-02",
        "CH2",
        "15:24:50",
        140,
        form=form(Container.TS),
        shows=(Shown(Sight.FROZEN, 40, 60),),
        note="the picture stands still from second 40 to 100 while its clock runs on",
        faults=(Fault("incomplete.picture-lost", "frozen for 60 s of the session, allowed 30 s", seen=True),),
    ),
    clip("XW-04", "CH1", "09:59:50", 80, form=form(Container.MP4, Video.H265), note="before the undeclared break"),
    clip("XW-04", "CH1", "10:01:50", 80, form=MKV, note="after the undeclared break"),
)


def session(number: str, room: str, started: str, signed: str, **changes: Any) -> SampleSession:
    values: dict[str, Any] = {
        "category": "讯问",
        "case_number": f"AJ20261120{number}",
        "person_code": f"P20261120{number}",
        "officers": ("033001", "033002"),
        "channels": ("CH1", "CH2"),
    }
    values.update(changes)
    return SampleSession(number=f"XW20261120{number}", room=room, started=at(started), signed=at(signed), **values)


SESSIONS = (
    session("01", "XW-01", "13:11:00", "13:14:30", note="compliant; the person of incident JQ20261120B12"),
    session(
        "02",
        "XW-04",
        "10:00:00",
        "10:03:00",
        channels=("CH1",),
        note="undeclared break",
        faults=(Fault("incomplete.session-gap", "40 s without recording, no interruption declared"),),
    ),
    session(
        "03",
        "XW-01",
        "09:00:00",
        "09:04:00",
        category="询问",
        interruption=(at("09:01:30"), at("09:02:30"), "如厕"),
        note="compliant: the break of 50 s lies inside the declared interruption",
    ),
    session(
        "04",
        "XW-02",
        "14:00:00",
        "14:02:00",
        note="second channel missing",
        faults=(Fault("incomplete.session-channel", "CH2 is missing while CH1 runs"),),
    ),
    session(
        "05",
        "XW-02",
        "15:25:00",
        "15:27:00",
        note="the second channel stood still for a minute; the person of incident JQ20261120B13",
    ),
    session(
        "06",
        "XW-03",
        "16:00:00",
        "16:10:00",
        category="财物清点",
        channels=("CH1",),
        note="inventory without any recording",
        faults=(Fault("missing.session-not-recorded", "no recording of the room in that time"),),
    ),
)
