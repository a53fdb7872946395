"""The machine: variables of the environment, time zones, FFmpeg, the library that reads media."""

import subprocess
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.checks.remedies import Trouble
from app.checks.verdict import Verdict, ok, problem, warning
from app.sections import closest
from app.settings import DEFAULT_ZONE, ENVIRONMENT, Settings
from app.shell import one_line
from domain.wording import say

PATIENCE_S = 20


def check_environment(environment: Mapping[str, str]) -> Iterator[Verdict]:
    """A misspelt variable would silently do nothing."""
    for name in sorted(environment):
        if name.startswith("BWC_") and name not in ENVIRONMENT:
            text = say("没有程序读取它", "nobody reads it")
            yield warning(Trouble.VARIABLE_UNKNOWN, f"environment {name}", text, closest(name, ENVIRONMENT))


def check_time_zones(settings: Settings) -> Verdict:
    """Every zone of the configuration, and the one that is used where none is given."""
    names = {DEFAULT_ZONE, *(one.timezone for one in settings.stores), *(one.timezone for one in settings.feeds)}
    absent = []
    for name in sorted(names):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            absent.append(name)
    if absent:
        text = say(f"缺少时区数据：{'、'.join(absent)}", f"no data of the time zone {', '.join(absent)}")
        return problem(Trouble.TIME_ZONES, "time zones", text)
    return ok("time zones", ", ".join(sorted(names)))


def check_ffmpeg() -> Verdict:
    """Does the program that makes proxies run?"""
    import imageio_ffmpeg

    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        run = subprocess.run([program, "-version"], capture_output=True, timeout=PATIENCE_S, check=True)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        text = say(f"不能运行：{one_line(error)}", f"does not run: {one_line(error)}")
        return problem(Trouble.FFMPEG, "FFmpeg", text)
    return ok("FFmpeg", run.stdout.split(b"\n")[0].decode(errors="replace")[:80])


def check_media_library() -> Verdict:
    """PyAV reads what our own readers do not."""
    try:
        import av
    except (ImportError, OSError) as error:
        text = say(f"不能载入：{one_line(error)}", f"cannot be loaded: {one_line(error)}")
        return problem(Trouble.MEDIA_LIBRARY, "PyAV", text)
    return ok("PyAV", str(av.__version__))
