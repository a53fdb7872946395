"""What people linked or took apart, made true: a link by hand stands whatever the rest decides, and is never undone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from domain.activity import ActivityKind, Incident, InterrogationSession
from domain.hand_link import HandLink, Pair
from domain.link import Link, LinkBasis, LinkMethod, LinkStatus
from domain.timespan import ZERO, Span
from domain.wording import say
from indexer.pipeline.plan import Scanning
from storage import activities, hand_links, links, recordings, work
from storage.recordings import PlacedClip
from storage.versions import Row
from storage.work import Mark

RECORDS: Mapping[ActivityKind, tuple[str, type[Incident | InterrogationSession]]] = {
    ActivityKind.INCIDENT: ("incidents", Incident),
    ActivityKind.SESSION: ("sessions", InterrogationSession),
}


def obey_hand_links(connection: Connection, scan: Scanning) -> None:
    """Make the links by hand those of the last words; a clip that is gone loses its link until it is back."""
    words = hand_links.made_by_hand(connection)
    placed = recordings.clips_of_files(connection, sorted({word.file_id for word in words}))
    there = [word for word in words if word.file_id in placed and placed[word.file_id].present]
    known = {kind: _windows(connection, kind, there) for kind in ActivityKind}
    rows = [
        _row(word, placed[word.file_id], known[ActivityKind(word.kind)][word.number])
        for word in there
        if word.number in known[ActivityKind(word.kind)]
    ]
    changes = links.replace_manual_links(connection, rows, scan.number)
    touched = [row for change in changes for row in (change.before, change.after) if row]
    _queue(connection, touched)


def _windows(connection: Connection, kind: ActivityKind, words: Sequence[HandLink]) -> Mapping[str, Sequence[Span]]:
    """Required windows of the activities of some words, by number; those that no feed knows any more are left out."""
    numbers = sorted({word.number for word in words if word.kind == kind})
    feed, record = RECORDS[kind]
    windows = activities.window_parties(connection, kind, numbers)
    return {
        number: [Span(row["started_at"], row["ended_at"]) for row in windows.get(number, ())]
        for number in activities.records_by_key(connection, feed, record, numbers)
    }


def _queue(connection: Connection, touched: Sequence[Row]) -> None:
    subjects = {f"{row['kind']}:{row['number']}" for row in touched} | {f"clip:{row['file_id']}" for row in touched}
    work.mark(connection, "evaluate", [Mark(subject) for subject in sorted(subjects)])
    work.mark(connection, "content", [Mark(str(file_id)) for file_id in sorted({row["file_id"] for row in touched})])


def _row(word: HandLink, placed: PlacedClip, windows: Sequence[Span]) -> Row:
    clip = placed.clip
    parts = [part for span in windows if clip.span and (part := clip.span.intersection(span))]
    who = word.actor.partition(":")[2] or word.actor
    said = [say(f"由 {who} 人工关联", f"linked by hand by {who}"), *([word.note] if word.note else [])]
    link = Link(
        kind=ActivityKind(word.kind),
        number=word.number,
        officer=word.officer or clip.officer,
        file_id=word.file_id,
        basis=LinkBasis.MANUAL,
        overlap=max((part.duration for part in parts), default=ZERO),
        score=1.0,
        status=LinkStatus.LINKED,
        method=LinkMethod.MANUAL,
        evidence=tuple(said),
    )
    return links.link_row(link, links.BY_HAND, clip.span.start if clip.span else word.at)


def without_refused(decided: Iterable[Link], words: Mapping[Pair, HandLink]) -> list[Link]:
    """The decisions of the program under the words of people.

    A pair that somebody took apart is rejected; of one that somebody put together the row by hand is the only one.
    """
    return [link for one in decided if (link := _under(one, words.get((one.file_id, one.kind.value, one.number))))]


def _under(link: Link, word: HandLink | None) -> Link | None:
    if word is None:
        return link
    if word.made:
        return None
    who = word.actor.partition(":")[2] or word.actor
    said = say(f"{who} 人工认定不属于该活动", f"taken apart by hand by {who}")
    return replace(link, status=LinkStatus.REJECTED, evidence=(said, *link.evidence))


def refused_pairs(words: Mapping[Pair, HandLink]) -> frozenset[Pair]:
    """The pairs that people took apart."""
    return frozenset(pair for pair, word in words.items() if not word.made)
