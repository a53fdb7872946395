"""Named reports with totals; renderers lie apart from content (`reports/render`)."""

from reports.base import Report
from reports.calibration import CALIBRATION
from reports.clocks import CLOCKS
from reports.completeness import COMPLETENESS
from reports.daily import DAILY
from reports.disappeared import DISAPPEARED
from reports.freshness import FRESHNESS
from reports.monthly import MONTHLY
from reports.officers import OFFICERS
from reports.open_findings import OPEN_FINDINGS
from reports.recover import RECOVER
from reports.samples import SAMPLES
from reports.unit_sheet import UNIT_SHEET
from reports.units import UNITS
from reports.unsampled import UNSAMPLED
from reports.weekly import WEEKLY

REPORTS: tuple[Report, ...] = (
    *(DAILY, WEEKLY, MONTHLY, COMPLETENESS, UNITS, UNIT_SHEET, OFFICERS, OPEN_FINDINGS, RECOVER),
    *(FRESHNESS, DISAPPEARED, CLOCKS, SAMPLES, UNSAMPLED, CALIBRATION),
)
"""Every report, in the order in which they are offered."""


def report_named(name: str) -> Report | None:
    """The report of this name, None when there is none."""
    return next((report for report in REPORTS if report.name == name), None)
