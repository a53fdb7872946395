"""The few expressions in which the SQL of the two databases differs."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import JSON, Table

from storage.packed import PackedJson


@dataclass(frozen=True, slots=True)
class Dialect:
    """SQL text for one database. Times are whole microseconds since 1970, as the tables keep them."""

    postgres: bool

    def pad(self, number: str, width: int) -> str:
        """A whole number with leading noughts."""
        return f"lpad(({number})::text, {width}, '0')" if self.postgres else f"printf('%0{width}d', {number})"

    def time(self, micros: str, postgres: str, sqlite: str) -> str:
        if self.postgres:
            return f"to_char(to_timestamp(({micros}) / 1000000) AT TIME ZONE 'UTC', '{postgres}')"
        return f"strftime('{sqlite}', ({micros}) / 1000000, 'unixepoch')"

    def iso(self, micros: str) -> str:
        return self.time(micros, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"', "%Y-%m-%dT%H:%M:%S+00:00")

    def day(self, micros: str) -> str:
        return self.time(micros, "YYYY-MM-DD", "%Y-%m-%d")

    def compact(self, micros: str) -> str:
        return self.time(micros, "YYYYMMDDHH24MISS", "%Y%m%d%H%M%S")

    def compact_day(self, micros: str) -> str:
        return self.time(micros, "YYYYMMDD", "%Y%m%d")

    def numbers(self, count: int) -> str:
        """A table `numbers` with a column `n` from 0 on."""
        if self.postgres:
            return f"(SELECT generate_series(0::bigint, {count - 1}) AS n) AS numbers"
        counting = f"WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < {count - 1})"
        return f"({counting} SELECT n FROM counted) AS numbers"

    def insert(self, table: Table, source: str, values: Mapping[str, str]) -> str:
        """INSERT … SELECT; JSON is given as text."""
        given = {**({"since_scan": "1"} if "until_scan" in table.c else {}), **values}
        names = {column.name: column for column in table.columns}
        unknown = set(given) - set(names)
        assert not unknown, f"{table.name}: {unknown}"
        shown = [
            f"({text})::json" if self.postgres and isinstance(names[name].type, JSON | PackedJson) else text
            for name, text in given.items()
        ]
        return f"INSERT INTO {table.name} ({', '.join(given)}) SELECT {', '.join(shown)} FROM {source}"


def concat(*parts: str) -> str:
    """Text put together; parts are SQL."""
    return "(" + " || ".join(parts) + ")"


def text(value: str) -> str:
    """A literal."""
    return "'" + value.replace("'", "''") + "'"


def obj(values: Mapping[str, str]) -> str:
    """A JSON object as text: SQL expressions of JSON text by key."""
    parts: list[str] = []
    for at, (key, expression) in enumerate(values.items()):
        parts += [text(("{" if at == 0 else ", ") + f'"{key}": '), expression]
    return concat(*parts, text("}"))


def quoted(expression: str) -> str:
    """JSON text of an expression that gives plain text without quotes in it."""
    return concat(text('"'), expression, text('"'))
