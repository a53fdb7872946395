"""Peak memory of this process.

`ru_maxrss` is handed on from the process that started this one, so that a large parent would be measured.
"""

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_kb() -> int:
    """Highest resident size in KiB so far."""
    if STATUS.exists():
        line = next((line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")), None)
        if line is not None:
            return int(line.split()[1])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


def forget_peak() -> None:
    """Begin anew: from now on `peak_kb` tells what is needed from now on (Linux alone)."""
    clear = STATUS.with_name("clear_refs")
    if clear.exists():
        clear.write_text("5", encoding="ascii")
