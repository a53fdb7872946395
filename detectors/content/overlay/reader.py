"""Recognises text in pictures: RapidOCR's two models, from inside its package, one thread, no network, nothing written.

Loaded once per process, when first needed. A line is recognised once and read twice: with every sign the model knows,
and with the signs of a clock alone, those that look alike counted together.
"""

import functools
import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from detectors.content.overlay.reading import LOOKALIKES, SIGNS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

HEIGHT = 48  # rows that the model reads
WIDEST = 1600  # columns of a line; longer ones are pressed
LARGEST = 1920  # longest side in which lines are looked for


@dataclass(frozen=True, slots=True)
class Line:
    """`text` as recognised, `sure` of its signs on average. `clock`: the same as signs of a clock, `each` how sure."""

    text: str
    sure: float
    clock: str
    each: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a line of text stands, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def tall(self) -> bool:
        """The line runs from top to bottom."""
        return self.bottom - self.top > 1.5 * (self.right - self.left)


class Reader(Protocol):
    """Finds lines of text and reads them."""

    def find(self, image: "Image") -> list[Box]:
        """Where lines of text stand in a picture."""

    def read(self, lines: "Sequence[Image]") -> list[Line]:
        """What stands in pictures that hold one upright line each."""


def available() -> bool:
    """The extra `overlay` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("onnxruntime", "rapidocr"))


class RapidReader:
    """RapidOCR's detector and recogniser."""

    def __init__(self) -> None:
        self._engine = _engine()
        self._signs: list[str] = list(self._engine.text_rec.postprocess_op.character)
        self._clock = _columns(self._signs)

    def find(self, image: "Image") -> list[Box]:
        """Boxes round the lines of text; those that stand aslant are left out, no camera writes so."""
        boxes = self._engine(image, use_det=True, use_cls=False, use_rec=False).boxes
        found = [_upright(corners) for corners in ([] if boxes is None else boxes)]
        return [box for box in found if box is not None]

    def read(self, lines: "Sequence[Image]") -> list[Line]:
        """One by one: padded to the widest, a batch costs more than its lines."""
        return [self._read(line) for line in lines]

    def _read(self, line: "Image") -> Line:
        import cv2
        import numpy as np

        rows, columns = line.shape[:2]
        width = min(WIDEST, max(HEIGHT, round(columns * HEIGHT / max(1, rows))))
        scaled = cv2.resize(line, (width, HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 127.5 - 1
        chances: NDArray[np.float32] = self._engine.text_rec.session(scaled.transpose(2, 0, 1)[None])[0]
        text, sure = _collapsed(chances, self._signs)
        names, columns_of = self._clock
        mass = np.stack([chances[:, at].sum(axis=1) for at in columns_of], axis=1)
        clock, each = _collapsed(mass, names)
        return Line(text, sum(sure) / len(sure) if sure else 0.0, clock, each)


@functools.cache
def shared() -> Reader:
    """The reader of this process."""
    return RapidReader()


def _engine() -> Any:
    """RapidOCR with both models loaded; paths are given, so that it looks for none and fetches none.

    Newer runtimes report their use to their maker unless this is said before they are loaded.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import numpy as np
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LARGEST,
            "Global.use_cls": False,
            "Global.use_vertical_padding": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": LARGEST,
            "Det.model_path": str(next(models.glob("*_det_*.onnx"))),
            "Rec.model_path": str(next(models.glob("*_rec_*.onnx"))),
            **threads,
        }
    )
    engine(np.zeros((HEIGHT, 4 * HEIGHT, 3), dtype=np.uint8), use_det=False, use_cls=False, use_rec=True)
    return engine


def _columns(signs: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """For nothing and for each sign of a clock the columns of the model that count for it."""
    place = {sign: column for column, sign in reversed(list(enumerate(signs)))}
    names, columns = ["blank"], [[0]]
    for sign in SIGNS:
        alike = [place[one] for one in (sign, *LOOKALIKES.get(sign, "")) if one in place]
        if alike:
            names.append(sign)
            columns.append(alike)
    return names, columns


def _collapsed(chances: "NDArray[np.float32]", signs: Sequence[str]) -> tuple[str, tuple[float, ...]]:
    """The likeliest sign of each step; repeats are one, the first column is nothing."""
    best = chances.argmax(axis=1)
    runs = [(sign, list(steps)) for sign, steps in groupby(range(len(best)), key=lambda step: int(best[step])) if sign]
    return "".join(signs[sign] for sign, _ in runs), tuple(float(chances[steps, sign].max()) for sign, steps in runs)


def _upright(corners: "NDArray[np.float32]") -> Box | None:
    left, top = (int(value) for value in corners.min(axis=0))
    right, bottom = (int(value) for value in corners.max(axis=0))
    lean = min(abs(corners[1] - corners[0])) / max(1.0, max(abs(corners[1] - corners[0])))
    return Box(left, top, right, bottom) if lean < 0.15 and right > left and bottom > top else None
