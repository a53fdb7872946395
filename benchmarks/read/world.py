"""The city of the read benchmark, by arithmetic alone: who, where and when follow from a row's number.

Six months, sixteen districts of twenty stations of sixty officers each. Every incident has two officers, each with one
recording of as many clips of five minutes as fit the sizes asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

START = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 184
ZONE = ZoneInfo("Asia/Shanghai")
DISTRICTS, STATIONS, OFFICERS = 16, 20, 60
ALL_STATIONS = DISTRICTS * STATIONS
MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US
CLIP_US = 5 * MINUTE_US
SCANS_A_DAY = 12
SCAN_US = DAY_US // SCANS_A_DAY
START_US = int(START.timestamp()) * 1_000_000
BUREAU = "310000000000"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it. Clips are a multiple of twice the incidents."""

    clips: int = 20_000
    incidents: int = 2_000

    @property
    def per_officer(self) -> int:
        """Clips of one officer of one incident."""
        return max(1, self.clips // self.incidents // 2)

    @property
    def made(self) -> int:
        """Clips that come of it."""
        return self.incidents * self.per_officer * 2

    @property
    def sessions(self) -> int:
        return max(1, self.incidents // 20)

    @property
    def scans(self) -> int:
        return DAYS * SCANS_A_DAY

    @property
    def step_us(self) -> int:
        """From the begin of one incident to that of the next."""
        return DAYS * DAY_US // self.incidents

    def begin(self, incident: int) -> datetime:
        """When an incident's window begins."""
        return START + timedelta(microseconds=incident * self.step_us)

    def number(self, incident: int) -> str:
        return f"JQ{self.begin(incident):%Y%m%d}{incident:07d}"

    def badge(self, incident: int, half: int = 0) -> str:
        return f"{100000 + officer_of(incident, half):06d}"


def officer_of(incident: int, half: int) -> int:
    """Number of one of an incident's two officers."""
    return incident % ALL_STATIONS * OFFICERS + (incident // ALL_STATIONS * 2 + half) % OFFICERS


def district_code(district: int) -> str:
    return f"31{100 + district:04d}000000"


def station_code(station: int) -> str:
    """Stations of one district follow each other."""
    return f"31{100 + station // STATIONS:04d}{station % STATIONS + 1:02d}0000"


def units() -> Iterator[tuple[str, str | None]]:
    """(code, parent) of every unit."""
    yield BUREAU, None
    for district in range(DISTRICTS):
        yield district_code(district), BUREAU
    for station in range(ALL_STATIONS):
        yield station_code(station), district_code(station // STATIONS)
