"""The file-name families that are known without configuration, in the order in which they are tried.

Sources: the table of families in the rule catalogue; layouts published by the makers (Axis body worn integration,
Dahua and Hikvision recorders). For Chinese body cameras the order of the two ids is decided later, by register.
"""

import re
from dataclasses import dataclass

GROUPS = frozenset(
    {"device", "officer", "id_a", "id_b", "start", "end", "date", "sequence", "channel", "room", "lens"},
)
"""Named groups that a pattern may use; `docs/design/time.md` says what each means."""

MEDIA_EXTENSIONS = (
    *("mp4", "m4v", "mov", "avi", "mkv", "webm", "ts", "mts", "m2ts", "mpg", "mpeg", "ps", "vob", "dav", "ifv"),
    *("h264", "264", "h265", "265", "hevc", "flv", "3gp", "asf", "wmv"),
    *("jpg", "jpeg", "wav", "mp3", "aac", "m4a", "amr", "wma"),
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One family of names. `whole_path`: the regex describes folders too. `utc`: its times are UTC, not local."""

    name: str
    regex: re.Pattern[str]
    whole_path: bool = False
    utc: bool = False


EXTENSION = r"\.(?:" + "|".join(MEDIA_EXTENSIONS) + ")"
# Eight digits of date and six of time; impossible values still match, so that the name is recognised and doubted.
STAMP = r"\d{8}[-_]?\d{6}"
# The same with any of the usual separators and a fraction; the century guards against serial numbers.
LOOSE_STAMP = r"(?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}[-_. T]?\d{2}[-_.:]?\d{2}[-_.:]?\d{2}(?:\.?\d{3})?Z?"
# An id has at least one digit and is no time stamp.
ID = r"(?!(?:19|20)\d{6}[-_]?\d{6}(?!\d))(?=[A-Z]*\d)[0-9A-Z]{5,16}"
PREFIX = r"(?:[A-Z]{2,5}[-_])?"
CHANNEL = r"(?:CH|CAM|通道)\d{1,3}|全景|特写"
# What follows the start in body-camera names: end, number, lens, mark of an important file.
TAIL = (
    rf"(?:[-_](?P<end>{STAMP}))?(?:[-_](?P<sequence>\d{{1,6}}))?"
    r"(?:[-_]?(?P<lens>[A-Z]))?(?:[-_](?:IMP|SOS|LOCK|重要|重点))?"
)
RECORDER_WORDS = r"(?:NVR|DVR|XVR|HCVR|IPC)"


def _pattern(name: str, regex: str, *, whole_path: bool = False, utc: bool = False) -> Pattern:
    return Pattern(name, re.compile(regex, re.IGNORECASE), whole_path, utc)


BUILT_IN: tuple[Pattern, ...] = (
    _pattern(
        "room-recorder",
        rf"(?!{RECORDER_WORDS}\d*_)(?P<room>[^\W_]+(?:-[^\W_]+)*)_(?P<channel>{CHANNEL})"
        rf"_(?P<start>{STAMP})_(?P<end>{STAMP}){EXTENSION}",
    ),
    _pattern(
        "dahua-disk",
        r"(?P<date>\d{4}-\d{2}-\d{2})/(?P<channel>\d{3})/(?:[^/]+/)*"
        rf"(?P<start>\d{{2}}\.\d{{2}}\.\d{{2}})-(?P<end>\d{{2}}\.\d{{2}}\.\d{{2}})(?:\[[^\]/]*\])*{EXTENSION}",
        whole_path=True,
    ),
    _pattern(
        "dahua-export",
        r"(?P<device>[^_]+)_(?P<channel>ch\d{1,3})(?:_(?:main|sub|extra)\d*)?"
        rf"_(?P<start>{STAMP})_(?P<end>{STAMP}){EXTENSION}",
    ),
    _pattern("hikvision-block", rf"hiv\d{{5}}{EXTENSION}"),
    _pattern(
        "hikvision-camera",
        rf"(?P<device>\d{{1,3}}(?:\.\d{{1,3}}){{3}})_(?P<channel>\d{{1,3}})_(?P<start>\d{{14,17}})(?:_[A-Z]+)*{EXTENSION}",
    ),
    _pattern(
        "brickcom",
        rf"(?P<date>\d{{8}})-(?P<start>\d{{6}})-(?P<end>\d{{6}})_(?P<device>.+)-(?P<channel>CH\d{{1,3}})(?:{EXTENSION})?",
    ),
    # The user part is a badge or, with the maker's own user list, a UUID that names nobody here.
    _pattern(
        "axis-body-worn",
        r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?P<officer>[^/_]+))_(?P<device>[^/_]+)_[\dT:_-]+Z?/"
        rf"(?P<start>{STAMP})_[^/_.]+{EXTENSION}",
        whole_path=True,
        utc=True,
    ),
    _pattern(
        "body-camera",
        rf"{PREFIX}(?P<id_a>{ID})[-_@](?P<id_b>{ID})[-_@](?P<start>{STAMP}){TAIL}{EXTENSION}",
    ),
    _pattern(
        "body-camera-time-first",
        rf"{PREFIX}(?P<start>{STAMP})[-_@](?P<id_a>{ID})[-_@](?P<id_b>{ID})(?:[-_](?P<sequence>\d{{1,4}}))?{EXTENSION}",
    ),
    _pattern("body-camera-one-id", rf"{PREFIX}(?P<id_a>{ID})[-_@](?P<start>{STAMP}){TAIL}{EXTENSION}"),
    _pattern(
        "novatek",
        rf"(?P<start>\d{{4}}_?\d{{4}}_?\d{{6}})_(?:(?P<sequence>\d{{3,6}})(?P<lens>[A-Z])?|[A-Z]){EXTENSION}",
    ),
    _pattern("start-and-end", rf".*?(?<!\d)(?P<start>{LOOSE_STAMP})[-_~](?P<end>{LOOSE_STAMP}){EXTENSION}"),
    _pattern(
        "time-stamp",
        rf"(?!.*(?<!\d){LOOSE_STAMP}(?!\d).*(?<!\d){LOOSE_STAMP}(?!\d))"
        rf".*?(?<!\d)(?P<start>{LOOSE_STAMP})(?!\d).*{EXTENSION}",
    ),
)
