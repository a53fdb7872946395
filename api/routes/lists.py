"""`/api/v1/<list>`: every list of `interface.md` that this version serves, page by page (keyset)."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import answer
from api.house import house_of
from api.identity.access import needs
from api.parameters import asked, described, refused
from api.pictures import with_stills
from api.problems import PROBLEM_RESPONSES, Refused
from api.shapes.lists import PAGES
from domain.access import Right
from domain.wording import say
from storage.queries import LISTS, ListQuery, UnusableQuery, as_of
from storage.queries.as_of import NothingKnownYet

TITLES: Mapping[str, str] = {
    "stores": "存储",
    "clips": "片段",
    "recordings": "录像",
    "gaps": "中断",
    "incidents": "警情",
    "sessions": "审讯",
    "coverage": "记录完整率",
    "links": "关联",
    "observations": "画面与声音检查",
    "findings": "问题",
    "devices": "设备",
    "scans": "扫描",
    "feed-rows": "导入行",
}
router = APIRouter(prefix="/api/v1", tags=["lists"], dependencies=[needs(Right.SEE)])


def serving(query: ListQuery) -> Callable[[Request], Response]:
    """The endpoint of one list."""

    def serve(request: Request) -> Response:
        house = house_of(request)
        wanted = asked(request, query, house.zone)
        with house.reading() as connection:
            try:
                with as_of(connection, wanted.as_of, house.zone):
                    page = wanted.query.page(connection, wanted.filters, wanted.limit, wanted.cursor)
            except NothingKnownYet as error:
                raise refused([("as_of", str(error))]) from error
            except UnusableQuery as error:
                raise Refused(400, str(error), [("cursor", str(error))]) from error
        rows = with_stills(page.rows) if query.name == "observations" else page.rows
        return answer(request, {"items": rows, "next_cursor": page.next_cursor}, house.zone)

    return serve


def _told(model: Any) -> str:
    """What a row is, as its own model says."""
    row = model.model_fields["items"].annotation.__args__[0]
    return str(row.__doc__)


for _name, _model in PAGES.items():
    router.add_api_route(
        f"/{_name}",
        serving(LISTS[_name]),
        methods=["GET"],
        name=f"list_{_name}",
        operation_id=f"list_{_name.replace('-', '_')}",
        summary=say(f"{TITLES[_name]}清单", f"The list of {_name.replace('-', ' ')}"),
        description=_told(_model),
        response_model=_model,
        responses={status: PROBLEM_RESPONSES[status] for status in (400, 401, 403, 405, 421, 422, 429, 500, 503)},
        openapi_extra={"parameters": described(LISTS[_name])},
    )
