"""All that is listened to in the sound of one clip: levels of every part, silence and sound that is too low.

A clip may hold several sound tracks, some of them never connected: what one of them holds is on record.
"""

from av.audio.stream import AudioStream
from av.container import InputContainer

from detectors.content.print_sound import sound_prints
from detectors.content.running import Running, at_time
from detectors.content.silent import VERSION, Row, in_all, low_sound, silence
from detectors.content.sound import STEP, Hearing, SoundStream, hear
from domain.observation import Observation, ObservationKind

MOST_TRACKS = 4


def check_sound(container: InputContainer, running: Running, *, fresh: bool = False) -> None:
    """Hear every part that is asked for. Nothing to do where there is no sound. `fresh`: nothing was read before."""
    tracks = []
    for number, source in enumerate(container.streams.audio[:MOST_TRACKS]):
        tracks.append(_track(container, source, running, fresh=fresh and not number, first=not number))
        running.versions["silent"] = VERSION
    if not tracks:
        return
    for kind, start, end, value in in_all([rows for rows, _ in tracks]):
        running.observations.append(
            Observation("silent", VERSION, kind, at_time(start), at_time(end), round(value, 1), "dBFS")
        )
    for start, end in tracks[0][1]:
        running.observations.append(
            Observation("sound", 1, ObservationKind.SOUND_CHECKED, at_time(start), at_time(end), STEP, "s")
        )


def _track(
    container: InputContainer, source: AudioStream, running: Running, *, fresh: bool, first: bool
) -> tuple[list[Row], list[tuple[float, float]]]:
    """What is quiet on one track, and which stretches of it were heard. The first one gives the fingerprints."""
    with running.spending("index"):
        stream = SoundStream(container, source, fresh)
    rows: list[Row] = []
    heard: list[tuple[float, float]] = []
    for part in running.parts(stream.end):
        if running.over():
            break
        with running.spending("sound"):
            found = hear(stream, part, running.over)
        if not found.levels:
            break  # the stream ended before its header says
        rows += [*silence(found.levels), *low_sound(found.levels, *part)]
        heard += _heard(found, part)
        if running.request.prints and first:
            with running.spending("prints"):
                running.prints += sound_prints(stream, part, running.over)
    running.damaged(stream.damage, "声音", "sounds")
    return rows, heard


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
