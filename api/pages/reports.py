"""报表: choose, look, file and take away; filed runs, one of them opened, two of them compared."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import needs, note_view, scope, viewer_of
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.pictures import still_address
from api.problems import Refused
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
from domain.access import Right, Role
from domain.period import month_of
from domain.wording import say
from reports import REPORTS
from reports.base import make
from reports.compare import compared
from reports.content import Content, content_of, figure, shown
from reports.filing import made_again, opened
from reports.render import PICTURED, RENDERERS
from reports.render.charts import chart_svg
from reports.render.pictures import picture_svg
from reports.render.words import NUMBERS, spoken
from reports.stills import key_of, wanted
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
        **_words(request, reader),
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


def _words(request: Request, reader: Reader, filed: Content | None = None) -> dict[str, Any]:
    """How values are shown in the templates. `filed`: the run whose own pictures are shown."""
    sees, makes = viewer_of(request).may(Right.MEDIA), house_of(request).stills is not None

    def still(reference: Mapping[str, Any]) -> str:
        """Address of a still; "" where there is none for this viewer."""
        if not sees:
            return ""
        if filed is None:
            return still_address(reference["clip"], timedelta(milliseconds=reference["at_ms"])) if makes else ""
        return f"/reports/runs/{filed.run}/stills/{key_of(reference)}" if key_of(reference) in filed.stills else ""

    return {
        "still": still,
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
    made, stills = made_now(request, known_report(given.get("name", "")), asked, shown=form in PICTURED)
    content = narrowed(content_of(made, house_of(request).zone, stills), given.get("table", ""))
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
    may_file(request)
    made, stills = made_now(request, known_report(given.get("name", "")), asked)
    with house_of(request).writing() as connection:
        run = file_now(request, connection, made, stills)
    return RedirectResponse(f"/reports/runs/{run}", 303)


@router.get("/reports/runs/{run_id:int}")
def filed(request: Request, run_id: int) -> Response:
    """A filed run; with `again` in the address it is made again and the digests are compared."""
    house, reader = house_of(request), Reader.of(request)
    with house.reading() as connection, told():
        run = known_run(request, connection, run_id)
        again = made_again(connection, run, house.zone).digest if "again" in request.query_params else None
        shown_run = opened(connection, run, house.zone)
        content = {
            **_words(request, reader, shown_run),
            "run": run,
            "content": shown_run,
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


@router.get("/reports/runs/{run_id:int}/stills/{key}", dependencies=[needs(Right.MEDIA)])
def filed_still(request: Request, run_id: int, key: str) -> Response:
    """A picture that was filed with a run; that it was looked at is noted as for any clip."""
    house = house_of(request)
    with house.reading() as connection, told():
        content = opened(connection, known_run(request, connection, run_id), house.zone)
    reference = next((one for one in wanted(content.filled) if key_of(one) == key), None)
    if reference is None or key not in content.stills:
        raise Refused(404, say("此报表没有该截图", "this run was filed without such a still"))
    note_view(request, reference["clip"])
    return Response(content.stills[key], media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


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
    content = {**_words(request, reader), "found": found, "most": MOST_CHANGES}
    return page(request, reader, "report_compare.html", content)
