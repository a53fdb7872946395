"""What must be known of a clip to play it: its container and codecs, as they were read."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.schema.tables import PROBE
from storage.versions import current

Codec = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Played:
    """`codecs`: kind, codec and profile of each track; `playable` False: nothing in the file can be presented."""

    container: str = "unknown"
    codecs: tuple[Codec, ...] = ()
    playable: bool = False


def played(connection: Connection, file_id: int) -> Played:
    """Of one file; of one that has not been read yet nothing is known."""
    query = select(PROBE.c.container, PROBE.c.tracks, PROBE.c.playable).where(
        current(PROBE), PROBE.c.file_id == file_id
    )
    row = connection.execute(query).first()
    if row is None:
        return Played()
    codecs = tuple((track["kind"], track["codec"], track.get("profile")) for track in row.tracks)
    return Played(row.container, codecs, bool(row.playable))
