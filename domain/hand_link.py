"""What a person said about a clip and an activity: they belong together, or they do not. The last word counts."""

from dataclasses import dataclass
from datetime import datetime

Pair = tuple[int, str, str]
"""Clip (file), kind and number of the activity."""
NOTE_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class HandLink:
    """One word. `made` False: these two do not belong together. `officer`: whose footage the clip is said to be."""

    id: int
    kind: str
    number: str
    file_id: int
    officer: str | None
    made: bool
    at: datetime
    actor: str
    note: str = ""

    @property
    def pair(self) -> Pair:
        return self.file_id, self.kind, self.number


@dataclass(frozen=True, slots=True)
class HandWish:
    """A word before it is kept. `expected`: how many there were about the activity when its page was looked at."""

    kind: str
    number: str
    file_id: int
    made: bool
    expected: int
    officer: str | None = None
    note: str = ""
