"""`make bench`: runs every measurement, prints a table and writes JSON to `artefacts/bench.json`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import dask, growth, mutations, probe, report, rescan, scan, truth
from benchmarks.content import quality as content
from benchmarks.content import speed
from benchmarks.quality import __main__ as quality
from benchmarks.read import __main__ as read

MEASUREMENTS: Mapping[str, Callable[[], Mapping[str, object]]] = {
    "P1/P2/P3 probe": probe.measure,
    "truth": truth.measure,
    "mutations": mutations.measure,
    "P4/P5 scan": scan.measure,
    "P5/P10 re-scan": rescan.measure,
    "P6/P7 growth": growth.measure,
    "P9 read": read.measure,
    "P11 report": report.measure,
    "P12 cluster": dask.measure,
    "quality": quality.measure,
    "content": content.measure,
    "P8 content speed": speed.measure,
}


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
