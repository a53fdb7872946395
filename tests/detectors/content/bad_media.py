"""Media that no camera should leave and some do: made by real encoders with odd options, or by changing bytes."""

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np

SECONDS = 12
LOOK = "testsrc2=s={size}:r={rate}:d={seconds},noise=alls=12:allf=t"
TONE = "sine=f=440:r=16000:d={seconds}"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")


def run(*options: str) -> None:
    """ffmpeg, its noise only when it fails."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *options]
    subprocess.run(command, check=True, capture_output=True)


def look(size: str = "320x240", rate: float = 25, seconds: float = SECONDS) -> tuple[str, ...]:
    """A source of moving pictures with noise."""
    return ("-f", "lavfi", "-i", LOOK.format(size=size, rate=rate, seconds=seconds))


def tone(seconds: float = SECONDS) -> tuple[str, ...]:
    """A source of sound."""
    return ("-f", "lavfi", "-i", TONE.format(seconds=seconds))


def plain(path: Path, *options: str, size: str = "320x240", rate: float = 25, seconds: float = SECONDS) -> Path:
    """Pictures and sound, H.264 unless options say otherwise."""
    run(*look(size, rate, seconds), *tone(seconds), *H264, "-pix_fmt", "yuv420p", *options, str(path))
    return path


def silent_film(path: Path, *options: str, size: str = "320x240", rate: float = 25, seconds: float = SECONDS) -> Path:
    """Pictures without a sound track."""
    run(*look(size, rate, seconds), *options, str(path))
    return path


def sound_only(folder: Path) -> Path:
    run(*tone(), "-c:a", "aac", str(folder / "sound.m4a"))
    return folder / "sound.m4a"


def picture_only(folder: Path) -> Path:
    return silent_film(folder / "pictures.mp4", *H264, "-pix_fmt", "yuv420p")


def one_frame(folder: Path) -> Path:
    return silent_film(folder / "one.mp4", *H264, "-pix_fmt", "yuv420p", "-frames:v", "1")


def still_8k(folder: Path) -> Path:
    return silent_film(folder / "still.jpg", "-frames:v", "1", "-update", "1", size="7680x4320", rate=1, seconds=1)


def film_8k(folder: Path) -> Path:
    options = (*H264, "-pix_fmt", "yuv420p", "-frames:v", "3")
    return silent_film(folder / "large.mp4", *options, size="7680x4320", rate=3, seconds=1)


def grown(folder: Path) -> Path:
    """A transport stream whose pictures change their size in the middle."""
    parts = [plain(folder / f"{size}.ts", size=size, seconds=6) for size in ("320x240", "640x360")]
    whole = folder / "grown.ts"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    return whole


LONG = 40


def hurt(folder: Path) -> Path:
    """Forty seconds, of which twelve or so in the middle are random bytes."""
    path = plain(folder / "hurt.mp4", "-movflags", "+faststart", seconds=LONG, size="160x120")
    content = bytearray(path.read_bytes())
    begin, count = len(content) * 7 // 20, len(content) * 3 // 10
    content[begin : begin + count] = np.random.default_rng(3).bytes(count)
    path.write_bytes(content)
    return path


def cut_index_first(folder: Path) -> Path:
    """The index says twelve seconds, the bytes end after half of them."""
    path = plain(folder / "cut.mp4", "-movflags", "+faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def cut_index_last(folder: Path) -> Path:
    """The index, which would stand at the end, is gone."""
    path = plain(folder / "noindex.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def cut_stream(folder: Path) -> Path:
    path = plain(folder / "cut.ts")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 77])
    return path


def nothing(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def random_bytes(folder: Path) -> Path:
    (folder / "random.mp4").write_bytes(np.random.default_rng(4).bytes(200_000))
    return folder / "random.mp4"


def wrong_duration(folder: Path) -> Path:
    """Every header that states a duration says that it lasts for days."""
    path = plain(folder / "days.mp4")
    content = bytearray(path.read_bytes())
    for box, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        at = content.find(box)
        while at >= 0:
            content[at + offset : at + offset + 4] = (0x7FFFFFFF).to_bytes(4)
            at = content.find(box, at + 4)
    path.write_bytes(content)
    return path


def centuries(folder: Path) -> Path:
    """A Matroska header whose duration is thirty years."""
    path = plain(folder / "years.mkv")
    content = bytearray(path.read_bytes())
    at = content.index(bytes.fromhex("448988")) + 3  # Duration, eight bytes, milliseconds
    content[at : at + 8] = struct.pack(">d", 1e12)
    path.write_bytes(content)
    return path


def negative_start(folder: Path) -> Path:
    source = plain(folder / "source.mkv")
    path = folder / "negative.mkv"
    shift = ("-output_ts_offset", "-2", "-avoid_negative_ts", "disabled")
    run("-i", str(source), "-c", "copy", *shift, str(path))
    return path


def late_start(folder: Path) -> Path:
    """A transport stream whose clock begins near the end of its 33 bits and wraps."""
    return plain(folder / "wraps.ts", "-output_ts_offset", "95438")


def uneven(folder: Path) -> Path:
    """Pictures at random times."""
    drop = ("-vf", "select='gt(random(1),0.7)'", "-fps_mode", "vfr")
    return plain(folder / "uneven.mp4", *drop)


def slow(folder: Path) -> Path:
    return plain(folder / "slow.mp4", rate=1)


def one_key(folder: Path) -> Path:
    """No picture but the first can be decoded alone."""
    return plain(folder / "onekey.mp4", "-g", "100000", "-sc_threshold", "0")


def interlaced(folder: Path) -> Path:
    return plain(folder / "fields.mpg", "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-c:a", "mp2")


def turned(folder: Path) -> Path:
    """The container says to show it turned by a quarter."""
    source, path = plain(folder / "source.mp4"), folder / "turned.mp4"
    run("-display_rotation", "90", "-i", str(source), "-c", "copy", str(path))
    return path


def pictures_of(codec: str, form: str, suffix: str = ".mkv") -> Callable[[Path], Path]:
    """A film of this codec and pixel format."""
    fast = ("-preset", "ultrafast") if codec.startswith("libx26") else ()
    options = ("-c:v", codec, *fast, "-pix_fmt", form)
    return lambda folder: silent_film(folder / f"{form}{suffix}", *options, size="160x120", rate=10)


def sized(size: str) -> Callable[[Path], Path]:
    """A film of this size; what x264 cannot halve is left unhalved."""
    form = "yuv420p" if all(int(side) % 2 == 0 for side in size.split("x")) else "yuv444p"
    return lambda folder: silent_film(folder / "sized.mkv", *H264, "-pix_fmt", form, size=size)
