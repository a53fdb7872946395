"""A desk for the administration pages, whose back-test does what the test wants, and people who see every unit."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from api.identity.passwords import hashed
from api.trials import Backtest, Desk, Outcome, Tell, Trials
from detectors.changed_settings import Judging
from detectors.limits import Exclusions, Limits
from domain.access import Role
from storage.accounts import add_account
from tests.api import world
from tests.api.client import Client
from tests.api.conftest import application
from tests.api.people import ELSEWHERE, PASSWORD, add_people

CONFIGURED = Judging(Limits(late_start_warn_seconds=75.0), Exclusions(categories=("骚扰",)))
ORIGINS = {("limits", "late_start_warn_seconds"): "config.toml:41"}


def one_more(_before: Judging, _after: Judging, days: int, tell: Tell) -> Outcome:
    """One finding appears, twelve links do."""
    tell("evaluate", 3, 12)
    row = {
        "what": "finding",
        "effect": "appears",
        "id": "x",
        "rule": "incomplete.late-start",
        "flag": "incomplete",
        "kind": "incident",
        "subject": world.GAPPED,
        "officer": "031021",
        "path": None,
        "before": None,
        "after": {"severity": "fail"},
    }
    rules = {
        "incomplete.late-start": {"appears": 1, "vanishes": 0, "changes": 0},
        "link": {"appears": 12, "vanishes": 3, "changes": 0},
    }
    return Outcome(world.NOW - timedelta(days=days), 40, (row,), rules, {"incomplete": (2, 3)}, ())


@contextmanager
def office(path: Path, backtest: Backtest = one_more, longest_s: float = 60.0) -> Iterator[Client]:
    """The district with a desk; besides its people `chief` and `clerk`: administrator and auditor of every unit."""
    with application(path, visitors=False) as app:
        desk = Desk(CONFIGURED, ORIGINS, backtest, Trials(longest_s))
        object.__setattr__(app.state.house, "desk", desk)
        kept = hashed(PASSWORD)
        with app.state.house.writer.begin() as connection:
            add_people(connection)
            add_people(connection, ELSEWHERE, ".elsewhere")
            for name, role in (("chief", Role.ADMINISTRATOR), ("clerk", Role.AUDITOR)):
                add_account(connection, world.NOW, name, role, password_hash=kept, must_change=False)
        yield Client(app)
        desk.trials.end()
