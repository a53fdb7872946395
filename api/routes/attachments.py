"""`/api/v1/attachments`: files that support a decision, taken by content and given out as downloads only."""

import hashlib
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.deciding import SentFile, refuse_who_decides_nothing, sent_file
from api.forms import closing_form
from api.house import house_of
from api.idempotency import PARAMETER, once
from api.identity.access import audited, needs, viewer_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES, Refused
from api.shapes.reviews import DIGEST, AttachmentRow
from domain.access import Right
from domain.attachments import BY_MEDIA_TYPE, ENDINGS, plain_name
from domain.audit import Action
from domain.wording import say
from storage.attachments import attachment_content, attachment_of, keep_attachment, uses_of
from storage.audit import append

router = APIRouter(prefix="/api/v1", tags=["reviews"])
Digest = Annotated[str, Path(description="`digest` of the attachment.", examples=[DIGEST])]
FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary", "description": ", ".join(ENDINGS)}},
            }
        }
    },
}
SENDING: dict[int | str, Any] = {
    status: PROBLEM_RESPONSES[status] for status in (400, 401, 403, 409, 413, 415, 421, 422, 429, 500, 503)
}
READING: dict[int | str, Any] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 421, 422, 429, 500, 503)
}


@router.post(
    "/attachments",
    operation_id="send_attachment",
    summary=say("上传附件", "Send a file that supports a decision"),
    status_code=201,
    response_model=AttachmentRow,
    responses=SENDING,
    dependencies=[Depends(closing_form), needs(Right.SEE)],
    openapi_extra={"requestBody": FORM, "parameters": [PARAMETER]},
)
async def send(request: Request) -> Response:
    """Keep a file of at most 10 MiB: JPEG, PNG, PDF, MP4, WAV or text, as its content says. Name its digest then."""
    refuse_who_decides_nothing(viewer_of(request))
    file = await sent_file(request)
    if file is None:
        raise Refused(422, say("没有附件", "file: expected a file in this field"), [("file", "expected a file")])
    return await run_in_threadpool(_keep, request, file)


def _keep(request: Request, file: SentFile) -> Response:
    house, actor = house_of(request), viewer_of(request).actor

    def work(connection: Connection) -> tuple[int, dict[str, Any]]:
        kept = keep_attachment(connection, file.content, file.kind.media_type, actor, house.now())
        entry = audited(request, Action.ATTACHED, f"attachment:{kept.digest}", viewer_of(request).unit, size=kept.size)
        append(connection, house.now(), [entry])
        return 201, {"digest": kept.digest, "media_type": kept.media_type, "size": kept.size, "name": file.name}

    return once(request, f"{file.name}\n{hashlib.sha256(file.content).hexdigest()}", work)


@router.get(
    "/attachments/{digest}",
    operation_id="read_attachment",
    summary=say("下载附件", "Get an attached file"),
    dependencies=[needs(Right.MEDIA)],
    responses={
        **READING,
        200: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(BY_MEDIA_TYPE)},
            "description": "The file.",
        },
    },
    response_class=Response,
)
def receive(request: Request, digest: Digest) -> Response:
    """A file, for those who see a finding that it is attached to. Every download is in the audit log."""
    nothing_asked(request)
    house, viewer = house_of(request), viewer_of(request)
    with house.reading() as connection:
        mine = [use for use in uses_of(connection, digest) if viewer.sees(use.unit)] if digest.isalnum() else []
        known = attachment_of(connection, digest) if mine else None
        content = attachment_content(connection, digest) if known else None
    if known is None or content is None:
        raise Refused(404, say("没有这个附件", "attachment: expected the digest of one of a finding that you see"))
    use = mine[-1]
    with house.writing() as connection:
        entry = audited(request, Action.EXPORTED, f"attachment:{digest}", use.unit, finding=use.finding)
        append(connection, house.now(), [entry])
    return Response(content, media_type=known.media_type, headers=guarding(use.name, known.media_type))


def guarding(name: str, media_type: str) -> dict[str, str]:
    """A browser saves the file and runs nothing of it (RFC 6266, RFC 5987)."""
    kind = BY_MEDIA_TYPE.get(media_type)
    endings = kind.endings if kind else ("bin",)
    plain, name = f"attachment.{endings[0]}", plain_name(name)
    if name.rpartition(".")[2].lower() not in endings:  # what the content is not, the name shall not say
        name = f"{name}.{endings[0]}"
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store, private",
    }
