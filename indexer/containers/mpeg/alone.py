"""Which pictures of a program stream can be decoded alone: the first that begins in each packet with a time."""

import itertools
from dataclasses import dataclass, field

from indexer.containers.mpeg.headers import Headers
from indexer.containers.mpeg.payload import Bytes
from indexer.containers.mpeg.pictures import CODECS, SEEN, first_alone

MOST = 16 * 1024  # bytes behind a time in which its picture is looked for


@dataclass(slots=True)
class Alone:
    """Collects a mark for each packet with a time, in the order of the file."""

    marks: list[bool] = field(default_factory=list)
    _open: bytes | None = None  # the end of what has been seen behind the last time, as long as no picture has been
    _seen: int = 0

    def take(self, codec: str, data: Bytes, found: Headers) -> None:
        """The stream's packets in a piece of the file."""
        timed = found.timed.nonzero()[0].tolist()
        if codec not in CODECS:
            self.marks += [False] * len(timed)
            return
        starts, lengths = (found.starts + found.begins).tolist(), found.lengths.tolist()
        for packet, end in itertools.pairwise((-1, *timed, len(starts))):
            if packet >= 0:
                self.marks.append(False)
                self._open, self._seen = b"", 0
            for number in range(max(packet, 0), end):
                if self._open is None:
                    break
                self._look(codec, self._open + bytes(data.data[starts[number] : starts[number] + lengths[number]]))

    def _look(self, codec: str, content: bytes) -> None:
        mark = first_alone(codec, content)
        if mark is not None:
            self.marks[-1] = mark
        self._seen += len(content)
        self._open = content[1 - SEEN :] if mark is None and self._seen < MOST else None
