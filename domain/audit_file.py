"""The audit log as a file (`bwc-audit/1`): a header, one row a line, the head last; checked without any database.

Every line holds exactly the keys that the digests cover, each once: nothing can be written beside them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from domain.audit import ChainFault, ChainRow, FaultKind, Head
from domain.audit_checking import checked

FORMAT = "bwc-audit/1"
LONGEST_LINE = 4_000_000
KINDS: dict[str, tuple[type, ...]] = {
    **{field.name: (str,) for field in fields(ChainRow)},
    "sequence": (int,),
    "at_us": (int,),
    "unit": (str, type(None)),
}


def file_lines(rows: Iterable[ChainRow], start: Head, head: Head) -> Iterator[str]:
    """The lines of a file, each with its end: rows after `start` up to `head`."""
    yield _line({"format": FORMAT, "start": {"sequence": start.sequence, "digest": start.digest}})
    for row in rows:
        yield _line({name: getattr(row, name) for name in KINDS})
    yield _line({"head": {"sequence": head.sequence, "digest": head.digest}})


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


class AuditFile:
    """A file being checked, line by line. `start`, `head` and `count` are known once `faults` is used up."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = lines
        self.start, self.head = Head(), Head()
        self.count = 0
        self.line = 0

    def faults(self, printed: Head | None = None) -> Iterator[ChainFault]:
        """Every fault, with the line where it was noticed."""
        unread: list[ChainFault] = []
        lines = iter(self.lines)
        self.line = 1
        start = _head_in(_read(next(lines, "")), "start", format=FORMAT)
        if start is None:
            yield ChainFault(FaultKind.UNREADABLE, 0, line=1)
        self.start = start or Head()
        end: list[Head] = []
        for fault in checked(self._rows(lines, unread, end), None, self.start, printed):
            yield from _emptied(unread)
            yield ChainFault(fault.kind, fault.sequence, fault.first, self.line)
        yield from _emptied(unread)
        yield from self._faults_of_end(end)

    def _rows(self, lines: Iterator[str], unread: list[ChainFault], end: list[Head]) -> Iterator[ChainRow]:
        self.head = self.start
        for self.line, text in enumerate(lines, 2):
            content = _read(text)
            row, stated = _row_in(content), _head_in(content, "head")
            if (row is None and stated is None) or end:
                unread.append(ChainFault(FaultKind.UNREADABLE, self.head.sequence + 1, line=self.line))
            elif stated is not None:
                end.append(stated)
            elif row is not None:
                self.head = Head(row.sequence, row.digest) if row.sequence > self.head.sequence else self.head
                self.count += 1
                yield row

    def _faults_of_end(self, end: list[Head]) -> Iterator[ChainFault]:
        """The last line must say where the rows ended."""
        if not end:
            yield ChainFault(FaultKind.HEAD, self.head.sequence, line=self.line)
        elif end[0] != self.head:
            yield ChainFault(FaultKind.HEAD, end[0].sequence, self.head.sequence + 1, self.line)


def _emptied(found: list[ChainFault]) -> Iterator[ChainFault]:
    while found:
        yield found.pop(0)


def _read(text: str) -> dict[str, Any] | None:
    """The object on a line; None for anything else, also for one with a key twice."""
    if len(text) > LONGEST_LINE:
        return None
    try:
        content = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _row_in(content: dict[str, Any] | None) -> ChainRow | None:
    if content is None or content.keys() != KINDS.keys():
        return None
    fits = all(type(content[name]) in kinds for name, kinds in KINDS.items())
    return ChainRow(**content) if fits else None


def _head_in(content: dict[str, Any] | None, name: str, **besides: str) -> Head | None:
    if content is None or content.keys() != {name, *besides} or any(content[key] != besides[key] for key in besides):
        return None
    stated = content[name]
    if not isinstance(stated, dict) or stated.keys() != {"sequence", "digest"}:
        return None
    sequence, digest = stated["sequence"], stated["digest"]
    return Head(sequence, digest) if type(sequence) is int and isinstance(digest, str) else None
