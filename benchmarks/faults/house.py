"""A district whose clips come in bit by bit: what is there when it begins, and what arrives later.

The feeds name every call from the beginning, so footage that arrives answers questions that were open.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.simulation import media
from benchmarks.simulation.conditions import CLEAN
from benchmarks.simulation.things import Piece
from benchmarks.simulation.world import build

RUN = """
[schedule]
scan = "{scan}"
watch = {watch}
reports = [{{ report = "completeness", period = "yesterday", formats = ["csv"] }}]

[content]
enabled = {content}
minutes_per_scan = 0.5
overlay = false

[fixity]
seconds_per_scan = 1.0

[workers]
kind = "threads"
count = 1

[api]
visitors = true
"""


@dataclass(slots=True)
class District:
    """`root`: the folder with config.toml; `to_come`: clips that nobody has copied yet, oldest first."""

    root: Path
    to_come: list[Piece] = field(default_factory=list)
    roots: dict[str, Path] = field(default_factory=dict)

    def arrive(self, count: int) -> int:
        """Copy so many clips into their stores; how many there were."""
        coming, self.to_come = self.to_come[:count], self.to_come[count:]
        for piece in coming:
            place = self.roots[piece.take.duty.camera.unit] / piece.path
            place.parent.mkdir(parents=True, exist_ok=True)
            content = media.film(round((piece.end - piece.start) * 1000), int(piece.inside), piece.path)
            place.write_bytes(content if piece.whole else media.before_index(content))
            os.utime(place, (piece.take.duty.read_out,) * 2)  # as a copying program sets it, when all is there
        return len(coming)


def prepare(
    root: Path, there: int, days: int, *, scan: str = "* * * * *", watch: bool = True, content: bool = False
) -> District:
    """One station; of the clips of so many days `there` lie in its store, the others come later."""
    world = build(CLEAN, stations=1, days=days)
    pieces = sorted(world.stored(), key=lambda piece: (piece.take.duty.read_out, piece.path))
    world.pieces = []
    media.write(world, root, CLEAN)
    roots = {unit: root / f"dock-{place}" for place, unit in enumerate(world.units)}
    config = root / "config.toml"
    run = RUN.format(scan=scan, watch=str(watch).lower(), content=str(content).lower())
    config.write_text(config.read_text(encoding="utf-8") + run, encoding="utf-8")
    district = District(root, pieces, roots)
    district.arrive(there)
    return district


def use_database(root: Path, url: str) -> None:
    """Another database than the SQLite file beside the configuration."""
    config = root / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r'(?m)^url = ".*"$', f'url = "{url}"', text, count=1), encoding="utf-8")
