"""Our reading of every golden file beside ffprobe's: what differs is explained in a line, or is an ERROR line."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.media import Probe
from indexer.containers import probe_path
from tests.golden import media

NEAR = 0.002  # seconds: containers round to a millisecond
PRIMING = "the header's length, which ffprobe gives, counts the sound's priming, which is not shown"
SOUND = "ffprobe ends with the picture; the last packet of sound ends 8 ms later"
UNTIMED = "the last picture has no time of its own in the file; ffprobe leaves it out"
EXPLAINED: Mapping[tuple[str, str], str] = {
    ("plain.mkv", "duration"): PRIMING,
    ("plain.webm", "duration"): PRIMING,
    ("plain.ts", "duration"): SOUND,
    ("plain.m2ts", "duration"): SOUND,
    ("plain.mpg", "duration"): UNTIMED,
    ("holed-plain.mpg", "duration"): UNTIMED,
    ("holed-plain.mpg", "gaps"): "the picture before the hole has no time of its own; ffprobe's hole begins before it",
    ("plain.flv", "duration"): "ffprobe gives the length in the header, which counts from 0; ours from the first frame",
    ("live.mkv", "duration"): "a live recording states no length; ffprobe gives none, ours is measured",
}
"""By file and fact, each looked into by hand. A difference that is not here is an ERROR: nothing is explained away."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts that are compared, in seconds."""

    duration: float | None
    start: float
    frames: int
    gaps: tuple[tuple[float, float], ...]
    created: str | None


def ours(probe: Probe) -> Reading:
    video = probe.video
    gaps = tuple((h.at.total_seconds(), h.length.total_seconds()) for h in video.discontinuities) if video else ()
    return Reading(
        probe.duration.total_seconds() if probe.duration else None,
        probe.start.total_seconds(),
        video.sample_count if video else 0,
        gaps,
        probe.creation_time.isoformat() if probe.creation_time else None,
    )


def theirs(path: Path) -> Reading:
    """ffprobe's format section, and its packets of the first picture track for frames and gaps."""
    command = ["ffprobe", "-v", "error", "-show_format", "-show_packets", "-select_streams", "v:0", "-of", "json"]
    found = json.loads(subprocess.run([*command, str(path)], capture_output=True, check=True, text=True).stdout)
    shape: dict[str, Any] = found["format"]
    stated = (packet.get("pts_time", packet.get("dts_time")) for packet in found["packets"])
    times = sorted(float(text) for text in stated if text is not None)
    created = shape.get("tags", {}).get("creation_time")
    return Reading(
        float(shape["duration"]) if "duration" in shape else None,
        max(float(shape.get("start_time", 0)), 0.0),
        len(found["packets"]),
        tuple((a + 0.04 - times[0], b - a - 0.04) for a, b in itertools.pairwise(times) if b - a > 0.54),
        datetime.fromisoformat(created).isoformat() if created else None,
    )


def differences(file: str, one: Reading, other: Reading) -> list[str]:
    """A line for each fact that differs: explained, or an ERROR."""
    lines = []
    for name in ("duration", "start", "frames", "gaps", "created"):
        mine, peer = getattr(one, name), getattr(other, name)
        if not _same(mine, peer):
            why = EXPLAINED.get((file, name), "ERROR unexplained")
            lines.append(f"  {name}: ours {mine}, ffprobe {peer}: {why}")
    return lines


def _same(mine: object, peer: object) -> bool:
    if isinstance(mine, float) and isinstance(peer, float):
        return abs(mine - peer) <= NEAR
    if isinstance(mine, tuple) and isinstance(peer, tuple):
        flat = zip(itertools.chain(*mine), itertools.chain(*peer), strict=False)
        return len(mine) == len(peer) and all(abs(a - b) <= NEAR for a, b in flat)
    return mine == peer


def measure() -> dict[str, object]:
    """Prints the table; gives how many facts agree, differ with a reason, and differ without one."""
    if shutil.which("ffprobe") is None:
        return {"truth": "ffprobe is not installed"}
    paths = [media.clip(name) for name in media.RECIPES] + [media.holed(name) for name in media.HOLED]
    lines: list[str] = []
    for path in paths:
        probe = probe_path(path)
        mine, peer = ours(probe), theirs(path)
        found = differences(path.name, mine, peer)
        print(f"{path.name:24} {probe.reader:10} {mine.duration} s from {mine.start} s, {mine.frames} frames, ", end="")
        print(f"gaps {mine.gaps}, created {mine.created}: {'agrees' if not found else ''}")
        print("\n".join(found) + "\n" if found else "", end="")
        lines += found
    errors = sum("ERROR" in line for line in lines)
    return {
        "files": len(paths),
        "facts that agree": 5 * len(paths) - len(lines),
        "facts that differ, explained": len(lines) - errors,
        "ERROR facts that differ without a reason": errors,
    }


if __name__ == "__main__":
    for key, value in measure().items():
        print(f"{key:42} {value}")
