"""Who wrote the file and which device it names: QuickTime user data, iTunes lists, QuickTime keys, 3GPP loci, XMP.

Fixed keys of the result: make model serial badge location creation writer.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from indexer.containers.isobmff.boxes import U32, Box, ProblemList, children, plausible

LIMIT = 300  # characters of one tag; more is no name
SHORT = struct.Struct(">H")

USER_DATA: Mapping[bytes, str] = MappingProxyType(
    {b"\xa9too": "writer", b"\xa9swr": "writer", b"\xa9enc": "writer", b"\xa9mak": "make", b"\xa9mod": "model"}
    | {b"\xa9xyz": "location", b"\xa9day": "creation", b"manu": "make", b"modl": "model", b"\xa9ser": "serial"}
    | {b"\xa9sno": "serial"}
)
KEYS: Mapping[str, str] = MappingProxyType(
    {"encoder": "writer", "software": "writer", "writer": "writer", "encoding_tool": "writer"}
    | {"make": "make", "manufacturer": "make", "model": "model", "serial": "serial", "serialnumber": "serial"}
    | {"serial_number": "serial", "device_serial": "serial", "deviceid": "serial", "device_id": "serial"}
    | {"badge": "badge", "officer": "badge", "police_id": "badge", "policeid": "badge", "user_id": "badge"}
    | {"location.iso6709": "location", "location": "location", "creationdate": "creation"}
)
KEY_PREFIXES = ("com.apple.quicktime.", "com.android.", "org.")
XMP_TOOL = re.compile(rb"CreatorTool(?:>|=[\"'])\s*([^<\"']{1,200})")


def tags(buffer: memoryview, movie: Box, problems: ProblemList) -> Mapping[str, str]:
    """Everything said about the device in moov (or a top-level meta box given as `movie`); the first one wins."""
    found: dict[str, str] = {}
    for key, value in _all(buffer, movie, problems):
        text = " ".join(value.replace("\0", " ").split())[:LIMIT]
        if text and key not in found:
            found[key] = text
    return found


def _all(buffer: memoryview, parent: Box, problems: ProblemList) -> Iterator[tuple[str, str]]:
    for box in children(buffer, parent.body, parent.end, problems):
        if box.kind == b"udta":
            yield from _user_data(buffer, box, problems)
        elif box.kind == b"meta":
            yield from metadata(buffer, box, problems)


def _user_data(buffer: memoryview, parent: Box, problems: ProblemList) -> Iterator[tuple[str, str]]:
    for box in children(buffer, parent.body, parent.end, problems):
        content = bytes(buffer[box.body : box.end])
        if box.kind == b"meta":
            yield from metadata(buffer, box, problems)
        elif box.kind in USER_DATA:
            yield USER_DATA[box.kind], _user_text(content)
        elif box.kind == b"loci":
            yield "location", _location(content)
        elif box.kind == b"XMP_":
            yield "writer", xmp_tool(content)


def metadata(buffer: memoryview, box: Box, problems: ProblemList) -> Iterator[tuple[str, str]]:
    """A meta box: iTunes ilst by four characters, or QuickTime ilst by number into keys.

    In ISO files meta begins with version and flags, in QuickTime files it does not.
    """
    full = not (box.end - box.body >= 8 and plausible(bytes(buffer[box.body + 4 : box.body + 8])))
    names: list[str] = []
    for part in children(buffer, box.body + (4 if full else 0), box.end, problems):
        if part.kind == b"keys":
            names = _key_names(buffer, part, problems)
        elif part.kind == b"ilst":
            yield from _items(buffer, part, names, problems)


def _key_names(buffer: memoryview, box: Box, problems: ProblemList) -> list[str]:
    entries = children(buffer, box.body + 8, box.end, problems)
    return [bytes(buffer[entry.body : entry.end]).decode("utf-8", "replace") for entry in entries]


def _items(buffer: memoryview, parent: Box, names: list[str], problems: ProblemList) -> Iterator[tuple[str, str]]:
    at = parent.body
    while parent.end - at >= 8:
        length, kind = U32.unpack_from(buffer, at)[0], bytes(buffer[at + 4 : at + 8])
        if length < 8 or at + length > parent.end:
            return  # the item's type may be a number, so the walk over boxes cannot do this
        number = U32.unpack(kind)[0]
        key = _key(names[number - 1]) if 0 < number <= len(names) else USER_DATA.get(kind)
        if key:
            yield key, _data(buffer, Box(kind, at, at + 8, at + length), problems)
        at += length


def _key(name: str) -> str | None:
    plain = name.lower()
    for prefix in KEY_PREFIXES:
        plain = plain.removeprefix(prefix)
    return KEYS.get(plain)


def _data(buffer: memoryview, item: Box, problems: ProblemList) -> str:
    for box in children(buffer, item.body, item.end, problems):
        if box.kind == b"data":
            return text(bytes(buffer[box.body + 8 : box.end]))
    return ""


def _user_text(content: bytes) -> str:
    """QuickTime's international text: length, language, characters. Some write a data box or bare text."""
    if len(content) >= 16 and content[4:8] == b"data":
        return text(content[16:])
    if len(content) >= 4:
        length = SHORT.unpack_from(content)[0]
        if length + 4 <= len(content):
            return text(content[4 : 4 + length])
    return text(content)


def _location(content: bytes) -> str:
    """3GPP TS 26.244 § 8.10 loci: name, role, then longitude and latitude in 16.16, given here as ISO 6709."""
    name, _, rest = content[6:].partition(b"\0")
    if len(rest) < 9:
        return text(name)
    longitude, latitude = struct.unpack_from(">ii", rest, 1)
    return f"{latitude / 65536:+09.5f}{longitude / 65536:+010.5f}/"


def xmp_tool(content: bytes) -> str:
    """The application that an XMP packet names as its creator."""
    found = XMP_TOOL.search(content)
    return text(found[1]) if found else ""


def text(raw: bytes) -> str:
    """UTF-8 or, failing that, GB18030, which every byte pair of a Chinese device's own text is."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
