"""Reader of Dahua recordings (.dav): the headers of the frames, never a payload but the first key picture's.

The date in the frames is the only time that these files have. It is the camera's local time and stays naive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from domain.media import Probe, ProblemCode, Track, TrackKind
from domain.wording import say
from indexer.containers.about import about, goes_back, track_label
from indexer.containers.assembly import NO_TIME, Shown, assembled, placed
from indexer.containers.base import Source
from indexer.containers.dav.frames import HEADER, KEY_PICTURE, Frame, Frames, date_of, extensions, walk
from indexer.containers.dav.times import line
from indexer.containers.formats import recognise
from indexer.containers.handover import HandOver, refused
from indexer.containers.isobmff.boxes import ProblemList, read_at
from indexer.containers.isobmff.parameter_sets import NOTHING, Parameters, from_annex_b

LOOK = 4096  # bytes of the first key picture, for its parameters
MILLISECOND = Fraction(1, 1000)
PICTURE_CODECS: Mapping[int, str] = {1: "mpeg4", 2: "h264", 3: "mjpeg", 4: "h264", 8: "h264", 12: "hevc"}
SOUND_CODECS: Mapping[int, str] = {
    0x07: "pcm_s8", 0x0A: "pcm_mulaw", 0x0C: "pcm_s16le", 0x0D: "adpcm_ms", 0x0E: "pcm_alaw", 0x10: "pcm_s16le",
    0x16: "pcm_mulaw", 0x1A: "aac", 0x1F: "mp2", 0x21: "mp3",
}  # fmt: skip
SOUND_RATES = (8000, 4000, 8000, 11025, 16000, 20000, 22050, 32000, 44100, 48000, 96000, 192000, 64000)


@dataclass(frozen=True, slots=True)
class Declared:
    """What the extension of a frame says; what it does not say is None."""

    codec: str | None = None
    width: int | None = None
    height: int | None = None
    rate: int | None = None
    channels: int | None = None
    sample_rate: int | None = None


class DavReader:
    """Recordings of Dahua recorders and body cameras, whole, cut or damaged."""

    name = "dav"
    version = 3

    def recognises(self, source: Source) -> bool:
        return recognise(source.head) == "dav"

    def probe(self, source: Source) -> Probe:
        try:
            return self.attempt(source)
        except HandOver as why:
            return refused("dav", self.name, self.version, why)

    def attempt(self, source: Source) -> Probe:
        """Measure the file. Raises HandOver when there is no frame of picture or sound in it."""
        problems = ProblemList()
        streams = walk(source, problems)
        if not streams:
            raise HandOver(say("没有画面帧或声音帧", "no frame of picture or sound"))
        _, first = min((frames.first for frames in streams.values()), key=lambda one: one[0])
        created = date_of(first.date)
        if created is None:
            zh, en = f"首帧日期 {first.date:#010x} 无效", f"the first frame's date {first.date:#010x} is none"
            problems.add(ProblemCode.TIMESTAMPS_BROKEN, say(zh, en))
        tracks = [
            _track(source, place, frames, first, problems)
            for place, (_, frames) in enumerate(sorted(streams.items(), key=lambda one: one[0]), 1)
        ]
        probe = Probe("dav", self.name, self.version, None, creation_time=created)
        return replace(assembled(probe, tracks, problems), problems=problems.all())


def _track(source: Source, place: int, frames: Frames, first: Frame, problems: ProblemList) -> Track:
    at, own = frames.first
    kinds = np.frombuffer(frames.kinds, np.uint8)
    declared = _declared(read_at(source.stream, at + HEADER.size, own.extension))
    picture = own.kind in (KEY_PICTURE, *range(0xFB, 0xFF))
    payload = read_at(source.stream, at + HEADER.size + own.extension, min(own.length, LOOK))
    codec = declared.codec or recognise(payload) or "unknown"
    sets = from_annex_b(codec, payload) if picture and codec in ("h264", "hevc") else NOTHING
    track = _described(place, picture, codec, declared, sets)
    track = replace(track, sample_count=len(kinds))
    label = track_label(place, track.kind)
    found = line(frames, (first.date, first.counter), declared.rate or 0)
    if found.clock_set:
        en = f"the camera's clock was set {found.clock_set} times while it recorded"
        detail = about(label, f"录制中设备时钟被调整 {found.clock_set} 次", en)
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, detail)
    if found.backwards:
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, goes_back(label, found.backwards))
    sync = found.times[kinds == KEY_PICTURE] if picture else None
    return placed(track, Shown(found.times, MILLISECOND, absolute=True, sync=sync), label, problems)


def _described(place: int, picture: bool, codec: str, declared: Declared, sets: Parameters) -> Track:
    if not picture:
        return Track(
            place, TrackKind.AUDIO, codec, NO_TIME, NO_TIME, 0,
            channels=declared.channels, sample_rate=declared.sample_rate,
        )  # fmt: skip
    return Track(
        place,
        TrackKind.VIDEO,
        codec,
        NO_TIME,
        NO_TIME,
        0,
        sets.width or declared.width,
        sets.height or declared.height,
        declared_frame_rate=float(declared.rate) if declared.rate else sets.rate,
        profile=sets.profile,
        level=sets.level,
    )


def _declared(raw: bytes) -> Declared:
    found = Declared()
    for kind, part in extensions(raw):
        if kind == 0x80:
            found = replace(found, width=8 * part[1] or None, height=8 * part[2] or None)
        elif kind == 0x82:
            width, height = int.from_bytes(part[3:5], "little"), int.from_bytes(part[5:7], "little")
            found = replace(found, width=width or None, height=height or None)
        elif kind == 0x81:
            found = replace(found, codec=PICTURE_CODECS.get(part[1]), rate=part[2] or None)
        elif kind in (0x83, 0x8C):
            channels, codec, rate = part[0:3] if kind == 0x83 else part[1:4]
            stated = SOUND_RATES[rate] if rate < len(SOUND_RATES) else 8000
            found = replace(found, codec=SOUND_CODECS.get(codec), channels=channels or None, sample_rate=stated)
    return found
