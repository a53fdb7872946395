"""Limits and exclusions with some of their values set otherwise, under the same checks as config.toml's own."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from detectors.limits import Exclusions, Limits
from domain.errors import ConfigError

PREFIX = "config.toml "


@dataclasses.dataclass(frozen=True, slots=True)
class Judging:
    """What the rules are told besides the facts."""

    limits: Limits = dataclasses.field(default_factory=Limits)
    exclusions: Exclusions = dataclasses.field(default_factory=Exclusions)

    def value(self, section: str, key: str) -> Any:
        """The value of `limits` or `exclude`."""
        return getattr(self.limits if section == "limits" else self.exclusions, key)


def changed(judging: Judging, limits: Mapping[str, Any], exclude: Mapping[str, Any]) -> Judging:
    """The same with these values instead. Raises ConfigError naming section, key, expected and got."""
    try:
        return Judging(
            Limits.from_mapping({**_values(judging.limits), **limits}),
            Exclusions.from_mapping({**_values(judging.exclusions), **exclude}),
        )
    except ConfigError as error:
        raise ConfigError(str(error).removeprefix(PREFIX)) from None


def _values(section: Limits | Exclusions) -> dict[str, Any]:
    return {field.name: getattr(section, field.name) for field in dataclasses.fields(section)}


def differing(one: Judging, other: Judging) -> dict[tuple[str, str], tuple[Any, Any]]:
    """(section, key) → both values, where they are not the same."""
    found: dict[tuple[str, str], tuple[Any, Any]] = {}
    for section, before, after in (
        ("limits", _values(one.limits), _values(other.limits)),
        ("exclude", _values(one.exclusions), _values(other.exclusions)),
    ):
        found |= {(section, key): (before[key], after[key]) for key in before if before[key] != after[key]}
    return found
