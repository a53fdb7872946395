"""`/api/v1/reports`: which there are, filing one, and a filed one in any format."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection

from api.answers import answer
from api.house import house_of
from api.idempotency import PARAMETER, answered, once
from api.identity.access import needs
from api.parameters import in_query, nothing_asked, refused, single_values
from api.problems import PROBLEM_RESPONSES
from api.reports import (
    file_now,
    handed_out,
    known_format,
    known_report,
    known_run,
    made_now,
    may_file,
    narrowed,
    read_asked,
    told,
)
from api.shapes.reports import ReportsAnswer, RunAnswer, RunBody
from domain.access import Right
from domain.wording import say
from reports import REPORTS
from reports.base import Part, Report
from reports.filing import opened
from reports.render import MEDIA_TYPES, RENDERERS
from reports.render.json_text import json_text

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], dependencies=[needs(Right.REPORT)])
STATUSES = (401, 403, 422, 429, 500, 503)
ERRORS: dict[int | str, dict[str, Any]] = {status: PROBLEM_RESPONSES[status] for status in STATUSES}


def _shape(form: str) -> dict[str, str]:
    return {"type": "string", "format": "binary"} if form in ("xlsx", "pdf") else {"type": "string"}


HANDED: dict[int | str, dict[str, Any]] = {
    **ERRORS,
    200: {
        "description": "The report in the format that was asked for.",
        "content": {MEDIA_TYPES[form]: {"schema": _shape(form)} for form in RENDERERS if form != "json"},
    },
}
Name = Annotated[str, Path(description="`name` of the list of reports.", examples=["completeness"])]
RunId = Annotated[int, Path(description="`run` of the answer that filed it.", examples=[4])]
ASKED = [
    in_query("format", "JSON unless told.", {"type": "string", "enum": list(RENDERERS), "default": "json"}, "csv"),
    in_query("table", "Of a document this table only; CSV holds one: the first.", {"type": "string"}, "units"),
    in_query("lang", "Language of headings.", {"type": "string", "enum": ["zh", "en"], "default": "zh"}, "zh"),
]


@router.get(
    "",
    operation_id="list_reports",
    summary=say("报表清单", "Every report with its columns"),
    response_model=ReportsAnswer,
    responses=ERRORS,
)
def list_reports(request: Request) -> Response:
    """Every report with its columns."""
    nothing_asked(request)
    items = [_described(report) for report in REPORTS]
    return answer(request, {"items": items, "formats": list(RENDERERS)}, house_of(request).zone)


def _described(report: Report) -> dict[str, Any]:
    own, *parts = map(_table, report.all_tables)
    return {**own, "parts": parts}


def _table(part: Part) -> dict[str, Any]:
    columns = [
        {"key": one.key, "title_zh": one.title[0], "title_en": one.title[1], "form": one.form} for one in part.columns
    ]
    words = {"title": part.title, "about": part.about}
    said = {f"{name}_{lang}": word[at] for name, word in words.items() for at, lang in enumerate(("zh", "en"))}
    return {"name": part.name, **said, "columns": columns}


@router.post(
    "/{name}/runs",
    operation_id="file_report",
    summary=say("生成并归档报表", "Make a report and file it"),
    status_code=201,
    response_model=RunAnswer,
    responses=ERRORS,
    openapi_extra={"parameters": [PARAMETER]},
)
def file_run(request: Request, name: Name, body: RunBody) -> Response:
    """Make a report of your units and file it."""
    nothing_asked(request)
    report = known_report(name)
    given = {key: value for key, value in body.model_dump().items() if value is not None}
    asked, errors = read_asked(request, given)
    if asked is None:
        raise refused(errors)

    may_file(request)
    if (before := answered(request, body.model_dump_json())) is not None:
        return before
    made, stills = made_now(request, report, asked)

    def work(connection: Connection) -> tuple[int, Any]:
        run = file_now(request, connection, made, stills)
        content = opened(connection, known_run(request, connection, run), house_of(request).zone)
        return 201, json.loads(json_text(content, "zh"))

    return once(request, body.model_dump_json(), work)


@router.get(
    "/runs/{run_id}",
    operation_id="read_report_run",
    summary=say("已归档的报表", "A report as it was filed"),
    response_model=RunAnswer,
    responses=HANDED,
    openapi_extra={"parameters": ASKED},
)
def show_run(request: Request, run_id: RunId) -> Response:
    """A filed run as it was filed: JSON, or with `format` XLSX, PDF, CSV or HTML, with `lang` zh or en.

    A document has several tables: all of them in every format but CSV, or the one that `table` names. In the audit log.
    """
    given = single_values(request, ("format", "lang", "table"))
    form = known_format(given.get("format", "json"))
    lang = "en" if given.get("lang") == "en" else "zh"
    house = house_of(request)
    with house.reading() as connection, told():
        content = opened(connection, known_run(request, connection, run_id), house.zone)
    return handed_out(request, narrowed(content, given.get("table", "")), form, lang)
