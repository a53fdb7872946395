"""Facts about incidents: windows, footage, coverage, links, proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from detectors.content_facts import ContentFacts, FootageContent
from detectors.rule import IncidentFacts, Unplayable
from domain.activity import ActivityKind, Bound, Explanation, Incident, InterrogationSession, RequiredWindow
from domain.clip import Assignment, Clip, StoreKind
from domain.coverage import Coverage
from domain.hand_link import HandLink
from domain.keeping import Keeping
from domain.link import Link, LinkStatus
from domain.timespan import ZERO, Span
from indexer.coverage import measure
from indexer.gaps import GapContext
from indexer.pipeline.facts_base import FactsOf, Gathering
from indexer.pipeline.facts_by_hand import under_words
from indexer.pipeline.facts_content import footage_content, of_clips
from indexer.pipeline.facts_footage import NearFootage, UnplacedFootage, load_near, load_unplaced
from indexer.pipeline.facts_shifts import Shifts, load_shifts, without_clips
from indexer.pipeline.facts_unplayable import unplayable
from storage import activities, hand_links, links, rates, recordings
from storage.stretches import Stretch

CUSTODY_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything about one batch of incidents."""

    incidents: Mapping[str, Incident]
    footage: NearFootage
    unplaced: UnplacedFootage
    shifts: Shifts
    links: Mapping[str, Sequence[Link]]
    linked_clips: Mapping[int, Clip]
    explanations: Mapping[str, Sequence[Explanation]]
    sessions: Mapping[str, Sequence[InterrogationSession]]
    keeping: Mapping[str, Keeping]
    content: Mapping[int, ContentFacts] | None
    by_hand: Mapping[str, Mapping[int, HandLink]]


def load_incidents(connection: Connection, gathering: Gathering, numbers: Sequence[str]) -> FactsOf:
    """Load a batch of incidents; what is returned makes the facts of one of them, None when it is no more."""
    incidents = activities.records_by_key(connection, "incidents", Incident, numbers)
    linked = links.links_of_activities(connection, "incident", numbers)
    cases = sorted({one.case_number for one in incidents.values() if one.case_number})
    near = load_near(connection, gathering, [s for one in incidents.values() for s in _stretches(gathering, one)])
    linked_clips = _linked_clips(connection, [link for some in linked.values() for link in some])
    loaded = Loaded(
        incidents,
        near,
        load_unplaced(connection, [f"badge:{officer}" for one in incidents.values() for officer in one.officers]),
        load_shifts(connection, gathering, [a for one in incidents.values() for a in _assignments(gathering, one)]),
        linked,
        linked_clips,
        activities.records_by_group(connection, "explanations", Explanation, numbers),
        activities.sessions_of_cases(connection, cases),
        rates.keepings(
            connection, [a.device for i in incidents.values() for a in _assignments(gathering, i)], gathering.now
        ),
        footage_content(connection, gathering, (*near.clips, *linked_clips)),
        hand_links.last_words_of_activities(connection, ActivityKind.INCIDENT, numbers),
    )
    return partial(incident_facts, gathering, loaded)


def _stretches(gathering: Gathering, incident: Incident) -> list[Stretch]:
    """Whose footage is needed, and where."""
    defaults = gathering.plan.window_defaults
    windows = ((officer, incident.required_window(defaults, officer)) for officer in incident.officers)
    return [(f"badge:{officer}", window.reach) for officer, window in windows if window]


def _assignments(gathering: Gathering, incident: Incident) -> list[Assignment]:
    """Whose shifts have a say."""
    window = incident.required_window(gathering.plan.window_defaults)
    return [one for o in incident.officers for one in gathering.issued(o, window.span)] if window else []


def _linked_clips(connection: Connection, some: Sequence[Link]) -> dict[int, Clip]:
    """The clips that are linked and whose file is there."""
    ids = sorted({link.file_id for link in some if link.status is LinkStatus.LINKED})
    placed = recordings.clips_in_time(connection, ids)
    return {file_id: one.clip for file_id, one in placed.items() if one.present}


def incident_facts(gathering: Gathering, loaded: Loaded, number: str) -> IncidentFacts | None:
    """Everything known about one incident's footage."""
    incident = loaded.incidents.get(number)
    if incident is None:
        return None
    plan = gathering.plan
    whole = incident.required_window(plan.window_defaults)
    entry = _custody_entry(loaded, incident, whole)
    found = _officers(gathering, loaded, incident)
    linked = loaded.links.get(number, [])
    others = _others(loaded, linked)
    found.clips.update({clip.file_id: clip for clip in others})
    together = _together(whole, entry, list(found.clips.values()), found.contexts)
    span = whole.span if whole else None
    return IncidentFacts(
        incident,
        gathering.now,
        coverages=tuple(found.coverages),
        together=together,
        issued={o: tuple(a.device for a in gathering.issued(o, span)) for o in incident.officers} if span else {},
        assignments_known=bool(span and gathering.assignments_known(span)),
        unplaced=_unplaced(loaded, incident.officers, span) if span else {},
        upload_due=_upload_due(gathering, found.coverages),
        excluded=plan.exclusions.reason(incident),
        custody_entry=entry,
        links=tuple(linked),
        linked_duration=sum((clip.duration or ZERO for clip in others), ZERO),
        linked_span=_around([clip.span for clip in others if clip.span]),
        stores=gathering.proofs(StoreKind.RECORDER.value, incident.unit),
        explanations=tuple(loaded.explanations.get(number, ())),
        explanations_known=gathering.explanations_known,
        shifts_without_clips=tuple(
            o for o in incident.officers if span and without_clips(gathering, loaded.shifts, o, span)
        ),
        unplayable=found.broken,
        content=_content(loaded, found, others),
        keeping={
            a.device: loaded.keeping[a.device] for a in _assignments(gathering, incident) if a.device in loaded.keeping
        },
    )


@dataclass(slots=True)
class Footages:
    """Coverage of each officer who had to record, all their clips that are near, and files that cannot be played."""

    coverages: list[Coverage] = field(default_factory=list)
    clips: dict[int, Clip] = field(default_factory=dict)
    contexts: list[GapContext] = field(default_factory=list)
    broken: dict[str, tuple[Unplayable, ...]] = field(default_factory=dict)
    content: list[FootageContent] = field(default_factory=list)


def _officers(gathering: Gathering, loaded: Loaded, incident: Incident) -> Footages:
    found = Footages()
    for officer in incident.officers:
        window = incident.required_window(gathering.plan.window_defaults, officer)
        if window is None:
            continue
        near, context = loaded.footage.of(f"badge:{officer}", window.reach)
        mine = under_words(near, loaded.by_hand.get(incident.number, {}), loaded.linked_clips, officer=officer)
        found.coverages.append(measure(window, mine, officer=officer, context=context))
        found.clips.update({clip.file_id: clip for clip in mine})
        found.contexts.append(context)
        found.content += of_clips(loaded.content, mine, officer) or ()
        if context.unplayable:
            found.broken[officer] = unplayable(context.unplayable, mine, loaded.footage.broken)
    return found


def _content(loaded: Loaded, found: Footages, others: Sequence[Clip]) -> tuple[FootageContent, ...] | None:
    """What was measured in the officers' clips, and in linked ones that are none of theirs; None: not checked."""
    if loaded.content is None:
        return None
    told = {one.clip.file_id for one in found.content}
    rest = of_clips(loaded.content, [clip for clip in others if clip.file_id not in told]) or ()
    return (*found.content, *rest)


def _others(loaded: Loaded, linked: Sequence[Link]) -> list[Clip]:
    """The linked clips of one incident."""
    ids = sorted({link.file_id for link in linked if link.status is LinkStatus.LINKED})
    return [loaded.linked_clips[file_id] for file_id in ids if file_id in loaded.linked_clips]


def _around(spans: Sequence[Span]) -> Span | None:
    """From the first start to the last end."""
    return Span(min(span.start for span in spans), max(span.end for span in spans)) if spans else None


def _together(
    whole: RequiredWindow | None, entry: datetime | None, clips: Sequence[Clip], contexts: Sequence[GapContext]
) -> Coverage | None:
    """All footage against the incident's window; for a person brought in, it ends at the entry."""
    if whole is None:
        return None
    if entry is not None and entry >= whole.span.start:
        whole = RequiredWindow(Span(whole.span.start, entry), whole.start_known, Bound.STATED, whole.dispatched_at)
    absent = contexts[0].listed_absent if contexts else ()
    phantoms = [span for context in contexts for span in context.phantoms]
    return measure(whole, clips, context=GapContext(listed_absent=absent, phantoms=phantoms))


def _custody_entry(loaded: Loaded, incident: Incident, whole: RequiredWindow | None) -> datetime | None:
    """Start of the first session of the same case after arrival, within a day."""
    if not incident.case_number or whole is None:
        return None
    sessions = loaded.sessions.get(incident.case_number, ())
    starts = [one.started_at for one in sessions if one.started_at and one.started_at >= whole.span.start]
    first = min(starts, default=None)
    return first if first and first - whole.span.end <= CUSTODY_WITHIN else None


def _unplaced(loaded: Loaded, officers: Sequence[str], span: Span) -> dict[str, tuple[str, ...]]:
    found = loaded.unplaced.within([f"badge:{officer}" for officer in officers], span)
    return {party.removeprefix("badge:"): names for party, names in found.items()}


def _upload_due(gathering: Gathering, coverages: Sequence[Coverage]) -> dict[str, datetime]:
    """The end of duty (return of the camera, else the end of the window) plus the time for upload."""
    grace = timedelta(hours=gathering.plan.limits.upload_grace_hours)
    due = {}
    for one in coverages:
        if one.officer is not None:
            span = one.window.span
            returns = [a.end for a in gathering.issued(one.officer, span) if a.end is not None]
            due[one.officer] = max([span.end, *returns]) + grace
    return due
