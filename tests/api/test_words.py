"""Every word that a page uses is there in Chinese and English, and none accuses."""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from api.pages.findings import SORTS
from api.words import SENTENCES, words
from detectors.content.moments import UNSEEN
from detectors.limits import describe_limits
from domain.access import Right, Role
from domain.activity import Bound
from domain.audit import Action
from domain.clip import ClockKind, ClockSource, FileState
from domain.due import Due
from domain.finding import ActivityResult, FindingStatus, Flag, Severity, SubjectKind
from domain.gap import GapCause
from domain.history import ChangeCause, ChangeKind
from domain.jobs import Job, JobState
from domain.link import LinkBasis, LinkStatus
from domain.media import ProblemCode, TrackKind
from domain.notices import NoticeKind, NoticeState
from domain.observation import ObservationKind
from domain.review import Decision, Reason
from storage.queries.findings import AWAITING, UNRESOLVED
from storage.queries.timeline import INCIDENT_MARKS, NOT_ON_RECORD, SESSION_MARKS

CJK = re.compile(r"[\u4e00-\u9fff]")
FAMILIES: dict[str, Iterable[str]] = {
    "flag": Flag,
    "result": ActivityResult,
    "status": (*FindingStatus, AWAITING, UNRESOLVED),
    "severity": Severity,
    "kind": SubjectKind,
    "state": (*FileState, "online", "doubtful", "unreachable", "never-scanned"),
    "cause": (*GapCause, NOT_ON_RECORD),
    "mark": (*INCIDENT_MARKS, *SESSION_MARKS),
    "known": Bound,
    "basis": LinkBasis,
    "seen": (kind for kind in ObservationKind if kind not in UNSEEN),
    "key.of": ("j", "k", "x", "Enter", "o", "c", "d", "e", "a", "r", "/", "?"),
    "decision": Decision,
    "decided": Decision,
    "reason": Reason,
    "due": Due,
    "sort": SORTS,
    "change": ChangeKind,
    "why": ChangeCause,
    "error": tuple(str(one) for one in (400, 401, 403, 404, 405, 409, 410, 413, 421, 422, 429, 500, 503)),
    "error.hint": ("403", "404", "405", "409", "503"),
    "role": Role,
    "right": Right,
    "audit.action": Action,
    "fate": ("accepted", "corrected", "rejected"),
    "limit.unit": {info.unit for info in describe_limits()},
    "trial.step": ("place", "assemble", "link", "evaluate"),
    "trial.effect": ("appears", "vanishes", "changes"),
    "problem": ProblemCode,
    "source": ClockSource,
    "track": TrackKind,
    "link.status": LinkStatus,
    "clock": ClockKind,
    "field": ("result", "status", "basis", "score", "officer", "severity", "covered", "late", "early"),
    "weekday": tuple(str(day) for day in range(7)),
    "job": (*Job, "report"),
    "job.state": JobState,
    "notice": NoticeKind,
    "notice.state": NoticeState,
    "byhand.status": (LinkStatus.PROPOSED, LinkStatus.REJECTED),
}


def used(project: Path, pattern: str) -> set[str]:
    sources = [*(project / "api" / "templates").iterdir(), *(project / "api").rglob("*.py")]
    return {key for path in sources for key in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_every_word_that_a_template_uses_is_in_the_list(project: Path) -> None:
    wanted = used(project, r"""\bt\(\s*["']([^"']+)["']""")
    assert [key for key in wanted if key not in words() and not any(one.startswith(key) for one in words())] == []


def test_every_sentence_of_the_list_is_used(project: Path) -> None:
    sources = [*(project / "api" / "templates").iterdir(), *(project / "api" / "pages").rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert [key for key in SENTENCES if f'"{key}"' not in text and f"'{key}'" not in text] == []


def test_every_family_that_a_template_uses_is_known_to_this_test(project: Path) -> None:
    assert used(project, r"""of_kind\(\s*["']([^"']+)["']""") <= {*FAMILIES, "column"}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_of_a_vocabulary_has_its_words(family: str) -> None:
    values = [value.value if isinstance(value, StrEnum) else value for value in FAMILIES[family]]
    assert [value for value in values if f"{family}.{value}" not in words()] == []


def test_both_languages_are_complete_and_take_the_same_values() -> None:
    for key, (zh, en) in words().items():
        fields = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (zh, en)]
        assert fields[0] == fields[1], key
        assert zh, key
        assert en, key
        if key != "language.other":
            assert not CJK.search(en), key


def test_no_word_accuses() -> None:
    for key, (zh, en) in words().items():
        assert not re.search(r"未记录(?!的)|没有记录|漏录|违规|违纪|故意", zh), key
        assert not re.search(r"did not|failed to|violat|guilty|offen[cs]e", en), key
