"""Camera models, and where cameras of each write into the picture: found in one clip, looked for there in the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from detectors.content.base import OverlayHint, Region
from indexer.identity import Register
from indexer.pipeline.register import load_register
from storage import content_queue, observations


@dataclass(slots=True)
class Models:
    """The register of cameras, and what is known of their models so far."""

    register: Register
    regions: dict[str, tuple[Region, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, connection: Connection) -> "Models":
        return cls(load_register(connection))

    def of(self, connection: Connection, file_ids: Sequence[int]) -> dict[int, str]:
        """The model of the camera of each file, where it is known; also learns where these models write."""
        cameras = content_queue.cameras(connection, file_ids)
        told = {file_id: self._model(device, tags) for file_id, (device, tags) in cameras.items()}
        found = {file_id: model for file_id, model in told.items() if model}
        for model, regions in observations.overlay_regions(connection, found.values()).items():
            self.regions[model] = tuple(Region(*region) for region in regions)
        return found

    def hint(self, model: str | None) -> OverlayHint:
        """What is known of a model before a clip of it is opened."""
        return OverlayHint(self.regions.get(model or "", ()))

    def _model(self, device: str | None, tags: Mapping[str, Any]) -> str | None:
        """As the register names it, else as the file does."""
        known = self.register.device(device) if device else None
        if known is not None and known.model:
            return known.model
        return " ".join(str(tags[name]).strip() for name in ("make", "model") if tags.get(name)) or None
