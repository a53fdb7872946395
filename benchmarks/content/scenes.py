"""The scenes by name, with what a camera does in them and what can be asked of detectors there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.content import indoors, outdoors
from benchmarks.content.pictures import Draw


@dataclass(frozen=True, slots=True)
class Scene:
    """`noise`: the sensor's, in grey levels at a middle grey. `target`: what exposure aims at, `gain`: how far it goes.

    `sound` names one of `sounds.SOUNDS`. `edges`: there is enough to see that a lens out of focus must be told;
    `upright`: above and below differ so that a turned picture can be told; `lit`: a covered lens must be told.
    """

    name: str
    make: Callable[[np.random.Generator], Draw]
    noise: float = 2.0
    target: float = 115.0
    gain: float = 1.6
    sound: str = "street"
    edges: bool = True
    upright: bool = True
    lit: bool = True


_ALL = (
    Scene("street", outdoors.street),
    Scene("corridor", indoors.corridor, noise=2.6, sound="speech"),
    Scene("plaster", indoors.plaster, sound="speech", edges=False, upright=False),
    Scene("painted", indoors.painted, noise=2.4, sound="speech", edges=False, upright=False),
    Scene("clear sky", outdoors.clear_sky, noise=1.5, sound="wind", edges=False, upright=False),
    Scene("clouded sky", outdoors.clouded_sky, noise=1.5, sound="wind", edges=False, upright=False),
    Scene("paper", indoors.paper, noise=2.4, target=170.0, sound="speech", upright=False),
    Scene("lamps", outdoors.lamps, noise=5.0, target=60.0, gain=1.8, sound="street", upright=False),
    Scene("dark", outdoors.dark, noise=6.0, gain=2.0, sound="quiet", edges=False, upright=False, lit=False),
    Scene("rain", outdoors.rain, noise=3.0, sound="wind"),
    Scene("snow", outdoors.snow, noise=1.6, target=205.0, sound="wind"),
    Scene("car", indoors.car, noise=2.4, target=90.0, sound="speech", upright=False),
    Scene("interview", indoors.interview, noise=1.8, sound="speech"),
    Scene("empty room", indoors.empty, noise=1.8, sound="room"),
)
SCENES: Mapping[str, Scene] = {scene.name: scene for scene in _ALL}
