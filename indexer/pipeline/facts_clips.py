"""Facts about files: what was read, placed, registered, listed and linked; gathered for many files at once."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

from sqlalchemy import Connection

from detectors.content_facts import ContentFacts
from detectors.feed_days import FeedHole
from detectors.rule import ClipFacts, LinkedWindow
from domain.activity import ActivityKind, Incident, InterrogationSession
from domain.clip import Assignment, Clip, DeviceClock, FileState, IndexEntry, StoreKind
from domain.keeping import Keeping
from domain.link import Link, LinkStatus
from domain.media import Probe, TrackKind
from domain.rate import UsualRate
from domain.timespan import Span
from indexer.clock_periods import clock_of
from indexer.feeds.base import FeedKind
from indexer.pipeline.facts_base import FactsOf, Gathering
from indexer.pipeline.facts_content import clip_content
from indexer.pipeline.facts_unplayable import lacks_index, usual_rates
from indexer.pipeline.listing import entries_of
from indexer.pipeline.register import holds
from storage import activities, digests, files, former_links, links, rates, recordings
from storage.clocks import clocks
from storage.files import KnownFile
from storage.recordings import PlacedClip
from storage.versions import Row

NEAR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Side tables of one batch of files."""

    known: Mapping[int, KnownFile]
    probes: Mapping[int, tuple[Probe, Row]]
    clips: Mapping[int, PlacedClip]
    entries: Mapping[str, IndexEntry]
    links: Mapping[int, Sequence[Link]]
    windows: Mapping[tuple[str, str], Sequence[Row]]
    incidents: Mapping[str, Incident]
    clocks: Mapping[str, Sequence[DeviceClock]]
    copies: Mapping[int, tuple[str, ...]]
    tagged: frozenset[str]
    changed: Mapping[int, tuple[str, str]]
    active_days: Sequence[Span]
    rates: Mapping[str, UsualRate]
    kept: Mapping[int, list[tuple[int, str]]]
    lost_links: Mapping[int, Sequence[Link]]
    sessions: Mapping[str, InterrogationSession]
    keeping: Mapping[str, Keeping]
    content: Mapping[int, ContentFacts]


def load_clips(connection: Connection, gathering: Gathering, keys: Sequence[str]) -> FactsOf:
    """Load a batch of files; what is returned makes the facts of one, None when it became part of another identity."""
    known = files.known_files(connection, [int(key) for key in keys])
    known = [one for one in known if one.state is not FileState.MOVED]
    ids = [one.file_id for one in known]
    placed = recordings.clips_of_files(connection, ids)
    linked = links.links_of_files(connection, ids)
    numbers: dict[str, set[str]] = {"incident": set(), "session": set()}
    lost = former_links.links_at_loss(connection, [o.file_id for o in known if o.state is FileState.MISSING])
    for some in (*linked.values(), *lost.values()):
        for link in some:
            numbers[link.kind.value].add(link.number)
    windows = {
        (kind, number): rows
        for kind, wanted in numbers.items()
        for number, rows in activities.window_parties(connection, kind, sorted(wanted)).items()
    }
    devices = sorted({one.clip.device for one in placed.values() if one.clip.device})
    probes = files.probes(connection, ids)
    loaded = Loaded(
        known={one.file_id: one for one in known},
        probes=probes,
        clips=placed,
        entries=entries_of(connection, known),
        links=linked,
        windows=windows,
        incidents=activities.records_by_key(connection, "incidents", Incident, sorted(numbers["incident"])),
        clocks=clocks(connection, devices),
        copies=_copies(connection, probes),
        tagged=recordings.tagged_devices(connection, devices),
        changed=digests.changed_digests(connection, ids),
        active_days=gathering.active_days(connection),
        lost_links=lost,
        keeping=rates.keepings(
            connection, [placed[o.file_id].clip.device or "" for o in known if _broken(o, placed)], gathering.now
        ),
        sessions=activities.records_by_key(connection, "sessions", InterrogationSession, sorted(numbers["session"])),
        kept=digests.kept(connection, [one.file_id for one in known if one.state is FileState.MISSING]),
        rates=usual_rates(
            connection, gathering, [placed[file_id].clip for file_id in placed if lacks_index(probes, file_id)]
        ),
        content={},
    )
    spans = {one.file_id: [each.window for each in _linked(one, loaded)] for one in known}
    content = clip_content(connection, gathering, ids, spans)
    return partial(clip_facts, gathering, replace(loaded, content=content))


def _days_around(span: Span) -> Span:
    """The day and a day beside it."""
    first = datetime.combine(span.start.date(), time(), UTC) - NEAR
    return Span(first, datetime.combine(span.end.date(), time(), UTC) + 2 * NEAR)


def _copies(connection: Connection, probes: Mapping[int, tuple[Probe, Row]]) -> dict[int, tuple[str, ...]]:
    """For each file the names of files with the same bytes that were seen before it."""
    wanted = {row["full_digest"] for _, row in probes.values() if row["full_digest"]}
    found: dict[int, tuple[str, ...]] = {}
    for group in digests.same_full_digest(connection, wanted).values():
        for place, (file_id, _) in enumerate(group):
            if file_id in probes and place:
                found[file_id] = tuple(name for _, name in group[:place])
    return found


def clip_facts(gathering: Gathering, loaded: Loaded, key: str) -> ClipFacts | None:
    """Everything known about one file; None when it became part of another identity."""
    one = loaded.known.get(int(key))
    return None if one is None else _facts(gathering, one, loaded)


def _facts(gathering: Gathering, one: KnownFile, loaded: Loaded) -> ClipFacts:
    placed = loaded.clips.get(one.file_id)
    clip = placed.clip if placed else None
    probe, row = loaded.probes.get(one.file_id, (None, None))
    entry = loaded.entries.get(one.stored.name)
    store = gathering.stores.get(one.store)
    register = gathering.register
    device = register.device(clip.device) if clip and clip.device else None
    tagged = bool(clip and clip.device in loaded.tagged and probe and probe.first(TrackKind.STILL) is None)
    return ClipFacts(
        one.stored,
        one.state,
        gathering.now,
        store_kind=StoreKind(store.kind) if store else StoreKind.RECORDER,
        unit=(clip.unit if clip else None) or (store.unit if store else None),
        clip=clip,
        probe=probe,
        arriving_since=one.state_at if one.state is FileState.ARRIVING else None,
        lost_since=one.state_at if one.state is FileState.MISSING else None,
        first_size=one.settled_size,
        digest_found=row["listed_digest"] if row else None,
        digest_listed=entry.digest.lower() if entry and entry.digest else None,
        name_pattern=placed.name_pattern if placed else None,
        device=device,
        registered=_registered(gathering, clip),
        officer_known=_officer_known(gathering, clip),
        issued=_issued(gathering, clip),
        index_entry=entry,
        imported_at=entry.imported_at if entry else None,
        imported_after=one.not_seen_before,
        imported_before=one.first_seen_at,
        same_content=loaded.copies.get(one.file_id, ()),
        linked=_linked(one, loaded),
        activities_known=_activities_known(loaded, clip),
        retention_permanent=_permanent(gathering, one, loaded),
        vendor_tagged=tagged,
        clock=clock_of(loaded.clocks.get(clip.device, ()), clip) if clip and clip.device else None,
        digest_first=loaded.changed.get(one.file_id, (None, None))[0],
        digest_changed=loaded.changed.get(one.file_id, (None, None))[1],
        kept_at=tuple(name for _, name in loaded.kept.get(one.file_id, ())),
        first_seen_as=one.anchor,
        feed_holes=_feed_holes(gathering, clip),
        room_registered=bool(clip and clip.room in gathering.rooms),
        keeping=loaded.keeping.get(clip.device) if clip and clip.device and _broken(one, loaded.clips) else None,
        content=loaded.content.get(one.file_id),
        zone=gathering.plan.zone_of(one.store),
        usual_rate=loaded.rates.get(clip.device)
        if clip and clip.device and lacks_index(loaded.probes, one.file_id)
        else None,
    )


def _registered(gathering: Gathering, clip: Clip | None) -> bool | None:
    if not gathering.register.devices or clip is None or clip.device is None:
        return None
    return gathering.register.device(clip.device) is not None


def _officer_known(gathering: Gathering, clip: Clip | None) -> bool | None:
    if not gathering.register.officers or clip is None or clip.officer is None:
        return None
    return gathering.register.officer(clip.officer) is not None


def _issued(gathering: Gathering, clip: Clip | None) -> tuple[Assignment, ...] | None:
    """Assignments of the device that touch the clip; None where no assignments are known for that day."""
    if clip is None or clip.span is None or not gathering.assignments_known(clip.span):
        return None
    mine = gathering.register.assignments.get(clip.device or "", ())
    return tuple(each for each in mine if holds(each, clip.span))


def _linked(one: KnownFile, loaded: Loaded) -> tuple[LinkedWindow, ...]:
    """Activities that the clip is linked or proposed to, with their windows."""
    found = []
    for link in loaded.links.get(one.file_id, ()):
        rows = loaded.windows.get((link.kind.value, link.number), ())
        if link.status is LinkStatus.REJECTED or not rows:
            continue
        mine = next((row for row in rows if row["officer"] == link.officer), rows[0])
        officers = tuple(sorted({row["officer"] for row in rows if row["officer"]}))
        found.append(LinkedWindow(link, Span(mine["started_at"], mine["ended_at"]), officers))
    return tuple(found)


def _activities_known(loaded: Loaded, clip: Clip | None) -> bool:
    """Whether some activity is known on the clip's day or a day beside it: else a feed may have a hole there."""
    if clip is None or clip.span is None:
        return False
    around = _days_around(clip.span)
    first = bisect_right(loaded.active_days, around.start, key=lambda days: days.end)
    return first < len(loaded.active_days) and loaded.active_days[first].overlaps(around)


def _broken(one: KnownFile, placed: Mapping[int, PlacedClip]) -> bool:
    """A file that cannot be played and whose camera may still have it whole."""
    return one.file_id in placed and one.state is FileState.UNREADABLE


def _feed_holes(gathering: Gathering, clip: Clip | None) -> tuple[FeedHole, ...]:
    """Days of the clip on which the feeds of the activities that it could belong to said too little."""
    if clip is None or clip.span is None:
        return ()
    kind = FeedKind.SESSIONS if clip.room else FeedKind.INCIDENTS
    return gathering.activity_feeds.holes_touching(kind, clip.span.widened(clip.clock_error, clip.clock_error))


def _permanent(gathering: Gathering, one: KnownFile, loaded: Loaded) -> str | None:
    """Why a file is kept for ever, by what it is linked to, or was when it was lost."""
    for link in (*loaded.links.get(one.file_id, ()), *loaded.lost_links.get(one.file_id, ())):
        known = loaded.incidents if link.kind is ActivityKind.INCIDENT else loaded.sessions
        activity = known.get(link.number)
        if link.status is LinkStatus.LINKED and activity is not None:
            reason = gathering.plan.limits.permanent_reason(activity)
            if reason:
                return f"{link.number}: {reason}"
    return None
