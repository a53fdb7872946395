"""What a scan concluded, as links of the audit log: findings that opened, changed or were resolved, and verdicts on
activities that became others. Whoever has the log can tell when the program said what, and by which scan.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence

from domain.audit import Action, Entry, detail_text
from domain.finding import SubjectKind
from storage.codec import encode
from storage.versions import Change, Row

OPENED, CHANGED, RESOLVED = "opened", "changed", "resolved"
ACTIVITIES = (SubjectKind.INCIDENT.value, SubjectKind.SESSION.value)


def finding_entries(changes: Sequence[Change], scan: int) -> Iterator[Entry]:
    """One link for each finding that changed: what held before, what holds now, with a digest of all its figures."""
    for change in changes:
        row = change.after or change.before
        if row is not None:
            detail = detail_text(
                change=_kind(change),
                rule=row["rule"],
                flag=row["flag"],
                kind=row["kind"],
                subject=row["subject"],
                before=_state(change.before),
                after=_state(change.after),
            )
            yield Entry(actor(scan), Action.VERDICT, f"finding:{row['key']}", row["unit"], detail)


def result_entries(changes: Sequence[Change], scan: int) -> Iterator[Entry]:
    """One link for each incident or session whose verdict as a whole became another."""
    for change in changes:
        row = change.after or change.before
        before, after = (side and side["result"] for side in (change.before, change.after))
        if row is not None and row["kind"] in ACTIVITIES and before != after:
            detail = detail_text(change="result", kind=row["kind"], subject=row["subject"], before=before, after=after)
            yield Entry(actor(scan), Action.VERDICT, f"{row['kind']}:{row['subject']}", row["unit"], detail)


def actor(scan: int) -> str:
    """How a scan is called in the audit log."""
    return f"scan:{scan}"


def _kind(change: Change) -> str:
    return OPENED if change.before is None else RESOLVED if change.after is None else CHANGED


def _state(row: Row | None) -> dict[str, object] | None:
    """What a version of a finding says, short: two versions that differ in a figure alone differ in `outcome`."""
    if row is None:
        return None
    said = [row["started_at"], row["ended_at"], row["officer"], row["measured"], row["evidence"], row["rule_version"]]
    text = json.dumps([encode(one) for one in said], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return {"result": row["result"], "severity": row["severity"], "status": row["status"], "outcome": digest}
