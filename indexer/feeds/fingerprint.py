"""What else than its content decides how a feed is read: when that changes, an unchanged source is read again."""

import json
from dataclasses import fields

from indexer.feeds.base import FeedSettings

READER_VERSION = 3  # raised when cleaning or its notes change: feeds are read again


def fingerprint(settings: FeedSettings) -> bytes:
    """Settings and version of the reader as bytes; the feed's name and place do not matter."""
    said = {field.name: getattr(settings, field.name) for field in fields(settings)}
    told = {key: said[key] for key in ("kind", "timezone", "query", "store")}
    columns = sorted(settings.columns.items())
    return json.dumps([READER_VERSION, told, columns], sort_keys=True).encode()
