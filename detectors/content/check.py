"""The door of the content detectors: one clip in, everything that one decode gives out. Never judges, never writes.

One after the other; neither reads what is the other's where the container has an index.
"""

from typing import BinaryIO

import av
import cv2
from av.error import FFmpegError

from detectors.content.base import Answer, Request
from detectors.content.formats import GUARDED
from detectors.content.overlay.reader import available
from detectors.content.overlay_check import VERSION as OVERLAY_VERSION
from detectors.content.packets import INDEXED, rewind
from detectors.content.picture_check import PICTURE_VERSIONS, check_pictures
from detectors.content.prints import VERSION as PRINTS_VERSION
from detectors.content.prints import PicturePrints
from detectors.content.reading import Reading
from detectors.content.running import Running
from detectors.content.silent import VERSION as SILENT_VERSION
from detectors.content.sound_check import check_sound
from domain.media import Problem, ProblemCode
from domain.wording import say

BUFFER = 1 << 16
OPTIONS = {"probesize": str(4 << 20), "analyzeduration": str(5_000_000), **GUARDED}
"""How far streams are looked for: a camera's streams all begin at once."""

FOR_SOUND = 0.15
"""Share of the time that pictures leave to the sound that is heard after them."""


def check(stream: BinaryIO, request: Request) -> Answer:
    """Look at the parts of a clip that are asked for. Trouble in the file is a problem of the answer, no exception.

    Raises OSError where the store gives an error.
    """
    cv2.setNumThreads(1)  # the pool has a worker for each processor
    running = Running(request)
    prints = [PicturePrints()] if request.prints else []
    stream.seek(0)
    try:
        with running.spending("open"):
            container = av.open(Reading(stream), "r", buffer_size=BUFFER, options=OPTIONS, metadata_errors="replace")
        with container:
            sought_by_pictures = container.format.name not in INDEXED and bool(
                container.streams.audio and container.streams.video
            )
            if sought_by_pictures:  # sound may begin before the first picture that can be sought
                check_sound(container, running, fresh=True)
                rewind(container)
            with running.holding_back(FOR_SOUND if container.streams.audio and not sought_by_pictures else 0.0):
                check_pictures(container, running, prints)
            running.prints += [found for one in prints for found in one.prints()]
            running.versions |= {"prints": PRINTS_VERSION} if prints else {}
            if not sought_by_pictures:
                check_sound(container, running)
    except (FFmpegError, ValueError, MemoryError) as error:
        detail = f"{type(error).__name__}: {error}"
        said = say(f"无法打开查看内容：{detail}", f"could not be opened for its content: {detail}")
        running.problems.append(Problem(ProblemCode.DECODER_ERROR, said))
        running.complete = running.complete and not isinstance(error, MemoryError)
    return running.answer()


def versions() -> dict[str, int]:
    """The detectors that `check` would run now and their versions: others make another check worth while."""
    found = PICTURE_VERSIONS | {"silent": SILENT_VERSION, "prints": PRINTS_VERSION}
    return found | ({"overlay": OVERLAY_VERSION} if available() else {})
