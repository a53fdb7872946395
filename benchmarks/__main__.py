"""`make bench`: runs every measurement, prints a table and writes JSON to `artefacts/bench.json`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import scan

MEASUREMENTS: Mapping[str, Callable[[], Mapping[str, object]]] = {"P4/P5 scan": scan.measure}


def main() -> None:
    """Measure, print, write."""
    results = {}
    for name, measure in MEASUREMENTS.items():
        print(f"== {name}", flush=True)
        results[name] = measure()
        for key, value in results[name].items():
            print(f"{key:24} {value}")
    target = Path("artefacts")
    target.mkdir(exist_ok=True)
    (target / "bench.json").write_text(json.dumps(results, indent=2, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
