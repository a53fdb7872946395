"""Who wrote the file, with which device, and when: QuickTime user data, iTunes lists, QuickTime keys, 3GPP assets.

ISO/IEC 14496-12 § 8.10 (udta), § 8.11 (meta); QuickTime File Format; 3GPP TS 26.244 § 8. Boxes of single makers are
in `vendor_boxes`.
"""

import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.isobmff import novatek, vendor_boxes
from indexer.containers.isobmff.boxes import U32, Box, ProblemList, children, plausible
from indexer.containers.isobmff.header_times import movie_times, track_times
from indexer.containers.labels import labelled
from indexer.containers.statements import Statement, Statements, position, printable, stated_time, text
from indexer.containers.tag_names import named

SHORT = struct.Struct(">H")
MAX_PARTS = 500  # boxes of one udta or meta, items of one list
MAX_TRACKS = 64
MAX_DESCRIBING = 32  # boxes of the movie, or of one track, that are looked into
MAX_CONTENT = 256 * 1024  # bytes of one box that are looked at
MAX_FREE_TEXT = 16 * 1024

KEYS: Mapping[bytes, str] = MappingProxyType(
    {b"\xa9too": "writer", b"\xa9swr": "writer", b"\xa9enc": "writer", b"\xa9mak": "make", b"\xa9mod": "model"}
    | {b"\xa9xyz": "location", b"manu": "make", b"modl": "model", b"\xa9ser": "serial", b"\xa9sno": "serial"}
    | {b"@mak": "make", b"@mod": "model", b"@swr": "writer", b"@xyz": "location", b"cmnm": "model"}
    | {b"slno": "serial", b"SNum": "serial", b"CNMN": "model", b"CNFV": "firmware", b"\xa9mdl": "model"}
)
TIMES: Mapping[bytes, str] = MappingProxyType({b"\xa9day": "day", b"@day": "day", b"date": "date", b"IDIT": "IDIT"})
TEXTS = frozenset(
    {b"\xa9cmt", b"\xa9des", b"\xa9inf", b"\xa9nam", b"\xa9fmt", b"\xa9aut", b"\xa9ART", b"\xa9cpy", b"\xa9src"}
    | {b"\xa9req", b"\xa9key", b"desc", b"titl", b"dscp", b"auth", b"perf", b"cprt", b"name", b"info", b"cmid"}
)
UNLABELLED: Mapping[bytes, str] = MappingProxyType({b"\xa9inf": "firmware", b"\xa9fmt": "format"})
"""What a text without labels in it is: recorders' chips put their firmware and their multiplexer there."""
ASSETS = frozenset({b"manu", b"modl", b"titl", b"dscp", b"auth", b"perf", b"cprt"})  # 3GPP's, with flags and language
TEXT_TYPES = frozenset({0, 1, 2, 4, 5})  # QuickTime § well-known types: not said, UTF-8, UTF-16, both for sorting
UTF_16 = frozenset({2, 5})
SAMSUNG_MODELS = ("SM-", "GT-", "SGH-", "SCH-", "SAMSUNG ")


def stated(buffer: memoryview, movie: Box, problems: ProblemList) -> Statements:
    """Everything that moov says about device, writer and times; the first of a kind wins, the movie before a track."""
    found, tracks, left = Statements(), [], MAX_DESCRIBING
    for box in children(buffer, movie.body, movie.end, problems):
        if box.kind == b"trak":
            tracks.append(box)
        elif box.kind == b"mvhd":
            found.add(movie_times(buffer, box))
        elif box.kind == b"gps ":
            found.elsewhere = found.elsewhere or novatek.first_listed(_content(buffer, box))
        elif left:
            found.add(described(buffer, box, problems))
            left -= 1
    for trak in tracks[:MAX_TRACKS]:
        found.add(track_times(buffer, trak))
        for box, _ in zip(children(buffer, trak.body, trak.end, ProblemList()), range(MAX_DESCRIBING), strict=False):
            found.add(described(buffer, box, problems))
    return found


def described(buffer: memoryview, box: Box, problems: ProblemList) -> Iterator[Statement]:
    """A box of the movie, a track or the file itself; nothing when it is not one that describes."""
    if box.kind == b"udta":
        yield from _user_data(buffer, box, problems)
    elif box.kind == b"meta":
        yield from metadata(buffer, box, problems)
    else:
        yield from _makers_own(buffer, box)


def _makers_own(buffer: memoryview, box: Box) -> Iterator[Statement]:
    if box.kind == b"uuid":
        yield from vendor_boxes.uuid(_content(buffer, box))
    elif box.kind in vendor_boxes.LOOSE:
        yield from vendor_boxes.loose(bytes(buffer[box.body : box.end][: vendor_boxes.LOOSE_BYTES]))
    elif box.kind in vendor_boxes.USER_DATA:
        yield from vendor_boxes.USER_DATA[box.kind](_content(buffer, box))


def _content(buffer: memoryview, box: Box) -> bytes:
    return bytes(buffer[box.body : min(box.end, box.body + MAX_CONTENT)])


def _parts(buffer: memoryview, start: int, end: int, problems: ProblemList) -> Iterator[Box]:
    for number, box in enumerate(children(buffer, start, end, problems)):
        if number == MAX_PARTS:
            zh = f"用户数据或元数据的数据块超过 {MAX_PARTS} 个"
            detail = say(zh, f"more than {MAX_PARTS} boxes of user data or metadata")
            problems.add(ProblemCode.TOO_DEEP, detail, box.start)
            return
        yield box


def _user_data(buffer: memoryview, parent: Box, problems: ProblemList) -> Iterator[Statement]:
    plain = printable(_content(buffer, parent)[:MAX_FREE_TEXT])
    if plain:
        yield from labelled(plain)  # some recorders write their line of text without a box around it
        return
    for box in _parts(buffer, parent.body, parent.end, problems):
        if box.kind == b"meta":
            yield from metadata(buffer, box, problems)
        elif box.kind == b"loci":
            yield "location", _location(_content(buffer, box))
        elif box.kind in KEYS or box.kind in TIMES or box.kind in TEXTS:
            content = bytes(buffer[box.body : min(box.end, box.body + MAX_FREE_TEXT)])
            yield from _told(box.kind, asset(content) if box.kind in ASSETS else _user_text(content))
        else:
            yield from _makers_own(buffer, box)


def _told(kind: bytes, said: str) -> Iterator[Statement]:
    """What the text of a box says, by its four characters."""
    time = stated_time(said) if kind in TIMES else None
    if kind in KEYS:
        yield KEYS[kind], said
    elif time is not None:
        yield TIMES[kind], time
    elif kind in TEXTS:
        found = list(labelled(said))
        yield from found
        if kind in UNLABELLED and not found:
            yield UNLABELLED[kind], said
        if kind == b"auth" and said.startswith(SAMSUNG_MODELS):
            yield from (("make", "SAMSUNG"), ("model", said))


def metadata(buffer: memoryview, box: Box, problems: ProblemList) -> Iterator[Statement]:
    """A meta box: iTunes ilst by four characters, QuickTime ilst by number into keys, or XML.

    In ISO files meta begins with version and flags, in QuickTime files it does not.
    """
    full = not (box.end - box.body >= 8 and plausible(bytes(buffer[box.body + 4 : box.body + 8])))
    names: list[str] = []
    for part in _parts(buffer, box.body + (4 if full else 0), box.end, problems):
        if part.kind == b"keys":
            names = _key_names(buffer, part, problems)
        elif part.kind == b"ilst":
            yield from _items(buffer, part, names, problems)
        elif part.kind == b"xml ":
            yield from vendor_boxes.real_time_meta(_content(buffer, part))


def _key_names(buffer: memoryview, box: Box, problems: ProblemList) -> list[str]:
    entries = _parts(buffer, box.body + 8, box.end, problems)
    return [text(_content(buffer, entry)) for entry in entries]


def _items(buffer: memoryview, parent: Box, names: list[str], problems: ProblemList) -> Iterator[Statement]:
    at = parent.body
    for _ in range(MAX_PARTS):
        if parent.end - at < 8:
            return
        length, kind = U32.unpack_from(buffer, at)[0], bytes(buffer[at + 4 : at + 8])
        if length < 8 or at + length > parent.end:
            return  # the item's type may be a number, so the walk over boxes cannot do this
        number = U32.unpack(kind)[0]
        said = _data(buffer, Box(kind, at, at + 8, at + length), problems)
        yield from named(names[number - 1], said) if 0 < number <= len(names) else _told(kind, said)
        at += length


def _data(buffer: memoryview, item: Box, problems: ProblemList) -> str:
    for box in _parts(buffer, item.body, item.end, problems):
        if box.kind == b"data" and box.end - box.body >= 8:
            return _typed(U32.unpack_from(buffer, box.body)[0], bytes(buffer[box.body + 8 : box.end][:MAX_FREE_TEXT]))
    return ""


def _typed(kind: int, raw: bytes) -> str:
    """The value of a data box when its type is a text."""
    if kind in UTF_16:
        return raw.decode("utf-16-be", "replace")
    return text(raw, MAX_FREE_TEXT) if kind in TEXT_TYPES else ""


def _user_text(content: bytes) -> str:
    """QuickTime's international text: length, language, characters. Some write a data box or bare text."""
    if len(content) >= 16 and content[4:8] == b"data":
        return _typed(U32.unpack_from(content, 8)[0], content[16:])
    if len(content) >= 4:
        length = SHORT.unpack_from(content)[0]
        if length + 4 <= len(content):
            return text(content[4 : 4 + length], MAX_FREE_TEXT)
    return text(content, MAX_FREE_TEXT)


def asset(content: bytes) -> str:
    """3GPP TS 26.244 § 8.2: version and flags, language, then a text with its end; some write the bare text."""
    packed = content[:4] == bytes(4) and len(content) > 6
    return text(content[6:] if packed else content, MAX_FREE_TEXT).split("\0")[0]


def _location(content: bytes) -> str:
    """3GPP TS 26.244 § 8.10 loci: name, role, then longitude and latitude in 16.16, given here as ISO 6709."""
    name, _, rest = content[6:].partition(b"\0")
    if len(rest) < 9:
        return text(name)
    longitude, latitude = struct.unpack_from(">ii", rest, 1)
    return position(latitude / 65536, longitude / 65536)
