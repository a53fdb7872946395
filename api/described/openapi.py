"""`/api/openapi.json`: the framework's description, made so complete that a program can be written from it alone.

What holds of every operation is added here: who may ask, answers that any request can get, headers, examples.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from api import idempotency
from api.described.answers import HEADERS, IF_NONE_MATCH, IF_NONE_MATCH_NAME, complete_answers
from api.described.examples import add_examples
from api.identity.sessions import COOKIE
from api.problems import Problem
from domain.wording import say

REFERENCES = "#/components/schemas/{model}"
DESCRIPTION = (
    "Pages go by keyset: pass `next_cursor` as `cursor` until it is null. Times carry the offset of the server's zone, "
    "durations are seconds, absent values are null. Every error is `application/problem+json`. Rows outside the units "
    "of whoever asks are not found. Writes that carry an `Idempotency-Key` may be sent again without a second effect. "
    "After 429 and 503 come again when `Retry-After` says."
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
TAGS: Mapping[str, str] = {
    "health": say("运行状态与指标", "Is the program there, and its figures"),
    "content": say("画面与声音检查进度", "How far looking at pictures and sound is"),
    "stills": say("截图", "Small pictures of clips"),
    "media": say("播放", "The bytes of clips, and stretches of them for browsers"),
    "lists": say("清单，与命令 bwc list 相同", "The lists of `bwc list`, with the same keys and filters"),
    "overview": say("统计", "Counts with their denominators"),
    "time lines": say("时间轴", "Everything about one incident or session"),
    "links": say("人工关联", "Links by hand"),
    "events": say("实时动态", "What happens, as it happens"),
    "push": say("推送警情与审讯", "Rows that another system sends"),
    "scans": say("请求扫描", "Asking for a scan"),
    "schedule": say("定时任务", "Work by the clock"),
    "reviews": say("处理、附件与签收", "Decisions, attachments and sign-offs"),
    "inspection": say("抽查", "Inspection samples"),
    "reports": say("报表", "Reports, made and filed"),
    "administration": say("令牌与审计日志", "Tokens and the audit log"),
}
"""Groups of operations, in the order in which they are shown."""
OPEN = ("/healthz",)
"""Answered to anybody."""


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` complete."""
    app.description = DESCRIPTION
    app.openapi_tags = [{"name": name, "description": meaning} for name, meaning in TAGS.items()]
    made = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(made())
        schema: dict[str, Any] = made()  # the framework keeps what it made
        return schema

    app.openapi = complete  # type: ignore[method-assign]


def _complete(schema: dict[str, Any]) -> None:
    components = schema.setdefault("components", {})
    problem = Problem.model_json_schema(ref_template=REFERENCES)
    components.setdefault("schemas", {}).update(problem.pop("$defs", {}))
    components["schemas"]["Problem"] = problem
    shared = {idempotency.COMPONENT: idempotency.DESCRIBED, IF_NONE_MATCH_NAME: IF_NONE_MATCH}
    components.setdefault("parameters", {}).update(shared)
    components["headers"] = {name: dict(header) for name, header in HEADERS.items()}
    components["securitySchemes"] = dict(SECURITY)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            operation["security"] = [] if path in OPEN else [{name: []} for name in SECURITY]
            complete_answers(path, method, operation)
            add_examples(operation, components["schemas"])
