"""Examples of bodies and answers, put together from the examples of their fields."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
JSON = "application/json"
PLAIN: Mapping[str, Any] = {"boolean": False, "integer": 0, "number": 0.0, "string": "", "null": None}


def add_examples(operation: Json, schemas: Mapping[str, Json]) -> None:
    """Put an example to the JSON body and the JSON answers that have none of their own."""
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [answer.get("content", {}) for answer in operation["responses"].values()]
    for content in contents:
        media = content.get(JSON)
        if media is not None and not {"example", "examples"} & media.keys() and media.get("schema"):
            media["example"] = example_of(media["schema"], schemas)


def example_of(schema: Json, schemas: Mapping[str, Json]) -> Any:
    """A value that a schema allows: its own example, else one made of its parts."""
    given = _given(schema)
    if given:
        return given[0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        return example_of(choices[0], schemas)
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    if schema.get("type") == "object":
        return {name: example_of(part, schemas) for name, part in schema.get("properties", {}).items()}
    return PLAIN.get(schema.get("type", "null"))


def _given(schema: Json) -> list[Any]:
    """What the schema itself names, best first."""
    if "example" in schema:
        return [schema["example"]]
    if "const" in schema:
        return [schema["const"]]
    named: list[Any] = schema.get("examples") or schema.get("enum") or []
    return named or ([schema["default"]] if "default" in schema else [])
