"""Rules of flag nonstandard (记录不规范): recorded, but with a wrong clock, low quality, late, edited, not linked."""

from detectors import (
    nonstandard_content,
    nonstandard_copies,
    nonstandard_editing,
    nonstandard_feeds,
    nonstandard_identity,
    nonstandard_media,
    nonstandard_overlay,
    nonstandard_places,
    nonstandard_rooms,
    nonstandard_time,
)
from detectors.rule import Rule

RULES: tuple[Rule, ...] = (
    *nonstandard_time.RULES,
    *nonstandard_identity.RULES,
    *nonstandard_media.RULES,
    *nonstandard_editing.RULES,
    *nonstandard_copies.RULES,
    *nonstandard_content.RULES,
    *nonstandard_overlay.RULES,
    *nonstandard_places.RULES,
    *nonstandard_rooms.RULES,
    *nonstandard_feeds.RULES,
)
