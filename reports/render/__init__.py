"""Renderers: one file a format, all of the same content."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reports.content import Content
from reports.render.csv_file import csv_file
from reports.render.html_page import html_page
from reports.render.json_text import json_text
from reports.render.pdf_file import pdf_file
from reports.render.xlsx_file import xlsx_file

Renderer = Callable[[Content, str], bytes]
"""Takes the content and a language (zh or en)."""

RENDERERS: Mapping[str, Renderer] = MappingProxyType(
    {"xlsx": xlsx_file, "pdf": pdf_file, "csv": csv_file, "html": html_page, "json": json_text}
)
PICTURED = ("xlsx", "pdf", "html")
"""Those that show pictures."""
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pdf": "application/pdf",
        "csv": "text/csv; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "json": "application/json",
    }
)
