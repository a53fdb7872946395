"""The file-name families that are known without configuration, in the order in which they are tried.

Published by the makers: Brickcom (FAQ), Uniview (NVR302 manual, local recordings), Axis (body worn integration),
vehicle recorders (iCarVisions FAQ), GoPro. Seen in public code: Dahua and Hikvision disks, Insta360, DJI, Novatek,
BlackVue, and one Chinese body-camera program that stamps `_设备编号_警员编号_日期时间_序号` and marks important files
`IMP`. GA/T 947.4 was not to be had: no name here claims to follow it; of two ids the register decides later which is
which. All else (Axon's titles, folders by day and officer, exports by channel) is practice, unverified.
"""

import re
from dataclasses import dataclass

VERSION = 2
"""Raised when names are read differently: every clip is placed again."""

GROUPS = frozenset(
    {"device", "officer", "id_a", "id_b", "start", "end", "date", "sequence", "chapter", "channel", "room", "lens"},
)
"""Named groups that a pattern may use; `docs/design/time.md` says what each means."""

MEDIA_EXTENSIONS = (
    *("mp4", "m4v", "mov", "avi", "mkv", "webm", "ts", "mts", "m2ts", "mpg", "mpeg", "ps", "vob", "dav", "ifv"),
    *("h264", "264", "h265", "265", "hevc", "flv", "3gp", "asf", "wmv", "insv"),
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
STAMP = r"\d{8}[-_]?\d{6}(?:\d{3})?"
# The same with any of the usual separators and a fraction; the century guards against serial numbers.
LOOSE_STAMP = r"(?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}[-_. T]?\d{2}[-_.:]?\d{2}[-_.:]?\d{2}(?:\.?\d{3})?Z?"
# Of cars and actions: also a year of two digits, or every part by itself.
DASH_STAMP = r"(?:\d{8}[-_]?\d{6}|\d{6}[-_]\d{6}|\d{4}(?:_\d{2}){5})"
DAY = r"(?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}"
# An id has at least one digit and is no time stamp.
ID = r"(?!(?:19|20)\d{6}[-_]?\d{6}(?:\d{3})?(?!\d))(?=[A-Z]*\d)[0-9A-Z]{5,16}"
# What may stand before the ids: the maker's or the standard's letters, and a model that begins with a letter.
PREFIX = r"_?(?:[A-Z]{2,5}[-_](?:[A-Z][0-9A-Z]{0,9}[-_])?)?"
# A person's name is read past: who it is, the number says.
NAME = r"(?:[\u3400-\u9fff·]{2,16}[-_@])?"
CHANNEL = r"(?:CH|CAM|通道)\d{1,3}|全景|特写"
# What follows the start in body-camera names: end, number, lens, mark of an important file.
TAIL = (
    rf"(?:[-_](?P<end>{STAMP}))?(?:[-_](?P<sequence>\d{{1,6}}))?"
    r"(?:[-_]?(?P<lens>[A-Z]))?(?:[-_]?(?:IMP|SOS|LOCK|重要|重点))?"
)
RECORDER_WORDS = r"(?:NVR|DVR|XVR|HCVR|IPC)"
DASH_WORDS = r"(?:REC|EVT|EVENT|EMR|EMER|NOR|NORM|PARK|PRK|MANUAL|MAN|SOS|FILE|MOV|MOVI|LOOP)"
# A time of day as a whole name, in folders that say the rest.
IN_FOLDERS = (
    r"(?:[^/]+/){0,3}(?P<start>\d{2}[-_.]?\d{2}[-_.]?\d{2})(?:[-_](?P<sequence>\d{1,6}))?"
    rf"(?:[-_]?(?P<lens>[A-Z]))?{EXTENSION}"
)
OFFICER_FOLDER = rf"(?!{DAY}/)(?P<id_a>{ID})(?:[-_][\u3400-\u9fff·]{{2,16}})?"


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
        rf"(?P<device>\d{{1,3}}(?:\.\d{{1,3}}){{3}})_(?P<channel>\d{{1,3}})_(?P<start>\d{{14,17}})"
        rf"(?:_(?P<end>\d{{14,17}}))?(?:_[A-Z]+)*(?:_\d{{1,6}})?{EXTENSION}",
    ),
    _pattern(
        "uniview-client",
        r"(?P<date>\d{4}-\d{2}-\d{2})/(?P<device>\d{1,3}(?:\.\d{1,3}){3})_(?P<channel>[^_/]{1,32})"
        rf"_S(?P<start>\d{{2}}-\d{{2}}-\d{{2}})_?E(?P<end>\d{{2}}-\d{{2}}-\d{{2}}){EXTENSION}",
        whole_path=True,
    ),
    _pattern(
        "brickcom",
        rf"(?P<date>\d{{8}})-(?P<start>\d{{6}})-(?P<end>\d{{6}})_(?P<device>.+)-(?P<channel>CH\d{{1,3}})(?:{EXTENSION})?",
    ),
    _pattern("vehicle-recorder", rf"[A-Z](?P<start>\d{{8}}-\d{{6}})[PN][0-9A-C][AN](?P<channel>\d)[A-Z]\d{EXTENSION}"),
    # The user part is a badge or, with the maker's own user list, a UUID that names nobody here.
    _pattern(
        "axis-body-worn",
        r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?P<officer>[^/_]+))_(?P<device>[^/_]+)_[\dT:_-]+Z?/"
        rf"(?P<start>{STAMP})_[^/_.]+{EXTENSION}",
        whole_path=True,
        utc=True,
    ),
    # Minutes only: the rest of the minute is the reading's uncertainty.
    _pattern(
        "axon-body",
        rf"Axon_(?:Body|Flex|Fleet)(?:_\d)?_Video_(?P<start>\d{{4}}-\d{{2}}-\d{{2}}_\d{{4}})(?:[-_]\d{{1,4}})?{EXTENSION}",
    ),
    # The number is the recording's: only its first file bears it, or further chapters would look like a clock's step.
    _pattern("gopro", rf"(?:(?:G[HXLS](?P<chapter>\d{{2}})|GOPR)(?P<sequence>\d{{4}})|GP\d{{6}}){EXTENSION}"),
    _pattern(
        "insta360",
        rf"(?:VID|LRV|PRO_VID|PRO_LRV)_(?P<start>\d{{8}}_\d{{6}})_(?P<lens>\d{{2}})_(?P<sequence>\d{{3}}){EXTENSION}",
    ),
    _pattern("dji", rf"DJI_(?:(?P<start>\d{{14}})_)?(?P<sequence>\d{{4}})(?:_(?P<lens>[A-Z]{{1,2}}))?{EXTENSION}"),
    _pattern(
        "dashcam",
        rf"{DASH_WORDS}[-_]?(?P<start>{DASH_STAMP})(?:[-_](?P<sequence>\d{{3,6}}))?(?:[-_]?(?P<lens>[A-Z]{{1,2}}))?{EXTENSION}",
    ),
    _pattern("blackvue", rf"(?P<start>\d{{8}}_\d{{6}})_[A-Z](?P<lens>[A-Z]){EXTENSION}"),
    # No device here: what stands before the channel may be a recorder, a room or a place.
    _pattern(
        "channel-export",
        rf"(?:[^_/]+_)?(?P<channel>(?:CH|CAM|D|通道)\d{{1,3}})[-_](?P<start>{STAMP})(?:[-_](?P<end>{STAMP}))?"
        rf"(?:[-_]\d{{1,6}})?{EXTENSION}",
    ),
    _pattern(
        "body-camera",
        rf"{PREFIX}{NAME}(?P<id_a>{ID})[-_@]{NAME}(?P<id_b>{ID})[-_@]{NAME}(?P<start>{STAMP}){TAIL}{EXTENSION}",
    ),
    _pattern(
        "body-camera-time-first",
        rf"{PREFIX}(?P<start>{STAMP})[-_@]{NAME}(?P<id_a>{ID})[-_@]{NAME}(?P<id_b>{ID})"
        rf"(?:[-_](?P<sequence>\d{{1,4}}))?{EXTENSION}",
    ),
    _pattern("body-camera-one-id", rf"{PREFIX}{NAME}(?P<id_a>{ID})[-_@]{NAME}(?P<start>{STAMP}){TAIL}{EXTENSION}"),
    _pattern("day-officer-folders", rf"(?P<date>{DAY})/{OFFICER_FOLDER}/{IN_FOLDERS}", whole_path=True),
    _pattern("officer-day-folders", rf"{OFFICER_FOLDER}/(?P<date>{DAY})/{IN_FOLDERS}", whole_path=True),
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
