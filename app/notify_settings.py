"""`[notify]` of config.toml: who is told what, in which language, and when nobody is to be disturbed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.schedule_settings import NAME
from app.sections import Table, described, read_section
from domain.notices import NoticeKind, Quiet, parse_quiet

EVERYBODY = "all"
"""The receiver that `[notify] urls` makes."""
LANGUAGES = ("zh", "en", "both")
MOST_LINES, LEAST_BYTES = 200, 500


@dataclass(frozen=True, slots=True)
class NotifyTo:
    """One `[[notify.to]]`. `units` (with those below) and `kinds` none: every one. Addresses are secrets."""

    name: str
    urls: tuple[str, ...] = field(repr=False)
    units: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    language: str = "zh"

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f'name: expected letters, digits, "-" and "_", got "{self.name}"')
        if not self.urls:
            raise ValueError("urls: expected at least one address, got none")
        _known_kinds("kinds", self.kinds)
        _known_language(self.language)


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """`[notify]`: addresses for notices, in Apprise's form; `urls` are told everything."""

    urls: tuple[str, ...] = field(default=(), repr=False)
    language: str = "zh"
    quiet: str | None = None
    urgent: tuple[str, ...] = ()
    most_lines: int = 20
    most_bytes: int = 1800
    ahead_hours: float = 6.0
    to: tuple[NotifyTo, ...] = ()

    def __post_init__(self) -> None:
        _known_kinds("urgent", self.urgent)
        _known_language(self.language)
        if not 1 <= self.most_lines <= MOST_LINES:
            raise ValueError(f"most_lines: expected 1 to {MOST_LINES}, got {self.most_lines}")
        if self.most_bytes < LEAST_BYTES:
            raise ValueError(f"most_bytes: expected at least {LEAST_BYTES}, got {self.most_bytes}")
        if self.quiet is not None:
            parse_quiet(self.quiet)

    @property
    def receivers(self) -> tuple[NotifyTo, ...]:
        """Everybody who is told anything."""
        return (*([NotifyTo(EVERYBODY, self.urls, language=self.language)] if self.urls else []), *self.to)

    @property
    def quiet_hours(self) -> Quiet | None:
        return None if self.quiet is None else parse_quiet(self.quiet)


def read_notify(table: Table) -> NotifySettings:
    """The section with its receivers. Raises ConfigError."""
    rest = replace(table, values={key: value for key, value in table.values.items() if key != "to"})
    section = read_section(NotifySettings, rest)
    given = table.values.get("to", [])
    if not isinstance(given, list):
        raise table.error("to", f"expected [[notify.to]] with double brackets, got {described(given)}")
    found: list[NotifyTo] = []
    for position, values in enumerate(given):
        if not isinstance(values, dict):
            raise table.error("to", f"expected tables, got one with {described(values)}")
        inner = Table(table.document, (*table.path, "to", position), f"[[notify.to]] number {position + 1}", values)
        entry = read_section(NotifyTo, inner)
        if entry.name in (EVERYBODY, *(one.name for one in found)):
            raise inner.error("name", f'expected a name of its own, got "{entry.name}"')
        found.append(entry)
    return replace(section, to=tuple(found))


def _known_kinds(key: str, kinds: Iterable[str]) -> None:
    known = [kind.value for kind in NoticeKind]
    wrong = next((one for one in kinds if one not in known), None)
    if wrong is not None:
        raise ValueError(f'{key}: expected some of {", ".join(known)}, got "{wrong}"')


def _known_language(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f'language: expected one of {", ".join(LANGUAGES)}, got "{language}"')
