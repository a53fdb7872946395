"""Findings are found again by their key; coverage and probes answer their simple questions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Bound, RequiredWindow
from domain.coverage import Bounds, Coverage
from domain.errors import BwcError, ConfigError, SchemaOlder, StorageError
from domain.finding import SubjectKind, finding_key
from domain.media import FATAL, Probe, Problem, ProblemCode, Track, TrackKind
from domain.timespan import ZERO, Span, utc

EPOCH = utc(2026, 11, 20, 8)
VIDEO = Track(1, TrackKind.VIDEO, "h264", timedelta(seconds=1), timedelta(seconds=9), 225)
AUDIO = Track(2, TrackKind.AUDIO, "aac", ZERO, timedelta(seconds=10), 160)


def coverage(length: int, covered: Bounds) -> Coverage:
    window = RequiredWindow(Span.of(EPOCH, timedelta(seconds=length)), Bound.STATED, Bound.STATED)
    return Coverage(None, window, covered, Bounds.exactly(ZERO), Bounds.exactly(ZERO))


def test_a_finding_key_is_sixteen_hex_digits_and_stays_the_same() -> None:
    key = finding_key("missing.no-recording", SubjectKind.INCIDENT, "A1", "")
    assert key == finding_key("missing.no-recording", SubjectKind.INCIDENT, "A1", "")
    assert len(key) == 16
    assert int(key, 16) >= 0


TEXT = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=8)
PARTS = st.tuples(TEXT, st.sampled_from(list(SubjectKind)), TEXT, TEXT)


@given(PARTS, PARTS)
def test_different_subjects_have_different_keys(
    one: tuple[str, SubjectKind, str, str], other: tuple[str, SubjectKind, str, str]
) -> None:
    assert (finding_key(*one) == finding_key(*other)) == (one == other)


def test_coverage_is_a_share_of_what_was_required() -> None:
    half = coverage(600, Bounds(timedelta(seconds=200), timedelta(seconds=300), timedelta(seconds=400)))
    assert (half.ratio, half.touches, half.may_touch) == (0.5, True, True)
    perhaps = coverage(600, Bounds(ZERO, ZERO, timedelta(seconds=1)))
    assert (perhaps.ratio, perhaps.touches, perhaps.may_touch) == (0.0, False, True)
    assert coverage(0, Bounds.exactly(ZERO)).ratio == 1.0


def test_a_probe_answers_what_it_holds() -> None:
    probe = Probe("mp4", "isobmff", 1, timedelta(seconds=10), tracks=(VIDEO, AUDIO))
    assert (probe.video, probe.audio, probe.first(TrackKind.STILL)) == (VIDEO, AUDIO, None)
    assert VIDEO.end == timedelta(seconds=10)
    assert probe.playable
    assert not replace(probe, tracks=()).playable


@pytest.mark.parametrize("code", list(ProblemCode))
def test_only_fatal_problems_make_a_file_unplayable(code: ProblemCode) -> None:
    probe = Probe("mp4", "isobmff", 1, None, tracks=(VIDEO,), problems=(Problem(code, "x"),))
    assert probe.playable == (code not in FATAL)


def test_every_error_of_ours_has_one_root() -> None:
    assert issubclass(ConfigError, BwcError)
    assert issubclass(SchemaOlder, StorageError)
    assert issubclass(StorageError, BwcError)
