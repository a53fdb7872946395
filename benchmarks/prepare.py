"""Before the measurements: the peers, from the system's packages, when they are missing and this machine lets us.

Nothing is downloaded by other means; a peer that is not to be had is left out of the tables with a line.
"""

import shutil
import sys
from collections.abc import Mapping

from tests.prepare import install

PEERS: Mapping[str, str] = {"ffprobe": "ffmpeg", "mediainfo": "mediainfo", "exiftool": "libimage-exiftool-perl"}
"""Program → Debian's package."""


def missing() -> list[str]:
    """The peers that are not on this machine."""
    return [program for program in PEERS if shutil.which(program) is None]


def main() -> None:
    """Install what is missing where that is possible; say in one line what is left out."""
    install([PEERS[program] for program in missing()], "peers to measure against", "对比工具")
    if missing():
        print(f"not on this machine, left out: {', '.join(missing())}", file=sys.stderr)


if __name__ == "__main__":
    main()
