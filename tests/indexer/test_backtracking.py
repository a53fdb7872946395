"""Patterns that a hostile name could hold a scan up with are refused when they are configured; useful ones are not."""

import re
import time

import pytest

from domain.errors import ConfigError
from indexer.backtracking import slow_name
from indexer.filenames import PatternSettings, compile_patterns
from indexer.name_patterns import BUILT_IN
from tests.spoken import in_both_languages


@pytest.mark.parametrize(
    "regex",
    [
        r"(?P<device>\d+)+\.mp4",
        r"CAM(?P<device>(\w+)*)_x\.mp4",
        r"CAM-(?P<device>(?:[A-Z]+[0-9]*)+)\.mp4",
        r"(?P<device>(a|a)+)\.mp4",
        r"(?P<device>(\w\w?|_\w)+)\.mp4",
        r"x(?P<device>.*)*y\.mp4",
        r"(?P<device>(.*?,)+)z",
        r"dock/(?P<device>(\d\d?)+)x/\w+\.mp4",
        r"(?P<device>\w*\w*\w*\w*\w*\w*\w*)!",
    ],
)
def test_a_pattern_that_takes_ever_longer_is_a_configuration_error_within_seconds(regex: str) -> None:
    begun = time.thread_time()
    with pytest.raises(ConfigError, match="repeat nothing that repeats") as told:
        compile_patterns([PatternSettings("ours", regex)])
    assert time.thread_time() - begun < 10
    assert in_both_languages(str(told.value))


@pytest.mark.parametrize(
    "regex",
    [
        r"CAM(?P<device>\d{4})-(?P<officer>\d{6})-(?P<start>\d{14})\.mp4",
        r"(?P<device>\w{7})_(?P<officer>\d{6})_(?P<start>\d{14})_(?P<sequence>\d{4})\.mp4",
        r".*/(?P<device>[^/]+)/[^/]*(?P<start>\d{14})[^/]*",
        r"(?P<device>\w+)[-_ ]+(?P<start>\d+)(?:_\d+)*\.(?:mp4|avi)",
        r"(?P<device>[a-z]*)(?:-[a-z]*)?.*\.mp4",
    ],
)
def test_ordinary_patterns_are_taken_without_delay(regex: str) -> None:
    begun = time.thread_time()
    compile_patterns([PatternSettings("ours", regex)])
    assert time.thread_time() - begun < 0.5


def test_no_built_in_pattern_is_slow_on_any_name() -> None:
    assert [one.name for one in BUILT_IN if slow_name(one.regex) is not None] == []


def test_the_name_that_is_shown_is_one_that_takes_long() -> None:
    name = slow_name(re.compile(r"CAM(\w+)+\.mp4"))
    assert name is not None
    assert name.startswith("CAM0")
