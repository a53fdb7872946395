"""How a reader of one format says that a file is not for it, so that the next reader is asked.

A reader that raises this has found the structure torn or without what it needs; `indexer.containers` decides who
is next.
"""

from typing import Protocol, runtime_checkable

from domain.media import Probe, Problem, ProblemCode
from domain.wording import say
from indexer.containers.base import Source

NOTHING_TO_PLAY = say("文件中没有可播放的内容", "nothing in it can be played")


class HandOver(Exception):
    """Why this reader cannot measure the file, in both languages, and the byte at which it shows."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@runtime_checkable
class Handing(Protocol):
    """A reader that can be asked in a way that lets it refuse."""

    def attempt(self, source: Source) -> Probe:
        """Measure the file, or raise HandOver."""
        ...


def refused(container: str, name: str, version: int, why: HandOver) -> Probe:
    """What is said of the file when there is no next reader."""
    problems = (
        Problem(ProblemCode.BAD_BOX, why.reason, why.offset),
        Problem(ProblemCode.NO_TRACKS, NOTHING_TO_PLAY),
    )
    return Probe(container, name, version, None, problems=problems)
