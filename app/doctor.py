"""What `bwc check` tests: the machine, the database, every store and feed, the scans so far, and who may come in."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from app.checks.database import check_database, check_room
from app.checks.machine import check_environment, check_ffmpeg, check_media_library, check_time_zones
from app.checks.remedies import Trouble
from app.checks.scans import check_content, check_scans
from app.checks.serving import check_application
from app.checks.stores import check_feed, check_store
from app.checks.verdict import Verdict, problem
from app.settings import Settings
from domain.wording import say


def examine(settings: Settings, environment: Mapping[str, str], now: datetime | None = None) -> Iterator[Verdict]:
    """Every test in turn; none stops the others."""
    now = now or datetime.now(UTC)
    yield from check_environment(environment)
    yield check_time_zones(settings)
    yield check_ffmpeg()
    yield check_media_library()
    yield from check_database(settings)
    yield from check_room(settings)
    if not settings.stores:
        text = say("应至少有一个存储，实为没有", "expected at least one store, got none")
        yield problem(Trouble.NO_STORES, "[[stores]]", text)
    for store in settings.stores:
        yield from check_store(store, now)
    for feed in settings.feeds:
        yield check_feed(feed)
    yield from check_scans(settings, now)
    yield from check_application(settings)
    yield from check_content(settings, now)
