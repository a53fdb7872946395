"""The tables by the names that queries use: typed as tables, which the ORM classes do not promise."""

from typing import cast

from sqlalchemy import Table

from storage import schema
from storage.schema.base import Base


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


SCAN, STORE, STORE_SCAN, FOLDER = map(_table, (schema.Scan, schema.Store, schema.StoreScan, schema.Folder))
WORK, FAILURE = map(_table, (schema.Work, schema.Failure))
FILE, STORED, PROBE = map(_table, (schema.File, schema.StoredFile, schema.Probe))
CLIP, RECORDING, FOOTAGE, DEVICE_CLOCK = map(
    _table, (schema.Clip, schema.Recording, schema.Footage, schema.DeviceClock)
)
FEED, FEED_ROW, RECORD, WINDOW = map(_table, (schema.Feed, schema.FeedRow, schema.FeedRecord, schema.ActivityWindow))
ATTENDANCE, DAY_TALLY, DAY_RULE = map(_table, (schema.Attendance, schema.DayTally, schema.DayRule))
LINK, COVERAGE, EVALUATION, FINDING = map(_table, (schema.Link, schema.Coverage, schema.Evaluation, schema.Finding))
OBSERVATION, CONTENT, OVERLAY_REGION, PRINT, COPY = map(
    _table, (schema.Observation, schema.Content, schema.OverlayRegion, schema.Print, schema.Copy)
)
ACCOUNT, API_TOKEN, SAVED_FILTER, KEPT_ANSWER, SETTING_CHANGE = map(
    _table, (schema.Account, schema.ApiToken, schema.SavedFilter, schema.KeptAnswer, schema.SettingChange)
)
ATTACHMENT, REVIEW_ENTRY, SIGN_OFF, HAND_LINK, SCAN_REQUEST, PUSHED_ROW = map(
    _table,
    (schema.Attachment, schema.ReviewEntry, schema.SignOff, schema.HandLink, schema.ScanRequest, schema.PushedRow),
)
SAMPLE, SAMPLE_ITEM, SAMPLE_CHECK, FILED_REPORT = map(
    _table, (schema.Sample, schema.SampleItem, schema.SampleCheck, schema.FiledReport)
)
JOB_RUN, NOTICE = map(_table, (schema.JobRun, schema.Notice))
AUDIT_ENTRY, AUDIT_HEAD = map(_table, (schema.AuditEntry, schema.AuditHead))
