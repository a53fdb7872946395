"""What a place needs: the arithmetic of `docs/scale.md`, from figures that were measured and a few that are assumed.

`python -m benchmarks.sizing --cameras 500 --clips 9000 --days 90` for a place of one's own. Nothing is measured here:
each base figure names where it was, on two cores and 24 GB.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Place:
    """A place to be sized. `minutes`: of a clip; `mbit`: of its picture and sound; `incidents`: in a day."""

    cameras: int
    clips: int
    days: int
    incidents: int
    minutes: float = 10.0
    mbit: float = 4.07


@dataclass(frozen=True, slots=True)
class Base:
    """Measured on two cores (`benchmarks/README.md` says how and when), and assumed where it says so."""

    scanned_a_second: float = 349.0  # P4, a million clips: read, placed, linked and judged, both cores
    judged_a_second: float = 749.0  # P6, in the same scan: linked and judged alone, both cores
    listed_a_second: float = 232_000.0  # P5: names of an unchanged store on a local disk, one core
    sqlite_bytes_a_clip: float = 8_600.0  # P6: a simulated station after its first scan, everything said of everything
    postgres_bytes_a_clip: float = 15_000.0  # the same; what lies in the log of the server besides is not counted
    hours_a_core_hour: float = 834.0  # P8: pictures and sound with stills and fingerprints
    overlay_s: float = 0.45  # reading the on-screen clock of a clip whose region is known
    probed_share: float = 0.0006  # P2: bytes of an MP4 that the reader fetches
    looked_share: float = 0.069  # bytes of a clip that looking at pictures and sound fetches
    report_s: float = 8.5  # P11: the monthly report of 104,000 activities
    report_activities: float = 104_000.0
    window_hours: float = 1.0  # assumed: two officers for half an hour at each incident
    peak_share: float = 0.25  # assumed: of a day's clips in the hour after the late shift docks
    scans_a_day: int = 96  # the shipped schedule: every quarter of an hour


DISTRICT = Place(cameras=2_000, clips=40_000, days=184, incidents=340)
DISTRICTS = 16


def city(district: Place = DISTRICT, districts: int = DISTRICTS) -> Place:
    """So many such districts."""
    counted = ("cameras", "clips", "incidents")
    values = {field.name: getattr(district, field.name) for field in fields(district)}
    return Place(**{name: value * districts if name in counted else value for name, value in values.items()})


def needs(place: Place, base: Base = Base()) -> dict[str, float]:
    """Figures by name; each line is the arithmetic of one line of the page."""
    hours = place.clips * place.minutes / 60
    clip_bytes = place.mbit * 1e6 / 8 * place.minutes * 60
    whole_look = hours / base.hours_a_core_hour + place.clips * base.overlay_s / 3600
    windows = min(place.incidents * base.window_hours / hours, 1.0)
    held = place.clips * place.days
    return {
        "hours of footage a day": hours,
        "footage TB a day": place.clips * clip_bytes / 1e12,
        "clips held": held,
        "footage TB held": held * clip_bytes / 1e12,
        "SQLite GB": held * base.sqlite_bytes_a_clip / 1e9,
        "PostgreSQL GB": held * base.postgres_bytes_a_clip / 1e9,
        "scanning minutes a day": place.clips / base.scanned_a_second / 60,
        "clips a second in the peak hour": place.clips * base.peak_share / 3600,
        "listing seconds a scan": held / base.listed_a_second,
        "listing hours a day": held / base.listed_a_second * base.scans_a_day / 3600,
        "judging all again hours": held / base.judged_a_second / 3600,
        "looking at all core-hours a day": whole_look,
        "looking at required windows core-hours a day": whole_look * windows,
        "read for probing GB a day": place.clips * clip_bytes * base.probed_share / 1e9,
        "read for looking at all MB a second": place.clips * clip_bytes * base.looked_share / 86_400 / 1e6,
        "monthly report seconds": place.incidents * 30 / base.report_activities * base.report_s,
    }


def shown(value: float) -> str:
    """As the page shows it: three figures at most, thousands apart."""
    if value >= 999.5:
        return f"{round(value, 3 - len(str(round(value)))):,.0f}"
    return f"{value:.3g}"


def table(places: Mapping[str, Place]) -> list[str]:
    """Lines of a Markdown table, a column for each place."""
    found = {name: needs(place) for name, place in places.items()}
    lines = [f"| | {' | '.join(places)} |", "|---|" + "---|" * len(places)]
    for figure in needs(DISTRICT):
        lines.append(f"| {figure} | {' | '.join(shown(one[figure]) for one in found.values())} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of a place, by default of the district and the city of the page."""
    parser = argparse.ArgumentParser(prog="benchmarks.sizing", description=__doc__)
    parser.add_argument("--cameras", type=int)
    parser.add_argument("--clips", type=int, help="in a day")
    parser.add_argument("--days", type=int, default=DISTRICT.days, help="that footage is kept")
    parser.add_argument("--incidents", type=int, default=0, help="in a day")
    parser.add_argument("--minutes", type=float, default=DISTRICT.minutes, help="of a clip")
    parser.add_argument("--mbit", type=float, default=DISTRICT.mbit, help="megabits a second of a clip")
    given = parser.parse_args(arguments)
    places = {"district": DISTRICT, "city": city()}
    if given.clips:
        cameras = given.cameras or given.clips // 20
        place = Place(cameras, given.clips, given.days, given.incidents, given.minutes, given.mbit)
        places = {"place": place}
    print("\n".join(table(places)))


if __name__ == "__main__":
    main()
