"""Renderers: one file a format, all of the same content. XLSX and PDF are not there yet."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reports.content import Content
from reports.render.csv_file import csv_file
from reports.render.html_page import html_page
from reports.render.json_text import json_text

Renderer = Callable[[Content, str], bytes]
"""Takes the content and a language (zh or en)."""

RENDERERS: Mapping[str, Renderer] = MappingProxyType({"csv": csv_file, "html": html_page, "json": json_text})
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8", "json": "application/json"}
)
PLANNED = ("xlsx", "pdf")
"""Formats of `interface.md` that this version does not write."""
