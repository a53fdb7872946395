"""Station A: names `<device7>_<badge6>_<local time>_<sequence>`; numbering, segments, holes, zones, damage."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sample_media.tables import (
    STATION_A,
    Audio,
    Container,
    Damage,
    Fault,
    Form,
    Issue,
    SampleClip,
    SampleIncident,
    Shown,
    Sight,
    at,
    compact,
)

STORE = "dock-a"
OFFICER_OF = {
    "1100001": "031021",
    "1100002": "031022",
    "1100003": "031025",
    "1100004": "031033",
    "1100005": "031041",
    "1100006": "031044",
    "1100007": "031058",
    "1100008": "031063",
    "1100009": "031072",
    "1100010": "031075",
    "1100011": "031079",
}
NIGHT, EAST, ZONED, OWN_PATTERN = "1100008", "1100009", "1100010", "1100011"
EIGHT_HOURS = timedelta(hours=8)
ISSUES = tuple(
    Issue(device, officer, at("00:00:00"), at("08:00:00"))
    if device == NIGHT
    else Issue(device, officer, at("07:40:00"), at("20:10:00"))
    for device, officer in OFFICER_OF.items()
)
SUFFIX = {Container.FRAGMENTED: "mp4"}


def file_path(device: str, sequence: int, camera: datetime, form: Form) -> str:
    officer = OFFICER_OF[device]
    suffix = SUFFIX.get(form.container, form.container.value)
    name = f"{device}_{officer}_{compact(camera)}_{sequence:04}.{suffix}"
    if device == OWN_PATTERN:
        name = f"{camera:%Y%m%d-%H%M%S}_{device}-{officer}_{sequence:04}.{suffix}"
    return f"{camera:%Y-%m-%d}/{officer}/{name}"


def clip(device: str, sequence: int, clock: str, seconds: int, **changes: Any) -> SampleClip:
    """One clip of station A; what the camera believed follows from the device's known fault."""
    start = at(clock)
    camera = start + EIGHT_HOURS if device == ZONED else start
    form: Form = changes.pop("form", Form())
    values: dict[str, Any] = {
        "path": file_path(device, sequence, camera, form),
        "container": start + EIGHT_HOURS if device in (EAST, ZONED) else start,
        "modified": camera + timedelta(seconds=seconds),
        "listed": start,
        "imported_at": at("08:05:00") if device == NIGHT else at("20:30:00"),
    }
    values.update(changes)
    return SampleClip(
        store=STORE,
        start=start,
        seconds=seconds,
        device=device,
        officer=OFFICER_OF[device],
        camera=camera,
        form=form,
        sequence=sequence,
        label=f"{device} {OFFICER_OF[device]}",
        **values,
    )


def copying() -> SampleClip:
    whole = clip("1100006", 4, "16:11:23", 60, listed=None, imported_at=None, damage=Damage.COPYING)
    return replace(
        whole,
        path=whole.path + ".part",
        note="copy in progress since the evening of 20 November",
        faults=(Fault("incomplete.still-arriving", "still under its temporary name more than 24 h later"),),
    )


CLIPS = (
    clip("1100001", 1, "08:11:52", 91, note="clean"),
    clip("1100001", 2, "09:19:50", 60, note="segment 1 of 3 of one recording"),
    clip("1100001", 3, "09:20:50", 60, note="segment 2 of 3, no time between them"),
    clip("1100001", 4, "09:21:50", 60, note="segment 3 of 3"),
    clip("1100001", 5, "10:39:52", 91, form=Form(Container.MOV), note="clean; the colleague has nothing"),
    clip("1100002", 1, "08:53:20", 80, note="begins 200 s after arrival"),
    clip("1100002", 2, "13:09:50", 85, note="ends 195 s before the finish"),
    clip("1100003", 1, "09:04:50", 180, hole=(60, 40), note="no samples from second 60 to 100"),
    clip("1100003", 2, "11:29:50", 70, note="first of two, properly closed"),
    clip("1100003", 3, "11:31:50", 70, note="second of two, 50 s later"),
    clip("1100004", 1, "08:29:50", 225, form=Form(Container.FRAGMENTED), note="one recording, two calls in a row"),
    clip(
        "1100004",
        2,
        "14:01:30",
        175,
        form=Form(b_frames=2),
        shows=(Shown(Sight.SILENT, 60, 115),),
        note="begun before dispatch, covers the call; the microphone is dead from second 60 on",
        faults=(Fault("incomplete.sound-lost", "digital zero for 75 s of the call, allowed 60 s", seen=True),),
    ),
    clip("1100004", 3, "16:59:52", 108, note="clean, runs past the feedback"),
    clip("1100005", 1, "09:39:52", 91, form=Form(Container.MKV), note="clean, first of two officers"),
    clip("1100005", 2, "13:37:30", 160, note="clean; the arrival was not entered"),
    clip(
        "1100006",
        1,
        "09:39:50",
        93,
        form=Form(Container.MOV),
        shows=(Shown(Sight.CUT, 45, 40),),
        note="second of two officers; 40 s were taken out at second 45 and the rest was encoded as one file",
        faults=(Fault("nonstandard.edited", "the on-screen clock jumps by 40 s, the file goes on", seen=True),),
    ),
    clip(
        "1100006",
        2,
        "11:04:50",
        190,
        damage=Damage.TRUNCATED,
        note="index at the front, file cut at 60 %; the cut lies after the call was finished",
        faults=(Fault("incomplete.unreadable", "a third or more of its samples lie beyond the end of the file"),),
    ),
    clip(
        "1100006",
        3,
        "16:09:52",
        91,
        shows=(Shown(Sight.BLACK, 25, 45),),
        note="black from second 25 to 70 under a running clock",
        faults=(Fault("incomplete.picture-lost", "black for 45 s of the call, allowed 30 s", seen=True),),
    ),
    copying(),
    clip(
        "1100007",
        1,
        "10:14:52",
        91,
        form=Form(Container.FRAGMENTED),
        imported_at=at("02:16:23") + timedelta(days=2),
        note="imported 40 h after its end",
        faults=(Fault("nonstandard.late-upload", "imported 40 h after the end of the recording, allowed 24 h"),),
    ),
    clip(
        NIGHT,
        1,
        "02:10:00",
        60,
        note="nothing near: the officer's only call came three hours later",
        faults=(Fault("nonstandard.unlinked", "no activity within 72 h of import"),),
    ),
    clip(
        NIGHT,
        2,
        "05:09:52",
        91,
        form=Form(Container.AVI, audio=Audio.ALAW),
        container=None,
        shows=(Shown(Sight.COVERED, 20, 50),),
        note="a hand lies on the lens from second 20 to 70",
        faults=(Fault("nonstandard.covered", "lens covered for 50 s of the call, allowed 30 s", seen=True),),
    ),
    clip(EAST, 1, "08:39:52", 91, note="creation time holds local time as if it were UTC"),
    clip(EAST, 2, "12:29:52", 91, note="creation time holds local time as if it were UTC"),
    clip(EAST, 3, "16:39:52", 91, note="creation time holds local time as if it were UTC"),
    clip(ZONED, 1, "08:19:52", 91, note="name, picture and creation time are 8 h ahead; the station's list is right"),
    clip(ZONED, 2, "10:49:52", 91, note="name, picture and creation time are 8 h ahead; the station's list is right"),
    clip(ZONED, 3, "14:19:52", 91, note="name, picture and creation time are 8 h ahead; the station's list is right"),
    clip(OWN_PATTERN, 1, "08:59:52", 91, note="clean; named by the [[patterns]] entry of config.toml"),
    clip(OWN_PATTERN, 3, "11:59:52", 91, form=Form(Container.MOV), note="clean; number 2 of this camera is nowhere"),
)


def call(number: str, badges: str, on_scene: str, done: str, **changes: Any) -> SampleIncident:
    """An incident of station A with everyday times around its stay on scene."""
    arrival, finish = at(on_scene), at(done)
    values: dict[str, Any] = {
        "received": arrival - timedelta(seconds=450),
        "dispatched": arrival - timedelta(seconds=360),
        "arrived": arrival,
        "finished": finish,
        "feedback": finish + timedelta(seconds=600),
        "unit": STATION_A,
    }
    values.update(changes)
    return SampleIncident(number=f"JQ20261120A{number}", officers=tuple(badges.split()), **values)


INCIDENTS = (
    call("01", "031021", "08:12:00", "08:13:15", note="compliant"),
    call("02", "031021", "09:20:00", "09:22:40", note="compliant: three segments are one recording"),
    call(
        "03",
        "031021 031022",
        "10:40:00",
        "10:41:15",
        note="the second officer had a camera and did not record",
        faults=(Fault("missing.officer-not-recording", "the colleague recorded, this officer did not", "031022"),),
    ),
    call(
        "04",
        "031022",
        "08:50:00",
        "08:54:30",
        note="late start",
        faults=(Fault("incomplete.late-start", "200 s after arrival, more than 180 s", "031022"),),
    ),
    call(
        "05",
        "031022",
        "13:10:00",
        "13:14:30",
        note="early end",
        faults=(Fault("incomplete.early-end", "195 s before the finish, allowed 120 s", "031022"),),
    ),
    call(
        "06",
        "031025",
        "09:05:00",
        "09:07:40",
        note="gap inside a file",
        faults=(Fault("incomplete.unexplained-gap", "40 s without samples, nobody explained it", "031025"),),
    ),
    call(
        "07",
        "031025",
        "11:30:00",
        "11:32:50",
        note="gap between segments, explained in writing",
        faults=(Fault("incomplete.gap", "50 s between two segments; an explanation is on file", "031025"),),
    ),
    call("08", "031033", "08:30:00", "08:31:15", note="compliant: first of two calls in one recording"),
    call(
        "09",
        "031033",
        "08:32:10",
        "08:33:25",
        received=at("08:30:40"),
        dispatched=at("08:31:20"),
        note="compliant: second of two calls in one recording",
    ),
    call(
        "10",
        "031033",
        "14:03:00",
        "14:04:15",
        received=at("14:01:00"),
        dispatched=at("14:02:30"),
        note="recording begun before dispatch; no sound of the call",
    ),
    call(
        "11",
        "031041",
        "15:20:00",
        "15:28:00",
        note="no recording at all",
        faults=(Fault("missing.no-recording", "no clip of any assigned officer touches the call"),),
    ),
    call(
        "12",
        "031041 031044",
        "09:40:00",
        "09:41:15",
        category="盗窃",
        note="compliant: both officers recorded; one file was cut",
    ),
    call("13", "031044", "11:05:00", "11:06:15", note="compliant: covered by what is left of the truncated file"),
    call(
        "14",
        "031044",
        "16:10:00",
        "16:11:15",
        note="black for most of the call; the file still arriving began after the finish",
    ),
    call("15", "031058", "10:15:00", "10:16:15", note="compliant; the clip was uploaded late"),
    call("16", "031025", "12:00:00", "12:05:00", category="骚扰", note="needs no recording: excluded category"),
    call("17", "031033", "10:20:00", "10:24:00", status="撤销", note="needs no recording: excluded status"),
    call(
        "18",
        "031063",
        "05:10:00",
        "05:11:15",
        category="噪音扰民",
        note="compliant: night shift; the lens was covered for a while",
    ),
    call(
        "19",
        "031041",
        "13:38:00",
        "13:40:00",
        received=at("13:28:30"),
        dispatched=at("13:30:00"),
        arrived=None,
        note="arrival not entered: the window's start is an estimate; covered under it",
    ),
    call(
        "20",
        "031033",
        "17:00:00",
        "17:01:30",
        finished=None,
        feedback=at("17:01:30"),
        note="finish not entered: feedback bounds it; covered until then",
    ),
    call("21", "031072", "08:40:00", "08:41:15", note="compliant; camera in the wrong zone"),
    call("22", "031072", "12:30:00", "12:31:15", note="compliant; camera in the wrong zone"),
    call("23", "031072", "16:40:00", "16:41:15", note="compliant; camera in the wrong zone"),
    call("24", "031075", "08:20:00", "08:21:15", note="compliant once the zone is put right"),
    call("25", "031075", "10:50:00", "10:51:15", note="compliant once the zone is put right"),
    call("26", "031075", "14:20:00", "14:21:15", note="compliant once the zone is put right"),
    call("27", "031079", "09:00:00", "09:01:15", category="交通事故", note="compliant"),
    call("28", "031079", "12:00:00", "12:01:15", category="求助", note="compliant"),
)
DEVICE_FAULTS = (
    (EAST, Fault("nonstandard.clock", "creation times are 8 h ahead: local time written as UTC")),
    (ZONED, Fault("nonstandard.clock", "camera clock 8 h ahead of the station's list")),
    (OWN_PATTERN, Fault("missing.sequence-hole", "number 2 between 1 and 3 is in no store", "031079")),
)
