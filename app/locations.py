"""Where things lie: paths and database URLs of the configuration made absolute, and passwords kept out of sight."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

SECRETS = ("password", "passwd", "pwd", "token", "sslpassword")


def is_url(location: str) -> bool:
    return "://" in location


def folder(location: str) -> Path | None:
    """The folder on this machine that a path or a file:// address names; None for any other address."""
    if not is_url(location):
        return Path(location)
    parts = urlsplit(location)
    here = parts.scheme.lower() == "file" and parts.netloc in ("", "localhost")
    return Path(unquote(parts.path)) if here else None


def absolute(location: str, base: Path) -> str:
    """A folder or file relative to `base`, or a URL (of which only SQLite's can be relative). Raises ValueError."""
    if not is_url(location):
        return os.path.normpath(base / Path(location).expanduser())
    if location.startswith("sqlite"):
        return _text(_absolute_sqlite(_parsed(location), base))
    return location


def database_url(text: str, base: Path, password: str | None) -> str:
    """The URL to open, with driver, absolute path and password filled in. Raises ValueError saying what is expected."""
    url = _parsed(text)
    family = url.drivername.split("+")[0]
    if family not in DRIVERS:
        raise ValueError(f"expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME, got {url.drivername}://")
    url = url.set(drivername=DRIVERS[family])
    if family == "sqlite":
        return _text(_absolute_sqlite(url, base))
    return _text(url.set(password=password) if password is not None else url)


def without_password(location: str) -> str:
    """A location fit to be shown: a password in a URL becomes `***`."""
    if not is_url(location):
        return location
    try:
        url = make_url(location)
        return url.update_query_dict({key: "***" for key in url.query if key.lower() in SECRETS}).render_as_string()
    except (ArgumentError, ValueError):
        return f"{location.split('://')[0]}://***"


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for other databases and for one in memory."""
    parsed = make_url(url)
    name = parsed.database or ""
    if not parsed.drivername.startswith("sqlite") or _in_memory(name) or name.startswith("file:"):
        return None
    return Path(name)


def _parsed(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise ValueError(
            f"expected a database URL such as sqlite:///var/bwc.db, got {without_password(text)!r}"
        ) from None


def _absolute_sqlite(url: URL, base: Path) -> URL:
    name = url.database or ""
    if _in_memory(name) or name.startswith("file:"):
        return url
    return url.set(database=os.path.normpath(base / Path(name).expanduser()))


def _in_memory(name: str) -> bool:
    return name in ("", ":memory:")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
