"""The streams of a transport stream's programs, as the tables in it list them (ISO/IEC 13818-1 § 2.4.4)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from indexer.containers.mpeg.blocks import HEADER, PACKET, START, Block, key
from indexer.containers.mpeg.carried import Carried, Part
from indexer.containers.mpeg.payload import gathered
from indexer.containers.mpeg.streams import Elementary
from indexer.containers.mpeg.tables import Sections, Streams, program, programs

NULL_PACKET = 0x1FFF
MAX_STREAMS, MAX_MAPS, MAX_SECTIONS = 64, 256, 1000


@dataclass(slots=True)
class Programs:
    """What PAT and PMT have said so far; each different section counts once. A later one may add streams."""

    streams: dict[int, Carried] = field(default_factory=dict)
    _maps: set[int] = field(default_factory=set)
    _read: set[int] = field(default_factory=set)  # maps that were there
    _sections: dict[int, Sections] = field(default_factory=dict)
    _usual: dict[int, bytes] = field(default_factory=dict)  # the last packet of each table, behind its header
    _seen: set[bytes] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """All maps that are announced have been there."""
        return bool(self.streams) and self._maps <= self._read

    def take(self, block: Block, late: bool) -> None:
        """The tables in a block. Streams that they list late count from there on, others from the file's begin."""
        for _, section in self._new(block, 0):
            found = [number for number in programs(section) if number not in (0, NULL_PACKET)]
            self._maps.update(found[: MAX_MAPS - len(self._maps)])
        for number in self._maps:
            for at, section in self._new(block, number):
                self._read.add(number)
                self._list(program(section), int(block.places[at]) if late else 0)

    def _list(self, found: Streams, since: int) -> None:
        for number, (kind, codec) in found.items():
            if number not in self.streams and len(self.streams) < MAX_STREAMS:
                self.streams[number] = Carried(Elementary(kind, codec), key(number), since)

    def _new(self, block: Block, number: int) -> Iterator[tuple[int, bytes]]:
        """Where sections end that were not there before: tables come ten times a second and hardly ever change."""
        those = (block.keys == key(number)).nonzero()[0]
        if not len(those) or len(self._seen) >= MAX_SECTIONS:
            return
        part = Part.of(block, those)
        packets = gathered(block.data, part.at + HEADER, PACKET - HEADER)
        if (packets == np.frombuffer(self._usual.get(number, b"\0"), np.uint8)).all():
            return
        sections = self._sections.setdefault(number, Sections())
        for packet, payload, starts in part.packets():
            for section in sections.add(payload, starts):
                if section not in self._seen:
                    self._seen.add(section)
                    yield int(those[packet]), section
        self._usual[number] = packets[-1].tobytes() if part.words[-1] & START else b"\0"
