"""Does a bill of materials (CycloneDX JSON) list what is pinned, nothing more and nothing less?

`python -m deploy.bill build/sbom.json` says what differs and exits 1. The bill itself is made by `make sbom`.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PINS = Path(__file__).resolve().parent.parent / "constraints" / "run.txt"
PIN = re.compile(r"(?m)^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)")
DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")

Bill = Mapping[tuple[str, str], frozenset[str]]
"""(name, version) and the SHA-256 of every file of it that may be installed."""


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> Bill:
    """What a file of pins allows."""
    found = list(PIN.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    return {
        (normal(one[1]), one[2]): frozenset(DIGEST.findall(text, one.start(), end))
        for one, end in zip(found, ends, strict=True)
    }


def listed(bill: Mapping[str, Any]) -> Bill:
    """What a bill of materials lists."""
    return {
        (normal(one["name"]), one.get("version", "")): frozenset(
            digest["content"]
            for reference in one.get("externalReferences", ())
            for digest in reference.get("hashes", ())
            if digest["alg"] == "SHA-256"
        )
        for one in bill.get("components", ())
    }


def differences(bill: Mapping[str, Any], pins: str) -> list[str]:
    """In words; none where the bill lists what is pinned. What differs from one making to the next is one, too."""
    ours, theirs = pinned(pins), listed(bill)
    told = [f"{name} {version}: pinned, not listed" for name, version in sorted(set(ours) - set(theirs))]
    told += [f"{name} {version}: listed, not pinned" for name, version in sorted(set(theirs) - set(ours))]
    both = sorted(set(ours) & set(theirs))
    told += [
        f"{name} {version}: other digests" for name, version in both if ours[name, version] != theirs[name, version]
    ]
    if bill.get("serialNumber") or "timestamp" in bill.get("metadata", {}):
        told.append("the bill has a serial number or a time: it would be another one each time it is made")
    return told


def main(arguments: Sequence[str]) -> int:
    """0 where nothing differs."""
    if len(arguments) != 1:
        sys.stderr.write("python -m deploy.bill: expected the file of one bill\n")
        return 2
    bill = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    told = differences(bill, PINS.read_text(encoding="utf-8"))
    sys.stderr.writelines(f"{line}\n" for line in told)
    return 1 if told else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
