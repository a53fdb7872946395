"""Thresholds: defaults of the catalogue, refusals that say what, where, expected and got; exclusions."""

from datetime import timedelta

import pytest

from detectors.limits import Exclusions, Limits, describe_limits
from domain.activity import Incident
from domain.errors import ConfigError


def test_the_defaults_are_those_of_the_catalogue() -> None:
    limits = Limits()
    assert (limits.late_start_warn_seconds, limits.late_start_fail_seconds, limits.early_end_seconds) == (60, 180, 120)
    assert (limits.gap_info_seconds, limits.gap_fail_seconds, limits.fragment_seconds) == (2, 10, 30)
    assert (limits.coverage_warn_ratio, limits.coverage_fail_ratio) == (0.95, 0.80)
    assert (limits.session_edge_seconds, limits.session_gap_seconds) == (60, 2)
    assert (limits.upload_grace_hours, limits.unlinked_hours, limits.still_arriving_hours) == (24, 72, 24)
    assert (limits.retention_months, limits.typical_travel_seconds, limits.typical_stay_seconds) == (6, 480, 720)


def test_values_are_taken_over_and_whole_numbers_may_stand_for_seconds() -> None:
    limits = Limits.from_mapping({"late_start_fail_seconds": 240, "containers": ["mp4", "dav"], "retention_months": 12})
    assert (limits.late_start_fail_seconds, limits.containers, limits.retention_months) == (240.0, ("mp4", "dav"), 12)
    assert limits.late_start_warn_seconds == 60


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            {"late_start_warn_second": 60},
            r"\[limits\] late_start_warn_second: unknown key; the closest .* late_start_warn_seconds",
        ),
        ({"gap_fail_seconds": "ten"}, r"gap_fail_seconds: expected a number \(s\) from 0 to 1e\+06, got 'ten'"),
        ({"gap_fail_seconds": True}, "got True"),
        ({"gap_fail_seconds": -1}, "got -1"),
        ({"gap_fail_seconds": float("nan")}, "got nan"),
        ({"gap_fail_seconds": float("inf")}, "got inf"),
        ({"coverage_warn_ratio": 95}, r"from 0 to 1, got 95"),
        ({"retention_months": 6.5}, "expected a whole number"),
        ({"late_start_warn_seconds": 30}, "from 60 to"),
        ({"containers": "mp4"}, "expected a list of words, got 'mp4'"),
        ({"containers": ["mp4", 7]}, "expected a list of words"),
        ({"containers": [" "]}, "expected a list of words"),
        ({"late_start_warn_seconds": 300}, r"late_start_warn_seconds: expected at most late_start_fail_seconds = 180"),
        ({"local_utc_offset_minutes": 1440}, "from -720 to 840"),
    ],
)
def test_what_cannot_be_used_is_refused_with_key_expectation_and_value(
    mapping: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Limits.from_mapping(mapping)


def test_every_limit_says_unit_origin_and_meaning_in_both_languages() -> None:
    for info in describe_limits():
        assert info.unit, info.name
        assert info.meaning_zh, info.name
        assert info.meaning_en.isascii(), info.name
        assert info.unit == "words" or info.least <= info.default <= info.most, info.name  # type: ignore[operator]


def test_every_default_survives_being_written_out_and_read_back() -> None:
    written = {
        info.name: list(info.default) if isinstance(info.default, tuple) else info.default for info in describe_limits()
    }
    assert Limits.from_mapping(written) == Limits()


def test_the_largest_limits_do_not_leave_the_calendar() -> None:
    largest = {info.name: info.most for info in describe_limits() if isinstance(info.default, float)}
    assert Limits.from_mapping(largest).window_defaults.stay == timedelta(seconds=1e6)


@pytest.mark.parametrize(
    ("category", "status", "reason"),
    [
        ("骚扰", None, "警情类别 / category 骚扰"),
        ("骚扰/电话骚扰", None, "警情类别 / category 骚扰"),
        (" 骚扰 ", None, "警情类别 / category 骚扰"),
        ("非骚扰类纠纷", None, None),
        ("纠纷", "撤销", "警情状态 / status 撤销"),
        ("纠纷", "未撤销", None),
        (None, None, None),
    ],
)
def test_only_whole_words_exclude_an_incident(category: str | None, status: str | None, reason: str | None) -> None:
    exclusions = Exclusions(("骚扰", "电话咨询"), ("撤销", "重复"))
    assert exclusions.reason(Incident("1", category=category, status=status)) == reason


def test_the_exclude_section_refuses_unknown_keys_and_single_words() -> None:
    with pytest.raises(ConfigError, match=r"\[exclude\] category: unknown key; the closest known key is categories"):
        Exclusions.from_mapping({"category": ["骚扰"]})
    with pytest.raises(ConfigError, match=r"\[exclude\] statuses: expected a list of words, got '撤销'"):
        Exclusions.from_mapping({"statuses": "撤销"})


def test_footage_of_a_case_or_of_an_obstruction_is_kept_for_ever() -> None:
    limits = Limits()
    assert limits.permanent_reason(Incident("1", case_number="A1")) == "案件 A1 的证据 / evidence of case A1"
    assert limits.permanent_reason(Incident("1", category="妨害公务案")) == "警情类别为妨害公务 / category 妨害公务"
    assert limits.permanent_reason(Incident("1", category="纠纷")) is None
