"""What a test of `bwc check` says: how it stands, and for every trouble what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from app.checks.remedies import REMEDIES, Trouble
from domain.wording import joined, say


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One test's result. `trouble` names the remedy wherever something is wrong; `hint` adds to it."""

    health: Health
    subject: str
    text: str
    trouble: Trouble | None = None
    hint: str = ""

    @property
    def advice(self) -> str:
        """What to do, in both languages; empty where nothing is wrong."""
        if self.trouble is None:
            return self.hint
        return joined([say(*REMEDIES[self.trouble]), self.hint])


def ok(subject: str, text: str) -> Verdict:
    return Verdict(Health.OK, subject, text)


def warning(trouble: Trouble, subject: str, text: str, hint: str = "") -> Verdict:
    return Verdict(Health.WARNING, subject, text, trouble, hint)


def problem(trouble: Trouble, subject: str, text: str, hint: str = "") -> Verdict:
    return Verdict(Health.PROBLEM, subject, text, trouble, hint)
