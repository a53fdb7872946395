"""Station B: names `DSJ-<device7>_<badge6>_<date>_<time>`; clocks, formats, damage, a copy, a lost file."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sample_media.tables import (
    DAY,
    STATION_B,
    Audio,
    Container,
    Damage,
    Fault,
    Form,
    Issue,
    LostFile,
    SampleClip,
    SampleIncident,
    SampleStill,
    Shown,
    Sight,
    Video,
    at,
)

STORE = "dock-b"
OFFICER_OF = {
    "1200001": "032011",
    "1200002": "032014",
    "1200003": "032017",
    "1200004": "032022",
    "1200005": "032025",
    "1200006": "032028",
    "1200007": "032031",
    "1200008": "032034",
    "1200009": "032037",
    "1200010": "032040",
    "1200011": "032041",
}
RESET, SLOW, UNREGISTERED = "1200003", "1200009", "1299999"
BEHIND = timedelta(seconds=130)
LOST_CLOCK = at("00:00:13", DAY.replace(year=2000, month=1, day=1))
ISSUES = tuple(Issue(device, officer, at("07:45:00"), at("20:00:00")) for device, officer in OFFICER_OF.items())


def file_path(device: str, officer: str, camera: datetime, suffix: str) -> str:
    return f"{camera:%Y-%m-%d}/{officer}/DSJ-{device}_{officer}_{camera:%Y%m%d_%H%M%S}.{suffix}"


def clip(device: str, clock: str, seconds: int, **changes: Any) -> SampleClip:
    """One clip of station B; the slow camera is 130 s behind in its name, picture and creation time."""
    start = at(clock)
    camera: datetime = changes.pop("camera", start - BEHIND if device == SLOW else start)
    officer: str = changes.pop("officer", None) or OFFICER_OF[device]
    form: Form = changes.pop("form", Form())
    suffix = "mp4" if form.container is Container.FRAGMENTED else form.container.value
    values: dict[str, Any] = {
        "path": file_path(device, officer, camera, suffix),
        "container": camera,
        "modified": camera + timedelta(seconds=seconds),
        "listed": start,
        "imported_at": at("20:20:00"),
    }
    values.update(changes)
    return SampleClip(
        store=STORE,
        start=start,
        seconds=seconds,
        device=device,
        officer=officer,
        camera=camera,
        form=form,
        label=f"DSJ-{device} {officer}",
        **values,
    )


def copied(original: SampleClip) -> SampleClip:
    """The same bytes, put by hand into another officer's folder that evening."""
    folder, name = original.path.rsplit("/", 1)
    return replace(
        original,
        path=f"{folder.rsplit('/', 1)[0]}/032022/{name}",
        modified=at("20:45:00"),
        listed=None,
        imported_at=None,
        damage=Damage.COPIED,
        copy_of=original.path,
        note="the same bytes in another officer's folder",
        faults=(Fault("nonstandard.duplicate", "same content as the file in the folder of 032011"),),
    )


def recoded(original: SampleClip, skipped: int, seconds: int) -> SampleClip:
    """A part of a file, made smaller by a converter that leaves no name, in another officer's folder."""
    start, (day, _, name) = original.start + timedelta(seconds=skipped), original.path.split("/")
    return replace(
        original,
        path=f"{day}/032031/{name.replace(f'{original.camera:%H%M%S}', f'{start:%H%M%S}')}",
        start=start,
        seconds=seconds,
        camera=start,
        container=start,
        modified=at("20:50:00"),
        listed=None,
        imported_at=None,
        form=Form(),
        damage=Damage.RECODED,
        copy_of=original.path,
        skipped=skipped,
        note=f"{seconds} s of the file in the folder of 032025, encoded anew at 1280x720",
    )


ORIGINAL = clip("1200001", "14:29:52", 91, note="clean; copied elsewhere by hand")
LARGE = clip(
    "1200005",
    "15:39:52",
    91,
    form=Form(width=1920, height=1080),
    note="clean; a part of it lies elsewhere, made smaller",
)

CLIPS = (
    clip("1200001", "08:24:52", 91, form=Form(video=Video.H265), note="clean"),
    ORIGINAL,
    copied(ORIGINAL),
    clip(
        "1200002",
        "09:09:52",
        91,
        form=Form(audio=Audio.NONE),
        note="no sound track",
        faults=(Fault("incomplete.sound-lost", "no sound track"),),
    ),
    clip(
        "1200002",
        "10:59:52",
        91,
        form=Form(width=640, height=480),
        note="640x480",
        faults=(Fault("nonstandard.picture-quality", "640x480, at least 1280x720"),),
    ),
    clip("1200003", "08:59:52", 91, note="clean; the clock was lost later that day"),
    clip(
        RESET,
        "14:59:52",
        91,
        camera=LOST_CLOCK,
        listed=None,
        note="clock reset to 2000-01-01: no believable time at all; imported that evening",
    ),
    clip(
        UNREGISTERED,
        "09:29:52",
        91,
        officer="032022",
        note="camera not in the register",
        faults=(Fault("nonstandard.unidentified", "device 1299999 is not in the register"),),
    ),
    clip(
        "1200004",
        "12:59:52",
        91,
        form=Form(Container.MKV, Video.H265, fine=True),
        shows=(Shown(Sight.BLURRED, 25, 50),),
        note="out of focus from second 25 to 75",
        faults=(Fault("nonstandard.blurred", "out of focus for 50 s of the call, allowed 30 s", seen=True),),
    ),
    clip(
        "1200005",
        "09:59:52",
        91,
        damage=Damage.EDITED,
        note="written again by a converter",
        faults=(Fault("nonstandard.edited", "writing application is ffmpeg (Lavf)"),),
    ),
    LARGE,
    recoded(LARGE, 12, 66),
    clip(
        "1200005",
        "15:41:40",
        0,
        damage=Damage.ZERO_LENGTH,
        imported_at=None,
        note="no byte at all",
        faults=(Fault("incomplete.unreadable", "zero length"),),
    ),
    clip("1200006", "13:03:50", 225, note="segment 1 of 2, person brought in"),
    clip("1200006", "13:07:35", 220, note="segment 2 of 2, runs until entry to the case-handling area"),
    clip(
        "1200006",
        "17:19:52",
        91,
        shows=(Shown(Sight.CLOCK, 0, 420),),
        note="the clock in the picture is 7 min behind name and container",
        faults=(Fault("nonstandard.overlay", "on-screen clock 420 s behind the file's own times", seen=True),),
    ),
    clip(
        "1200006",
        "17:22:30",
        60,
        damage=Damage.NO_INDEX,
        imported_at=None,
        note="power lost: media data without index",
        faults=(Fault("incomplete.unreadable", "no index (moov)"),),
    ),
    clip("1200007", "15:09:52", 91, note="person brought in, recording stopped at the scene"),
    clip("1200007", "18:01:00", 20, form=Form(Container.MOV, audio=Audio.PCM), note="20 s of a three-minute call"),
    clip("1200008", "10:30:35", 110, note="late and early within tolerance, together half the call"),
    clip("1200008", "14:01:50", 170, note="begins 110 s after arrival"),
    clip(SLOW, "08:54:52", 91, note="clock 130 s behind the station's list"),
    clip(SLOW, "12:09:52", 91, note="clock 130 s behind the station's list"),
    clip(SLOW, "16:19:52", 91, note="clock 130 s behind the station's list"),
    clip(
        "1200010",
        "11:39:52",
        91,
        form=Form(Container.TS),
        container=None,
        shows=(Shown(Sight.TURNED, 0, 91),),
        note="upside down from start to end, on-screen text too",
        faults=(Fault("nonstandard.turned", "upside down for the whole call, allowed 30 s", seen=True),),
    ),
    clip("1200010", "15:59:52", 68, note="first of three; the second is lost"),
    clip("1200010", "16:01:50", 80, note="third of three"),
    clip("1200011", "11:39:50", 93, form=Form(Container.FRAGMENTED, Video.H265), note="clean"),
    clip(
        "1200011",
        "17:39:52",
        91,
        form=Form(rate=15),
        note="15 pictures a second",
        faults=(Fault("nonstandard.picture-quality", "15 frames a second delivered, at least 25"),),
    ),
)
LOST = LostFile(
    STORE,
    file_path("1200010", "032040", at("16:01:00"), "mp4"),
    at("16:01:00"),
    50,
    "1200010",
    "032040",
    at("20:20:00"),
)
STILLS = tuple(
    SampleStill(
        STORE, file_path(device, OFFICER_OF[device], at(clock), "jpg"), at(clock), device, OFFICER_OF[device], note
    )
    for device, clock, note in (
        ("1200001", "08:25:40", "photo taken while recording"),
        ("1200004", "13:00:30", "photo taken while recording"),
    )
)


def call(number: str, badges: str, on_scene: str, done: str, **changes: Any) -> SampleIncident:
    """An incident of station B with everyday times around its stay on scene."""
    arrival, finish = at(on_scene), at(done)
    values: dict[str, Any] = {
        "received": arrival - timedelta(seconds=510),
        "dispatched": arrival - timedelta(seconds=420),
        "arrived": arrival,
        "finished": finish,
        "feedback": finish + timedelta(seconds=900),
        "unit": STATION_B,
    }
    values.update(changes)
    return SampleIncident(number=f"JQ20261120B{number}", officers=tuple(badges.split()), **values)


INCIDENTS = (
    call("01", "032011", "08:25:00", "08:26:15", note="compliant; one clip and one photo"),
    call("02", "032011", "14:30:00", "14:31:15", category="求助", note="compliant; its clip exists twice"),
    call("03", "032014", "09:10:00", "09:11:15", note="covered, but without sound"),
    call("04", "032014", "11:00:00", "11:01:15", note="covered, in low resolution"),
    call("05", "032017", "09:00:00", "09:01:15", note="compliant"),
    call(
        "06", "032017", "15:00:00", "15:01:15", note="result unknown: a clip without believable time may be its footage"
    ),
    call("07", "032022", "09:30:00", "09:31:15", category="交通事故", note="covered by an unregistered camera"),
    call("08", "032022", "13:00:00", "13:01:15", note="compliant; one clip, out of focus, and one photo"),
    call("09", "032025", "10:00:00", "10:01:15", note="covered by an edited file"),
    call("10", "032025", "15:40:00", "15:41:15", note="compliant; the zero-length file began after the finish"),
    call(
        "11",
        "032028",
        "17:20:00",
        "17:21:15",
        note="compliant; the on-screen clock is wrong; the file without index began after the finish",
    ),
    call(
        "12",
        "032028",
        "13:04:00",
        "13:06:30",
        category="殴打他人",
        case_number="AJ2026112001",
        note="compliant: person brought in, recorded until entry at 13:11:00",
    ),
    call(
        "13",
        "032031",
        "15:10:00",
        "15:11:15",
        category="盗窃",
        case_number="AJ2026112005",
        note="person brought in, entry at 15:25:00",
        faults=(Fault("incomplete.not-until-custody", "stopped 13 min before entry to the case-handling area"),),
    ),
    call(
        "14",
        "032031",
        "18:00:00",
        "18:03:00",
        note="a fragment only",
        faults=(Fault("incomplete.fragment", "20 s in all, at least 30 s"),),
    ),
    call(
        "15",
        "032034",
        "10:30:00",
        "10:34:00",
        note="35 s late and 95 s early are both tolerated",
        faults=(Fault("incomplete.low-coverage", "110 s of 240 s, and no other finding says so", "032034"),),
    ),
    call(
        "16",
        "032034",
        "14:00:00",
        "14:04:30",
        note="late start, a warning",
        faults=(Fault("incomplete.late-start", "110 s after arrival, more than 60 s", "032034"),),
    ),
    call("17", "032037", "08:55:00", "08:56:15", note="compliant once the clock is put right"),
    call("18", "032037", "12:10:00", "12:11:15", note="compliant once the clock is put right"),
    call("19", "032037", "16:20:00", "16:21:15", note="compliant once the clock is put right"),
    call(
        "20",
        "032040 032041",
        "11:40:00",
        "11:41:15",
        category="殴打他人",
        note="compliant: both officers recorded, one upside down",
    ),
    call(
        "21",
        "032040",
        "16:00:00",
        "16:03:00",
        note="the middle of three segments is lost",
        faults=(Fault("incomplete.unexplained-gap", "50 s: the station's list names a file that is gone", "032040"),),
    ),
    call("22", "032041", "17:40:00", "17:41:15", note="covered, at a low frame rate"),
)
DEVICE_FAULTS = (
    (RESET, Fault("nonstandard.clock", "clock lost: a clip dated 2000-01-01")),
    (SLOW, Fault("nonstandard.clock", "clock 130 s behind, more than 60 s")),
)
LISTED = "the station's list names a file that is not in the store"
STORE_FAULTS = ((STORE, Fault("missing.sequence-hole", LISTED, LOST.officer)),)
