"""Tags that bear a name in words (QuickTime keys, Matroska, what a library passes on), and what each name means."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from indexer.containers.labels import labelled
from indexer.containers.statements import Statement, stated_time

KEYS: Mapping[str, str] = MappingProxyType(
    {"encoder": "writer", "software": "writer", "writer": "writer", "encoding_tool": "writer"}
    | {"make": "make", "manufacturer": "make", "model": "model", "serial": "serial", "serialnumber": "serial"}
    | {"serial_number": "serial", "device_serial": "serial", "deviceid": "serial", "device_id": "serial"}
    | {"badge": "badge", "officer": "badge", "police_id": "badge", "policeid": "badge", "user_id": "badge"}
    | {"location.iso6709": "location", "location": "location", "location-eng": "location"}
    | {"firmware": "firmware", "firmware_version": "firmware", "firmwareversion": "firmware"}
)
TIMES: Mapping[str, str] = MappingProxyType(
    {"creationdate": "creationdate", "creation_time": "creation_time", "date": "date", "datetimeoriginal": "date"}
    | {name.lower(): name for name in ("DATE_RECORDED", "DATE_ENCODED", "DATE_DIGITIZED", "DATE_TAGGED")}
)
TEXTS = frozenset(
    {"comment", "description", "title", "information", "artist", "author", "keywords", "subject", "synopsis"}
)
PREFIXES = ("com.apple.quicktime.", "com.apple.proapps.", "com.android.", "org.")
ANDROID_VERSION = "com.android.version"


def named(name: str, said: str) -> Iterator[Statement]:
    """What a tag of this name says; nothing when the name means nothing here."""
    plain = whole = name.lower()
    for prefix in PREFIXES:
        plain = plain.removeprefix(prefix)
    if plain in KEYS:
        yield KEYS[plain], said
    elif plain in TIMES:
        time = stated_time(said)
        if time is not None:
            yield TIMES[plain], time
    elif plain in TEXTS:
        yield from labelled(said)
    elif whole == ANDROID_VERSION:
        yield "firmware", f"Android {said}"
