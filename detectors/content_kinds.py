"""What each rule on content looks for: kinds of measurement, their limits, how long is too long."""

from detectors.content_stretches import Sort, Sought
from domain.observation import ObservationKind as Kind

PICTURE = Sought(
    (
        Sort(Kind.BLACK, "black_grey"),
        Sort(Kind.FROZEN, "frozen_grey"),
        Sort(Kind.NO_SIGNAL, "no_signal_ratio", least=True),
    ),
    Kind.PICTURE_CHECKED,
    "picture_lost_seconds",
)
SILENCE = Sought((Sort(Kind.SILENT, "silence_dbfs"),), Kind.SOUND_CHECKED, "silence_seconds")
LOW = Sought(
    (Sort(Kind.LOW_SOUND, "low_sound_dbfs"), Sort(Kind.SILENT, "low_sound_dbfs")),
    Kind.SOUND_CHECKED,
    "silence_seconds",
)
COVERED = Sought((Sort(Kind.COVERED, "covered_grey"),), Kind.PICTURE_CHECKED, "covered_seconds")
BLURRED = Sought((Sort(Kind.BLURRED, "blurred_ratio"),), Kind.PICTURE_CHECKED, "blurred_seconds")
TURNED = Sought((), Kind.PICTURE_CHECKED, "turned_seconds", counts=Kind.TURNED)
