"""What ffprobe says of a file, as the facts that `truth` compares; exiftool where ffprobe passes a date over."""

import itertools
import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

PROFILED = ("h264", "hevc", "mpeg2video")
LEVELS = {"h264": 10, "hevc": 30}  # other codecs' levels are not numbers that people use
STEADY = 0.0021  # seconds: containers round times to a millisecond either way
Gaps = tuple[tuple[float, float], ...]
Fact = float | int | str | bool | Gaps | None


@dataclass(frozen=True, slots=True)
class Sample:
    """When a packet is shown and for how long, in seconds."""

    at: float
    lasting: float
    alone: bool


def facts(path: Path) -> dict[str, Fact]:
    """Of the file, its first picture track and its first sound track."""
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_packets", "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    shape: dict[str, Any] = found["format"]
    pictures, sounds = _first(found, "video"), _first(found, "audio")
    return {
        "duration": float(shape["duration"]) if "duration" in shape else None,
        "start": max(float(shape.get("start_time", 0)), 0.0),
        "created": _created(path, shape),
        **(_pictures(*pictures) if pictures else {}),
        **(_sounds(*sounds) if sounds else {}),
    }


def _first(found: Mapping[str, Any], kind: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]] | None:
    for stream in found["streams"]:
        if stream["codec_type"] == kind and not stream["disposition"]["attached_pic"]:
            return stream, [packet for packet in found["packets"] if packet["stream_index"] == stream["index"]]
    return None


def _created(path: Path, shape: Mapping[str, Any]) -> str | None:
    text = shape.get("tags", {}).get("creation_time")
    if text is None and shape["format_name"] == "asf":
        command = ["exiftool", "-s3", "-CreationDate", str(path)]
        stated = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        undated = not stated or stated.startswith("0000")
        return None if undated else datetime.strptime(stated, "%Y:%m:%d %H:%M:%SZ").replace(tzinfo=UTC).isoformat()
    return datetime.fromisoformat(text).isoformat() if text else None


def _pictures(stream: Mapping[str, Any], packets: Sequence[Mapping[str, Any]]) -> dict[str, Fact]:
    samples, codec = _samples(packets), str(stream["codec_name"])
    found, steps = gaps(samples), _steps(samples)
    usual = _usual(steps)
    inside = [step for step in steps if step <= max(0.5, 3 * usual)]
    keys = [after.at - before.at for before, after in itertools.pairwise([one for one in samples if one.alone])]
    turned = next((data["rotation"] for data in stream.get("side_data_list", ()) if "rotation" in data), 0)
    return {
        "codec": codec,
        "profile": stream.get("profile") if codec in PROFILED else None,
        "level": f"{stream['level'] / LEVELS[codec]:g}" if codec in LEVELS else None,
        "size": f"{stream['width']}x{stream['height']}",
        "rotation": -int(turned) % 360,
        "frames": len(packets),
        "rate": _rate(samples, found),
        "constant": max(inside) - min(inside) <= STEADY if inside else None,
        "key spacing": median(keys) if keys else None,
        "gaps": found,
    }


def _sounds(stream: Mapping[str, Any], packets: Sequence[Mapping[str, Any]]) -> dict[str, Fact]:
    return {
        "sound codec": stream["codec_name"],
        "channels": stream["channels"],
        "sample rate": int(stream["sample_rate"]),
        "packets": len(packets),
        "sound gaps": gaps(_samples(packets)),
    }


def _samples(packets: Sequence[Mapping[str, Any]]) -> list[Sample]:
    """In order of presentation, those that have a time."""
    timed = ((packet.get("pts_time", packet.get("dts_time")), packet) for packet in packets)
    return sorted(
        (
            Sample(float(at), float(packet.get("duration_time", 0)), "K" in packet["flags"])
            for at, packet in timed
            if at is not None
        ),
        key=lambda one: one.at,
    )


def _steps(samples: Sequence[Sample]) -> list[float]:
    return [round(after.at - before.at, 6) for before, after in itertools.pairwise(samples)]


def _usual(steps: Sequence[float]) -> float:
    """The most frequent distance, to the millisecond."""
    return Counter(round(step, 3) for step in steps if step > 0).most_common(1)[0][0] if any(steps) else 0.0


def gaps(samples: Sequence[Sample]) -> Gaps:
    """By the rule of the design: more than half a second and three usual distances; from where the last one ends."""
    steps = _steps(samples)
    usual, begin = _usual(steps), max(samples[0].at, 0.0) if samples else 0.0
    return tuple(
        (before.at - begin + usual, step - usual)
        for before, step in zip(samples, steps, strict=False)
        if step > max(0.5, 3 * usual)
    )


def _rate(samples: Sequence[Sample], found: Gaps) -> float | None:
    """Pictures a second outside gaps."""
    if len(samples) < 2:
        return None
    lasting = samples[-1].at - samples[0].at - sum(length for _, length in found)
    return (len(samples) - 1) / lasting if lasting else None
