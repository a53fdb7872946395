"""What routes and pages of decisions share: who decides, the finding as that person sees it, files sent along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.identity.access import is_form, origin_of, refuse_without, viewer_of
from api.problems import Refused
from domain.access import Right, Viewer
from domain.attachments import LARGEST, AttachmentKind, Unattachable, attachable, plain_name
from domain.finding import FindingStatus
from domain.review import STEPS, Decision, ReviewEntry, possible
from domain.wording import say
from storage.queries.filters import storable
from storage.queries.findings import finding_of
from storage.queries.raws import Raw
from storage.reviews import Decider, Standing, entries_of_findings, standings
from storage.versions import ended_by

DECIDING = (Right.EXPLAIN, Right.DECIDE, Right.REOPEN)
"""Rights of which one is needed to decide anything."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a form of decisions needs to know of one finding."""

    key: str
    status: FindingStatus
    decision: Decision | None
    reviews: int
    due_at: datetime | None
    possible: tuple[Decision, ...]
    entries: tuple[ReviewEntry, ...] = ()

    def overdue(self, now: datetime) -> bool:
        """Past its deadline and nobody has decided."""
        return self.status is FindingStatus.OPEN and self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent: its name made plain, its kind told by its content."""

    name: str
    content: bytes
    kind: AttachmentKind


def decider(request: Request) -> Decider:
    """Whoever sent the request, as one who decides."""
    viewer = viewer_of(request)
    return Decider(viewer.actor, viewer.role.value, viewer.rights, viewer.units, origin_of(request))


def refuse_who_decides_nothing(viewer: Viewer) -> None:
    """Raises Refused for somebody who has no right to any decision."""
    if not any(viewer.may(right) for right in DECIDING):
        refuse_without(viewer, Right.EXPLAIN)


def refuse_step(viewer: Viewer, decision: Decision) -> None:
    """Raises Refused (401, 403) for somebody who may not take this decision on any finding."""
    refuse_without(viewer, STEPS[decision].right)


def known_finding(connection: Connection, key: str, viewer: Viewer) -> Raw:
    """The standing or last version of a finding. Raises Refused (404) where there is none in the viewer's units."""
    row = finding_of(connection, key) if storable(key) else None
    if row is None or not viewer.sees(row["unit"]):
        raise Refused(404, say("没有这个问题", f"finding: expected the id of one, got {key[:40]!r}"))
    return row


def possible_now(row: Raw, viewer: Viewer) -> tuple[Decision, ...]:
    """What the viewer may decide on a finding as it stands; nothing where it is resolved."""
    if ended_by(row) is not None:
        return ()
    last = Decision(row["decision"]) if row["decision"] else None
    return possible(FindingStatus(row["status"]), last, viewer.rights)


def card_of(row: Raw, viewer: Viewer, entries: Iterable[ReviewEntry] = ()) -> Card:
    """The card of a finding that was read already."""
    standing = ended_by(row) is None
    return Card(
        key=row["key"],
        status=FindingStatus(row["status"]) if standing else FindingStatus.RESOLVED,
        decision=Decision(row["decision"]) if row["decision"] else None,
        reviews=row["reviews"],
        due_at=row["due_at"],
        possible=possible_now(row, viewer),
        entries=tuple(entries),
    )


def cards(connection: Connection, keys: Iterable[str], viewer: Viewer) -> dict[str, Card]:
    """Cards of many findings by key, their decisions of people included; what is resolved is left out."""
    wanted = list(keys)
    entries = entries_of_findings(connection, wanted)
    return {key: _card(one, viewer, entries.get(key, ())) for key, one in standings(connection, wanted).items()}


def _card(one: Standing, viewer: Viewer, entries: Iterable[ReviewEntry]) -> Card:
    """Findings of another unit are shown beside one's own activity, and decided by that unit."""
    steps = possible(one.status, one.decision, viewer.rights) if viewer.sees(one.unit) else ()
    return Card(one.key, one.status, one.decision, one.reviews, one.due_at, steps, tuple(entries))


def possible_for_rows(rows: Iterable[Mapping[str, object]], viewer: Viewer) -> dict[str, tuple[Decision, ...]]:
    """What may be decided on each row of the list of findings, by its id."""
    found = {}
    for row in rows:
        last = Decision(str(row["decision"])) if row["decision"] else None
        found[str(row["id"])] = possible(FindingStatus(str(row["status"])), last, viewer.rights)
    return found


async def sent_file(request: Request, field: str = "file") -> SentFile | None:
    """The file of a form, None when none was chosen. Raises Refused (413, 415, 422) for one that is not taken."""
    if not is_form(request):
        raise Refused(415, say("需要表单内容", "body: expected multipart/form-data"))
    found = (await request.form(max_files=1, max_fields=2000)).get(field)
    if not isinstance(found, UploadFile) or not found.filename:
        return None
    content = await found.read(LARGEST + 1)
    return await run_in_threadpool(_checked, found.filename, content)


def _checked(filename: str, content: bytes) -> SentFile:
    if len(content) > LARGEST:
        raise Refused(413, say("附件过大，最大 10 MiB", f"attachment: expected at most {LARGEST} bytes"))
    name = plain_name(filename)
    try:
        kind = attachable(name, content)
    except Unattachable as error:
        zh, en = (error.found, error.found) if error.found else ("未知内容", "unknown content")
        text = say(f"附件“{name}”的内容是 {zh}，与名称不符或不接受", f"attachment: {error.name[:80]} holds {en}")
        raise Refused(422, text, [("file", str(error))]) from error
    return SentFile(name, content, kind)
