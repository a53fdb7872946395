"""Named reports with totals; renderers lie apart from content (`reports/render`)."""

from reports.base import Report
from reports.completeness import COMPLETENESS
from reports.daily import DAILY
from reports.freshness import FRESHNESS
from reports.monthly import MONTHLY
from reports.open_findings import OPEN_FINDINGS
from reports.units import UNITS
from reports.weekly import WEEKLY

REPORTS: tuple[Report, ...] = (DAILY, WEEKLY, MONTHLY, COMPLETENESS, UNITS, OPEN_FINDINGS, FRESHNESS)
"""Every report, in the order in which they are offered."""


def report_named(name: str) -> Report | None:
    """The report of this name, None when there is none."""
    return next((report for report in REPORTS if report.name == name), None)
