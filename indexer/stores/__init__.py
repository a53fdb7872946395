"""The kinds of store, by the scheme of their location; a location without a scheme is a folder."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from domain.errors import ConfigError
from indexer.stores.base import Addressing, Store, StoreSettings
from indexer.stores.local import LocalStore

OBJECTS_ONLY: Mapping[str, object] = MappingProxyType(
    {"endpoint": None, "region": None, "profile": None, "addressing": Addressing.AUTO, "ca_file": None}
)
"""Keys of `[[stores]]` that mean nothing to a folder, and what they are when nobody sets them."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def _folder(settings: StoreSettings) -> Store:
    return LocalStore(settings, Path(settings.location))


def _file_url(settings: StoreSettings) -> Store:
    parts = urlsplit(settings.location)
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise ConfigError(
            f"stores.{settings.name}.location: expected file:///folder on this machine, got {settings.location!r}"
        )
    return LocalStore(settings, Path(unquote(parts.path)))


def _bucket(settings: StoreSettings) -> Store:
    from indexer.stores.s3 import ObjectStore  # few installations have one

    return ObjectStore(settings)


STORE_KINDS: Mapping[str, Callable[[StoreSettings], Store]] = MappingProxyType(
    {"": _folder, "file": _file_url, "s3": _bucket}
)


def open_store(settings: StoreSettings) -> Store:
    """The store that the settings describe; nothing is touched yet. Raises ConfigError for an unknown scheme."""
    match = _SCHEME.match(settings.location)
    scheme = match[1].lower() if match else ""
    if not settings.location or scheme not in STORE_KINDS:
        known = ", ".join(["a folder", *(f"{kind}://" for kind in sorted(STORE_KINDS) if kind)])
        raise ConfigError(f"stores.{settings.name}.location: expected {known}, got {settings.location!r}")
    given = [key for key, unset in OBJECTS_ONLY.items() if getattr(settings, key) != unset]
    if given and scheme != "s3":
        raise ConfigError(f"stores.{settings.name}.{given[0]}: expected only with an s3:// location")
    return STORE_KINDS[scheme](settings)
