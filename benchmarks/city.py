"""A store of many small real MP4 files with their feeds, for the scan benchmarks: seeded, made in seconds.

Every file is the same encoded minute with its own creation time and its own last bytes, so that nothing is a duplicate.
Its media data are left as a hole of the file system: no reader looks at them, and a disk has room for many such files.
Where the file system can share blocks (XFS, btrfs), all files share those that are the same.
"""

import fcntl
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import BinaryIO

import imageio_ffmpeg

DAY = datetime(2026, 11, 2, tzinfo=UTC)
SINCE_1904 = 2_082_844_800
CALLS_A_SHIFT = 8
BLOCK = 4096  # holds the creation time, which is not shared
FICLONE = 0x40049409
TAIL = 24  # bytes of the last box, with the file's number
OFFICERS = 2000
"""Each has a camera and a shift a day: with fewer of them, the same number of clips lies on more days."""
A_STATION = 40
"""Officers of a station."""


@dataclass(frozen=True, slots=True)
class City:
    """Where it lies and what it holds."""

    folder: Path
    clips: int
    incidents: int


def template(folder: Path) -> bytes:
    """One encoded minute of moving test picture with sound, index at the front."""
    target = folder / "template.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=60"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=8000:duration=60"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "51", "-g", "250", "-c:a", "aac", "-b:a", "8k"]
    quiet = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    bitexact = ["-fflags", "+bitexact", "-movflags", "+faststart"]
    subprocess.run([*quiet, *source, *sound, *coding, *bitexact, str(target)], check=True)
    return target.read_bytes()


def build(folder: Path, clips: int, officers: int = OFFICERS, seed: int = 1) -> City:
    """Write the store, its feeds and a config.toml below `folder`: four clips to every incident."""
    random = Random(seed)
    content = bytearray(template(folder))
    stamp = content.index(b"mvhd") + 8
    content += struct.pack(">I4s16s", 24, b"free", bytes(16))
    with (folder / "template.mp4").open("wb") as stream:
        stream.write(content[: content.index(b"mdat") + 4])
        stream.truncate(len(content))
    incidents = _write(folder, content, stamp, (clips, officers), random)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    return City(folder, clips, incidents)


def _write(folder: Path, content: bytearray, stamp: int, size: tuple[int, int], random: Random) -> int:
    clips, staff = size
    calls, officers, devices, issued = [], [], [], []
    made = shift = 0
    while made < clips:
        officer, device = f"{100000 + shift % staff:06d}", f"{1000000 + shift % staff:07d}"
        unit = f"3101{10 + shift % staff // A_STATION:02d}010000"
        start = DAY + timedelta(days=shift // staff, hours=random.uniform(0, 4))
        if shift < staff:
            officers.append(f"{officer},{unit}")
            devices.append(f"{device},recorder,{unit}")
        issued.append(f"{device},{officer},{start:%Y-%m-%d %H:%M:%S},{start + timedelta(hours=10):%Y-%m-%d %H:%M:%S}")
        for number in range(CALLS_A_SHIFT):
            arrived = start + timedelta(minutes=30 + 60 * number + random.uniform(0, 20))
            calls.append(_call(len(calls), officer, unit, arrived))
            for part in range(min(4, clips - made)):
                _clip(folder, content, stamp, (officer, device, made + part), arrived + timedelta(minutes=part))
            made = min(clips, made + 4)
        shift += 1
    feeds = folder / "feeds"
    feeds.mkdir(exist_ok=True)
    _feed(feeds / "incidents.csv", "number,dispatched_at,arrived_at,finished_at,unit,officers,category,status", calls)
    _feed(feeds / "officers.csv", "badge,unit", officers)
    _feed(feeds / "devices.csv", "serial,kind,unit", devices)
    _feed(feeds / "assignments.csv", "device,officer,from,to", issued)
    return len(calls)


def _call(number: int, officer: str, unit: str, arrived: datetime) -> str:
    times = [arrived - timedelta(minutes=5), arrived, arrived + timedelta(seconds=235)]
    stated = ",".join(f"{moment:%Y-%m-%d %H:%M:%S}" for moment in times)
    return f"J{number:08d},{stated},{unit},{officer},纠纷,办结"


def _clip(folder: Path, content: bytearray, stamp: int, who: tuple[str, str, int], start: datetime) -> None:
    officer, device, number = who
    struct.pack_into(">I", content, stamp, int(start.timestamp()) + SINCE_1904)
    struct.pack_into(">Q", content, len(content) - 8, number)
    path = folder / "store" / f"{start:%Y-%m-%d}" / officer
    path.mkdir(parents=True, exist_ok=True)
    media = content.index(b"mdat") + 4
    with (path / f"{device}_{officer}_{start:%Y%m%d%H%M%S}_{number % 9999:04d}.mp4").open("wb") as stream:
        shared = _share(folder / "template.mp4", stream)
        stream.write(content[: BLOCK if shared else media])
        stream.seek(len(content) - TAIL)
        stream.write(content[-TAIL:])


def _share(template: Path, stream: BinaryIO) -> bool:
    """Begin a file with the blocks of another one; False where the file system cannot."""
    with suppress(OSError), template.open("rb") as origin:
        fcntl.ioctl(stream.fileno(), FICLONE, origin.fileno())
        return True
    return False


def add(folder: Path, clips: int) -> None:
    """As many clips more, each right after the last one of a call: what an evening's docking brings."""
    day = max((folder / "store").iterdir())
    calls: dict[tuple[str, datetime], Path] = {}
    for path in sorted(day.rglob("*.mp4")):
        calls[path.parent.name, _began(path).replace(minute=0, second=0)] = path
    for number, path in enumerate(list(calls.values())[:clips]):
        device, officer, *_ = path.stem.split("_")
        content = bytearray(path.read_bytes())
        start = _began(path) + timedelta(minutes=1)
        _clip(folder, content, content.index(b"mvhd") + 8, (officer, device, 2**40 + number), start)


def _began(path: Path) -> datetime:
    return datetime.strptime(path.stem.split("_")[2], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _feed(path: Path, heading: str, rows: list[str]) -> None:
    path.write_text("\n".join([heading, *rows, ""]), encoding="utf-8")


CONFIG = """
[database]
url = "sqlite:///bench.db"
[fixity]
enabled = false
[[stores]]
name = "city"
location = "store"
timezone = "UTC"
settle_seconds = 0
[[feeds]]
name = "incidents"
kind = "incidents"
location = "feeds/incidents.csv"
timezone = "UTC"
[[feeds]]
name = "officers"
kind = "officers"
location = "feeds/officers.csv"
[[feeds]]
name = "devices"
kind = "devices"
location = "feeds/devices.csv"
[[feeds]]
name = "assignments"
kind = "assignments"
location = "feeds/assignments.csv"
timezone = "UTC"
"""
