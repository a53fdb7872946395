"""Every row of the database: in one archive from which either database is restored, or moved straight into another
database (`docs/design/backup.md`).
"""

from storage.backups.archive import Archive, Manifest, Member, opened
from storage.backups.losing import Loss, what_is_lost
from storage.backups.making import About, write_backup
from storage.backups.moving import Moved, Moving, move
from storage.backups.restoring import Restored, Restoring, refuse_unfit, restore

__all__ = [
    "About",
    "Archive",
    "Loss",
    "Manifest",
    "Member",
    "Moved",
    "Moving",
    "Restored",
    "Restoring",
    "move",
    "opened",
    "refuse_unfit",
    "restore",
    "what_is_lost",
    "write_backup",
]
