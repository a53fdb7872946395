"""Units and officers as the registers state them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """单位(所队): `parent` is the code of the unit above."""

    code: str
    name: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """民警(辅警), keyed by badge (警号)."""

    badge: str
    name: str | None = None
    unit: str | None = None
