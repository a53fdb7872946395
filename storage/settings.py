"""`[database]` of config.toml, and what it is opened for."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_S = 24 * 3600
FIELDS_IN_SECONDS = ("connect_seconds", "answer_seconds", "lock_seconds", "idle_seconds")


class Use(StrEnum):
    """What an engine is for; a server shows it as `application_name`.

    What is written for a person who is answered then (`DECIDING`) outlives a power cut that comes the moment after.
    SQLite may lose the last transactions of a scan, whole ones: the next scan does them again, a person would not know.
    """

    WRITING = "bwc"
    DECIDING = "bwc desk"
    READING = "bwc reader"  # must never wait for a writer
    ANSWERING = "bwc pages"  # likewise; each statement is given up after `answer_seconds`

    @property
    def writes(self) -> bool:
        return self in (Use.WRITING, Use.DECIDING)


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the database is; the rest is for PostgreSQL alone, and 0 seconds means no limit.

    `connections`: open at once in one process, for pages and for scans each; `connect_seconds`: patience with a server
    that does not answer; `answer_seconds`: longest statement of a page; `lock_seconds`: longest wait of a writer for
    another one; `idle_seconds`: after so long without a word the server gives up a writer's open transaction.
    """

    url: str = "sqlite:///var/bwc.db"
    connections: int = 15
    connect_seconds: int = 10
    answer_seconds: int = 30
    lock_seconds: int = 60
    idle_seconds: int = 1800

    def __post_init__(self) -> None:
        if not 2 <= self.connections <= 1000:
            raise ValueError(f"connections: expected 2 to 1000, got {self.connections}")
        for name in FIELDS_IN_SECONDS:
            if getattr(self, name) > LONGEST_S:
                raise ValueError(f"{name}: expected at most {LONGEST_S}, got {getattr(self, name)}")
