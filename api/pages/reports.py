"""报表: choose, look, file and take away; filed runs, one of them opened, two of them compared."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import needs, scope, viewer_of
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.problems import Refused
from api.reports import (
    file_now,
    handed_out,
    known_format,
    known_report,
    known_run,
    made_now,
    narrowed,
    read_asked,
    told,
)
from domain.access import Right, Role
from domain.period import month_of
from domain.wording import say
from reports import REPORTS
from reports.base import make
from reports.compare import compared
from reports.content import Content, content_of, figure, shown
from reports.filing import made_again, opened
from reports.render import RENDERERS
from reports.render.charts import chart_svg
from reports.render.pictures import picture_svg
from reports.render.words import NUMBERS, spoken
from storage.filed_reports import FiledRun, filed_runs

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.REPORT)])
FORM = ("name", "period", "unit", "as_of")
ROWS = 20
MOST_CHANGES = 500


@router.get("/reports")
def reports(request: Request) -> Response:
    """The form; with a report named in the address its totals and first rows; and what was filed."""
    given = {name: value for name in FORM if (value := request.query_params.get(name, "").strip())}
    errors: list[tuple[str, str]] = []
    content: Content | None = None
    house, reader = house_of(request), Reader.of(request)
    with house.reading() as connection:
        if "name" in given:
            content, errors = _preview(request, connection, given)
        runs = filed_runs(connection, viewer_of(request).units)
        units = unit_names(connection, scope(request))
    values = {**{name: given.get(name, "") for name in FORM}, "period": given.get("period")}
    values["period"] = values["period"] or month_of(house.now(), house.zone)
    shown_content = {
        **_words(reader),
        "reports": REPORTS,
        "given": values,
        "content": content,
        "errors": errors,
        "runs": runs,
        "units": units,
        "titles": {report.name: report.title for report in REPORTS},
        "may_file": viewer_of(request).role is not Role.VISITOR,
        "address": lambda table: f"/reports/download?{urlencode({**given, 'format': 'csv', 'table': table})}",
        "take": [(form, f"/reports/download?{urlencode({**given, 'format': form})}") for form in RENDERERS],
    }
    return page(request, reader, "reports.html", shown_content, 422 if errors else 200)


def _preview(
    request: Request, connection: Connection, given: Mapping[str, str]
) -> tuple[Content | None, list[tuple[str, str]]]:
    asked, errors = read_asked(request, given)
    if asked is None:
        return None, errors
    try:
        with told():
            made = make(connection, known_report(given["name"]), asked)
    except Refused as error:
        return None, [("name" if error.status == 404 else "as_of", error.detail)]
    return content_of(made, house_of(request).zone), []


def _words(reader: Reader) -> dict[str, Any]:
    """How values are shown in the templates."""
    return {
        "cell": lambda column, value: shown(column, value, reader.lang, reader.zone) or "—",
        "spoken": spoken,
        "figure": lambda total: "—" if total.value is None else figure(total.form, total.value),
        "chart": lambda content, one, drawn: Markup(chart_svg(content, one, drawn, reader.lang)),  # noqa: S704
        "picture": lambda value: Markup(picture_svg(value, reader.zone, reader.lang)),  # noqa: S704 (drawn escaped)
        "numbers": NUMBERS,
        "most": ROWS,
    }


@router.get("/reports/download")
def download(request: Request) -> Response:
    """A report that is not filed, as a file."""
    given = dict(request.query_params)
    asked, errors = read_asked(request, given)
    form = known_format(given.get("format", ""))
    if asked is None:
        raise Refused(422, "; ".join(f"{name}: {what}" for name, what in errors), errors)
    house = house_of(request)
    with house.reading() as connection, told():
        made = make(connection, known_report(given.get("name", "")), asked)
    content = narrowed(content_of(made, house.zone), given.get("table", ""))
    return handed_out(request, content, form, Reader.of(request).lang)


@router.post("/reports/file")
async def file_report(request: Request) -> Response:
    """File a report; whoever filed it is in the audit log."""
    given = await read_form(request)
    return await run_in_threadpool(_file, request, given)


def _file(request: Request, given: Mapping[str, str]) -> Response:
    asked, errors = read_asked(request, given)
    if asked is None:
        raise Refused(422, "; ".join(f"{name}: {what}" for name, what in errors), errors)
    made = made_now(request, known_report(given.get("name", "")), asked)
    with house_of(request).writing() as connection:
        run = file_now(request, connection, made)
    return RedirectResponse(f"/reports/runs/{run}", 303)


@router.get("/reports/runs/{run_id:int}")
def filed(request: Request, run_id: int) -> Response:
    """A filed run; with `again` in the address it is made again and the digests are compared."""
    house, reader = house_of(request), Reader.of(request)
    with house.reading() as connection, told():
        run = known_run(request, connection, run_id)
        again = made_again(connection, run, house.zone).digest if "again" in request.query_params else None
        content = {
            **_words(reader),
            "run": run,
            "content": opened(connection, run, house.zone),
            "again": again,
            "others": [one for one in filed_runs(connection, viewer_of(request).units) if _comparable(one, run)],
            "units": unit_names(connection, scope(request)),
            "formats": list(RENDERERS),
            "address": lambda table: f"/reports/runs/{run_id}/csv?{urlencode({'table': table})}",
        }
    return page(request, reader, "report_run.html", content)


def _comparable(one: FiledRun, run: FiledRun) -> bool:
    return one.name == run.name and one.id != run.id


@router.get("/reports/runs/{run_id:int}/{form}")
def filed_file(request: Request, run_id: int, form: str) -> Response:
    """A filed run as a file."""
    house = house_of(request)
    with house.reading() as connection, told():
        content = opened(connection, known_run(request, connection, run_id), house.zone)
    content = narrowed(content, request.query_params.get("table", ""))
    return handed_out(request, content, known_format(form), Reader.of(request).lang)


@router.get("/reports/compare")
def compare(request: Request) -> Response:
    """Which figures and rows differ between two filed runs, and why."""
    house, reader = house_of(request), Reader.of(request)
    numbers = [request.query_params.get(name, "") for name in ("a", "b")]
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in numbers):
        raise Refused(422, say("请选择两份归档", "compare: expected the numbers of two filed runs as a and b"))
    with house.reading() as connection, told():
        one, other = (known_run(request, connection, int(text)) for text in numbers)
        found = compared(connection, one, other, house.zone)
    content = {**_words(reader), "found": found, "most": MOST_CHANGES}
    return page(request, reader, "report_compare.html", content)
