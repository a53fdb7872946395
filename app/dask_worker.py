"""What a Dask worker of ours knows: which program it is, which stores it sees, and where they lie on its machine.

A job names its store; where that lies is the worker's own affair, since two machines seldom mount one share alike.
What a worker offers is told to the scheduler as resources, so that no job comes to a worker that cannot do it.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass, replace
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from typing import Any, TypeVar

from app.version import program_version
from indexer.stores.base import StoreSettings

Answer = TypeVar("Answer")
STORE = "store:"
PROGRAM = "bwc:"
PLENTY = 1_000_000.0
"""What a worker has of each of its resources; a job takes one: they say where, never how many at a time."""

HERE: dict[str, str] = {}
"""In a worker: location of each store by name."""


@cache
def program_mark() -> str:
    """This program, by all that must be the same at both ends: version, Python, Dask, readers of containers."""
    from indexer.containers import reader_versions

    readers = blake2b(repr(sorted(reader_versions().items())).encode(), digest_size=4).hexdigest()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{PROGRAM}{program_version()} python-{python} dask-{version('distributed')} readers-{readers}"


def offered(stores: Iterable[str]) -> Mapping[str, float]:
    """The resources of a worker that sees these stores."""
    return {program_mark(): PLENTY, **{f"{STORE}{name}": PLENTY for name in stores}}


def needed(store: str | None) -> Mapping[str, float]:
    """The resources that a job about a store takes."""
    return {program_mark(): 1.0, **({} if store is None else {f"{STORE}{store}": 1.0})}


def store_of(arguments: Iterable[object]) -> str | None:
    """The store that a job is about."""
    settings = (getattr(one, "store", None) for one in arguments)
    return next((one.name for one in settings if isinstance(one, StoreSettings)), None)


def settle(places: Mapping[str, str]) -> None:
    """In a worker, when it begins: where its stores lie."""
    HERE.clear()
    HERE.update(places)


def at_home(work: Callable[..., Answer], *arguments: Any) -> Answer:
    """In a worker: do a job, its store where it lies on this machine."""
    return work(*(_at_home(one) for one in arguments))


def _at_home(argument: Any) -> Any:
    store = getattr(argument, "store", None)
    if not isinstance(store, StoreSettings) or store.name not in HERE or not is_dataclass(argument):
        return argument
    return replace(argument, store=replace(store, location=HERE[store.name]))  # type: ignore[type-var]
