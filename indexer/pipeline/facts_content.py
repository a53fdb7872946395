"""What rules may look at of the content of clips: loaded for many files at once, one statement for each table.

None of it where content is not checked at all: then rules say nothing of it either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from detectors.content.base import Part
from detectors.content_facts import ContentFacts, FootageContent
from domain.clip import Clip
from domain.timespan import Span
from indexer.content import in_windows
from indexer.pipeline.copies import copies_of_files
from indexer.pipeline.detect_queue import OVERLAY, versions_now, windows_of
from indexer.pipeline.facts_base import Gathering
from storage import content_queue, observations, recordings
from storage.content_queue import ContentState
from storage.versions import Row


def content_of(
    connection: Connection,
    gathering: Gathering,
    file_ids: Sequence[int],
    *,
    windows: Mapping[int, Sequence[Span]] | None = None,
) -> Mapping[int, ContentFacts]:
    """Measurements of each file, the parts that had to be on record, and what is not looked at yet.

    `windows`: required windows of what each file is linked or proposed to, where the caller has them already.
    """
    if not gathering.plan.content.enabled:
        return {}
    measured = observations.observations(connection, file_ids)
    queued = content_queue.queued(connection, file_ids)
    spans = windows_of(connection, file_ids) if windows is None else windows
    placed = recordings.spans_of_files(connection, [file_id for file_id in file_ids if spans.get(file_id)])
    expected = gathering.plan.content.overlay
    read = OVERLAY in versions_now(gathering.plan.checker)
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


def clip_content(
    connection: Connection, gathering: Gathering, file_ids: Sequence[int], windows: Mapping[int, Sequence[Span]]
) -> Mapping[int, ContentFacts]:
    """All that rules on clips look at: copies elsewhere too."""
    found = content_of(connection, gathering, file_ids, windows=windows)
    copies = copies_of_files(connection, file_ids) if found else {}
    return {file_id: replace(one, copies=copies.get(file_id, ())) for file_id, one in found.items()}


def footage_content(
    connection: Connection, gathering: Gathering, file_ids: Iterable[int]
) -> Mapping[int, ContentFacts] | None:
    """The same of clips that are footage of activities, whose windows are the activities' own; None: not checked."""
    if not gathering.plan.content.enabled:
        return None
    return content_of(connection, gathering, sorted(set(file_ids)), windows={})


def of_clips(
    content: Mapping[int, ContentFacts] | None, clips: Iterable[Clip], officer: str | None = None
) -> tuple[FootageContent, ...] | None:
    """The clips of one party with what was measured in them."""
    if content is None:
        return None
    return tuple(FootageContent(clip, content[clip.file_id], officer) for clip in clips if clip.file_id in content)


def _required(clip: Span | None, windows: Sequence[Span]) -> tuple[Part, ...]:
    """The parts of a clip inside the windows themselves: what is looked at is wider."""
    return in_windows(clip, windows) if clip is not None else ()


def _why(row: Row | None) -> str | None:
    return row["why"] if row is not None and row["state"] == ContentState.ENDED else None
