"""The only place where logic meets the database: one verb per file, one queue per step."""

from indexer.pipeline.plan import Progress, ScanPlan, Silent
from indexer.pipeline.steps import ScanSummary, run_scan

__all__ = ["Progress", "ScanPlan", "ScanSummary", "Silent", "run_scan"]
