"""Rows as JSON answers: times ISO 8601 with the offset of the zone, durations in seconds; weak ETags (RFC 9110)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response


def text_of(value: Any, zone: ZoneInfo) -> str:
    """JSON, equal to what `bwc list --format jsonl` prints. What JSON knows is written without being looked at."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=partial(_known_to_json, zone)
    )


def plain(value: Any, zone: ZoneInfo) -> Any:
    """A copy of JSON kinds only."""
    return json.loads(text_of(value, zone))


def _known_to_json(zone: ZoneInfo, value: Any) -> Any:
    """What JSON has no form of its own for. Raises TypeError for what has no form here either."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return [*value]
    raise TypeError(f"expected a value that JSON can hold, got {type(value).__name__}")


def answer(request: Request, content: Any, zone: ZoneInfo) -> Response:
    """The content with its ETag, or 304 without a body when the caller has it already."""
    body = text_of(content, zone).encode()
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if has_already(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})


def has_already(if_none_match: str | None, tag: str) -> bool:
    """Weak comparison with every tag of an If-None-Match header; `*` fits anything."""
    if if_none_match is None:
        return False
    theirs = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in theirs or tag.removeprefix("W/") in theirs
