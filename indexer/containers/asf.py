"""What an ASF file says of itself that the library does not pass on: its date, its length in bytes and in time.

Advanced Systems Format § 3.2, the File Properties Object.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.continuity import MAX_SECONDS
from indexer.containers.isobmff.boxes import ProblemList

PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
FIELDS = struct.Struct("<8x16xQQ8xQ8xQI")  # its size, file id; bytes, date; packets; length; sending; lead, flags
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
UNDATED = (0, 116_444_736_000_000_000)  # never, and 1970: what muxers write that know no date
BROADCAST = 1  # written while it was sent: sizes and lengths are not valid


@dataclass(frozen=True, slots=True)
class Properties:
    """The date in UTC, and the length of the presentation."""

    created: datetime | None = None
    duration: timedelta | None = None


def properties(source: Source, problems: ProblemList) -> Properties:
    """What the header states; reports a file that is shorter than it says."""
    at = source.head.find(PROPERTIES)
    if at < 0 or at + len(PROPERTIES) + FIELDS.size > len(source.head):
        return Properties()
    size, ticks, length, lead, flags = FIELDS.unpack_from(source.head, at + len(PROPERTIES))
    if flags & BROADCAST:
        return Properties(_date(ticks))
    if size > source.size:
        detail = say(
            f"声明 {size} 字节，文件内有 {source.size} 字节", f"{size} bytes announced, {source.size} in the file"
        )
        problems.add(ProblemCode.TRUNCATED, detail, at)
    lasting = length // 10 - lead * 1000  # microseconds; nothing is shown before the lead is over
    believed = 0 < lasting < MAX_SECONDS * 1_000_000
    return Properties(_date(ticks), timedelta(microseconds=lasting) if believed else None)


def _date(ticks: int) -> datetime | None:
    """From a number of 100 nanoseconds since 1601."""
    try:
        return EPOCH + timedelta(microseconds=ticks // 10) if ticks not in UNDATED else None
    except OverflowError:
        return None
