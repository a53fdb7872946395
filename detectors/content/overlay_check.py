"""The on-screen clock in the course of a check: only where it is asked for and its reader is installed."""

from collections.abc import Sequence

from detectors.content.base import Request
from detectors.content.overlay.reader import available
from detectors.content.overlay.watch import OverlayWatch
from detectors.content.running import Running

VERSION = 1


def overlay_watch(request: Request, parts: Sequence[tuple[float, float]]) -> OverlayWatch | None:
    """Who looks at the on-screen clock, None where nobody does."""
    return OverlayWatch(request.hint, parts) if request.overlay and available() else None


def finish_overlay(running: Running, watch: OverlayWatch) -> None:
    """What was read becomes measurements."""
    observations, running.regions = watch.finish()
    running.observations += observations
    running.versions["overlay"] = VERSION
