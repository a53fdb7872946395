"""The `probe` object of `bwc probe` (interface: one JSON object a line; durations in seconds, absent = null)."""

from datetime import timedelta
from typing import Any

from domain.media import Probe, Track


def probe_report(path: str, probe: Probe) -> dict[str, Any]:
    """What the readers measured, ready for `json.dumps`. A camera's local time bears no offset: its zone is unknown."""
    return {
        "path": path,
        "container": probe.container,
        "duration_s": _seconds(probe.duration),
        "start_s": _seconds(probe.start),
        "creation_time": probe.creation_time.isoformat() if probe.creation_time else None,
        "tracks": [_track(track) for track in probe.tracks],
        "gaps": [
            {"track": track.number, "at_s": _seconds(hole.at), "length_s": _seconds(hole.length)}
            for track in probe.tracks
            for hole in track.discontinuities
        ],
        "problems": [{"code": problem.code.value, "detail": problem.detail} for problem in probe.problems],
        "bytes_read": probe.bytes_read,
        "reader": probe.reader,
    }


def _track(track: Track) -> dict[str, Any]:
    return {
        "kind": track.kind.value,
        "codec": track.codec,
        "width": track.width,
        "height": track.height,
        "frame_rate": None if track.frame_rate is None else round(track.frame_rate, 3),
        "duration_s": _seconds(track.duration),
        "sample_count": track.sample_count,
    }


def _seconds(value: timedelta | None) -> float | None:
    return None if value is None else value.total_seconds()
