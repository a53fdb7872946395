"""Log lines on stderr, one event a line: for people `key=value` pairs, for a log collector one JSON object (`[log]`).

Nothing that a line holds can begin another one or steer a terminal: neither a file name nor what a client sent.
"""

import json
import logging
import math
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

from app.visible import visible

STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
QUIET = ("apscheduler", "uvicorn.access", "alembic", "PIL")
LONGEST = 8000
"""Characters of one text in a JSON line; collectors cut longer lines, and half an object is none."""


class LogFormat(StrEnum):
    LINES = "lines"
    JSON = "json"


def moment_of(record: logging.LogRecord) -> str:
    """`2026-11-20T00:00:00.000Z`."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What was logged beside the message."""
    return {key: value for key, value in record.__dict__.items() if key not in STANDARD}


class LineFormatter(logging.Formatter):
    """`2026-11-20T00:00:00.000Z INFO app.scan scan finished files=12`; a value with blanks is quoted."""

    def format(self, record: logging.LogRecord) -> str:
        extra = "".join(f" {visible(key)}={_quoted(value)}" for key, value in fields_of(record).items())
        message = visible(record.getMessage())
        line = f"{moment_of(record)} {record.levelname} {record.name} {message}{extra}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """`{"at": …, "level": "info", "logger": "bwc.scan", "event": "scan finished", "fields": {"files": 12}}`, in ASCII.

    `trace` is there for an exception. What was logged comes back unchanged when the line is decoded.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": moment_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _cut(record.getMessage()),
            "fields": {key: _plain(value) for key, value in fields_of(record).items()},
        }
        if record.exc_info:
            line["trace"] = _cut(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True, allow_nan=False)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return _cut(str(value))


def _cut(text: str) -> str:
    """The beginning and the end of a text that is too long; of a trace the end says most."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


def _quoted(value: object) -> str:
    text = str(value)
    plain = text and text.isprintable() and not any(c.isspace() or c in "\"'=" for c in text)
    return text if plain else repr(text)


def set_up_logs(level: int, stream: TextIO | None = None, form: LogFormat = LogFormat.LINES) -> None:
    """Send every logger's lines to stderr, replacing an earlier set-up; libraries that chatter stay at warnings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form is LogFormat.JSON else LineFormatter())
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, LineFormatter | JsonFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def told_as_event(text: str, level: int) -> bool:
    """Where the log is for a collector, a line for people becomes an event like the others; False elsewhere."""
    collectors = [one for one in logging.getLogger().handlers if isinstance(one.formatter, JsonFormatter)]
    for handler in collectors:
        handler.handle(
            logging.makeLogRecord(
                {"name": "bwc", "levelno": level, "levelname": logging.getLevelName(level), "msg": text}
            )
        )
    return bool(collectors)
