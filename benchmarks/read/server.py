"""The real application in a real server, in a process of its own: `python -m benchmarks.read.server URL`.

Prints its address and serves until its input ends.
"""

import secrets
import sys

from api.app import create_app
from api.identity.doors import DoorSettings
from app.serving import address_of, bind, serving
from app.shell_settings import ApiSettings
from benchmarks.read.world import ZONE
from storage.engine import DatabaseSettings, Use, open_engine


def main(url: str) -> None:
    """Serve one database on a free port of loopback."""
    settings = DatabaseSettings(url)
    doors = DoorSettings(secret=secrets.token_bytes(32), visitors=True)
    listener = bind(ApiSettings(port=0))
    application = create_app(
        open_engine(settings, Use.READING), open_engine(settings), doors, zone=ZONE, version="bench"
    )
    with serving(application, listener):
        print(address_of(listener), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
