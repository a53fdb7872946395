"""A statement in both languages comes apart into what it was made of, however it was joined or passed on."""

from collections.abc import Mapping
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import vocabulary
from domain.activity import Bound
from domain.clip import ClockKind, ClockSource, FileState, StoreKind
from domain.finding import ActivityResult, FindingStatus, Flag, Result, Severity, SubjectKind
from domain.gap import GapCause
from domain.link import LinkBasis, LinkStatus
from domain.media import ProblemCode, TrackKind
from domain.wording import COMMA, halves, joined, say
from indexer.feeds.base import Fate
from indexer.feeds.fields import LAYOUTS

PIECES = st.lists(st.sampled_from(["a", "b.mp4", "/", " ", " / ", "7", "：", "x/y"]), max_size=6).map("".join)
CHINESE = PIECES.map(lambda text: "片段" + text)


def without_blanks_at_slashes(text: str) -> str:
    while " /" in text or "/ " in text:
        text = text.replace(" /", "/").replace("/ ", "/")
    return text


@given(CHINESE, PIECES)
def test_a_statement_comes_apart_into_its_two_halves(zh: str, en: str) -> None:
    ours = tuple(map(without_blanks_at_slashes, halves(say(zh, en))))
    assert ours == (without_blanks_at_slashes(zh), without_blanks_at_slashes(en))


@given(st.sampled_from(["A / B.mp4", "一 / 二", "日 / 月 / 年"]))
def test_a_name_with_a_separator_stands_unchanged_in_both_halves(name: str) -> None:
    assert halves(say(f"文件 {name} 丢失", f"file {name} is lost")) == (f"文件 {name} 丢失", f"file {name} is lost")


def test_a_separator_that_only_one_half_holds_cannot_shift_the_seam() -> None:
    assert halves(say("原因不明", "cause a / b unknown")) == ("原因不明", "cause a/b unknown")
    assert halves(say("目录 /", "folder")) == ("目录/", "folder")


def test_text_of_one_language_stands_for_both() -> None:
    for text in ("", "dock-a", "a / b", "中文", "一 / 二 / 三", "plain / 中文"):
        assert halves(text) == (text, text)


def test_joined_statements_read_as_one_in_each_language() -> None:
    text = joined((say("甲", "one"), "", say("乙", "two")))
    assert halves(text) == ("甲；乙", "one; two")
    assert joined((say("甲", "one"), "7"), COMMA) == "甲，7 / one, 7"


def test_one_statement_joined_with_nothing_stays_as_it_is() -> None:
    assert joined(("", "a / b", "")) == "a / b"
    assert joined(()) == ""


@given(st.lists(st.tuples(CHINESE, PIECES), min_size=1, max_size=4))
def test_joining_keeps_every_statement_in_its_own_language(pairs: list[tuple[str, str]]) -> None:
    made = [say(zh, en) for zh, en in pairs]
    zh, en = halves(joined(made, ("；", "; ")))
    bare = without_blanks_at_slashes
    assert bare(zh) == bare("；".join(halves(one)[0] for one in made))
    assert bare(en) == bare("; ".join(halves(one)[1] for one in made))


VOCABULARIES = (
    (vocabulary.ACTIVITY_RESULTS, ActivityResult),
    (vocabulary.BASES, LinkBasis),
    (vocabulary.BOUNDS, Bound),
    (vocabulary.CAUSES, GapCause),
    (vocabulary.CLOCK_KINDS, ClockKind),
    (vocabulary.FATES, Fate),
    (vocabulary.FILE_STATES, FileState),
    (vocabulary.FINDING_STATES, FindingStatus),
    (vocabulary.FLAGS, Flag),
    (vocabulary.LINK_STATES, LinkStatus),
    (vocabulary.PROBLEMS, ProblemCode),
    (vocabulary.RESULTS, Result),
    (vocabulary.SEVERITIES, Severity),
    (vocabulary.SOURCES, ClockSource),
    (vocabulary.STORE_KINDS, StoreKind),
    (vocabulary.SUBJECT_KINDS, SubjectKind),
    (vocabulary.TRACK_KINDS, TrackKind),
)


@pytest.mark.parametrize(("words", "values"), VOCABULARIES, ids=[values.__name__ for _, values in VOCABULARIES])
def test_every_value_of_a_vocabulary_has_a_word_of_its_own_in_both_languages(
    words: Mapping[str, tuple[str, str]], values: type[StrEnum]
) -> None:
    assert set(words) == set(values)
    for side in (0, 1):
        assert len({word[side] for word in words.values()}) == len(words)
    assert all(halves(say(zh, en)) == (zh, en) for zh, en in words.values())


def test_every_field_of_a_feed_has_a_chinese_name() -> None:
    named = {field.name for layout in LAYOUTS.values() for field in layout.fields}
    assert named <= set(vocabulary.FIELDS)
