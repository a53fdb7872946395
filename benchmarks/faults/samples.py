"""What a soak looks at every few seconds, and what it concludes from that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

SETTLED = 1 / 3
"""The share of the time in which a program may still grow to its size."""
MEMORY_GROWS, MEMORY_GROWS_MB = 0.05, 12.0
QUEUE_GROWS, FILES_GROW = 50, 8


@dataclass(frozen=True, slots=True)
class Sample:
    """At one moment: memory in MB of the server and of what it started, files and threads that it has open, marks in
    the queue of the steps, clips whose pictures wait, lines of the log that tell of an error, and the longest answer
    since the sample before, in milliseconds."""

    at: float
    memory: float
    others: float
    files: int
    threads: int
    work: int
    content: int
    clips: int
    faults: int
    slowest: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of what the soak found."""

    name: str
    well: bool
    said: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.well else 'NOT '} {self.name}: {self.said}"


def slope(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """Growth in an hour by least squares."""
    if len(samples) < 2:
        return 0.0
    middle, mean = sum(one.at for one in samples) / len(samples), sum(map(value, samples)) / len(samples)
    spread = sum((one.at - middle) ** 2 for one in samples)
    return 3600 * sum((one.at - middle) * (value(one) - mean) for one in samples) / spread if spread else 0.0


def halves(samples: Sequence[Sample], value: Callable[[Sample], float]) -> tuple[float, float]:
    """The middle value of the first and of the second half of what came after the warming up."""
    later = samples[int(len(samples) * SETTLED) :]
    half = len(later) // 2
    return (median(map(value, later[:half] or later)), median(map(value, later[half:] or later)))


def concluded(samples: Sequence[Sample]) -> list[Verdict]:
    """Memory flat, nothing that grows and grows, no error."""
    later = samples[int(len(samples) * SETTLED) :]
    memory, files = (halves(samples, value) for value in (lambda one: one.memory, lambda one: one.files))
    bound = max(MEMORY_GROWS * memory[0], MEMORY_GROWS_MB)
    grown = f"{memory[0]:.0f} -> {memory[1]:.0f} MB, {slope(later, lambda one: one.memory):+.0f} MB an hour"
    verdicts = [Verdict("memory is flat", memory[1] - memory[0] <= bound, grown)]
    for name in ("work", "content"):
        first, second = halves(samples, lambda one, name=name: getattr(one, name))  # type: ignore[misc]
        most = max(getattr(one, name) for one in samples)
        said = f"middle value {first:.0f} -> {second:.0f}, most {most}"
        verdicts.append(Verdict(f"the queue of {name} does not grow", second <= first + QUEUE_GROWS, said))
    said = f"{files[0]:.0f} -> {files[1]:.0f}, most {max(one.files for one in samples)}"
    verdicts.append(Verdict("open files do not grow", files[1] <= files[0] + FILES_GROW, said))
    threads = max(one.threads for one in samples)
    verdicts.append(Verdict("no error in the log", samples[-1].faults == 0, f"{samples[-1].faults}; threads {threads}"))
    return verdicts
