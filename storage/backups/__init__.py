"""A backup: every row of the database in one archive; either database is restored from it (`docs/design/backup.md`)."""

from storage.backups.archive import Archive, Manifest, Member, opened
from storage.backups.losing import Loss, what_is_lost
from storage.backups.making import About, write_backup
from storage.backups.restoring import Restored, Restoring, refuse_unfit, restore

__all__ = [
    "About",
    "Archive",
    "Loss",
    "Manifest",
    "Member",
    "Restored",
    "Restoring",
    "opened",
    "refuse_unfit",
    "restore",
    "what_is_lost",
    "write_backup",
]
