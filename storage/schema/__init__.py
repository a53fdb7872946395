"""The tables. `metadata` is what migrations must arrive at."""

from storage.schema.activities import ActivityWindow, Attendance, Feed, FeedRecord, FeedRow
from storage.schema.base import Base
from storage.schema.content import Content, Copy, Observation, OverlayRegion, Print
from storage.schema.files import File, Probe, StoredFile
from storage.schema.findings import Coverage, Evaluation, Finding, Link
from storage.schema.jobs import JobRun, Notice
from storage.schema.overview import DayRule, DayTally
from storage.schema.people import Account, ApiToken, KeptAnswer, SavedFilter, SettingChange
from storage.schema.recordings import Clip, DeviceClock, Footage, Recording
from storage.schema.reviews import (
    Attachment,
    AuditEntry,
    AuditHead,
    FiledReport,
    HandLink,
    PushedRow,
    ReviewEntry,
    Sample,
    SampleCheck,
    SampleItem,
    ScanRequest,
    SignOff,
)
from storage.schema.scans import Failure, Folder, Scan, Store, StoreScan, Work

metadata = Base.metadata

__all__ = [
    "Account",
    "ActivityWindow",
    "ApiToken",
    "Attachment",
    "Attendance",
    "AuditEntry",
    "AuditHead",
    "Base",
    "Clip",
    "Content",
    "Copy",
    "Coverage",
    "DayRule",
    "DayTally",
    "DeviceClock",
    "Evaluation",
    "Failure",
    "Feed",
    "FeedRecord",
    "FeedRow",
    "File",
    "FiledReport",
    "Finding",
    "Folder",
    "Footage",
    "HandLink",
    "JobRun",
    "KeptAnswer",
    "Link",
    "Notice",
    "Observation",
    "OverlayRegion",
    "Print",
    "Probe",
    "PushedRow",
    "Recording",
    "ReviewEntry",
    "Sample",
    "SampleCheck",
    "SampleItem",
    "SavedFilter",
    "Scan",
    "ScanRequest",
    "SettingChange",
    "SignOff",
    "Store",
    "StoreScan",
    "StoredFile",
    "Work",
    "metadata",
]
