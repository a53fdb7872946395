"""The real application in a real server, in a process of its own: `python -m benchmarks.read.server URL`.

Prints its address and serves until its input ends.
"""

import sys
from zoneinfo import ZoneInfo

from api.app import create_app
from app.serving import address_of, bind, serving
from app.shell_settings import ApiSettings
from storage.engine import DatabaseSettings, open_engine


def main(url: str) -> None:
    """Serve one database on a free port of loopback."""
    engine = open_engine(DatabaseSettings(url), readonly=True)
    listener = bind(ApiSettings(port=0))
    application = create_app(engine, zone=ZoneInfo("Asia/Shanghai"), version="bench")
    with serving(application, listener):
        print(address_of(listener), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
