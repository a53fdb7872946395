"""Speech-like sound: a wandering hum in phrases over a little room noise; digital zero only where a table says so."""

import wave
from pathlib import Path

import numpy as np

from sample_media.tables import SampleClip, Sight

RATE = 8000


def write_sound(target: Path, clip: SampleClip, seed: int) -> None:
    """A mono 16-bit WAV, exactly as long as the clip."""
    random = np.random.RandomState(seed)
    cut, dead = clip.showing(Sight.CUT), clip.showing(Sight.SILENT)
    seconds = clip.seconds + (cut.seconds if cut else 0)
    time = np.arange(seconds * RATE) / RATE
    pitch = 150 + 20 * random.rand()
    phrase = np.clip(np.sin(2 * np.pi * 0.35 * time + random.rand()) * 4, 0, 1)
    voice = 0.12 * np.sin(2 * np.pi * pitch * time + 3 * np.sin(2 * np.pi * 0.8 * time)) * phrase
    samples = (voice + 0.003 * random.standard_normal(time.size)) * 32767
    if cut:
        samples = np.delete(samples, slice(cut.start * RATE, (cut.start + cut.seconds) * RATE))
    if dead:
        samples[dead.start * RATE : (dead.start + dead.seconds) * RATE] = 0
    with wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.astype("<i2").tobytes())
