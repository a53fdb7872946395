"""All that is listened to in the sound of one clip: levels of every part, silence and sound that is too low."""

from av.container import InputContainer

from detectors.content.print_sound import sound_prints
from detectors.content.running import Running, at_time
from detectors.content.silent import VERSION, Row, low_sound, silence
from detectors.content.sound import STEP, Hearing, SoundStream, hear
from domain.observation import Observation, ObservationKind


def check_sound(container: InputContainer, running: Running) -> None:
    """Hear every part that is asked for. Nothing to do where there is no sound."""
    if not container.streams.audio:
        return
    with running.spending("index"):
        stream = SoundStream(container, container.streams.audio[0])
    for part in running.parts(stream.end):
        if running.over():
            break
        with running.spending("sound"):
            found = hear(stream, part, running.over)
            _keep(running, found, part)
        if not found.levels:
            break  # the stream ended before its header says
        if running.request.prints:
            with running.spending("prints"):
                running.prints += sound_prints(stream, part, running.over)
    running.versions["silent"] = VERSION
    running.damaged(stream.damage, "声音", "sounds")


def _keep(running: Running, found: Hearing, part: tuple[float, float]) -> None:
    rows: list[Row] = [*silence(found.levels), *low_sound(found.levels, *part)]
    for kind, start, end, value in rows:
        running.observations.append(
            Observation("silent", VERSION, kind, at_time(start), at_time(end), round(value, 1), "dBFS")
        )
    for start, end in _heard(found, part):
        running.observations.append(
            Observation("sound", 1, ObservationKind.SOUND_CHECKED, at_time(start), at_time(end), STEP, "s")
        )


def _heard(found: Hearing, part: tuple[float, float]) -> list[tuple[float, float]]:
    """Stretches in which no sounding lacks."""
    stretches: list[tuple[float, float]] = []
    for level in found.levels:
        if stretches and level.start - stretches[-1][1] <= 2 * STEP:
            stretches[-1] = (stretches[-1][0], max(level.end, stretches[-1][1]))
        else:
            stretches.append((part[0] if not stretches and level.start - part[0] <= STEP else level.start, level.end))
    if stretches and part[1] - stretches[-1][1] <= STEP:
        stretches[-1] = (stretches[-1][0], part[1])
    return stretches
