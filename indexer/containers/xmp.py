"""An XMP packet (ISO 16684-1) as far as device, writer and times go: properties as attributes or as elements.

Read as text, not as XML: a packet is untrusted, and no more of it is needed than these few properties.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from indexer.containers.statements import Statement, stated_time, text

MAX_PACKET = 256 * 1024
PROPERTIES: Mapping[bytes, str] = MappingProxyType(
    {b"xmp:CreatorTool": "writer", b"tiff:Make": "make", b"tiff:Model": "model", b"aux:SerialNumber": "serial"}
    | {b"exifEX:BodySerialNumber": "serial"}
)
TIMES: Mapping[bytes, str] = MappingProxyType(
    {b"xmp:CreateDate": "xmp", b"xmp:ModifyDate": "xmp-modified", b"exif:DateTimeOriginal": "xmp-original"}
)
PROPERTY = re.compile(
    rb"\b(" + b"|".join((*PROPERTIES, *TIMES)) + rb")(?:>|\s{0,4}=\s{0,4}[\"'])\s{0,64}([^<\"']{1,200})"
)


def statements(packet: bytes) -> Iterator[Statement]:
    for found in PROPERTY.finditer(packet[:MAX_PACKET]):
        said = text(found[2])
        if found[1] in PROPERTIES:
            yield PROPERTIES[found[1]], said
        elif (time := stated_time(said)) is not None:
            yield TIMES[found[1]], time
