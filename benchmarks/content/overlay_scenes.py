"""Generated scenes with an on-screen clock: fonts, sizes, places, contrast, compression by real encoders."""

import functools
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from detectors.content.base import DrawnPicture, Picture

Image = NDArray[np.uint8]
BEGIN = datetime(2026, 11, 20, 13, 21, 44)  # noqa: DTZ001 local time as a camera shows it
SIZES = {720: (1280, 720), 1080: (1920, 1080), 576: (704, 576)}
HERSHEY = {
    "simplex": cv2.FONT_HERSHEY_SIMPLEX,
    "plain": cv2.FONT_HERSHEY_PLAIN,
    "duplex": cv2.FONT_HERSHEY_DUPLEX,
    "complex": cv2.FONT_HERSHEY_COMPLEX,
    "triplex": cv2.FONT_HERSHEY_TRIPLEX,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One clip to be made. `clock`: what is shown at a media time, None: nothing. `height`: of a figure, pixels."""

    name: str
    clock: Callable[[float], str | None] = field(default=lambda at: written(at))
    font: str = "simplex"
    height: int = 28
    style: str = "outline"  # plain | outline | box
    place: str = "top-right"
    lines: int = 720
    ground: str = "mixed"  # dark | bright | mixed | busy
    ink: int = 255
    codec: str = "libx264"
    crf: int = 28
    seconds: int = 24
    beside: str = ""
    scenery: str = ""  # text that is part of the scene: a sign, a plate, a calendar
    turn: int = 0


def written(at: float, form: str = "%Y-%m-%d %H:%M:%S", begin: datetime = BEGIN) -> str:
    """What a clock that runs right shows."""
    return (begin + timedelta(seconds=at)).strftime(form)


def ground(scene: Scene, at: float, texture: Image) -> Image:
    """The scene without text: a moving texture with light and shade."""
    width, height = SIZES[scene.lines]
    shift = int(at * 17) % 400
    piece = texture[shift : shift + height, shift // 2 : shift // 2 + width].astype(np.float32)
    low, high = {"dark": (10, 70), "bright": (170, 245), "mixed": (20, 230), "busy": (0, 255)}[scene.ground]
    return (low + piece / 255 * (high - low)).clip(0, 255).astype(np.uint8)


@functools.cache
def texture(busy: bool) -> Image:
    """Noise of several grains, little of it in colour."""
    random = np.random.default_rng(7)
    total = np.zeros((1600, 2400, 3), dtype=np.float32)
    for grain, weight in ((4, 0.5), (30, 1.0), (120, 1.5)) if not busy else ((3, 1.5), (9, 1.5), (40, 1.0)):
        shape = (1600 // grain + 2, 2400 // grain + 2)
        grey = random.random((*shape, 1), dtype=np.float32)
        small = 0.8 * grey + 0.2 * random.random((*shape, 3), dtype=np.float32)
        total += weight * cv2.resize(small, (2400, 1600), interpolation=cv2.INTER_LINEAR)
    low, high = np.percentile(total, (1, 99))
    return ((total - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)


def mask(text: str, font: str, height: int) -> Image:
    """The text alone, white on black, figures `height` pixels high."""
    wide = np.zeros((height * 3, height * (len(text) + 4) + 40, 3), dtype=np.uint8)
    base = height * 2
    if font in HERSHEY:
        weight = max(1, round(height / 11))
        scale = cv2.getFontScaleFromHeight(HERSHEY[font], height, weight)
        cv2.putText(wide, text, (20, base), HERSHEY[font], scale, (255, 255, 255), weight, cv2.LINE_AA)
    elif font == "pillow":
        drawn = Pillow.fromarray(wide)
        ImageDraw.Draw(drawn).text((20, base), text, anchor="ls", font=ImageFont.load_default(height / 0.72))
        wide = np.asarray(drawn).copy()
    else:
        face, _, weight = font.partition("-")
        size = round(height / 0.72)
        cv2.putText(wide, text, (20, base), (255, 255, 255), cv2.FontFace(face), size, int(weight or 400))
    used = np.flatnonzero(wide.max(axis=(0, 2)))
    return wide[height - height // 2 : base + height // 2, max(0, used[0] - 6) : used[-1] + 7, 0]


def stamp(image: Image, text: str, scene: Scene, row: int, place: str) -> None:
    """Write one line where the camera would."""
    ink = mask(text, scene.font, scene.height)
    height, width = image.shape[:2]
    ink = ink[:, : width - 20]
    left = 12 if "left" in place else width - 12 - ink.shape[1] if "right" in place else (width - ink.shape[1]) // 2
    line = round(scene.height * 1.5)
    top = 10 + row * line if "top" in place else height - 10 - ink.shape[0] - row * line
    target = image[top : top + ink.shape[0], left : left + ink.shape[1]]
    if scene.style == "box":
        target[:] = (target * 0.25).astype(np.uint8)
    if scene.style == "outline":
        rim = cv2.dilate(ink, np.ones((3, 3), np.uint8), iterations=max(1, scene.height // 20))
        target[:] = (target * (1 - rim[..., None] / 255.0)).astype(np.uint8)
    share = ink[..., None] / 255.0
    target[:] = (target * (1 - share) + scene.ink * share).astype(np.uint8)


def drawn(scene: Scene, at: float, surface: Image) -> Image:
    """One picture of the scene."""
    image = np.ascontiguousarray(ground(scene, at, surface))
    if scene.scenery:
        sign = mask(scene.scenery, "uni", 40)
        left = 200 + int(at * 2) % 80
        area = image[image.shape[0] // 2 :][: sign.shape[0], left : left + sign.shape[1]]
        area[:] = 235
        area[sign[:, : area.shape[1]] > 90] = 20
    text = scene.clock(at)
    if text:
        for row, part in enumerate(text.split("\n")):
            stamp(image, part, scene, row, scene.place)
    if scene.beside:
        stamp(image, scene.beside, scene, 0, "bottom-left" if "top" in scene.place else "top-left")
    turns = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
    return cv2.rotate(image, turns[scene.turn]) if scene.turn else image


def encoded(scene: Scene, rate: int = 1) -> bytes:
    """The scene through a real encoder."""
    surface = texture(scene.ground == "busy")
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as container:
        options = {"crf": str(scene.crf), "preset": "ultrafast"}
        if scene.codec == "libx265":
            options["x265-params"] = "log-level=none:pools=none"
        stream = container.add_stream(scene.codec, rate=rate, options=options)
        stream.pix_fmt = "yuv420p"
        stream.width, stream.height = SIZES[scene.lines][:: -1 if scene.turn % 180 else 1]
        for number in range(scene.seconds * rate):
            picture = drawn(scene, number / rate, surface)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return held.getvalue()


def pictures(clip: bytes) -> Iterator[Picture]:
    """Every picture of a clip, as the runner hands them out."""
    with av.open(io.BytesIO(clip)) as container:
        for frame in container.decode(video=0):
            yield DrawnPicture(float(frame.time or 0), frame.to_ndarray(format="bgr24"))


def live(scene: Scene) -> Callable[[float], Picture]:
    """Pictures of a scene at any moment, through the still coder of a camera (JPEG): a long clip without its bytes."""
    surface = texture(scene.ground == "busy")

    def picture(at: float) -> Picture:
        coded = cv2.imencode(".jpg", drawn(scene, at, surface), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        return DrawnPicture(at, image)

    return picture
