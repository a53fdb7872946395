"""Pictures for the typical cases of a report: made of the clips as they lie now, for whoever may see those."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from api.pictures import bytes_of
from domain.clip import FileState
from indexer.still_cache import FileBytes
from indexer.stills import NoStill, Stills
from reports.stills import key_of
from storage.queries.belonging import units_of_clip
from storage.queries.filmed import filmed

Moment = tuple[FileBytes, timedelta]


def moments_shown(
    connection: Connection, references: Iterable[Mapping[str, Any]], units: frozenset[str] | None
) -> dict[str, Moment]:
    """The moments of which there can be a picture, by key; `units`: those whose clips may be seen, None for all."""
    asked = {key_of(one): one for one in references}
    clips = filmed(connection, {one["clip"] for one in asked.values()})
    found = {}
    for key, one in asked.items():
        clip = clips.get(one["clip"])
        if clip is None or clip.has_picture is False or clip.file.state in (FileState.MISSING, FileState.MOVED):
            continue
        if units is None or not units.isdisjoint(units_of_clip(connection, one["clip"])):
            found[key] = (bytes_of(clip), timedelta(milliseconds=one["at_ms"]))
    return found


def pictures_of(stills: Stills | None, moments: Mapping[str, Moment]) -> dict[str, bytes]:
    """The pictures by key, as JPEG; those that cannot be made are left out, the report says so in their place."""
    found = {}
    for key, (file, at) in moments.items() if stills else ():
        assert stills is not None
        try:
            found[key] = stills.at(file, at).jpeg
        except NoStill:
            continue
    return found
