"""Our reading of every golden file beside ffprobe's: what differs is explained in a line, or is an ERROR line."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.explained import EXPLAINED
from benchmarks.peer import Fact, facts
from domain.media import Probe, Track
from indexer.containers import probe_path
from tests.golden import dav, media, paces, sounds, variants

NEAR = 0.0021  # seconds: containers round to a millisecond, at both ends
NEAR_RATE = 0.06  # pictures a second: the last one's length is the muxer's word, of clips of a few seconds


def files() -> Iterator[Path]:
    """Every golden file, in the order in which it is printed."""
    clips: tuple[tuple[Callable[[str], Path], tuple[str, ...]], ...] = (
        (media.clip, tuple(media.RECIPES)),
        (media.holed, media.HOLED),
        (variants.clip, tuple(variants.VARIANTS)),
        (dav.clip, tuple(dav.RECIPES)),
        (sounds.clip, tuple(sounds.SOUNDS)),
        (sounds.raw, tuple(sounds.RAW)),
        (paces.silence, ("mp4", "mkv", "ts", "flv")),
    )
    for make, names in clips:
        yield from map(make, names)
    yield sounds.covered()
    for name, container in itertools.product(paces.PACES, paces.CONTAINERS):
        yield paces.clip(name, container)
    for name in paces.DROPPED:
        yield paces.clip(name, "avi")


def ours(probe: Probe) -> dict[str, Fact]:
    """The same facts as `peer.facts` has."""
    return {
        "duration": probe.duration.total_seconds() if probe.duration else None,
        "start": probe.start.total_seconds(),
        "created": probe.creation_time.isoformat() if probe.creation_time else None,
        **(_pictures(probe.video) if probe.video else {}),
        **(_sounds(probe.audio) if probe.audio else {}),
    }


def _pictures(track: Track) -> dict[str, Fact]:
    return {
        "codec": track.codec,
        "profile": track.profile,
        "level": track.level,
        "size": f"{track.width}x{track.height}",
        "rotation": track.rotation or 0,
        "frames": track.sample_count,
        "rate": track.frame_rate,
        "constant": track.constant_rate,
        "key spacing": track.sync_spacing.total_seconds() if track.sync_spacing else None,
        "gaps": _gaps(track),
    }


def _sounds(track: Track) -> dict[str, Fact]:
    return {
        "sound codec": track.codec,
        "channels": track.channels,
        "sample rate": track.sample_rate,
        "packets": track.sample_count,
        "sound gaps": _gaps(track),
    }


def _gaps(track: Track) -> tuple[tuple[float, float], ...]:
    """From the track's own first sample on, as ffprobe's packets have it."""
    start = track.start.total_seconds()
    return tuple((hole.at.total_seconds() - start, hole.length.total_seconds()) for hole in track.discontinuities)


def differences(file: str, mine: dict[str, Fact], peer: dict[str, Fact]) -> list[str]:
    """A line for each fact that differs: explained, or an ERROR."""
    lines = []
    for name in mine | peer:
        one, other = mine.get(name), peer.get(name)
        if not _same(one, other, NEAR_RATE if name == "rate" else NEAR):
            why = EXPLAINED.get((file, name), "ERROR unexplained")
            lines.append(f"  {name}: ours {_short(one)}, ffprobe {_short(other)}: {why}")
    return lines


def _same(mine: Fact, peer: Fact, near: float) -> bool:
    if isinstance(mine, float) and isinstance(peer, float):
        return abs(mine - peer) <= near
    if isinstance(mine, tuple) and isinstance(peer, tuple):
        flat = zip(itertools.chain(*mine), itertools.chain(*peer), strict=False)
        return len(mine) == len(peer) and all(abs(a - b) <= near for a, b in flat)
    return mine == peer


def _short(fact: Fact) -> str:
    if isinstance(fact, tuple):
        return "(" + ", ".join(f"{at:.3f}+{length:.3f}" for at, length in fact) + ")"
    return f"{fact:.3f}" if isinstance(fact, float) else str(fact)


def measure() -> dict[str, object]:
    """Prints the table; gives how many facts agree, differ with a reason, and differ without one."""
    if shutil.which("ffprobe") is None:
        return {"truth": "ffprobe is not installed"}
    lines: list[str] = []
    unused = set(EXPLAINED)
    count = compared = 0
    for path in files():
        probe = probe_path(path)
        mine, peer = ours(probe), facts(path)
        found = differences(path.name, mine, peer)
        told = ", ".join(f"{name} {_short(fact)}" for name, fact in mine.items() if fact not in (None, ()))
        print(f"{path.name} ({probe.reader}): {told}{'' if found else ': agrees'}")
        print("\n".join(found) + "\n" if found else "", end="")
        lines += found
        unused -= {(path.name, line.split(":")[0].strip()) for line in found}
        count, compared = count + 1, compared + len(mine | peer)
    for file, name in sorted(unused):
        print(f"ERROR {file}: its {name} does not differ, but a reason is given why it does")
    errors = sum("ERROR" in line for line in lines)
    return {
        "files": count,
        "facts that agree": compared - len(lines),
        "facts that differ, explained": len(lines) - errors,
        "ERROR facts that differ without a reason": errors,
        "ERROR reasons without a difference": len(unused),
    }


if __name__ == "__main__":
    for key, value in measure().items():
        print(f"{key:42} {value}")
