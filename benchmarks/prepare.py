"""Before the measurements: the peers, from the system's packages, when they are missing and this machine lets us.

Nothing is downloaded by other means; a peer that is not to be had is left out of the tables with a line.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

PEERS: Mapping[str, str] = {"ffprobe": "ffmpeg", "mediainfo": "mediainfo", "exiftool": "libimage-exiftool-perl"}
"""Program → Debian's package."""
MINUTES = 10


def missing() -> list[str]:
    """The peers that are not on this machine."""
    return [program for program in PEERS if shutil.which(program) is None]


def main() -> None:
    """Install what is missing as root where apt is; say in one line what is left out."""
    if missing() and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        packages = [PEERS[program] for program in missing()]
        print(f"installing peers to measure against / 正在安装对比工具: {' '.join(packages)} ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            try:
                subprocess.run(
                    ["apt-get", "-qq", *command],
                    check=False,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=MINUTES * 60,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                print(f"the peers could not be installed: {error}", file=sys.stderr)
                break
    if missing():
        print(f"not on this machine, left out: {', '.join(missing())}", file=sys.stderr)


if __name__ == "__main__":
    main()
