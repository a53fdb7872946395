"""What a file says about its device and its times, wherever in it: cleaned, capped, the first of a kind wins.

A statement is a key with a text (make model serial serial_hash badge location firmware, and writer, format), or the
name of the place with the time that is written there. Nothing is judged: an impossible clock is kept like a true one.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from indexer.containers.riff import parse_time

Statement = tuple[str, str | datetime]

MAX_TEXT = 300  # characters of one statement; more is no name
MAX_STATEMENTS = 2_000  # from one place
MAX_TIMES = 40
MAX_NAMESAKES = 4  # different times under one name, as of several tracks
SOME = 4 * MAX_TEXT  # bytes, or characters before cleaning, that can matter to one statement
WIDE_MARKS = ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"))

SPELT = re.compile(
    r"(\d{4})[-:/.年](\d{1,2})[-:/.月](\d{1,2})日?[T /]*(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s*"
    r"(Z|UTC|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
DENSE = re.compile(
    r"(\d{4})(\d{2})(\d{2})[T_ -]?(\d{2})(\d{2})(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?(?!\d)", re.ASCII
)


class FreeText(str):
    """A value found in free text: it gives way to one that has a place of its own."""

    __slots__ = ()


class Statements:
    """Collects statements. `elsewhere`: offset and bytes of a place in the file where the vendor keeps more."""

    def __init__(self) -> None:
        self._free: set[str] = set()
        self.tags: dict[str, str] = {}
        self.times: dict[str, datetime] = {}
        self.elsewhere: tuple[int, int] | None = None

    def add(self, found: Iterable[Statement]) -> None:
        for key, value in islice(found, MAX_STATEMENTS):
            if isinstance(value, datetime):
                self._time(key, value)
            else:
                self._text(key, value)

    def all(self) -> Iterator[Statement]:
        """All that is kept, to be added elsewhere."""
        yield from ((key, FreeText(said) if key in self._free else said) for key, said in self.tags.items())
        yield from self.times.items()

    def take(self, key: str) -> str | None:
        """A text that is not kept among the device's tags."""
        return self.tags.pop(key, None)

    def _text(self, key: str, value: str) -> None:
        free = isinstance(value, FreeText)
        if key in self.tags and (free or key not in self._free):
            return
        said = clean(value)
        if said:
            self.tags[key] = said
            (self._free.add if free else self._free.discard)(key)

    def _time(self, name: str, value: datetime) -> None:
        """Another time under the same name is kept beside the first, as `name-2`."""
        for number in range(1, MAX_NAMESAKES + 1):
            key = name if number == 1 else f"{name}-{number}"
            if self.times.get(key) == value:
                return
            if key not in self.times:
                if len(self.times) < MAX_TIMES:
                    self.times[key] = value
                return


def clean(said: str) -> str:
    """One line of printable characters, at most `MAX_TEXT` of them."""
    shown = "".join(char if char.isprintable() else " " for char in said[:SOME])
    return " ".join(shown.split())[:MAX_TEXT].rstrip()


def text(raw: bytes, most: int = SOME) -> str:
    """The first bytes as UTF-8 or, failing that, GB18030, which every byte pair of a Chinese device's own text is.

    A byte order mark makes it UTF-16 (3GPP TS 26.244 § 8).
    """
    part, whole = raw[:most], len(raw) <= most
    for mark, coding in WIDE_MARKS:
        if part.startswith(mark):
            return part[2:].decode(coding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(part, whole)  # a cut inside a character is ours
    except UnicodeDecodeError:
        return codecs.getincrementaldecoder("gb18030")("replace").decode(part, whole)


def printable(raw: bytes) -> str:
    """The text when it is nothing else, up to padding; else nothing. For places where anything may stand."""
    filled = raw[:SOME].rstrip(b"\0\xff ")
    if len(filled) < 4 or b"\0" in filled:
        return ""
    said = text(filled)
    return said if all(char.isprintable() or char.isspace() for char in said) and "\ufffd" not in said else ""


def stated_time(said: str) -> datetime | None:
    """A time as text: aware UTC when it names its zone, else naive; None when there is no time of day in it."""
    said = said[:MAX_TEXT].strip(" \0\t\r\n")
    found = SPELT.match(said) or DENSE.match(said)
    if found is None:
        return parse_time(said.encode())
    *parts, fraction, zone = found.groups()
    try:
        local = datetime(*(int(part) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001 (may stay naive)
        local += timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
        return local if zone is None else local.replace(tzinfo=_zone(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(said: str) -> timezone:
    """Raises ValueError for an offset that no zone has."""
    if said.upper() in ("Z", "UTC"):
        return UTC
    digits = said[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-offset if said[0] == "-" else offset)


def position(latitude: float, longitude: float) -> str:
    """Degrees as ISO 6709, the form in which all containers' positions are kept."""
    return f"{latitude:+09.5f}{longitude:+010.5f}/"
