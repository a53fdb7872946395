"""The backup by the clock: `bwc backup` into its usual folder, older ones removed."""

from dataclasses import dataclass
from datetime import datetime

from app.backing_up import back_up
from app.jobs import Result, Work
from app.settings import Settings
from domain.errors import BackupUnusable
from domain.jobs import Job
from domain.wording import say

ACTOR = "system"


@dataclass(frozen=True, slots=True)
class Backup:
    """Of the database of these settings."""

    settings: Settings

    def works(self) -> dict[str, Work]:
        return {Job.BACKUP.value: self.make}

    def make(self, now: datetime, _due: datetime) -> Result:
        """Raises BwcError, also where the audit log has faults: the backup is made then, and no older one removed."""
        made = back_up(self.settings, None, now, ACTOR, self.settings.schedule.backup_keep)
        rows, size, name = made.manifest.rows, made.size / 1e6, made.file.name
        if made.manifest.audit_faults:
            faults = made.manifest.audit_faults
            zh, en = (
                f"审计日志有 {faults} 处问题，旧备份未删除",
                f"the audit log has {faults} fault(s), no older one was removed",
            )
            raise BackupUnusable(say(f"已备份 {name}，但{zh}", f"{name} is made, but {en}"))
        said = say(f"{name}，{rows} 行，{size:.1f} MB", f"{name}, {rows} rows, {size:.1f} MB")
        return {"file": name, "rows": rows, "bytes": made.size, "removed": len(made.removed), "said": said}
