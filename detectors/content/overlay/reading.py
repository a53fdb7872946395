"""What a line of on-screen text shows: a date and time in any usual form, and the numbers beside it. Text only."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

LOOKALIKES = {
    "0": "OoDQ〇◯", "1": "lI|i!丨", "2": "Zz", "5": "Ss", "8": "B&", "6": "b", "9": "gq", "7": "?",
    ":": "：;；∶", "-": "–—－_~﹣", "/": "／", ".": "。．·,，", "年": "牛", "日": "曰目",
}  # fmt: skip
"""What a recogniser takes each sign of a clock for."""

SIGNS = "0123456789-/:. 年月日时分秒星期周一二三四五六天上下午AMP"
"""All signs that a clock is written with."""

_REPAIR = str.maketrans({wrong: right for right, wrongs in LOOKALIKES.items() for wrong in wrongs})

_DAY_FIRST = r"(?<!\d)(?P<a>[0-3]?\d)[-/.](?P<b>[01]?\d|[0-3]\d)[-/.](?P<Y>(?:19|20)\d\d)(?!\d\d[-/:])"
_YEAR_FIRST = (
    r"(?<![\d/.])(?<!\d-)(?P<y>(?:19|20)\d\d)[-/.:年 ]{0,2}(?P<m>1[0-2]|0[1-9]|[1-9](?!\d[-/.月]))[-/.:月 ]{0,2}"
    r"(?P<d>[12]\d|3[01]|0[1-9]|[1-9](?!\d))日?"
)
_SHORT = r"(?<!\d)(?P<yy>\d\d)[-/](?P<mm>1[0-2]|0[1-9])[-/](?P<dd>[12]\d|3[01]|0[1-9])(?!\d\d[ -/]|\d\d$)"
_DATES = [re.compile(one) for one in (_YEAR_FIRST, _DAY_FIRST, _SHORT)]
_CLOCK = (
    r"(?P<before>上午|下午|[AP]M)? ?(?P<H>[01]\d|2[0-3]|\d)(?:[:.时 ]{0,2}(?P<M>[0-5]\d)[:.分 ]{0,2}(?P<S>[0-5]\d)"
    r"(?:[.:](?P<f>\d{1,3}))?|[:.时 ]{1,2}(?P<M2>[0-5]\d)(?![:.]?\d|[:.]))秒?(?!\d) ?(?P<after>上午|下午|[AP]M)?"
)
_NEXT, _TIME = re.compile(_CLOCK), re.compile(r"(?<![\d:.])" + _CLOCK)
_COLONS = re.compile(r"\d{1,2}[:：]\d\d(?:[:：]\d\d)?")
_CLOCKLIKE = re.compile(r"(?:19|20)\d\d[-/.:年 ]?[01]|\d\d:\d\d:\d\d|\d\d[-/.年]\d\d[-/.月]\d\d")
_WEEKDAY = re.compile(r"(?:星期|周)([一二三四五六日天])")
_WEEK = "一二三四五六日"

_NUMBERS = re.compile(
    r"-?\d{1,2}(?:\.\d)? ?(?:℃|°?C(?![A-Z])|度)|(?<![\d.])-?\d{1,2}\.\d(?![\d.])(?! ?%)"  # temperature of the room
    r"|\d{1,3}(?:\.\d)? ?%(?:RH)?"  # its humidity
    r"|[NSEW] ?\d{1,3}\.\d{4,}|\d{1,3}\.\d{4,}°? ?[NSEW]?"  # position
    r"|[A-Z]{0,5}-?(?:\d{5,}|\d[0-9A-Z]{5,6}(?![0-9A-Z]))[0-9A-Z]*"  # serial 7, badge 6 characters
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time as shown, no zone known. `order`: how year, month and day were taken to stand."""

    order: str  # ymd | dmy | mdy
    at: datetime

    @property
    def seconds(self) -> float:
        """Seconds since 1970 of the shown local time."""
        return self.at.replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a text shows. Two moments where day and month may be exchanged. `step`: s, the finest it tells.

    `first`, `last`: which signs of the text it was read from. `week`: a weekday stands there and is not that date's.
    """

    moments: tuple[Moment, ...]
    step: float
    text: str
    first: int = 0
    last: int = 0
    week: bool = False


def repaired(text: str) -> str:
    """The text with signs that look like those of a clock put right."""
    return text.translate(_REPAIR)


def shown(text: str) -> Shown | None:
    """The date and time in a text of repaired signs, None: not both."""
    for form in _DATES:
        for day in form.finditer(text):
            time = _time_beside(text, day.start(), day.end())
            moments = _moments(day, time) if time else ()
            if time and moments:
                return _shown(text, moments, (day, time))
    return None


def has_date(text: str) -> bool:
    """A date stands there."""
    return any(_days(day) for form in _DATES for day in form.finditer(text))


def has_time(text: str) -> bool:
    """A time of day stands there, with its colons."""
    return any(":" in one.group() for one in _TIME.finditer(text))


def looks_like_clock(text: str) -> bool:
    """So many figures, and some as in a date or a time, that a clock may stand there which could not be read whole."""
    figures = sum(sign.isdigit() for sign in text)
    return figures >= 6 and figures >= 0.6 * len(text) and _CLOCKLIKE.search(text) is not None


def numbers(text: str) -> tuple[str, ...]:
    """The numbers beside the clock in a text as recognised: serial, badge, position, temperature, humidity."""
    rest, clock = text, shown(text)
    if clock:
        rest = f"{text[: clock.first]} ; {text[clock.last :]}"
    rest = _COLONS.sub(" ; ", rest)
    for form in _DATES:
        rest = form.sub(" ; ", rest)
    return tuple(re.sub(r" +", "", one.group()) for one in _NUMBERS.finditer(rest.upper()))


def _time_beside(text: str, start: int, end: int) -> "re.Match[str] | None":
    """The time of day after the date, else before it."""
    after = re.compile(r"[ 日T]*(?:(?:星期|周)[一二三四五六日天])? *").match(text, end)
    place = after.end() if after else end
    return _NEXT.match(text, place) or _TIME.search(text, end) or _TIME.search(text, 0, start)


def _days(day: "re.Match[str]") -> list[tuple[str, int, int, int]]:
    found = day.groupdict()
    if "y" in found:
        return [("ymd", int(found["y"]), int(found["m"]), int(found["d"]))]
    if "yy" in found:
        return [("ymd", 2000 + int(found["yy"]), int(found["mm"]), int(found["dd"]))]
    year, a, b = int(found["Y"]), int(found["a"]), int(found["b"])
    both = [("dmy", year, b, a), ("mdy", year, a, b)]
    return [one for one in both if 1 <= one[2] <= 12 and 1 <= one[3] <= 31][: 1 if a == b else 2]


def _moments(day: "re.Match[str]", time: "re.Match[str]") -> tuple[Moment, ...]:
    found = time.groupdict()
    half = found["before"] or found["after"]
    hour = int(found["H"])
    if half and not 1 <= hour <= 12:
        half = None
    if half:
        hour = hour % 12 + (12 if half in ("下午", "PM") else 0)
    minute, second = int(found["M"] or found["M2"]), int(found["S"] or 0)
    micro = int((found["f"] or "0").ljust(6, "0"))
    made = []
    for order, year, month, date in _days(day):
        try:
            made.append(Moment(order, datetime(year, month, date, hour, minute, second, micro)))  # noqa: DTZ001 no zone
        except ValueError:
            continue
    return tuple(made)


def _shown(text: str, moments: tuple[Moment, ...], parts: "tuple[re.Match[str], re.Match[str]]") -> Shown:
    day, time = parts
    step = 60.0 if time["M2"] else 10.0 ** -len(time["f"]) if time["f"] else 1.0
    first, last = min(day.start(), time.start()), max(day.end(), time.end())
    weekday = _WEEKDAY.search(text)
    wrong = False
    if weekday:
        named = _WEEK.index(weekday[1].replace("天", "日"))
        fitting = tuple(one for one in moments if one.at.weekday() == named)
        moments, wrong = fitting or moments, not fitting
    return Shown(moments, step, text[first:last].strip(), first, last, wrong)
