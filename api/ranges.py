"""Byte ranges of RFC 9110 § 14: one range is answered with its part; several, and what cannot be read, with the whole.

A server may ignore any Range header (§ 14.2): that is what keeps thousands of overlapping ranges from costing more
than one plain download.
"""

import re
from dataclasses import dataclass

LONGEST = 200
"""Characters of a Range header that asks for one part; longer ones are ignored."""
ONE = re.compile(r"bytes[ \t]*=[ \t,]*(?P<first>[0-9]{0,20})-(?P<last>[0-9]{0,20})[ \t,]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` to before `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


class Unsatisfiable(Exception):
    """A range that begins after the last byte: 416."""


def asked_part(header: str | None, size: int) -> Part | None:
    """The one part that is asked for, None for the whole. Raises Unsatisfiable."""
    match = ONE.fullmatch(header) if header is not None and len(header) <= LONGEST else None
    if match is None or (not match["first"] and not match["last"]):
        return None
    if not match["first"]:
        length = min(int(match["last"]), size)
        if not length:
            raise Unsatisfiable
        return Part(size - length, size)
    first, last = int(match["first"]), int(match["last"]) if match["last"] else None
    if last is not None and last < first:
        return None  # § 14.1.1: invalid, so there is no range at all
    if first >= size:
        raise Unsatisfiable
    return Part(first, size if last is None else min(last + 1, size))


def still_wanted(if_range: str | None, tag: str) -> bool:
    """Whether the range counts: only for the very same bytes, by strong comparison (§ 13.1.5); dates fit nothing."""
    return if_range is None or if_range.strip() == tag
