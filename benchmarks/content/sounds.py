"""Sound of the scenes: speech-like bursts with pauses, streets, wind, rooms. Samples are float, 1.0 is full scale."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Sound = Callable[[np.random.Generator, int, int], Samples]
"""Makes this many samples at this many a second."""


TONE = -51.0
"""dBFS of a room in which somebody speaks. AMR takes another 4 dB from steady noise, so that it stays above silence."""


def level(decibels: float) -> float:
    """Share of full scale."""
    return float(10 ** (decibels / 20))


def noise(rng: np.random.Generator, count: int, tilt: float) -> Samples:
    """Noise of deviation 1 whose power falls with frequency by this exponent: 0 white, 1 pink, 2 brown."""
    block = 1 << 17
    made = []
    for _ in range(-(-count // block)):
        spectrum = np.fft.rfft(rng.standard_normal(block))
        spectrum /= np.maximum(np.arange(len(spectrum)), 8) ** (tilt / 2)
        made.append(np.fft.irfft(spectrum))
    whole = np.concatenate(made)[:count]
    return (whole / whole.std()).astype(np.float32)


def tone(decibels: float) -> Sound:
    """What a room sounds like with nobody in it."""
    return lambda rng, count, _: noise(rng, count, 1.0) * np.float32(level(decibels))


def speech(rng: np.random.Generator, count: int, rate: int) -> Samples:
    """Syllables of a voice with two formants, 0.3 to 4 s of pause between sentences, above a room's tone."""
    made = tone(TONE)(rng, count, rate)
    at, pitch, loud = 0.3, rng.uniform(95, 230), level(rng.uniform(-26, -16))
    spoken = 0
    while at < count / rate:
        if spoken > 3 and rng.random() < 0.22:
            at += rng.uniform(0.3, 4.0)
            pitch, spoken = rng.uniform(95, 230), 0
        length = rng.uniform(0.09, 0.28)
        begin = min(int(at * rate), count)
        end = min(begin + int(length * rate), count)
        made[begin:end] += _syllable(rng, end - begin, rate, pitch) * np.float32(loud * rng.uniform(0.5, 1.2))
        at += length + rng.uniform(0.02, 0.09)
        spoken += 1
    return made


def _syllable(rng: np.random.Generator, count: int, rate: int, pitch: float) -> Samples:
    moment = np.arange(count) / rate
    total = np.zeros(count)
    formants = rng.uniform((300, 900), (800, 2300))
    for harmonic in range(1, int(min(rate / 2, 3200) / pitch)):
        near = sum(np.exp(-(((harmonic * pitch - formant) / 220) ** 2)) for formant in formants)
        total += (near + 0.05 / harmonic) * np.sin(2 * np.pi * harmonic * pitch * moment + rng.uniform(0, 6))
    envelope = np.sin(np.pi * np.linspace(0, 1, count)) ** 0.6 if count else total
    return (total * envelope / 3).astype(np.float32)


def _rising(values: NDArray[np.float64], count: int, apart: int) -> NDArray[np.float64]:
    """Values `apart` samples from each other and straight lines between them."""
    return np.interp(np.arange(count), np.arange(len(values)) * apart, values)


def street(rng: np.random.Generator, count: int, rate: int) -> Samples:
    """Traffic that swells and fades, with somebody speaking."""
    swell = _rising(rng.uniform(0.4, 1.3, count // (4 * rate) + 2), count, 4 * rate)
    return (noise(rng, count, 1.4) * swell * level(-34) + speech(rng, count, rate) * 0.7).astype(np.float32)


def wind(rng: np.random.Generator, count: int, rate: int) -> Samples:
    """Gusts that overload the microphone, with somebody speaking between them."""
    gusts = np.abs(_rising(rng.standard_normal(3 * count // rate + 2), count, rate // 3))
    blown = np.tanh(noise(rng, count, 2.0) * gusts * 0.25)
    return (blown * 0.6 + speech(rng, count, rate) * 0.5).astype(np.float32)


SOUNDS: Mapping[str, Sound] = {
    "speech": speech,
    "street": street,
    "wind": wind,
    "room": tone(-54),
    "quiet": tone(-50),
}
LOW = ("room", "quiet")
"""Sounds so low in themselves that nobody errs who says so."""
