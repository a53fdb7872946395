"""Reader of every container but ISO-BMFF, through PyAV: packets are demuxed and timed, nothing is decoded.

It reads the whole file once. The time and the number of packets are bounded, so no file can hold up a scan. Of a
picture stream without a container the length is what its own parameters declare, said as a problem, or unknown: the
library's guess of 25 a second is not passed on.
"""

import errno
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from domain.media import Probe, ProblemCode, Track
from domain.wording import say
from indexer.containers import asf, riff
from indexer.containers.about import cut_packet
from indexer.containers.assembly import NO_TIME, assembled, compared
from indexer.containers.base import Source
from indexer.containers.continuity import MAX_SECONDS, as_delta
from indexer.containers.formats import TS_PACKETS, recognise, transport_step
from indexer.containers.handover import NOTHING_TO_PLAY
from indexer.containers.isobmff.boxes import FURTHEST, ProblemList
from indexer.containers.matroska.info import info as matroska_info
from indexer.containers.packets import TrackTimes, counted, track_of
from indexer.containers.statements import Statements
from indexer.containers.tag_names import named

DEMUXERS: Mapping[str, str] = {
    "mkv": "matroska", "webm": "matroska", "avi": "avi", "wav": "wav", "flv": "flv", "asf": "asf", "dav": "dhav",
    "ps": "mpeg", "ts": "mpegts", "ogg": "ogg", "flac": "flac", "amr": "amr", "mxf": "mxf",
    "mpegvideo": "mpegvideo", "hevc": "hevc", "h264": "h264", "aac": "aac", "mp3": "mp3",
}  # fmt: skip
SEQUENTIAL = frozenset({"ts", "ps", "flv", "dav", "h264", "hevc", "mpegvideo", "mp3", "aac", "amr"})
RAW = frozenset({"h264", "hevc", "mpegvideo"})  # no container, no times
STATES_DURATION = frozenset({"flv", "wav", "flac"})  # header or metadata; others only estimate
WRITER_KEYS = ("encoder", "software", "metadatacreator", "encoded_by", "encoding_tool")

# How far streams are looked for before measuring begins; what is looked at is held in memory.
LOOK_AHEAD: Mapping[str, str] = {}
LOOK_FURTHER: Mapping[str, str] = {"probesize": str(64 << 20), "analyzeduration": str(3600 * 1_000_000)}
LONGEST_BLOCK = timedelta(seconds=0.5)
MAX_STREAMS = 64
MAX_PACKETS = 10_000_000
LEAST_SECONDS = 120.0
MOST_SECONDS = 3600.0  # a sparse file may claim any size
LEAST_BYTES_PER_SECOND = 5_000_000  # slower than any disk or share that is worth scanning


class OutOfTime(Exception):
    """Raised inside a read to end the demuxer; becomes a problem of the file."""


class BoundedStream(io.RawIOBase):
    """A stream that stops giving when its time is over, wherever in the library the reading happens."""

    def __init__(self, stream: BinaryIO, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self._deadline:
            raise OutOfTime
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """A place that cannot be is the content's fault, not the store's: the library is told so in its own way."""
        if whence == io.SEEK_SET and not 0 <= offset < FURTHEST:
            return -errno.EINVAL
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


@dataclass(frozen=True, slots=True)
class Claims:
    """What the headers state, as opposed to what the packets show."""

    duration: timedelta | None = None
    created: datetime | None = None
    writer: str | None = None


def seconds_allowed(size: int) -> float:
    """How long reading a file of so many bytes may take."""
    return min(LEAST_SECONDS + size / LEAST_BYTES_PER_SECOND, MOST_SECONDS)


class LibavReader:
    """Everything that FFmpeg's demuxers read and `formats` recognises."""

    name = "libav"
    version = 5

    def recognises(self, source: Source) -> bool:
        return recognise(source.head) is not None

    def probe(self, source: Source) -> Probe:
        problems = ProblemList()
        container = recognise(source.head)
        if container is None:
            unknown = say("没有本读取器认识的格式标识", "no signature of a format that this reader knows")
            problems.add(ProblemCode.UNRECOGNISED, unknown)
            return Probe("unknown", self.name, self.version, None, problems=problems.all())
        claims = _claims(source, container, problems)
        probe = Probe(container, self.name, self.version, None, creation_time=claims.created, writer=claims.writer)
        seconds = seconds_allowed(source.size)
        bound = time.monotonic() + seconds
        try:
            probe = _demuxed(source, probe, claims, bound, problems)
        except OutOfTime:
            problems.add(ProblemCode.OUT_OF_TIME, say(f"{seconds:.0f} s 内未读完", f"not read within {seconds:.0f} s"))
        except FFmpegError as error:
            reason = _reason(error)
            zh, en = f"{container} 内容被拒绝：{reason}", f"{container} content refused: {reason}"
            problems.add(ProblemCode.DECODER_ERROR, say(zh, en))
            problems.add(ProblemCode.NO_TRACKS, NOTHING_TO_PLAY)
        return replace(probe, problems=problems.all())


def _claims(source: Source, container: str, problems: ProblemList) -> Claims:
    """Header facts that the library does not pass on, and whether the file is as long as it says."""
    if container in ("mkv", "webm"):
        found = matroska_info(source, problems)
        return Claims(found.duration, found.created, found.writer)
    if container in ("avi", "wav"):
        return Claims(created=riff.created(source, problems))
    if container == "asf":
        stated = asf.properties(source, problems)
        return Claims(stated.duration, stated.created)
    packet, first = transport_step(source.head) if container == "ts" else (0, 0)
    rest = (source.size - first + dict(TS_PACKETS)[packet]) % packet if packet else 0
    if rest:
        problems.add(ProblemCode.TRUNCATED, cut_packet(rest, packet), source.size)
    return Claims()


def _demuxed(source: Source, probe: Probe, claims: Claims, bound: float, problems: ProblemList) -> Probe:
    """One pass; a second one that looks further ahead when the first met streams that begin late."""
    for ahead in (LOOK_AHEAD, LOOK_FURTHER):
        with _opened(source, probe.container, bound, ahead) as container:
            times, late = _packets(container, bound, problems)
            if late and ahead is LOOK_AHEAD:
                continue
            if late:
                zh, en = "文件中较晚开始的流未测量", "a stream that begins late in the file is not measured"
                problems.add(ProblemCode.DECODER_ERROR, say(zh, en))
            measure = counted if probe.container in RAW else track_of
            tracks = [measure(number, one, problems) for number, one in enumerate(times, 1)]
            if probe.container == "wav":
                tracks = [_unpadded(track, one.stream) for track, one in zip(tracks, times, strict=True)]
            probe = _named(assembled(probe, tracks, problems), container)
            probe = replace(probe, duration=probe.duration or None)
            stated = claims.duration or _stated_duration(container, probe.container)
            return compared(probe, stated, problems)
    return probe


def _opened(source: Source, container: str, bound: float, ahead: Mapping[str, str]) -> InputContainer:
    source.stream.seek(0)
    return av.open(
        BoundedStream(source.stream, bound),
        "r",
        format=DEMUXERS[container],
        container_options={"max_streams": str(MAX_STREAMS), **ahead},
        metadata_errors="replace",
        buffer_size=262_144 if container in SEQUENTIAL else 32_768,
    )


def _packets(container: InputContainer, bound: float, problems: ProblemList) -> tuple[list[TrackTimes], bool]:
    """Every packet's time, per stream, and whether streams turned up that were not there at the start.

    A refusal in the middle keeps what came before it. PyAV passes over the packets of streams that turn up late
    and raises IndexError behind the last packet.
    """
    wraps, plain = container.format.name in ("mpegts", "mpeg"), container.format.name == "asf"
    times = [TrackTimes.of(stream, wraps, plain) for stream in container.streams]
    count = 0
    try:
        for packet in container.demux():
            if packet.size and packet.stream_index < len(times):
                times[packet.stream_index].add(packet)
            count += 1
            if count >= MAX_PACKETS or (not count % 1024 and time.monotonic() > bound):
                stopped = say(f"读到 {count} 个数据包后停止", f"stopped after {count} packets")
                problems.add(ProblemCode.OUT_OF_TIME, stopped)
                break
    except FFmpegError as error:
        reason = _reason(error)
        zh, en = f"读到 {count} 个数据包后被拒绝：{reason}", f"refused after {count} packets: {reason}"
        problems.add(ProblemCode.DECODER_ERROR, say(zh, en))
    except IndexError:
        return times, True
    return times, False


def _reason(error: FFmpegError) -> str:
    """The library's own message, kept as it is."""
    return str(error.strerror or type(error).__name__)


def _stated_duration(container: InputContainer, name: str) -> timedelta | None:
    """The header's duration where it is one: AVI states a number of frames, some others a length."""
    if name == "avi":
        pictures = [stream for stream in container.streams.video if stream.frames and stream.average_rate]
        return max((timedelta(seconds=float(s.frames / (s.average_rate or 1))) for s in pictures), default=None)
    if name in STATES_DURATION and container.duration and container.duration > 0:
        return timedelta(microseconds=container.duration)
    return None


def _stated(stream: Stream) -> Fraction:
    """The stream's length by its header, in seconds; 0 when there is none that can be."""
    stated = stream.duration * stream.time_base if stream.duration and stream.time_base else Fraction(0)
    return stated if 0 < stated < MAX_SECONDS else Fraction(0)


def _unpadded(track: Track, stream: Stream) -> Track:
    """Sound in blocks fills the last one; its header (fact) counts the samples that were recorded."""
    stated = _stated(stream)
    padding = track.duration - as_delta(stated) if stated else NO_TIME
    return replace(track, duration=as_delta(stated)) if NO_TIME < padding < LONGEST_BLOCK else track


def _named(probe: Probe, container: InputContainer) -> Probe:
    """Creation time, writing application and device from the container's tags."""
    said = {key.lower(): value.strip() for key, value in container.metadata.items() if value.strip()}
    stated = Statements()
    for key, value in said.items():
        stated.add(named(key, value))
    stated.take("writer")
    time, day = said.get("creation_time", ""), said.get("date", "")
    moments = filter(None, map(_time, (time, f"{day} {time}", day)))  # Broadcast Wave has them apart
    created = probe.creation_time or next(moments, None)
    writer = probe.writer or next((said[key] for key in WRITER_KEYS if key in said), None)
    return replace(probe, creation_time=created, writer=writer, tags=stated.tags, stated_times=stated.times)


def _time(text: str) -> datetime | None:
    """ISO 8601 with a zone is aware UTC; without one it is the camera's local time and stays naive."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found if len(text) > len("2024-01-15") else None
    except (ValueError, OverflowError):
        return riff.parse_time(text.encode())
