"""Small pictures of clips: which moments, at which address, and the refusal that says why there is none."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from api.problems import Refused
from detectors.content.moments import UNSEEN, begin_and_middle, spread
from domain.access import Viewer
from domain.clip import FileState
from domain.observation import ObservationKind
from domain.wording import say
from indexer.still_cache import MILLISECOND, FileBytes
from indexer.stills import Lacking, NoStill, Stills
from storage.queries.belonging import units_of_clip
from storage.queries.filmed import Filmed, filmed

STATUSES: Mapping[Lacking, int] = {Lacking.GONE: 410, Lacking.NONE: 404, Lacking.UNREACHABLE: 503, Lacking.BUSY: 503}
LARGEST_ID, LONGEST_MS = 2**63 - 1, 1_000_000_000


def strip_address(file_id: int) -> str:
    """Where the strip of a clip is."""
    return f"/api/v1/clips/{file_id}/strip"


def still_address(file_id: int, at: timedelta) -> str:
    """Where the picture of one moment is."""
    return f"/api/v1/clips/{file_id}/stills/{at // MILLISECOND}"


def strip_moments(clip: Filmed) -> list[timedelta]:
    """Moments of the strip: spread over what was looked at, else over the whole clip; the first where its length is
    not known."""
    whole = ((timedelta(0), clip.duration or timedelta(0)),)
    parts = [(start.total_seconds(), end.total_seconds()) for start, end in clip.checked or whole]
    return sorted({timedelta(milliseconds=int(at * 1000)) for at in spread(parts)})


def bytes_of(clip: Filmed) -> FileBytes:
    """The file in the version that was last seen."""
    return FileBytes(clip.file.anchor, clip.file.stored)


def shown_stills(file_id: int, kind: str, from_s: float, to_s: float) -> list[dict[str, Any]]:
    """Begin and middle of a measurement; none of what no picture shows."""
    if kind in UNSEEN:
        return []
    moments = begin_and_middle(timedelta(seconds=from_s), timedelta(seconds=to_s))
    return [
        {"at_s": at, "kind": ObservationKind(kind), "href": still_address(file_id, at)}
        for at in dict.fromkeys(at // MILLISECOND * MILLISECOND for at in moments)
    ]


def clip_to_show(connection: Connection, file_id: int, viewer: Viewer) -> Filmed:
    """A clip that is there and has a picture. Raises Refused: 404 for one that is unknown or of units that the viewer
    does not see, 410 for one that is gone."""
    clip = filmed(connection, [file_id]).get(file_id)
    if clip is None or (viewer.units is not None and viewer.units.isdisjoint(units_of_clip(connection, file_id))):
        raise Refused(
            404, say(f"没有编号为 {file_id} 的片段", f"clip: expected an id of the list of clips, got {file_id}")
        )
    if clip.file.state in (FileState.MISSING, FileState.MOVED):
        raise Refused(410, say("文件已不在该存储中", "the file is not in its store any more"))
    if clip.has_picture is False:
        raise Refused(404, say("文件中没有画面", "there is no picture in the file"))
    return clip


def stills_of(stills: Stills | None) -> Stills:
    """The maker of pictures. Raises Refused where this server has none."""
    if stills is None:
        raise Refused(503, say("此服务未启用截图", "this server shows no stills"))
    return stills


def refusal(error: NoStill) -> Refused:
    """Why there is no picture, as an answer."""
    return Refused(STATUSES[error.why], error.said)


def has_moment(clip: Filmed, at: timedelta) -> bool:
    """Whether a clip is long enough for a moment, as far as its length is known."""
    return clip.duration is None or at <= clip.duration + timedelta(seconds=1)


def with_stills(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of measurements, each with its pictures."""
    return [{**row, "stills": shown_stills(row["clip"], row["kind"], row["from_s"], row["to_s"])} for row in rows]
