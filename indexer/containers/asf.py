"""What an ASF file says of itself that the library does not pass on: its date and its length in bytes.

Advanced Systems Format § 3.2, the File Properties Object.
"""

import struct
from datetime import UTC, datetime, timedelta

from domain.media import ProblemCode
from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import ProblemList

PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
FIELDS = struct.Struct("<8x16xQQ32xI")  # its size, file id; file size, date; packets, lengths, preroll; flags
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
UNDATED = (0, 116_444_736_000_000_000)  # never, and 1970: what muxers write that know no date
BROADCAST = 1  # written while it was sent: sizes and lengths are not valid


def created(source: Source, problems: ProblemList) -> datetime | None:
    """The date of the file in UTC; reports a file that is shorter than it says."""
    at = source.head.find(PROPERTIES)
    if at < 0 or at + len(PROPERTIES) + FIELDS.size > len(source.head):
        return None
    size, ticks, flags = FIELDS.unpack_from(source.head, at + len(PROPERTIES))
    if not flags & BROADCAST and size > source.size:
        problems.add(ProblemCode.TRUNCATED, f"{size} bytes announced, {source.size} in the file", at)
    try:
        return EPOCH + timedelta(microseconds=ticks // 10) if ticks not in UNDATED else None
    except OverflowError:
        return None
