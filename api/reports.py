"""What the page and the JSON of reports share: reading what is wanted, making it, filing it, handing out files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

from fastapi import Request, Response
from sqlalchemy import Connection

from api.case_stills import moments_shown, pictures_of
from api.house import house_of
from api.identity.access import audited, note_view, scope, viewer_of
from api.moments import parse_as_of
from api.problems import Refused
from domain.access import Right, Role
from domain.audit import Action
from domain.errors import ConfigError, UsageError
from domain.period import Period, parse_period
from domain.wording import say
from reports import report_named
from reports.base import Asked, Made, Report, make
from reports.content import Content
from reports.filing import file_made
from reports.render import MEDIA_TYPES, PICTURED, RENDERERS
from reports.stills import key_of, wanted
from storage.audit import append
from storage.filed_reports import FiledRun, filed_run
from storage.queries.filters import storable

Errors = list[tuple[str, str]]
LONGEST_CODE = 100


def known_report(name: str) -> Report:
    """Raises Refused (404)."""
    report = report_named(name)
    if report is None:
        raise Refused(404, say("没有此报表", f"expected the name of a report, got {name[:40]!r}"))
    return report


def read_asked(request: Request, given: Mapping[str, str]) -> tuple[Asked | None, Errors]:
    """Period, unit and time of a report, and what is wrong with them; inside the viewer's units whatever is asked."""
    house, errors = house_of(request), Errors()
    period: Period | None = None
    try:
        period = parse_period(given.get("period", ""), house.zone)
    except ValueError as error:
        errors.append(("period", str(error)))
    when = house.now()
    if text := given.get("as_of", "").strip():
        try:
            when = min(when, parse_as_of(text[:40], house.zone))
        except ValueError as error:
            errors.append(("as_of", str(error)))
    unit = given.get("unit", "").strip()
    if len(unit) > LONGEST_CODE or not storable(unit):
        errors.append(("unit", "expected the code of a unit"))
    if errors or period is None:
        return None, errors
    return Asked(period, when, unit or None, scope(request)), []


@contextmanager
def told() -> Iterator[None]:
    """What cannot be made or compared is the asker's to hear: Refused (422)."""
    try:
        yield
    except UsageError as error:
        raise Refused(422, str(error)) from error


def made_now(request: Request, report: Report, asked: Asked, *, shown: bool = True) -> tuple[Made, dict[str, bytes]]:
    """A report, and pictures of its typical cases where `shown` and the viewer may see any. Raises Refused (422).

    It takes its time, so it is made before anything is locked: whoever writes meanwhile would wait for it.
    """
    house, viewer = house_of(request), viewer_of(request)
    with house.reading() as connection, told():
        made = make(connection, report, asked)
        seen = shown and viewer.may(Right.MEDIA)
        moments = moments_shown(connection, wanted(made.filled), viewer.units) if seen else {}
    return made, pictures_of(house.stills, moments)


def may_file(request: Request) -> None:
    """Raises Refused (403) for visitors."""
    if viewer_of(request).role is Role.VISITOR:
        raise Refused(403, say("请先登录再归档", "sign in to file a report"))


def file_now(request: Request, connection: Connection, made: Made, stills: Mapping[str, bytes]) -> int:
    """File a report that was just made, with its entry in the audit log; the number of the run."""
    viewer, now, asked = viewer_of(request), house_of(request).now(), made.asked
    run = file_made(connection, made, viewer.actor, now, stills)
    entry = audited(
        request,
        Action.EXPORTED,
        f"report-run:{run}",
        asked.unit,
        report=made.report.name,
        period=asked.period.word,
        digest=made.digest,
        filed=True,
    )
    append(connection, now, [entry])
    return run


def known_run(request: Request, connection: Connection, run_id: int) -> FiledRun:
    """Raises Refused (404) for one that is not there, or that may show units which the viewer does not see."""
    run = filed_run(connection, run_id) if 0 < run_id < 2**31 else None
    if run is None or not run.seen_by(viewer_of(request).units):
        raise Refused(404, say("没有这份归档", f"expected the number of a filed run, got {run_id}"))
    return run


def known_format(form: str) -> str:
    """Raises Refused (422) for a format that is not written."""
    if form not in RENDERERS:
        said = f"format: expected one of {', '.join(RENDERERS)}; got {form[:20]!r}"
        raise Refused(422, said, [("format", said)])
    return form


def narrowed(content: Content, table: str) -> Content:
    """One table of a document, where one is named. Raises Refused (422) for one that it does not have."""
    with told():
        return content.only(table) if table else content


def _with_what_may_be_seen(request: Request, content: Content, form: str) -> Content:
    """Without pictures for whoever may see none; each clip of which one goes out is noted as viewed."""
    if not content.stills or form not in PICTURED:
        return content
    if not viewer_of(request).may(Right.MEDIA):
        return replace(content, stills={})
    for clip in sorted({one["clip"] for one in wanted(content.filled) if key_of(one) in content.stills}):
        note_view(request, clip)
    return content


def handed_out(request: Request, content: Content, form: str, lang: str) -> Response:
    """The report as a file; that it was taken is in the audit log before the first byte is sent."""
    house = house_of(request)
    content = _with_what_may_be_seen(request, content, form)
    try:
        body = RENDERERS[form](content, lang)
    except ConfigError as error:
        raise Refused(503, str(error)) from error
    subject = f"report-run:{content.run}" if content.run else f"report:{content.report.name}"
    entry = audited(
        request,
        Action.EXPORTED,
        subject,
        content.unit,
        report=content.report.name,
        period=content.period,
        format=form,
        rows=sum(len(one.rows) for one in content.filled),
        digest=content.digest,
    )
    with house.writing() as connection:
        append(connection, house.now(), [entry])
    part = content.filled[0].part.name if len(content.filled) < len(content.report.all_tables) else ""
    words = (content.report.name, content.period, part, content.run)
    name = f"{'_'.join(str(word) for word in words if word)}.{form}"
    attached = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(body, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": attached})
