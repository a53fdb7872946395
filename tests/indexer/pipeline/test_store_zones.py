"""The clock in the picture is compared in the time zone of its store, also when told later and in back-tests."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.filenames import PatternSettings
from indexer.pipeline.backtest import Effect
from tests.builders import House, clip_name, film
from tests.indexer.pipeline import checkers
from tests.indexer.pipeline.looking import EVERYTHING, looking
from tests.indexer.pipeline.test_backtest import compare, with_limits
from tests.scanning import MORNING

RULE = "nonstandard.overlay"
CLIP = clip_name("1100001", "031021", "01:10:00")


def zoned(house: House, zone: str) -> None:
    house.stores["dock"] = replace(house.stores["dock"], timezone=zone)


def shown(house: House, zone: str) -> None:
    """One clip whose picture shows four seconds more than its name, in a store of that zone."""
    zoned(house, zone)
    looking(house, EVERYTHING, checker=f"{checkers.__name__}:overlaid")
    house.put(CLIP, film(600, "zones"))
    house.scan()
    house.scan(MORNING + timedelta(hours=1))


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["UTC", "Asia/Urumqi", "Asia/Shanghai"])
def test_a_store_in_another_zone_is_not_accused_of_its_zone(house: House, zone: str) -> None:
    shown(house, zone)
    assert house.findings(RULE) == set()


@pytest.mark.slow
def test_a_zone_that_is_put_right_is_judged_by_from_then_on(house: House) -> None:
    """The name states its own offset: where it is placed does not change, only what the camera is said to show."""
    regex = r"(?P<device>\d+)_(?P<officer>\d+)_(?P<start>\d{14}\+\d{4})_\d+\.mp4"
    looking(house, EVERYTHING, checker=f"{checkers.__name__}:overlaid", patterns=(PatternSettings("aware", regex),))
    house.put(CLIP.replace("011000", "011000+0600"), film(600, "aware"))
    house.scan()
    house.scan(MORNING + timedelta(hours=1))
    found = house.finding(RULE)
    assert found["measured"]["differ_s"] == 4.0 - 2 * 3600
    zoned(house, "Asia/Urumqi")
    house.scan(MORNING + timedelta(hours=2))
    assert house.findings(RULE) == set()


@pytest.mark.slow
def test_a_back_test_compares_in_the_zone_of_the_store(house: House, tmp_path: Path) -> None:
    """Four seconds are all that is allowed; eight hours would be told by both."""
    shown(house, "UTC")
    stricter = with_limits(house.plan, overlay_seconds=1)
    found = [one for one in compare(house.engine, house.plan, stricter, tmp_path).differences if one.rule == RULE]
    assert [one.effect for one in found] == [Effect.APPEARS]
    assert found[0].after is not None
    assert found[0].after["measured"]["differ_s"] == 4.0
