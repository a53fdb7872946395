"""What a container reader is: it recognises content, and measures a file without judging it."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from domain.media import Probe


@dataclass(frozen=True, slots=True)
class Source:
    """An open file to be measured: `stream` is seekable and read-only, `size` its length in bytes.

    `head` holds its first 4 KiB, already read once. `local_path` is set where a library needs a path.
    """

    name: str
    stream: BinaryIO
    size: int
    head: bytes
    local_path: Path | None = None


class ContainerReader(Protocol):
    """One family of formats. Content decides, never the name."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int:
        """Raised when the reader measures anything differently: files are probed again."""
        ...

    def recognises(self, source: Source) -> bool: ...

    def probe(self, source: Source) -> Probe:
        """Measure the file. Anything wrong with its content becomes a Problem; only the store raises OSError."""
        ...
