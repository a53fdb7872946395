"""Before the suite: a browser from the system's packages, when it is missing and this machine lets us install it.

Nothing is downloaded by other means; where there is no browser to be had, the browser tests say so and are skipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
MINUTES = 10


def install(packages: Sequence[str], what: str, what_zh: str) -> None:
    """Install Debian's packages as root where apt is, else do nothing; a failure is one line on stderr."""
    if not packages or not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    print(f"正在安装{what_zh} / installing {what}: {' '.join(packages)} ...", flush=True)
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
            print(f"无法安装{what_zh} / {what} could not be installed: {error}", file=sys.stderr)
            return


def main() -> None:
    """Install Debian's Chromium where that is possible; otherwise say in one line what will be skipped."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    install(PACKAGES, "a browser for the tests", "测试用浏览器")
    if not any(shutil.which(name) for name in BROWSERS):
        print("no Chromium on this machine and no way to install it: browser tests will be skipped", file=sys.stderr)


if __name__ == "__main__":
    main()
