"""Why a day or a week was not closed: signed already, not begun, or something stands in the way."""

from collections.abc import Sequence
from datetime import date

from domain.errors import UsageError
from domain.sign_off import InTheWay, SignOff


class SignOffRefused(UsageError):
    """A sign-off that was not written."""


class AlreadySigned(SignOffRefused):
    """Somebody else was first: `signed` says who and when."""

    def __init__(self, signed: SignOff | None) -> None:
        super().__init__(f"signed already by {signed.actor if signed else '?'}")
        self.signed = signed


class NotYet(SignOffRefused):
    """The day has not begun, or the last day of the week has not."""

    def __init__(self, period: str) -> None:
        super().__init__(f"{period}: expected a period that can be closed by now")
        self.period = period


class NotSettled(SignOffRefused):
    """Findings or days that have to be settled first."""

    def __init__(self, period: str, count: int, in_the_way: Sequence[InTheWay], unsigned: Sequence[date] = ()) -> None:
        super().__init__(f"{period}: {count} findings and {len(unsigned)} days stand in the way")
        self.period, self.count, self.in_the_way, self.unsigned = period, count, tuple(in_the_way), tuple(unsigned)
