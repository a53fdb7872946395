"""Writes docs/examples/inspect_unit.py: calls out of the description of the API, the program around them by hand.

So the example cannot tell other names, addresses or fields than the API has.
"""

import keyword
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine

from api.app import create_app
from api.idempotency import HEADER, PARAMETER
from api.identity.doors import DoorSettings

Json = dict[str, Any]

PAGE = Path(__file__).resolve().parent / "examples" / "inspect_unit.py"
PROGRAM = Path(__file__).resolve().parent / "examples" / "inspect_unit.txt"
"""The parts that are written by hand; `# calls` in it is where the calls go, `# facts` what the description tells."""
CALLS = (
    "me",
    "list_findings",
    "read_incident_timeline",
    "read_session_timeline",
    "read_finding",
    "decide",
    "push_incidents",
)
TYPES: Mapping[str, str] = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def description() -> Json:
    """What `/api/openapi.json` answers."""
    nowhere = create_engine("sqlite://")
    app = create_app(nowhere, nowhere, DoorSettings(secret=b"of no use"), zone=ZoneInfo("UTC"), version="0")
    return app.openapi()


def text() -> str:
    """The example."""
    told = description()
    calls = "\n\n\n".join("\n".join(call(told, name)) for name in CALLS)
    program = PROGRAM.read_text(encoding="utf-8")
    return program.replace("# facts", "\n".join(facts(told))).replace("# calls", calls)


def operation(told: Json, name: str) -> tuple[str, str, Json]:
    """Method, address and description of an operation."""
    for path, item in told["paths"].items():
        for method, one in item.items():
            if one["operationId"] == name:
                return method.upper(), path, one
    raise LookupError(name)


def facts(told: Json) -> Iterator[str]:
    """Constants of the program."""
    _, path, _ = operation(told, "listen")
    yield f'EVENTS = "{path}"'
    _, _, pushed = operation(told, "push_incidents")
    (row,) = pushed["requestBody"]["content"]["application/json"]["example"]
    yield f"FIELDS = ({', '.join(quoted(name) for name in row)})"


def call(told: Json, name: str) -> Iterator[str]:
    """One operation as a function."""
    method, path, one = operation(told, name)
    places = [part for part in one.get("parameters", []) if part.get("in") == "path"]
    queries = [part for part in one.get("parameters", []) if part.get("in") == "query"]
    fields = body_fields(told, one)
    keyed = PARAMETER in one.get("parameters", [])
    yield f"def {name}("
    yield "    api: Api,"
    yield from (f"    {python_name(part['name'])}: {kind(part['schema'])}," for part in places)
    yield from keyword_lines(queries, fields, keyed)
    yield ") -> Json:"
    yield f'    """{one["summary"]}."""'
    yield from mapping("query", {part["name"]: python_name(part["name"]) for part in queries})
    yield from mapping("body", {field: python_name(field) for field in fields or ()})
    given = [f'"{method}"', address(path)]
    given += ["query=query"] if queries else []
    given += ["body=given(body)" if fields else "body=body"] if "requestBody" in one else []
    given += ["key=key_of_this_write"] if keyed else []
    yield f"    return api.ask({', '.join(given)})"


def keyword_lines(queries: list[Json], fields: Json | None, keyed: bool) -> Iterator[str]:
    """Parameters that are given by name; a body of several forms is one of them."""
    if not queries and fields == {} and not keyed:
        return
    yield "    *,"
    yield from (f"    {python_name(part['name'])}: {kind(part['schema'])} | None = None," for part in queries)
    if fields is None:
        yield "    body: Json | list[Json],"
    for name, field in sorted((fields or {}).items(), key=lambda pair: "default" in pair[1]):
        default = f" = {quoted(field['default'])}" if "default" in field else ""
        yield f"    {python_name(name)}: {kind(field)}{default},"
    if keyed:
        yield f"    key_of_this_write: str,  # {HEADER}"


def body_fields(told: Json, one: Json) -> Json | None:
    """Fields of the JSON body by name; None for a body that is no single object, {} for none at all."""
    schema = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" not in schema:
        return None if schema else {}
    shape: Json = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    needed = shape.get("required", ())
    return {
        name: field if name in needed or "default" in field else {**field, "default": None}
        for name, field in shape["properties"].items()
    }


def mapping(name: str, values: Mapping[str, str]) -> Iterator[str]:
    """`name = {...}` of variables, one a line."""
    if values:
        yield f"    {name} = {{"
        yield from (f'        "{key}": {value},' for key, value in values.items())
        yield "    }"


def kind(schema: Json) -> str:
    """The Python type of a value; words of a list are text."""
    choices = [kind(one) for one in schema.get("anyOf", ())]
    if choices:
        return " | ".join(dict.fromkeys(choices))
    return "None" if schema.get("type") == "null" else TYPES.get(schema.get("type", "string"), "Any")


def address(path: str) -> str:
    """The address as Python text, its places filled in."""
    if "{" not in path:
        return f'"{path}"'
    filled = path.replace("{", "{place(").replace("}", ")}")
    return f'f"{filled}"'


def python_name(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def quoted(value: Any) -> str:
    """As Python, with double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)
