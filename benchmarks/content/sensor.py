"""From light to the picture that is recorded: exposure that drifts, shot and read noise, the clock written over it.

A frame is planar YUV 4:2:0 of limited range, rows × 3 / 2 × columns, as encoders take it.
"""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.content.pictures import Picture
from benchmarks.content.scenes import Scene

Frame = NDArray[np.uint8]
Size = tuple[int, int]
"""Columns and rows."""
BEGIN = datetime(2026, 11, 20, 14, 3, 22, tzinfo=UTC)
SPREAD = 28.0
"""Deviation of the stored noise."""
SETTLING = 1.2
"""Seconds in which exposure comes most of the way."""


class Sensor:
    """One camera in one scene; frames must be asked for in order, `step` seconds apart."""

    def __init__(self, scene: Scene, size: Size, rng: np.random.Generator, step: float) -> None:
        self.scene, self.size, self.rng, self.step = scene, size, rng, step
        columns, rows = size
        grains = rng.normal(0, SPREAD, (rows * 2, columns * 2)).astype(np.float32)
        grains = cv2.GaussianBlur(grains, (0, 0), 0.55)
        self.grains = np.clip(grains * (SPREAD / grains.std()), -127, 127).astype(np.int8)
        self.gain = 1.0
        grey = np.arange(256, dtype=np.float32)
        self.sigma = np.sqrt(0.4 + 0.6 * np.maximum(grey - 16, 0) / 110)  # read noise, and shot noise by the light

    def expose(self, light: Picture) -> Frame:
        """The next frame."""
        mean = max(float(light[::12, ::12].mean()), 1.0)
        wanted = min(max(self.scene.target / mean, 0.55), self.scene.gain)
        self.gain += (wanted - self.gain) * min(self.step / SETTLING, 1.0)
        developed = cv2.convertScaleAbs(light, alpha=self.gain * (1 + 0.004 * float(self.rng.standard_normal())))
        frame: Frame = cv2.cvtColor(cv2.resize(developed, self.size), cv2.COLOR_BGR2YUV_I420)
        rows = self.size[1]
        level = self.scene.noise * max(self.gain, 0.7) / SPREAD
        sigma = cv2.LUT(frame[:rows], np.clip(self.sigma * 64, 0, 255).astype(np.uint8))
        noise = cv2.multiply(self._grains(rows), sigma, scale=level / 64, dtype=cv2.CV_16S)
        frame[:rows] = cv2.add(frame[:rows], noise, dtype=cv2.CV_8U)
        tint = self._grains(rows // 2)
        frame[rows:] = cv2.addWeighted(frame[rows:], 1.0, tint, level * 0.5, 0, dtype=cv2.CV_8U)
        return frame

    def _grains(self, rows: int) -> NDArray[np.int8]:
        """Noise that is another in every frame: any place of a field four times as large, mirrored or not."""
        columns = self.size[0]
        y = int(self.rng.integers(0, self.grains.shape[0] - rows))
        x = int(self.rng.integers(0, self.grains.shape[1] - columns))
        part = self.grains[y : y + rows, x : x + columns]
        flip = int(self.rng.integers(-1, 3))
        return part if flip == 2 else cv2.flip(part, flip)


class Clock:
    """White text with a black rim in a corner, as cameras write it: date, time, number of the device."""

    def __init__(self, size: Size, corner: int = 0) -> None:
        self.size, self.corner = size, corner
        self.shown, self.white, self.rim = -1, np.zeros(0), np.zeros(0)
        self.top = 0

    def write(self, frame: Frame, at: float) -> None:
        """Over the frame, in place."""
        if int(at) != self.shown:
            self._set(int(at))
        band = frame[self.top : self.top + self.white.shape[0]]
        np.copyto(band, 20, where=self.rim)
        np.copyto(band, 235, where=self.white)

    def _set(self, second: int) -> None:
        columns, rows = self.size
        height, scale = rows // 14, rows / 720
        text = f"{BEGIN + timedelta(seconds=second):%Y-%m-%d %H:%M:%S}  0A1234"
        at = (int(columns * (0.03 if self.corner % 2 == 0 else 0.45)), int(height * 0.75))
        drawn = np.zeros((height, columns), np.uint8)
        cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.1 * scale, 255, max(int(2 * scale), 1))
        self.white, self.rim = drawn > 0, cv2.dilate(drawn, np.ones((3, 3), np.uint8)) > 0
        self.top = 0 if self.corner < 2 else rows - height - rows // 40
        self.shown = second
