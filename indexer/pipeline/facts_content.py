"""What rules may look at of the content of clips: loaded for many files at once, one statement for each table.

`facts_clips.load_clips` hands its own windows over, so that links are not read twice:

    content = content_of(connection, gathering, ids, windows=...)      # and then
    ClipFacts(..., content=content.get(one.file_id))
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from detectors.content.base import Part
from detectors.content_facts import ContentFacts
from domain.timespan import Span
from indexer.content import in_windows
from indexer.pipeline.detect_queue import versions_now, windows_of
from indexer.pipeline.facts_base import Gathering
from storage import content_queue, observations, recordings
from storage.content_queue import ContentState
from storage.versions import Row

OVERLAY = "overlay"
"""The detector that reads on-screen text: the checker announces it only where its extra is installed."""


def content_of(
    connection: Connection,
    gathering: Gathering,
    file_ids: Sequence[int],
    *,
    windows: Mapping[int, Sequence[Span]] | None = None,
) -> Mapping[int, ContentFacts]:
    """Measurements of each file, the parts that had to be on record, and what is not looked at yet.

    `windows`: required windows of what each file is linked or proposed to, where the caller has them already. Copies
    are left to whoever compares fingerprints.
    """
    measured = observations.observations(connection, file_ids)
    queued = content_queue.queued(connection, file_ids)
    spans = windows_of(connection, file_ids) if windows is None else windows
    placed = recordings.spans_of_files(connection, [file_id for file_id in file_ids if spans.get(file_id)])
    expected = gathering.scan.plan.content.overlay
    read = OVERLAY in versions_now(gathering.scan.plan.checker)
    found = {}
    for file_id in file_ids:
        row = queued.get(file_id)
        found[file_id] = ContentFacts(
            observations=tuple(measured.get(file_id, ())),
            required=_required(placed.get(file_id), spans.get(file_id, ())),
            waiting=row is not None and row["state"] == ContentState.WAITING,
            ended=_why(row),
            overlay_expected=expected,
            overlay_read=read,
        )
    return found


def _required(clip: Span | None, windows: Sequence[Span]) -> tuple[Part, ...]:
    """The parts of a clip inside the windows themselves: what is looked at is wider."""
    return in_windows(clip, windows) if clip is not None else ()


def _why(row: Row | None) -> str | None:
    return row["why"] if row is not None and row["state"] == ContentState.ENDED else None
