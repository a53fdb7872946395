"""The on-screen clock: frames read right, wrong observations, processor time. `python -m benchmarks.content.overlay`"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from time import process_time

from benchmarks.content.overlay_scenes import BEGIN, HERSHEY, Scene, encoded, live, pictures
from benchmarks.content.overlay_stories import EVENTS, FORMS, NOTHING, Expected
from detectors.content.base import OverlayHint, Picture
from detectors.content.overlay.layout import Layout, cut, face, search
from detectors.content.overlay.reader import shared
from detectors.content.overlay.watch import OverlayWatch
from domain.observation import Observation, ObservationKind

FONTS = (*HERSHEY, "sans", "sans-700", "italic", "uni", "pillow")
FORMATS = ((14, 720), (20, 1080), (28, 720), (60, 1080), (14, 576))
STYLES, GROUNDS = ("plain", "outline", "box"), ("dark", "bright", "mixed", "busy")
PLACES = ("top-right", "top-left", "bottom-right", "bottom-left", "top-centre")
ZERO = BEGIN.replace(tzinfo=UTC).timestamp()
SECONDS = 600.0


def scenes(crfs: Sequence[int], ink: int = 255, seconds: int = 6) -> list[Scene]:
    """Every font in every format; style, place, ground, codec and quality change from one to the next."""
    pairs = [(font, form) for font in FONTS for form in FORMATS]
    return [
        Scene(
            f"{font} {height}px {lines}p",
            font=font,
            height=height,
            lines=lines,
            style=STYLES[number % 3],
            place=PLACES[(number + number // 5) % 5],
            ground=GROUNDS[number // 3 % 4],
            codec=("libx264", "libx265")[number % 2],
            crf=crfs[(number + number // 3) % len(crfs)],
            ink=ink,
            seconds=seconds,
        )
        for number, (font, (height, lines)) in enumerate(pairs)
    ]


def frames(chosen: Iterable[Scene]) -> dict[str, object]:
    """Each frame by itself, then all of a clip together."""
    right = wrong = none = false = clocks = clips = 0
    for scene in chosen:
        shots = list(pictures(encoded(scene)))
        layout = next((found for shot in shots[:3] if (found := search(shared(), shot.whole())[0])), None)
        marks = [_mark(shot, number, layout) for number, shot in enumerate(shots)]
        right, wrong, none = right + marks.count("."), wrong + marks.count("W"), none + marks.count("-")
        seen, _ = watched(lambda at, shots=shots: shots[min(len(shots) - 1, round(at))], float(scene.seconds))
        bad = faults(Expected(scene), seen)
        clocks += any(one.kind is ObservationKind.CLOCK for one in seen)
        lost = [fault for fault in bad if fault.startswith("lost")]
        false += len(bad) - len(lost)
        clips += 1
        if bad or marks.count(".") < len(marks):
            print(f"  {scene.name} {scene.style} {scene.ground} crf {scene.crf}: {''.join(marks)} {bad}", flush=True)
    total = right + wrong + none
    return {
        "frames": total,
        "read right": f"{right / total:.4f}",
        "read wrong": wrong,
        "not read": none,
        "clips with a clock": f"{clocks} of {clips}",
        "false observations": false,
    }


def _mark(shot: Picture, number: int, layout: Layout | None) -> str:
    """One frame by itself: right, wrong or not read."""
    image = shot.whole()
    what = face(shared().read([cut(image, place) for place in layout.clock])).shown if layout else None
    if what is None:
        return "-"
    return "." if any(one.at == BEGIN + timedelta(seconds=number) for one in what.moments) else "W"


def watched(at: Callable[[float], Picture], seconds: float) -> tuple[tuple[Observation, ...], float]:
    """What is observed of one clip, and the processor time that it took, without decoding."""
    watch = OverlayWatch(OverlayHint(), [(0.0, seconds)])
    spent = _run(watch, at)
    return watch.finish()[0], spent


def faults(expected: Expected, seen: Sequence[Observation]) -> list[str]:
    """What differs from what must be observed."""
    found = []
    wants = {
        ObservationKind.CLOCK: [ZERO + offset for offset in expected.clocks],
        ObservationKind.CLOCK_JUMP: list(expected.jumps),
        ObservationKind.CLOCK_STOPPED: list(expected.stops),
        ObservationKind.TURNED: list(expected.turned),
    }
    for kind, values in wants.items():
        got = [one.value or 0.0 for one in seen if one.kind is kind]
        slack = 2.0 if kind is ObservationKind.CLOCK_STOPPED else 1.0
        found += [f"lost {kind} {value}" for value in values if not any(abs(value - one) <= slack for one in got)]
        found += [f"false {kind} {one}" for one in got if not any(abs(value - one) <= slack for value in values)]
    missing = sum(one.kind is ObservationKind.CLOCK_MISSING for one in seen)
    found += ["lost missing"] if missing < expected.missing else ["false missing"] if missing > expected.missing else []
    numbers = "".join(one.detail or "" for one in seen if one.kind is ObservationKind.NUMBERS)
    return found + ([f"numbers {numbers}"] if numbers != expected.numbers else [])


def stories(chosen: Iterable[Expected]) -> dict[str, object]:
    """Ten-minute clips in which something happens, or nothing."""
    bad, spent = 0, []
    for expected in chosen:
        seen, seconds = watched(live(expected.scene), SECONDS)
        wrong = faults(expected, seen)
        bad += len(wrong)
        spent.append(seconds)
        print(f"  {expected.scene.name}: {seconds:.2f} s {wrong or ''}", flush=True)
    worst, mean = max(spent), sum(spent) / len(spent)
    return {"clips": len(spent), "faults": bad, "cpu s mean": f"{mean:.2f}", "cpu s worst": f"{worst:.2f}"}


def known_region() -> dict[str, object]:
    """Processor time of a ten-minute 1080p clip once its region is known."""
    scene = replace(FORMS[0].scene, beside="")
    watch, at = OverlayWatch(OverlayHint(), [(0.0, SECONDS)]), live(scene)
    found = _run(watch, at)
    again = _run(OverlayWatch(OverlayHint(watch.finish()[1]), [(0.0, SECONDS)]), at)
    return {"cpu s, region found": f"{found:.2f}", "cpu s, region known": f"{again:.2f}"}


def _run(watch: OverlayWatch, at: Callable[[float], Picture]) -> float:
    spent = 0.0
    while times := watch.wanted():
        for picture in [at(moment) for moment in times]:
            begun = process_time()
            watch.look(picture)
            spent += process_time() - begun
    return spent


def measure() -> Mapping[str, object]:
    """Everything; lines above the table name each clip that is not as it should be."""
    begun = process_time()
    shared()
    results: dict[str, dict[str, object]] = {"load": {"cpu s": f"{process_time() - begun:.2f}"}}
    parts: Mapping[str, Callable[[], dict[str, object]]] = {
        "frames, crf 23 28 33": lambda: frames(scenes((23, 28, 33))),
        "frames, crf 36 40 44": lambda: frames(scenes((36, 40, 44))),
        "frames, grey ink": lambda: frames(scenes((28, 33), ink=190)),
        "forms": lambda: stories(FORMS),
        "events": lambda: stories(EVENTS),
        "no clock": lambda: stories(NOTHING),
        "known": known_region,
    }
    wanted = sys.argv[1:]
    for name, part in parts.items():
        if not wanted or any(name.startswith(one) for one in wanted):
            print(name, flush=True)
            results[name] = part()
    return {f"{part}: {key}": value for part, values in results.items() for key, value in values.items()}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2, ensure_ascii=False))
