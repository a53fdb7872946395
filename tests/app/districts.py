"""A configuration whose database holds the small district of two scans, for commands that read and write it."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from app.command_line import status_of
from storage.engine import DatabaseSettings, open_engine
from tests.app.configs import LEAST, write
from tests.databases import migrate
from tests.reports.days import build, second_scan


def district(folder: Path, *, scans: int = 1) -> Path:
    """The configuration file."""
    (folder / "stores" / "dock-a").mkdir(parents=True)
    (folder / "var").mkdir()
    config = write(folder, LEAST)
    engine = open_engine(DatabaseSettings(f"sqlite:///{folder / 'var' / 'bwc.db'}"))
    migrate(engine)
    build(engine)
    if scans > 1:
        second_scan(engine)
    engine.dispose()
    return config


def engine_of(config: Path):
    return open_engine(DatabaseSettings(f"sqlite:///{config.parent / 'var' / 'bwc.db'}"))


def bwc(config: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of one command."""
    out, error = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(error):
        status = status_of([*arguments, "--config", str(config)])
    texts = [stream.buffer.getvalue().decode("utf-8") for stream in (out, error)]
    return int(status), texts[0], texts[1]
