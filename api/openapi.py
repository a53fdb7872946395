"""`/api/openapi.json`: the framework's description, with the schema of problems and without the pages."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from api import idempotency
from api.problems import Problem
from api.sessions import COOKIE

REFERENCES = "#/components/schemas/{model}"
DESCRIPTION = (
    "Pages go by keyset: pass `next_cursor` as `cursor` until it is null. Times carry the offset of the server's zone, "
    "durations are seconds, absent values are null. Every error is `application/problem+json`. Rows outside the units "
    "of whoever asks are not found. Writes that carry an `Idempotency-Key` may be sent again without a second effect."
)
SECURITY: Mapping[str, Any] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `bwc token create`: role, unit, rights, end and requests a minute.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The cookie of somebody who signed in; writes also carry `X-CSRF-Token`.",
    },
}
OPEN = ("/healthz",)
"""Answered to anybody."""


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
        schema["components"]["securitySchemes"] = dict(SECURITY)
        for path, item in schema["paths"].items():
            for operation in item.values():
                operation["security"] = [] if path in OPEN else [{name: []} for name in SECURITY]
        return schema

    app.openapi = complete  # type: ignore[method-assign]
