"""Log lines on stderr: time, level, logger, message, then key=value pairs; one event a line."""

import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from app.visible import visible

STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
QUIET = ("apscheduler", "uvicorn.access", "alembic", "PIL")


class LineFormatter(logging.Formatter):
    """`2026-11-20T00:00:00.000Z INFO app.scan scan finished files=12`; a value with blanks is quoted."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        extra = "".join(f" {key}={_quoted(value)}" for key, value in record.__dict__.items() if key not in STANDARD)
        message = visible(record.getMessage())
        line = f"{moment} {record.levelname} {record.name} {message}{extra}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _quoted(value: object) -> str:
    text = str(value)
    plain = text and text.isprintable() and not any(c.isspace() or c in "\"'=" for c in text)
    return text if plain else repr(text)


def set_up_logs(level: int, stream: TextIO | None = None) -> None:
    """Send every logger's lines to stderr, replacing an earlier set-up; libraries that chatter stay at warnings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, LineFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
