"""Before the suite: a browser from the system's packages, when it is missing and this machine lets us install it.

Nothing is downloaded by other means; where there is no browser to be had, the browser tests say so and are skipped.
"""

import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
MINUTES = 5


def main() -> None:
    """Install Debian's Chromium as root where apt is; otherwise say in one line what will be skipped."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("installing a browser for the tests / 正在安装测试用浏览器 ...", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": MINUTES * 60}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        try:
            subprocess.run(["apt-get", "update"], check=False, env=environment, **quiet)
            wanted = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
            subprocess.run(wanted, check=False, env=environment, **quiet)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"no browser could be installed: {error}", file=sys.stderr)
    if not any(shutil.which(name) for name in BROWSERS):
        print("no Chromium on this machine and no way to install it: browser tests will be skipped", file=sys.stderr)


if __name__ == "__main__":
    main()
