"""Forms of the pages: each field once as text, bounded; whatever else comes with it is refused."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.datastructures import UploadFile

from api.identity.access import is_form
from api.problems import Refused
from domain.wording import say
from storage.queries.filters import storable

LONGEST = 20_000


async def read_form(request: Request) -> dict[str, str]:
    """Fields by name; of one that came several times the last. Raises Refused (400, 415)."""
    if not is_form(request):
        raise Refused(415, say("需要表单内容", "body: expected a form"))
    form = await request.form(max_files=1, max_fields=2000)
    found = {name: value for name, value in form.multi_items() if not isinstance(value, UploadFile)}
    for name, value in found.items():
        if len(value) > LONGEST or not storable(value):
            raise Refused(400, say(f"{name[:40]} 无法使用", f"{name[:40]}: expected plain text of at most {LONGEST}"))
    return found


async def closing_form(request: Request) -> AsyncIterator[None]:
    """A dependency of routes that take files: what was put aside of the form is thrown away, however it ends."""
    try:
        yield
    finally:
        await request.close()


async def many_values(request: Request, name: str) -> list[str]:
    """All values of one field, in order, each once."""
    form = await request.form(max_files=1, max_fields=2000)
    return list(dict.fromkeys(value for value in form.getlist(name) if isinstance(value, str)))
