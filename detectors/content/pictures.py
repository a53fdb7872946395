"""A decoded frame made small and of full range, once, for all detectors."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from av import VideoFrame
from av.video.reformatter import ColorRange

from detectors.content.base import Plane

WIDTH = 480
"""Columns of the small picture: structure of a lens's focus survives, grain of the sensor is averaged away."""
EIGHT_BIT_LUMA = frozenset(
    {"nv12", "nv21", "gray"}
    | {f"yuv{letter}{sampling}p" for letter in ("", "j") for sampling in (410, 411, 420, 422, 440, 444)}
)
"""Formats whose first plane is brightness, one byte a point."""
TO_FULL_RANGE = np.clip((np.arange(256) - 16) * 255.0 / 219.0, 0, 255).round().astype(np.uint8)
"""Studio range 16..235 to 0..255 (ITU-R BT.709 § 5)."""


@dataclass(slots=True)
class DecodedPicture:
    """`base.Picture` of a libav frame. The frame is let go by `release`: what remains is small."""

    at: float
    luma: Plane
    points: Plane
    alone: bool = True  # decoded without any other
    _frame: VideoFrame | None = None
    _colour: Plane | None = field(default=None)

    def colour(self) -> Plane:
        """Small picture in blue green red."""
        if self._colour is None:
            rows, columns = self.luma.shape
            small = self._held().reformat(width=columns, height=rows, format="bgr24")
            self._colour = np.asarray(small.to_ndarray(), np.uint8)
        return self._colour

    def whole(self) -> Plane:
        """Full size in blue green red."""
        return np.asarray(self._held().to_ndarray(format="bgr24"), np.uint8)

    def release(self) -> None:
        """Let the full picture go."""
        self._frame = self._colour = None

    def _held(self) -> VideoFrame:
        if self._frame is None:
            raise ValueError(f"the picture at {self.at:.3f} s has been let go")
        return self._frame


def picture_of(frame: VideoFrame, at: float) -> DecodedPicture:
    """The frame as detectors see it. Raises libav's errors where its format cannot be turned into brightness."""
    full = frame if frame.format.name in EIGHT_BIT_LUMA else frame.reformat(format="gray")
    plane = _luma_of(full)
    luma, points = _small(plane), _points(plane)
    if not _is_full_range(full):
        luma, points = _full_range(luma), _full_range(points)
    return DecodedPicture(at, luma, points, bool(frame.key_frame), frame)


def _full_range(plane: Plane) -> Plane:
    return np.asarray(cv2.LUT(plane, TO_FULL_RANGE), np.uint8)


def _luma_of(frame: VideoFrame) -> Plane:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _is_full_range(frame: VideoFrame) -> bool:
    return frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG or frame.format.name == "gray"


def _small(plane: Plane) -> Plane:
    rows, columns = plane.shape
    if columns <= WIDTH:
        return plane.copy()
    height = max(1, round(rows * WIDTH / columns))
    return np.asarray(cv2.resize(plane, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def _points(plane: Plane) -> Plane:
    step = max(1, round(plane.shape[1] / WIDTH))
    return np.ascontiguousarray(plane[::step, ::step])
