"""Footage of an activity under the words of people: what they took apart is not its, what they put together is."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from domain.clip import Clip
from domain.hand_link import HandLink
from storage import recordings


def under_words(
    near: Sequence[Clip], words: Mapping[int, HandLink], clips: Mapping[int, Clip], *, officer: str | None = None
) -> list[Clip]:
    """The clips that lie near, without those taken apart, with those put together, in order of file.

    `clips` holds what was put together; with `officer` only what is said, or known, to be that officer's.
    """
    found = {clip.file_id: clip for clip in near if clip.file_id not in words or words[clip.file_id].made}
    for file_id, word in words.items():
        clip = clips.get(file_id)
        if word.made and clip is not None and (officer is None or (word.officer or clip.officer) == officer):
            found[file_id] = clip
    return [found[file_id] for file_id in sorted(found)]


def load_made(connection: Connection, words: Mapping[str, Mapping[int, HandLink]]) -> dict[int, Clip]:
    """The clips that were put together with some activities and whose file is there."""
    ids = sorted({word.file_id for some in words.values() for word in some.values() if word.made})
    placed = recordings.clips_of_files(connection, ids)
    return {file_id: one.clip for file_id, one in placed.items() if one.present}
