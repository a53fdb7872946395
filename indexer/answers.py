"""What a helper says, taken apart without trust: a helper looks at hostile files, and may be somebody else's by then.

Answers are pickled. Of what a pickle may name, only values of ours are made: dataclasses, vocabularies and errors of
these packages, dates and fractions. No function is ever called, and no module outside is loaded.
"""

import dataclasses
import io
import pickle
from enum import Enum
from typing import Any

OURS = frozenset({"domain", "detectors", "indexer"})
PLAIN = frozenset({("datetime", "timedelta"), ("datetime", "datetime"), ("datetime", "timezone")})
PLAIN |= {("fractions", "Fraction"), ("builtins", "set"), ("builtins", "frozenset"), ("builtins", "bytearray")}


class NoAnswer(Exception):
    """What came is nothing that a helper of ours says."""


class _Values(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if "." not in name and (module in ("builtins", "datetime", "fractions") or module.partition(".")[0] in OURS):
            found = super().find_class(module, name)
            if (module, name) in PLAIN or (isinstance(found, type) and _is_value(found)):
                return found
        raise NoAnswer(f"{module}.{name}")


def _is_value(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or issubclass(kind, Enum | OSError | MemoryError)


def value_of(content: bytes) -> object:
    """The value. Raises NoAnswer, whatever came instead."""
    try:
        return _Values(io.BytesIO(content)).load()
    except (pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError, ValueError, EOFError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
