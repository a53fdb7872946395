"""Rows as JSON answers: times ISO 8601 with the offset of the zone, durations in seconds; weak ETags (RFC 9110)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response


def plain(value: Any, zone: ZoneInfo) -> Any:
    """A copy of JSON kinds only, equal to what `bwc list --format jsonl` prints."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), zone) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item, zone) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, zone) for item in value]
    return value


def answer(request: Request, content: Any, zone: ZoneInfo) -> Response:
    """The content with its ETag, or 304 without a body when the caller has it already."""
    body = json.dumps(plain(content, zone), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
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
