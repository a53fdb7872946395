"""`/api/openapi.json`: the framework's description, with the schema of problems and without the pages."""

from typing import Any

from fastapi import FastAPI

from api import idempotency
from api.problems import Problem

REFERENCES = "#/components/schemas/{model}"
DESCRIPTION = (
    "Read-only. Pages go by keyset: pass `next_cursor` as `cursor` until it is null. Times carry the offset of the "
    "server's zone, durations are seconds, absent values are null. Every error is `application/problem+json`."
)


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` complete."""
    app.description = DESCRIPTION
    made = app.openapi

    def complete() -> dict[str, Any]:
        schema = made()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template=REFERENCES)
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        schema["components"].setdefault("parameters", {})[idempotency.COMPONENT] = idempotency.DESCRIBED
        return schema

    app.openapi = complete  # type: ignore[method-assign]
