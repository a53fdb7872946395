"""Ten-minute clips whose on-screen clock does something, and what must be observed of each."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.content.overlay_scenes import Scene, written


@dataclass(frozen=True, slots=True)
class Expected:
    """Offsets of the runs, jumps and standstills in seconds, a missing clock, degrees: all that may be observed."""

    scene: Scene
    clocks: tuple[float, ...] = (0.0,)
    jumps: tuple[float, ...] = ()
    stops: tuple[float, ...] = ()
    missing: int = 0
    turned: tuple[int, ...] = ()
    numbers: str = ""


def _form(form: str) -> Callable[[float], str]:
    return lambda at: written(at, form)


def _jump(by: float, when: float) -> Callable[[float], str]:
    return lambda at: written(at + (by if at >= when else 0))


def _halt(start: float, end: float, lost: float) -> Callable[[float], str]:
    return lambda at: written(at if at < start else start if at < end else at - lost)


def _until(start: float, end: float) -> Callable[[float], str | None]:
    return lambda at: written(at) if at < start or at >= end else None


FORMS = (
    Expected(
        Scene("1080p, serial and badge below", lines=1080, beside="DSJ-1234567 012345"), numbers="DSJ-1234567 012345"
    ),
    Expected(Scene("年月日 and weekday", _form("%Y年%m月%d日 %H:%M:%S 星期五"), font="uni")),
    Expected(Scene("date above time", _form("%Y-%m-%d\n%H:%M:%S"))),
    Expected(Scene("month first", _form("%m-%d-%Y %H:%M:%S"))),
    Expected(Scene("AM/PM", _form("%Y-%m-%d %I:%M:%S %p"))),
    Expected(Scene("no seconds", _form("%Y/%m/%d %H:%M"))),
    Expected(Scene("milliseconds", lambda at: written(at, "%Y-%m-%d %H:%M:%S.%f")[:-3])),
    Expected(Scene("no separators", _form("%Y%m%d %H%M%S"))),
    Expected(Scene("room, temperature", font="uni", lines=576, beside="温度:23.5 湿度:45%"), numbers="23.5 45%"),
    Expected(
        Scene("one line", lambda at: written(at) + " 1234567 012345 N31.23041 E121.47370", lines=1080),
        numbers="1234567 012345 N31.23041 E121.47370",
    ),
    Expected(Scene("turned left", turn=90), turned=(90,)),
    Expected(Scene("upside down", turn=180), turned=(180,)),
    Expected(Scene("turned right", turn=270, lines=1080), turned=(270,)),
)

EVENTS = (
    Expected(Scene("cut of 5 min", _jump(300, 333)), (0, 300), (300,)),
    Expected(Scene("cut of 5 s", _jump(5, 250)), (0, 5), (5,)),
    Expected(Scene("set back 3 s", _jump(-3, 250)), (0, -3), (-3,)),
    Expected(Scene("5 h on", _jump(18000, 250)), (0, 18000), (18000,)),
    Expected(Scene("a day back", _jump(-86400, 590)), (0, -86400), (-86400,)),
    Expected(Scene("stands 200 s, catches up", _halt(200, 400, 0)), (0,), stops=(200,)),
    Expected(Scene("stands 100 s", _halt(200, 300, 100)), (0, -100), stops=(100,)),
    Expected(Scene("stands 10 s", _halt(200, 210, 10)), (0, -10), stops=(10,)),
    Expected(Scene("stands throughout", lambda _: written(0)), (), stops=(598,)),
    Expected(Scene("2 % fast", lambda at: written(at * 1.02)), (6,)),
    Expected(Scene("10 % slow", lambda at: written(at * 0.9)), (-30,)),
    Expected(Scene("vanishes", _until(220, 999)), missing=1),
    Expected(Scene("away for 80 s", _until(220, 300)), missing=1),
)

NOTHING = tuple(
    Expected(Scene(f"no clock: {text or 'bare'}", lambda _: None, scenery=text, ground=ground), (), missing=1)
    for ground in ("mixed", "bright")
    for text in ("", "沪A12345", "营业时间 09:00-21:30", "2026年11月20日 星期五", "110 021-62345678", "有限公司 2026")
)
