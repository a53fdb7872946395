"""What a file's name says: device, officer, times, number, room. Read by named-group patterns, never guessed.

Configured patterns come before the built-in ones. A name that matches but states an impossible time keeps its match
and carries the doubt: the rest of it is still worth having.
"""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone

from domain.errors import ConfigError
from domain.wording import joined, say
from indexer.backtracking import slow_name
from indexer.name_patterns import BUILT_IN, GROUPS, Pattern

PARTIAL_SUFFIXES = (
    *(".part", ".tmp", ".temp", ".filepart", ".partial", ".crdownload", ".download", ".downloading", ".opdownload"),
    *(".!ut", ".!qb", ".aria2", ".td", ".xltd", ".incomplete", ".unfinished", ".dav_", "~"),
)
"""Ends of temporary names that copying programs give to a file until it is whole."""

_COPY_MARK = re.compile(
    r"(?:\s?\(\d{1,3}\)|(?:(?:\s?[-_]\s?|\s)?(?:的?副本|复制|拷贝)|(?:\s?[-_]\s?|\s)copy)(?:\s?\(?\d{1,3}\)?)?)"
    r"{1,4}(?=\.[^.]+$|$)",
    re.IGNORECASE,
)
_COPY_WORD = re.compile(r"(?:复件|副本)(?:\s?\(\d{1,3}\))?\s")
_LONGEST_MARK = 64  # characters at the end of a name, its extension included
_LONGEST = 4096  # characters of a path; what is longer comes from no file system and is read as it stands
_MOST_FOLDERS = 16
_SHOWN = 40  # characters of a name in a message
_OFFSET = re.compile(r"(?:(?P<utc>Z)|(?P<sign>[+])(?P<hours>\d{2}):?(?P<minutes>\d{2}))$", re.IGNORECASE)
_EARLIEST_PLAUSIBLE_YEAR = 2015


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """`[[patterns]]` of config.toml: a name for the family, and a regex with named groups."""

    name: str
    regex: str


@dataclass(frozen=True, slots=True)
class NameFields:
    """What one name states. Times are naive where they are local, aware where the name says UTC or an offset.

    `ids` are ids whose role the name leaves open. `sequence` numbers files: a later `chapter` of a recording has none.
    `resolution` is a minute where no seconds stand. `doubt` says what in the name cannot be true or was set aside.
    """

    pattern: str
    device: str | None = None
    officer: str | None = None
    ids: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    sequence: int | None = None
    chapter: int | None = None
    channel: str | None = None
    room: str | None = None
    resolution: timedelta = timedelta(0)
    doubt: str = ""


def compile_patterns(settings: Sequence[PatternSettings]) -> tuple[Pattern, ...]:
    """The configured patterns in their order, then the built-in ones. Raises ConfigError."""
    names = [setting.name for setting in settings]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f'[[patterns]] name = "{name}": expected a name of its own for each pattern, got it twice'
            )
    configured = tuple(_compile(setting) for setting in settings)
    return configured + tuple(pattern for pattern in BUILT_IN if pattern.name not in names)


def _compile(setting: PatternSettings) -> Pattern:
    where = f'[[patterns]] "{setting.name}"'
    try:
        regex = re.compile(setting.regex, re.IGNORECASE)
    except re.error as error:
        raise ConfigError(
            f"{where}: expected a regular expression, got {setting.regex!r}: {error.msg} at position {error.pos}"
        ) from error
    for group in regex.groupindex:
        if group not in GROUPS:
            closest = difflib.get_close_matches(group, sorted(GROUPS), n=1, cutoff=0.0)[0]
            raise ConfigError(
                f'{where}: unknown group "{group}", closest known is "{closest}"; expected {", ".join(sorted(GROUPS))}'
            )
    slow = slow_name(regex)
    if slow is not None:
        shown = slow if len(slow) <= _SHOWN else f"{slow[:_SHOWN]}…"
        zh = f"应为对任何文件名都很快的正则表达式；此式遇到形如 {shown!r} 的文件名耗时急剧增长，重复中勿再嵌套重复"
        en = f"expected one that is quick on any name, got one that takes ever longer on such as {shown!r}"
        raise ConfigError(say(f"{where}：{zh}", f"{where}: {en}: repeat nothing that repeats"))
    return Pattern(setting.name, regex, whole_path="/" in setting.regex)


def is_partial(path: str) -> bool:
    """True for a name that a copying program uses only until the file is whole."""
    return path.casefold().endswith(PARTIAL_SUFFIXES)


def read_name(path: str, patterns: Sequence[Pattern]) -> NameFields | None:
    """The fields of the first pattern that describes the whole name, or None when none does.

    A pattern with `/` is held against the path and each of its tails that begins at a folder. Full-width characters
    are read as plain ones; a temporary suffix and a copy mark (`name (1).mp4`) are set aside first, so that a copied
    file is still known.
    """
    final = plain(path)
    tails = tails_of(without_copy_mark(final))
    for pattern in patterns:
        match = match_name(pattern, tails)
        if match:
            fields = _fields(pattern, match)
            name = final.rpartition("/")[2]
            return fields if tails[-1] == name else _doubted(fields, _copied(name))
    return None


def plain(path: str) -> str:
    """The path without full-width characters and without the suffix of a copying program."""
    if not path.isascii() and len(path) <= _LONGEST:
        path = unicodedata.normalize("NFKC", path)
    return without_partial_suffix(path)


def without_copy_mark(path: str) -> str:
    """The path without what a program adds to the name of a copy, before or after it."""
    folder, slash, name = path.rpartition("/")
    word = _COPY_WORD.match(name)
    name = name[word.end() :] if word else name
    return folder + slash + name[:-_LONGEST_MARK] + _COPY_MARK.sub("", name[-_LONGEST_MARK:])


def _copied(name: str) -> str:
    return say(f"文件名 {name!r} 带有副本标记", f"copy mark in the name {name!r}")


def without_partial_suffix(path: str) -> str:
    folded = path.casefold()
    if not folded.endswith(PARTIAL_SUFFIXES):
        return path
    suffix = next((suffix for suffix in PARTIAL_SUFFIXES if folded.endswith(suffix)), "")
    return path[: len(path) - len(suffix)] + (".dav" if suffix == ".dav_" else "")


def tails_of(path: str) -> list[str]:
    """The path and its tails that begin at a folder, the longest first, the name alone last."""
    folders, _, name = path.rpartition("/")
    tails = [name]
    for folder in reversed(folders.split("/")[-_MOST_FOLDERS:] if folders else []):
        tails.append(f"{folder}/{tails[-1]}")
    return tails[::-1]


def match_name(pattern: Pattern, tails: Sequence[str]) -> re.Match[str] | None:
    """The pattern held against the name, or against the longest tail that it describes."""
    if not pattern.whole_path:
        return pattern.regex.fullmatch(tails[-1])
    return next((match for tail in tails if (match := pattern.regex.fullmatch(tail))), None)


def _fields(pattern: Pattern, match: re.Match[str]) -> NameFields:
    groups = {name: text.strip() for name, text in match.groupdict().items() if text and text.strip()}
    chapter = _number(groups.get("chapter"))
    fields = NameFields(
        pattern.name,
        device=groups.get("device"),
        officer=groups.get("officer"),
        ids=tuple(groups[key] for key in ("id_a", "id_b") if key in groups),
        sequence=_number(groups.get("sequence")) if (chapter or 1) == 1 else None,
        chapter=chapter,
        channel=groups["channel"].upper() if "channel" in groups else None,
        room=groups.get("room"),
    )
    return _with_times(fields, groups, utc=pattern.utc)


def _number(text: str | None) -> int | None:
    digits = re.sub(r"[^0-9]", "", text or "")
    return int(digits) if digits else None


def _with_times(fields: NameFields, groups: dict[str, str], *, utc: bool) -> NameFields:
    day_stamp = read_stamp(groups["date"] + " 000000", None) if "date" in groups else None
    day = day_stamp.date() if day_stamp else None
    start = read_stamp(groups["start"], day) if "start" in groups else None
    end = read_stamp(groups["end"], start.date() if start else day) if "end" in groups else None
    if "date" in groups and day is None:
        fields = _doubted(fields, say(f"{groups['date']!r} 不是日期", f"{groups['date']!r} is no date"))
    for key, zh, value in (("start", "开始", start), ("end", "结束", end)):
        if key in groups and value is None:
            fields = _doubted(fields, say(f"{groups[key]!r} 不是{zh}时间", f"{groups[key]!r} is no {key} time"))
    if utc:
        start, end = _as_utc(start), _as_utc(end)
    if _lacks_seconds(groups.get("start") or groups.get("end", "")):
        fields = replace(fields, resolution=timedelta(minutes=1))
    return _with_end(replace(fields, start=start), end, timed_only=_is_time_of_day(groups.get("end", "")))


def _with_end(fields: NameFields, end: datetime | None, *, timed_only: bool) -> NameFields:
    start = fields.start
    if start is None or end is None:
        return replace(fields, end=end)
    if (start.tzinfo is None) != (end.tzinfo is None):
        mixed = say(
            "开始与结束只有一个注明时区：不采用结束时间",
            "one of start and end names a zone, the other does not: end set aside",
        )
        return _doubted(fields, mixed)
    if end < start and timed_only:
        end += timedelta(days=1)
    if end < start:
        backwards = say(
            f"结束 {end} 早于开始 {start}：不采用结束时间", f"end {end} lies before start {start}: end set aside"
        )
        return _doubted(fields, backwards)
    return replace(fields, end=end)


def _is_time_of_day(text: str) -> bool:
    return len(re.sub(r"[^0-9]", "", text)) in (6, 8, 9)


def _lacks_seconds(text: str) -> bool:
    digits = re.sub(r"[^0-9]", "", text)
    return len(digits) == 12 and _is_long_year(digits)


def _is_long_year(digits: str) -> bool:
    """A plausible four-digit year cannot be read as a two-digit year and a month, nor the other way round."""
    return digits[:2] == "20" and int(digits[:4]) >= _EARLIEST_PLAUSIBLE_YEAR


def _as_utc(stamp: datetime | None) -> datetime | None:
    return stamp.replace(tzinfo=UTC) if stamp is not None and stamp.tzinfo is None else stamp


def _doubted(fields: NameFields, doubt: str) -> NameFields:
    return replace(fields, doubt=joined((fields.doubt, doubt)))


def read_stamp(text: str, day: date | None) -> datetime | None:
    """A time out of a name, whatever its separators; None when it is none.

    Digits: 14 (date and time), 12 (without seconds, or with a two-digit year), 6 (time of `day`); 14 and 6 may be
    followed by two or three digits of fraction. A final `Z` or `+hh:mm` makes it aware. 24:00:00 is the next midnight.
    """
    offset = _OFFSET.search(text)
    bare = text[: offset.start()] if offset else text
    digits = re.sub(r"[^0-9]", "", bare)
    try:
        stamp = _stamp_of_digits(digits, day)
        return stamp.replace(tzinfo=_zone(offset)) if stamp and offset else stamp
    except ValueError:
        return None


def _zone(offset: re.Match[str]) -> timezone:
    if offset["utc"]:
        return UTC
    return timezone(timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"])))


def _stamp_of_digits(digits: str, day: date | None) -> datetime | None:
    """Raises ValueError when the digits are no calendar date or time of day."""
    count = len(digits)
    if count in (14, 16, 17):
        return _at(_day(digits[:8]), digits[8:])
    if count == 12:
        if _is_long_year(digits):
            return _at(_day(digits[:8]), digits[8:] + "00")
        return _at(_day("20" + digits[:6]), digits[6:])
    if count in (6, 8, 9) and day is not None:
        return _at(day, digits)
    return None


def _day(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def _at(day: date, digits: str) -> datetime:
    hour, minute, second = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    fraction = timedelta(seconds=int(digits[6:]) / 10 ** len(digits[6:])) if digits[6:] else timedelta(0)
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (a name states local time; the store knows the zone)
    if (hour, minute, second) == (24, 0, 0):
        return midnight + timedelta(days=1)
    return midnight.replace(hour=hour, minute=minute, second=second) + fraction
