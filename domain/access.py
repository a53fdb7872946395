"""Who may do what: roles, the rights they have, and the units whose rows they see.

The table of `docs/access.md` is made from this file; a test walks every address with every role against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    OFFICER = "officer"  # 自查员
    SUPERVISOR = "supervisor"  # 所领导
    INSPECTOR = "inspector"  # 督察
    AUDITOR = "auditor"  # 审计
    ADMINISTRATOR = "administrator"  # 管理员
    VISITOR = "visitor"  # 未登录访客，仅限示范与本机


class Right(StrEnum):
    """What an address asks of whoever comes."""

    SEE = "see"  # lists, pages and time lines of one's units
    MEDIA = "media"  # pictures and sound
    EXPLAIN = "explain"  # explain, confirm, dismiss: the self-check
    LINK = "link"  # link and unlink by hand
    DECIDE = "decide"  # accept or return an explanation
    REOPEN = "reopen"  # open a closed finding again
    SIGN_DAY = "sign-day"  # 日清
    CLOSE_WEEK = "close-week"  # 周结
    SAMPLE = "sample"  # draw samples and verify
    REPORT = "report"  # reports and the overview
    AUDIT = "audit"  # the audit log
    ADMINISTER = "administer"  # users, tokens, limits, feeds
    OPERATE = "operate"  # ask for a scan, confirm a doubtful store
    PUSH = "push"  # send incidents and sessions
    ACCOUNT = "account"  # one's own password, language, saved filters


_SHARED = (Right.SEE, Right.REPORT)

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.OFFICER: frozenset(
            {*_SHARED, Right.MEDIA, Right.EXPLAIN, Right.LINK, Right.SIGN_DAY, Right.OPERATE, Right.ACCOUNT}
        ),
        Role.SUPERVISOR: frozenset(
            {
                *(*_SHARED, Right.MEDIA, Right.LINK, Right.DECIDE, Right.REOPEN, Right.SIGN_DAY, Right.CLOSE_WEEK),
                *(Right.OPERATE, Right.ACCOUNT),
            }
        ),
        Role.INSPECTOR: frozenset({*_SHARED, Right.MEDIA, Right.SAMPLE, Right.REOPEN, Right.ACCOUNT}),
        Role.AUDITOR: frozenset({*_SHARED, Right.AUDIT, Right.ACCOUNT}),
        Role.ADMINISTRATOR: frozenset(
            {*_SHARED, Right.ADMINISTER, Right.AUDIT, Right.OPERATE, Right.PUSH, Right.ACCOUNT}
        ),
        Role.VISITOR: frozenset({*_SHARED, Right.MEDIA}),
    }
)
"""An administrator decides nothing and sees no footage; an auditor sees no footage; a visitor only looks."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever sent a request. `units`: codes of the units whose rows are seen, None for every unit.

    `actor` is the name in the audit log: `account:li`, `token:7`, `visitor`.
    """

    actor: str
    role: Role
    units: frozenset[str] | None
    rights: frozenset[Right]
    name: str = ""
    unit: str | None = None
    account: int | None = None
    session: str = ""
    must_change: bool = False
    language: str | None = None

    def may(self, right: Right) -> bool:
        """Whether the viewer has this right at all; which rows it reaches is told by `sees`."""
        return right in self.rights

    def sees(self, unit: str | None) -> bool:
        """Whether rows of this unit are seen; rows of no unit are seen by those who see every unit."""
        return self.units is None or unit in self.units


def rights_of(role: Role, chosen: frozenset[Right] | None = None) -> frozenset[Right]:
    """Rights of a role, or those of them that were chosen (a token can have fewer); None: all of them."""
    return RIGHTS[role] if chosen is None else RIGHTS[role] & chosen
