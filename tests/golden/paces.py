"""Recordings whose pictures do not come as declared: one encoding for each case, copied into every container."""

import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from tests.golden import media

Gap = tuple[float, float]


@dataclass(frozen=True)
class Pace:
    """`times`: when picture n (of 25 a second) is shown, in seconds; `kept`: which pictures there are.

    Then what must be found: how many, when the last one is shown, gaps (at, length), delivered rate, whether it is
    constant. How long the last one is shown is the muxer's word: 0.04 s as declared, or `longest`.
    """

    pictures: int
    last: float
    times: str = "N/25"
    kept: str = "1"
    drawn: int = 150
    gaps: tuple[Gap, ...] = ()
    rate: float | None = None
    constant: bool = True
    longest: float = 0.04


PACES: dict[str, Pace] = {
    "steady": Pace(150, 5.96, rate=25.0),
    "declares 25, delivers 20": Pace(150, 7.45, "N/20", rate=20.0, longest=0.05),
    "slows to 5 at night": Pace(150, 13.8, "if(lt(N,100),N/25,4+(N-100)/5)", constant=False),
    "one dropped": Pace(149, 5.96, kept="not(eq(n,100))", constant=False),
    "0.4 s without": Pace(141, 5.96, kept="not(between(n,101,109))", constant=False),
    "0.6 s without": Pace(136, 5.96, kept="not(between(n,101,114))", gaps=((4.04, 0.56),), rate=25.0),
    "two of them": Pace(
        108, 5.96, kept="not(between(n,26,45)+between(n,101,122))", gaps=((1.04, 0.8), (4.04, 0.88)), rate=25.0
    ),
    "time jumps": Pace(150, 105.96, "if(lt(N,100),N/25,N/25+100)", gaps=((4.0, 100.0),), rate=25.0),
    "one a second, and stops for 5 s": Pace(
        25, 29.0, "if(lt(N,12),N,N+5)", drawn=25, gaps=((12.0, 5.0),), rate=1.0, longest=1.0
    ),
}  # fmt: skip
CONTAINERS = ("mp4", "mov", "mkv", "ts", "flv", "asf")
DROPPED = ("one dropped", "0.4 s without", "0.6 s without", "two of them")  # AVI has no times: it drops frames


@functools.cache
def encoded(name: str) -> Path:
    pace, path = PACES[name], media.folder() / f"pace-{name.replace(' ', '-')}.mp4"
    picture = ffmpeg.input(f"testsrc=s=160x120:r=25:d={pace.drawn / 25}", f="lavfi").video
    picture = picture.filter("select", pace.kept).filter("settb", "1/1000")
    if pace.kept == "1":
        picture = picture.filter("setpts", f"round(({pace.times})*1000)")
    declared = {"x264-params": "b-adapt=0:force-cfr=1:fps=25", "enc_time_base": "1:1000"}
    recipe = media.H264 | {"bf": 0, "an": None, "fps_mode": "passthrough", "threads": 1} | declared
    ffmpeg.output(picture, str(path), **recipe).run(cmd=media.FFMPEG, quiet=True, overwrite_output=True)
    return path


@functools.cache
def clip(name: str, container: str) -> Path:
    path = encoded(name)
    if container == "mp4":
        return path
    rate = ["-r", "25"] if container == "avi" else []
    command = [media.FFMPEG, "-v", "error", "-y", "-i", str(path), "-c", "copy", *rate]
    target = path.with_suffix(f".{container}")
    subprocess.run([*command, str(target)], check=True)
    return target


@functools.cache
def silence(container: str) -> Path:
    """Twelve seconds of picture without a hole, and the tone without what lies between 4 s and 7 s."""
    path = media.folder() / f"silence.{container}"
    picture = ffmpeg.input("testsrc=s=160x120:r=25:d=12", f="lavfi").video
    sound = ffmpeg.input("sine=d=12:r=16000", f="lavfi").audio.filter("aselect", "not(between(t,4,6.999))")
    recipe = media.H264 | media.SOUND | {"bf": 0, "threads": 1}
    output = ffmpeg.output(picture, sound, str(path), **recipe)
    output.run(cmd=media.FFMPEG, quiet=True, overwrite_output=True)
    return path
