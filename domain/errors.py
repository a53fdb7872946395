"""Trouble in our own house. Trouble in the evidence is data (`domain.media.Problem`), never an exception.

BwcError
├── UsageError             wrong words on the command line                    exit status 2
├── ConfigError            config.toml: section, key, expected, got           exit status 2
│   └── ClusterUnavailable the Dask cluster is not there, or lost             exit status 2, the scan ends
├── StoreUnavailable       a store's root cannot be listed                    recorded, scan goes on
├── FeedUnreadable         a feed's file cannot be opened or is no table      recorded, scan goes on
├── BackupUnusable         a backup is cut off, changed or none at all        exit status 2
├── FiguresDisagree        sums of a report contradict each other             no such report is made
├── ReaderFailed           a reader's helper process died or ran out of time  recorded against the file
├── WorkerDied             every worker that was given a job died of it       its files are read one by one
└── StorageError           the database
    ├── SchemaNewer        written by a newer program: refuse to touch it     exit status 2
    ├── SchemaOlder        needs `bwc migrate`                                exit status 2
    └── NetworkDatabase    SQLite on a network file system: refused           exit status 2
"""


class BwcError(Exception):
    """Root of every exception that this program raises on purpose. The message says what, where, expected, got."""


class UsageError(BwcError):
    """The command line asks for something that does not exist."""


class ConfigError(BwcError):
    """`config.toml` (or the environment) holds something that cannot be used."""


class ClusterUnavailable(ConfigError):
    """The Dask cluster cannot be reached, has no worker that could do the work, or was lost while it did."""


class WorkerDied(BwcError):
    """The worker that had a job is dead, and so are those that were given it after. Others go on taking jobs."""


class StoreUnavailable(BwcError):
    """The root of a store is gone, refused or not a folder."""


class FeedUnreadable(BwcError):
    """A feed cannot be opened, decoded or understood as a table."""


class FiguresDisagree(BwcError):
    """Sums of a report contradict each other: it is not made, since nobody could rely on any of them."""


class ReaderFailed(BwcError):
    """A container reader was ended from outside: out of time, out of memory, killed."""


class BackupUnusable(BwcError):
    """A file is no backup, or not what its manifest says."""


class StorageError(BwcError):
    """The database cannot be used as it is."""


class SchemaNewer(StorageError):
    """The database was written by a newer version of this program."""


class SchemaOlder(StorageError):
    """The database lacks migrations."""


class NetworkDatabase(StorageError):
    """SQLite locks do not hold on network file systems."""
