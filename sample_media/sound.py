"""Speech-like sound: a wandering hum that comes in phrases over a little room noise. Never digital silence."""

import wave
from pathlib import Path

import numpy as np

RATE = 8000


def write_sound(target: Path, seconds: int, seed: int) -> None:
    """A mono 16-bit WAV of exactly `seconds`."""
    random = np.random.RandomState(seed)
    time = np.arange(seconds * RATE) / RATE
    pitch = 150 + 20 * random.rand()
    phrase = np.clip(np.sin(2 * np.pi * 0.35 * time + random.rand()) * 4, 0, 1)
    voice = 0.12 * np.sin(2 * np.pi * pitch * time + 3 * np.sin(2 * np.pi * 0.8 * time)) * phrase
    samples = (voice + 0.003 * random.standard_normal(time.size)) * 32767
    with wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.astype("<i2").tobytes())
