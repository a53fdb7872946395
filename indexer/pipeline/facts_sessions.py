"""Facts about interrogation sessions: the room's channels, coverage, the chain of one person's sessions, proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from detectors.content_facts import ContentFacts
from detectors.rule import SessionFacts
from domain.activity import ActivityKind, Explanation, InterrogationSession, RequiredWindow
from domain.clip import Clip, StoreKind
from domain.hand_link import HandLink
from domain.keeping import Keeping
from domain.link import Link
from domain.timespan import Span
from indexer.coverage import measure
from indexer.gaps import GapContext
from indexer.pipeline.facts_base import FactsOf, Gathering
from indexer.pipeline.facts_by_hand import load_made, under_words
from indexer.pipeline.facts_content import footage_content, of_clips
from indexer.pipeline.facts_footage import NearFootage, UnplacedFootage, load_near, load_unplaced
from indexer.pipeline.facts_rooms import recorders_of, shared
from indexer.pipeline.facts_unplayable import unplayable
from storage import activities, hand_links, links, rates
from storage.stretches import Stretch
from storage.versions import Row

CHAIN_BREAK = timedelta(hours=12)
"""Sessions of one person farther apart than this are two chains (a rest, or another summons)."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything about one batch of sessions."""

    sessions: Mapping[str, InterrogationSession]
    footage: NearFootage
    unplaced: UnplacedFootage
    links: Mapping[str, Sequence[Link]]
    explanations: Mapping[str, Sequence[Explanation]]
    of_person: Mapping[str, Sequence[InterrogationSession]]
    beside: Mapping[Stretch, Sequence[Row]]
    others: Mapping[str, InterrogationSession]
    keeping: Mapping[str, Keeping]
    content: Mapping[int, ContentFacts] | None
    by_hand: Mapping[str, Mapping[int, HandLink]]
    made_clips: Mapping[int, Clip]


def load_sessions(connection: Connection, gathering: Gathering, numbers: Sequence[str]) -> FactsOf:
    """Load a batch of sessions; what is returned makes the facts of one of them, None when it is no more."""
    sessions = activities.records_by_key(connection, "sessions", InterrogationSession, numbers)
    stretches = [s for one in sessions.values() for s in _stretches(gathering, one)]
    beside = dict(zip(stretches, activities.windows_touching(connection, stretches), strict=True))
    others = sorted({row["number"] for rows in beside.values() for row in rows})
    recorders = [serial for one in sessions.values() for serial in recorders_of(gathering, one.room)]
    persons = sorted({one.person_code for one in sessions.values() if one.person_code})
    near = load_near(connection, gathering, stretches)
    by_hand = hand_links.last_words_of_activities(connection, ActivityKind.SESSION, numbers)
    made_clips = load_made(connection, by_hand)
    loaded = Loaded(
        sessions,
        near,
        load_unplaced(connection, [f"room:{one.room}" for one in sessions.values()]),
        links.links_of_activities(connection, "session", numbers),
        activities.records_by_group(connection, "explanations", Explanation, numbers),
        activities.records_by_group(connection, "sessions", InterrogationSession, persons),
        beside,
        activities.records_by_key(connection, "sessions", InterrogationSession, others),
        rates.keepings(connection, recorders, gathering.now),
        footage_content(connection, gathering, (*near.clips, *made_clips)),
        by_hand,
        made_clips,
    )
    return partial(session_facts, gathering, loaded)


def _stretches(gathering: Gathering, session: InterrogationSession) -> list[Stretch]:
    """Whose footage is needed, and where."""
    window = session.required_window(gathering.plan.window_defaults)
    return [(f"room:{session.room}", window.span)] if window and session.room else []


def session_facts(gathering: Gathering, loaded: Loaded, number: str) -> SessionFacts | None:
    """Everything known about one session's recordings, channel by channel."""
    session = loaded.sessions.get(number)
    if session is None:
        return None
    window = session.required_window(gathering.plan.window_defaults)
    party = f"room:{session.room}"
    near, context = loaded.footage.of(party, window.span) if window and session.room else ([], GapContext())
    clips = under_words(near, loaded.by_hand.get(number, {}), loaded.made_clips)
    channels = [
        measure(window, [clip for clip in clips if _same(clip.channel, channel)], channel=channel, context=context)
        for channel in session.channels
        if window is not None
    ]
    return SessionFacts(
        session,
        gathering.now,
        channels=tuple(channels),
        together=measure(window, clips, context=context) if window else None,
        upload_due=_upload_due(gathering, window),
        room_registered=_room_registered(gathering, session.room),
        chain=_chain(gathering, loaded, session),
        links=tuple(loaded.links.get(number, ())),
        stores=gathering.proofs(StoreKind.INTERROGATION.value, session.unit),
        explanations=tuple(loaded.explanations.get(number, ())),
        explanations_known=gathering.explanations_known,
        unplayable=unplayable(context.unplayable, clips, loaded.footage.broken),
        unplaced=loaded.unplaced.within([party], window.span).get(party, ()) if window else (),
        shared=shared(session, window.span, loaded.beside.get((party, window.span), ()), loaded.others)
        if window
        else (),
        content=of_clips(loaded.content, clips),
        keeping={serial: loaded.keeping.get(serial, Keeping()) for serial in recorders_of(gathering, session.room)},
    )


def _same(found: str | None, wanted: str) -> bool:
    """Channel names compare without case and leading zeros: CH1, ch01 and 1 are one."""
    return _channel(found or "") == _channel(wanted)


def _channel(text: str) -> str:
    plain = text.strip().casefold().removeprefix("channel").removeprefix("chn").removeprefix("ch")
    return plain.strip(" -_").lstrip("0") or plain


def _upload_due(gathering: Gathering, window: RequiredWindow | None) -> datetime | None:
    grace = timedelta(hours=gathering.plan.limits.upload_grace_hours)
    return window.span.end + grace if window else None


def _room_registered(gathering: Gathering, room: str | None) -> bool | None:
    return (room in gathering.rooms) if gathering.rooms and room else None


def _chain(gathering: Gathering, loaded: Loaded, session: InterrogationSession) -> tuple[Span, ...]:
    """Sessions of the same person that follow each other without a long break."""
    if not session.person_code or session.started_at is None:
        return ()
    found = loaded.of_person.get(session.person_code, ())
    defaults = gathering.plan.window_defaults
    spans = sorted({w.span for one in found if (w := one.required_window(defaults))})
    chain: list[Span] = []
    for span in spans:
        if chain and span.start - max(s.end for s in chain) > CHAIN_BREAK:
            if any(s.start <= session.started_at <= s.end for s in chain):
                break
            chain = []
        chain.append(span)
    return tuple(chain)
