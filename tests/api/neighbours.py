"""A second station beside the small district: whatever belongs to it is marked, so that a leak can be seen anywhere."""

from sqlalchemy import Connection, insert, update

from domain.access import Role
from domain.audit import Action, Entry
from storage.accounts import add_account
from storage.audit import append
from storage.schema.tables import (
    CLIP,
    EVALUATION,
    FILE,
    FOLDER,
    LINK,
    SCAN_REQUEST,
    SIGN_OFF,
    STORE,
    STORE_SCAN,
    STORED,
)
from tests.api import world
from tests.api.people import ELSEWHERE, give_token

MARK = "SECRET"
INCIDENT = f"{MARK}JQ1"
CLIP_ID = 11
KEY = "f" * 16


def add_neighbours(connection: Connection) -> None:
    """Store, clip, incident, finding and papers of the other station, and clips of the first weighed against them."""
    world.record(connection, "units", ELSEWHERE, {"code": ELSEWHERE, "name": f"{MARK}-station", "parent": None}, None)
    _store(connection)
    _incident(connection)
    world.finding(connection, KEY, "incomplete.gap", "incident", INCIDENT, unit=ELSEWHERE, evidence=[f"{MARK} / x"])
    _papers(connection)


def _store(connection: Connection) -> None:
    name = f"{MARK}-dock"
    more = {"location": f"/media/{name}", "timezone": "Asia/Shanghai", "unit": ELSEWHERE, "active": True}
    world.add(connection, STORE, id=9, name=name, kind="recorder", **more)
    times = {"started_at": world.NOW - 10 * world.MINUTE, "finished_at": world.NOW - 9 * world.MINUTE}
    counts = {"folders": 1, "files": 1, "refused": 1, "skipped": 0, "whole": 1}
    world.add(connection, STORE_SCAN, scan_id=1, store_id=9, state="online", detail=f"{MARK}-detail", **times, **counts)
    world.add(connection, FOLDER, store_id=9, path=f"{MARK}-folder", files=1, refused=None, skipped=[])
    world.add(connection, FOLDER, store_id=9, path=f"{MARK}-locked", files=0, refused=f"{MARK} denied", skipped=[])
    world.clip(connection, CLIP_ID, 9, f"{MARK}-folder/{MARK}.mp4", f"{MARK}-camera", f"{MARK}01", world.ARRIVED, 5)
    connection.execute(update(CLIP).where(CLIP.c.file_id == CLIP_ID).values(unit=ELSEWHERE))
    connection.execute(update(STORED).where(STORED.c.file_id == CLIP_ID).values(folder=f"{MARK}-folder"))
    connection.execute(update(FILE).where(FILE.c.id == CLIP_ID).values(anchor=f"{MARK}-anchor"))


def _incident(connection: Connection) -> None:
    body = {"number": INCIDENT, "unit": ELSEWHERE, "officers": [f"{MARK}01"], "category": f"{MARK}-category"}
    times = {"arrived_at": world.ARRIVED.isoformat(), "finished_at": (world.ARRIVED + 30 * world.MINUTE).isoformat()}
    world.record(connection, "incidents", INCIDENT, {**body, **times}, ELSEWHERE)
    key = {"kind": "incident", "subject_key": INCIDENT, "subject": INCIDENT, "unit": ELSEWHERE}
    world.add(connection, EVALUATION, **key, result="noncompliant", rule_set="r", outcomes=[], recheck_at=None)
    world.coverage(connection, "incident", INCIDENT, "all", world.ARRIVED, clips=[CLIP_ID])
    connection.execute(update(LINK).where(LINK.c.file_id == 1).values(runner_up_number=INCIDENT))
    for file, status in ((3, "linked"), (CLIP_ID, "linked")):
        values = {"party": f"badge:{MARK}01", "officer": None, "basis": "badge", "overlap": world.MINUTE, "score": 0.5}
        more = {"runner_up_number": None, "runner_up_score": None, "method": "auto", "evidence": [f"{MARK} / x"]}
        at = {"at": world.ARRIVED, "kind": "incident", "number": INCIDENT, "file_id": file, "status": status}
        world.add(connection, LINK, **at, **values, **more)


def _papers(connection: Connection) -> None:
    actor = f"account:{MARK.lower()}"
    add_account(connection, world.NOW, MARK, Role.OFFICER, unit=ELSEWHERE)
    give_token(connection, Role.OFFICER, ELSEWHERE, name=f"{MARK}-token")
    request = {"at": world.NOW, "actor": actor, "state": "waiting", "stores": [f"{MARK}-dock"], "confirmed": []}
    connection.execute(insert(SCAN_REQUEST), {**request, "scan_id": None})
    signed = {"kind": "day", "unit": ELSEWHERE, "period": "2026-11-22", "at": world.NOW, "actor": actor}
    connection.execute(insert(SIGN_OFF), {**signed, "note": f"{MARK}-note", "summary": {}})
    entry = Entry(actor, Action.REVIEWED, f"finding:{KEY}", ELSEWHERE, f'{{"note":"{MARK}"}}', "10.0.0.9")
    append(connection, world.NOW, [entry])
