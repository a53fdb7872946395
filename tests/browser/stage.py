"""One furnished house for looking at every page: people, films, a sample at work, filed reports, a trial, tokens."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from api.trials import Desk, Trials
from domain.access import Role
from storage.accounts import account_named, add_account
from storage.schema.tables import EVALUATION
from storage.tallies import rebuild
from tests.api import world
from tests.api.client import Client
from tests.api.conftest import ZONE
from tests.api.desks import CONFIGURED, ORIGINS, one_more
from tests.api.people import district
from tests.serving import served

T = TypeVar("T")
DRAW = {"period": "2026-11", "kind": "incident", "method": "simple", "size": "2", "seed": "7", "by": "none"}
NEWCOMER, OFFICER = "newcomer", "officer"
PERIOD = "2026-11"


@dataclass(frozen=True, slots=True)
class Stage:
    """A served application with everything in it that a page may show; `places` fill the gaps of addresses."""

    client: Client
    address: str
    places: dict[str, str]


def apart(work: Callable[[], T]) -> T:
    """Work in this process while a browser is open: the browser's thread has an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(60)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The district, used for a while."""
    with district(folder / "s.db", more_findings=20, films=True) as client:
        desk = Desk(CONFIGURED, ORIGINS, one_more, Trials(60.0))
        object.__setattr__(client.app.state.house, "desk", desk)
        add_newcomers(client)
        with client.app.state.house.writing() as connection:
            rebuild(connection, ZONE)
        places = {**_decided(client), **_sampled(client), **_reported(client), **_administered(client)}
        with served(client.app) as address:
            yield Stage(client, address, places)
        desk.trials.end()


def add_newcomers(client: Client) -> None:
    """`chief` (administrator) and `clerk` (auditor) see every unit; `newcomer` has a one-time password."""
    with client.app.state.house.writing() as connection:
        known = account_named(connection, OFFICER)
        assert known is not None
        kept, unit = known.password_hash, world.UNIT
        for name, role in (("chief", Role.ADMINISTRATOR), ("clerk", Role.AUDITOR)):
            add_account(connection, world.NOW, name, role, password_hash=kept, must_change=False)
        add_account(connection, world.NOW, NEWCOMER, Role.OFFICER, unit=unit, password_hash=kept, must_change=True)


def _decided(client: Client) -> dict[str, str]:
    """One finding explained, one returned after that."""
    officer, supervisor = client.signed_in("officer"), client.signed_in("supervisor")
    said = {"decision": "explain", "reason": "battery", "note": "电池用尽，已送修", "reviews": "0", "next": "/findings"}
    for key in ("c" * 16, "d" * 16):
        assert officer.post(f"/findings/{key}/reviews", said).status_code == 303
    back = {"decision": "return", "note": "请附送修单", "reviews": "1", "next": "/findings"}
    assert supervisor.post(f"/findings/{'c' * 16}/reviews", back).status_code == 303
    assert officer.post("/inboxes", {"name": "今日到期", "query": "due=today"}).status_code == 303
    return {"key": "c" * 16}


def _sampled(client: Client) -> dict[str, str]:
    """A sample of both incidents, the first of them checked."""
    inspector = client.signed_in("inspector")
    shown = inspector.get("/inspection/draw?period=2026-11&size=2&by=none", accept="text/html").text
    digest = shown.partition('name="digest" value="')[2].partition('"')[0]
    answer = inspector.post("/inspection/draw", {**DRAW, "digest": digest})
    assert answer.status_code == 303, answer.text[-800:]
    at = answer.headers["location"].partition("?")[0]
    checked = {"verdict": "agreed", "comment": "全程看过"}
    assert inspector.post(f"{at}/1", checked).status_code == 303
    return {"sample": at, "item": f"{at}/2", "checked": f"{at}/1"}


def _reported(client: Client) -> dict[str, str]:
    """The same report filed twice, with a result changed in between."""
    auditor = client.signed_in("auditor")
    runs = []
    for result in ("noncompliant", "compliant"):
        with client.app.state.house.writing() as connection:
            changed = EVALUATION.update().where(EVALUATION.c.subject == world.SESSION).values(result=result)
            connection.execute(changed)
        answer = auditor.post("/reports/file", {"name": "completeness", "period": PERIOD})
        assert answer.status_code == 303, answer.text[-800:]
        runs.append(answer.headers["location"].partition("?")[0])
    first, second = (run.rpartition("/")[2] for run in runs)
    return {"run": runs[1], "compare": f"/reports/compare?a={first}&b={second}"}


def _administered(client: Client) -> dict[str, str]:
    """A token, and a trial of another limit that is over."""
    chief = client.signed_in("chief")
    wanted = {"section": "limits", "days": "30", "limits.late_start_warn_seconds": "90"}
    answer = chief.post("/administration/trials", wanted)
    assert answer.status_code == 303, answer.text[-800:]
    with client.app.state.house.reading() as connection:
        known = account_named(connection, OFFICER)
    assert known is not None
    return {"trial": answer.headers["location"], "user": f"/administration/users/{known.id}"}
