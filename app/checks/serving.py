"""The sections of the application itself: who may come in, its secrets, workers and notices."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from app.checks.remedies import Trouble
from app.checks.verdict import Verdict, ok, problem, warning
from app.doors import kept_secret, oidc_settings
from app.notify import understood
from app.serving import refuse_open_house
from app.settings import Settings
from app.shell import one_line
from app.shell_settings import WorkerKind
from app.workers import worker_count
from domain.errors import ConfigError
from domain.wording import say

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_application(settings: Settings) -> Iterator[Verdict]:
    """Each section in turn."""
    try:
        refuse_open_house(settings.api)
        yield ok("api", f"{settings.api.host}:{settings.api.port}")
    except ConfigError as error:
        yield problem(Trouble.OPEN_HOUSE, "api", one_line(error))
    yield from check_secrets(settings)
    yield from _workers(settings)
    yield from check_notices(settings)


def check_notices(settings: Settings) -> Iterator[Verdict]:
    """Can every address be understood? None is shown, and nothing is sent."""
    for receiver in settings.notify.receivers:
        subject, wrong = f"notify {receiver.name}", [n for n, url in enumerate(receiver.urls, 1) if not understood(url)]
        if wrong:
            numbers = ", ".join(map(str, wrong))
            text = say(f"第 {numbers} 个地址无法识别", f"address {numbers} of urls cannot be understood")
            yield problem(Trouble.NOTICE_ADDRESS, subject, text)
        else:
            count = len(receiver.urls)
            yield ok(subject, say(f"{count} 个地址可识别", f"{count} address(es) understood"))
    if settings.notify.receivers and not settings.api.public:
        text = say("通知中没有网页地址", "notices will name no address of the pages")
        yield warning(Trouble.NOTICES_NOWHERE, "notify", text)


def check_secrets(settings: Settings) -> Iterator[Verdict]:
    """The secret that signs cookies, and the provider's; what is not there yet is made at the first start."""
    file = Path(settings.api.secret_file)
    if file.exists():
        try:
            kept_secret(file)
        except ConfigError as error:
            yield problem(Trouble.SECRET_UNUSABLE, "secret", one_line(error))
        yield from _readable_by_others(file)
    try:
        provider = oidc_settings(settings)
    except ConfigError as error:
        yield problem(Trouble.OIDC, "oidc", one_line(error))
        return
    if provider.issuer and settings.oidc.client_secret_file is not None:
        yield from _readable_by_others(settings.file.parent / settings.oidc.client_secret_file)


def _readable_by_others(file: Path) -> Iterator[Verdict]:
    if os.name == "posix" and file.exists() and file.stat().st_mode & OTHERS:
        mode = f"{stat.S_IMODE(file.stat().st_mode):o}"
        text = say(f"{file} 权限为 {mode}，其他用户可读取", f"{file} has mode {mode}: other users can read it")
        yield warning(Trouble.SECRET_READABLE, "secret", text)


def _workers(settings: Settings) -> Iterator[Verdict]:
    if settings.workers.kind is WorkerKind.DASK:
        from app.checks.cluster import check_cluster

        yield from check_cluster(settings)
    else:
        yield ok("workers", f"{worker_count(settings.workers)} {settings.workers.kind}")
