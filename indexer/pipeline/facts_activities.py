"""Facts about incidents and sessions: windows, footage, coverage, links, proof."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from detectors.rule import IncidentFacts, SessionFacts, Unplayable
from domain.activity import Bound, Explanation, Incident, InterrogationSession, RequiredWindow
from domain.clip import Clip, StoreKind
from domain.coverage import Coverage
from domain.link import Link, LinkStatus
from domain.timespan import ZERO, Span
from indexer.coverage import measure
from indexer.gaps import GapContext
from indexer.pipeline.facts_base import Gathering
from indexer.pipeline.facts_shifts import without_clips
from indexer.pipeline.facts_unplayable import unplayable
from storage import activities, links, recordings
from storage.schema.tables import RECORD

CUSTODY_WITHIN = timedelta(hours=24)
CHAIN_BREAK = timedelta(hours=12)
"""Sessions of one person farther apart than this are two chains (a rest, or another summons)."""


def incident_facts(gathering: Gathering, incident: Incident) -> IncidentFacts:
    """Everything known about one incident's footage."""
    plan = gathering.scan.plan
    whole = incident.required_window(plan.window_defaults)
    entry = _custody_entry(gathering, incident, whole)
    coverages, clips, contexts, broken = _officers(gathering, incident)
    linked = links.links_of_activities(gathering.connection, "incident", [incident.number]).get(incident.number, [])
    others = _linked_clips(gathering, linked)
    clips.update({clip.file_id: clip for clip in others})
    together = _together(whole, entry, list(clips.values()), contexts)
    span = whole.span if whole else None
    explanations = activities.records_by_group(
        gathering.connection, "explanations", Explanation, [incident.number]
    ).get(incident.number, [])
    return IncidentFacts(
        incident,
        gathering.scan.now,
        coverages=tuple(coverages),
        together=together,
        issued={o: tuple(a.device for a in gathering.issued(o, span)) for o in incident.officers} if span else {},
        assignments_known=bool(span and gathering.assignments_known(span)),
        unplaced=_unplaced(gathering, incident.officers, span) if span else {},
        upload_due=_upload_due(gathering, coverages),
        excluded=plan.exclusions.reason(incident),
        custody_entry=entry,
        links=tuple(linked),
        linked_duration=sum((clip.duration or ZERO for clip in others), ZERO),
        stores=gathering.proofs(StoreKind.RECORDER.value, incident.unit),
        explanations=tuple(explanations),
        explanations_known=activities.has_records(gathering.connection, "explanations"),
        shifts_without_clips=tuple(o for o in incident.officers if span and without_clips(gathering, o, span)),
        unplayable=broken,
    )


def _officers(
    gathering: Gathering, incident: Incident
) -> tuple[list[Coverage], dict[int, Clip], list[GapContext], dict[str, tuple[Unplayable, ...]]]:
    """Coverage of each officer who had to record, all their clips, and their files that cannot be played."""
    coverages, clips, contexts, broken = [], {}, [], {}
    for officer in incident.officers:
        window = incident.required_window(gathering.scan.plan.window_defaults, officer)
        if window is None:
            continue
        mine, context = gathering.footage(f"badge:{officer}", window.span)
        coverages.append(measure(window, mine, officer=officer, context=context))
        clips.update({clip.file_id: clip for clip in mine})
        contexts.append(context)
        if context.unplayable:
            broken[officer] = unplayable(gathering, context.unplayable, mine)
    return coverages, clips, contexts, broken


def _linked_clips(gathering: Gathering, linked: Sequence[Link]) -> list[Clip]:
    ids = sorted({link.file_id for link in linked if link.status is LinkStatus.LINKED})
    return [one.clip for one in recordings.clips_of_files(gathering.connection, ids).values() if one.present]


def _together(
    whole: RequiredWindow | None, entry: datetime | None, clips: Sequence[Clip], contexts: Sequence[GapContext]
) -> Coverage | None:
    """All footage against the incident's window; for a person brought in, it ends at the entry."""
    if whole is None:
        return None
    if entry is not None and entry >= whole.span.start:
        whole = RequiredWindow(Span(whole.span.start, entry), whole.start_known, Bound.STATED)
    absent = contexts[0].listed_absent if contexts else ()
    phantoms = [span for context in contexts for span in context.phantoms]
    return measure(whole, clips, context=GapContext(listed_absent=absent, phantoms=phantoms))


def _custody_entry(gathering: Gathering, incident: Incident, whole: RequiredWindow | None) -> datetime | None:
    """Start of the first session of the same case after arrival, within a day."""
    if not incident.case_number or whole is None:
        return None
    same_case = RECORD.c.body["case_number"].as_string() == incident.case_number
    sessions = activities.records(gathering.connection, "sessions", InterrogationSession, same_case)
    starts = [one.started_at for one in sessions if one.started_at and one.started_at >= whole.span.start]
    first = min(starts, default=None)
    return first if first and first - whole.span.end <= CUSTODY_WITHIN else None


def _unplaced(gathering: Gathering, officers: Sequence[str], span: Span) -> dict[str, tuple[str, ...]]:
    found = gathering.unplaced([f"badge:{officer}" for officer in officers], span)
    return {party.removeprefix("badge:"): names for party, names in found.items()}


def _upload_due(gathering: Gathering, coverages: Sequence[Coverage]) -> dict[str, datetime]:
    """The end of duty (return of the camera, else the end of the window) plus the time for upload."""
    grace = timedelta(hours=gathering.scan.plan.limits.upload_grace_hours)
    due = {}
    for one in coverages:
        if one.officer is not None:
            span = one.window.span
            returns = [a.end for a in gathering.issued(one.officer, span) if a.end is not None]
            due[one.officer] = max([span.end, *returns]) + grace
    return due


def session_facts(gathering: Gathering, session: InterrogationSession) -> SessionFacts:
    """Everything known about one session's recordings, channel by channel."""
    window = session.required_window(gathering.scan.plan.window_defaults)
    party = f"room:{session.room}"
    clips, context = gathering.footage(party, window.span) if window and session.room else ([], GapContext())
    linked = links.links_of_activities(gathering.connection, "session", [session.number]).get(session.number, [])
    explanations = activities.records_by_group(gathering.connection, "explanations", Explanation, [session.number])
    channels = [
        measure(window, [clip for clip in clips if _same(clip.channel, channel)], channel=channel, context=context)
        for channel in session.channels
        if window is not None
    ]
    unplaced = gathering.unplaced([party], window.span).get(party, ()) if window else ()
    return SessionFacts(
        session,
        gathering.scan.now,
        channels=tuple(channels),
        together=measure(window, clips, context=context) if window else None,
        upload_due=_session_due(gathering, window),
        room_registered=_room_registered(gathering, session.room),
        chain=_chain(gathering, session),
        links=tuple(linked),
        stores=gathering.proofs(StoreKind.INTERROGATION.value, session.unit),
        explanations=tuple(explanations.get(session.number, [])),
        explanations_known=activities.has_records(gathering.connection, "explanations"),
        unplaced=unplaced,
        unplayable=unplayable(gathering, context.unplayable, clips),
    )


def _same(found: str | None, wanted: str) -> bool:
    """Channel names compare without case and leading zeros: CH1, ch01 and 1 are one."""
    return _channel(found or "") == _channel(wanted)


def _channel(text: str) -> str:
    plain = text.strip().casefold().removeprefix("channel").removeprefix("chn").removeprefix("ch")
    return plain.strip(" -_").lstrip("0") or plain


def _session_due(gathering: Gathering, window: RequiredWindow | None) -> datetime | None:
    grace = timedelta(hours=gathering.scan.plan.limits.upload_grace_hours)
    return window.span.end + grace if window else None


def _room_registered(gathering: Gathering, room: str | None) -> bool | None:
    rooms = {d.room for d in gathering.register.devices.values() if d.kind is StoreKind.INTERROGATION and d.room}
    return (room in rooms) if rooms and room else None


def _chain(gathering: Gathering, session: InterrogationSession) -> tuple[Span, ...]:
    """Sessions of the same person that follow each other without a long break."""
    if not session.person_code or session.started_at is None:
        return ()
    found = activities.records_by_group(
        gathering.connection, "sessions", InterrogationSession, [session.person_code]
    ).get(session.person_code, [])
    defaults = gathering.scan.plan.window_defaults
    spans = sorted({w.span for one in found if (w := one.required_window(defaults))})
    chain: list[Span] = []
    for span in spans:
        if chain and span.start - max(s.end for s in chain) > CHAIN_BREAK:
            if any(s.start <= session.started_at <= s.end for s in chain):
                break
            chain = []
        chain.append(span)
    return tuple(chain)
