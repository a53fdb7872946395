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
        "times": {name: time.isoformat() for name, time in probe.stated_times.items()},
        "writer": probe.writer,
        "muxer": probe.muxer,
        "brand": probe.brand,
        "tags": dict(probe.tags),
        "edits": probe.edits,
        "parameter_changes": probe.parameter_changes,
        "declared_duration_s": _seconds(probe.declared_duration),
        "decodable_share": probe.decodable_share,
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
        "frame_rate": _rate(track.frame_rate),
        "duration_s": _seconds(track.duration),
        "sample_count": track.sample_count,
        "start_s": _seconds(track.start),
        "profile": track.profile,
        "level": track.level,
        "rotation": track.rotation,
        "channels": track.channels,
        "sample_rate": track.sample_rate,
        "declared_frame_rate": _rate(track.declared_frame_rate),
        "constant_rate": track.constant_rate,
        "sync_spacing_s": _seconds(track.sync_spacing),
        "changes_at_s": [_seconds(at) for at in track.changes_at],
    }


def _rate(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _seconds(value: timedelta | None) -> float | None:
    return None if value is None else value.total_seconds()
