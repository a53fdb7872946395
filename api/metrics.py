"""Figures in Prometheus's text form: requests counted by this process, and what the database says when it is asked.

Labels name stores, feeds, jobs, kinds and states; never a unit, a person or an address that was asked for.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.queries.gauges import FeedGauge, Gauges, JobGauge, ScanGauge
from storage.scans import StoreState

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
CLASSES = (
    ("media", re.compile(r"/api/v1/media/|/api/v1/clips/[^/]+/(proxy|still|strip)")),
    ("events", re.compile(r"/api/v1/events$")),
    ("api", re.compile(r"/api/")),
    ("static", re.compile(r"/static/")),
    ("health", re.compile(r"/healthz$")),
    ("metrics", re.compile(r"/metrics$")),
)
PAGE = "page"
SCAN_COUNTS = ("files", "arriving", "missing", "unreadable", "probed", "evaluated", "seconds")


def route_class(path: str) -> str:
    """What sort of address was asked for."""
    return next((name for name, pattern in CLASSES if pattern.match(path)), PAGE)


class Requests:
    """Requests answered by this application, by class of address and hundred of the status."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count = Counter(
            "bwc_http_requests",
            "Requests answered, by class of address and status.",
            ["route", "status"],
            registry=self.registry,
        )

    def note(self, path: str, status: int) -> None:
        self._count.labels(route_class(path), f"{status // 100}xx").inc()


class Counted:
    """ASGI: counts answers."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self.app, self.requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.requests.note(scope["path"], message["status"])
            await send(message)

        await self.app(scope, receive, counted if scope["type"] == "http" else send)


class Readings:
    """What the database said at one moment, as a collector."""

    def __init__(self, found: Gauges, now: datetime, version: str) -> None:
        self._found, self._now, self._version = found, now, version

    def collect(self) -> Iterator[Metric]:
        found, now = self._found, self._now
        yield gauge("bwc_build_info", "Version of the program; always 1.", [({"version": self._version}, 1)])
        yield gauge("bwc_database_bytes", "Size of the database.", [({}, found.bytes)])
        yield from _scan(found.scan, now)
        yield from _stores(found.stores, now)
        yield from _content(found, now)
        open_ = [({"flag": flag}, count) for flag, count in found.open.items()]
        yield gauge("bwc_findings_open", "Findings without a decision.", open_)
        yield gauge(
            "bwc_findings_overdue", "Findings without a decision that are past their deadline.", [({}, found.overdue)]
        )
        yield from _feeds(found.feeds, now)
        yield from _jobs(found.jobs, now)
        told = [({"state": state.value}, count) for state, count in found.notices.items()]
        yield gauge("bwc_notices", "Notices on record, by state.", told)
        yield gauge("bwc_notices_failing", "Notices that wait, tried in vain so far.", [({}, found.failing)])


def gauge(name: str, meaning: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    """A family of figures; every sample has the same labels."""
    given = list(samples)
    labels = sorted(given[0][0]) if given else []
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for named, value in given:
        family.add_metric([named[label] for label in labels], value)
    return family


def _age(now: datetime, then: datetime) -> float:
    return max(0.0, (now - then).total_seconds())


def _scan(scan: ScanGauge | None, now: datetime) -> Iterator[Metric]:
    if scan is None:
        return
    lasted = (scan.finished_at - scan.started_at).total_seconds()
    yield gauge("bwc_scan_last_duration_seconds", "How long the last complete scan took.", [({}, lasted)])
    yield gauge("bwc_scan_last_age_seconds", "Since the last complete scan ended.", [({}, _age(now, scan.finished_at))])
    counts = [({"count": name}, scan.counts[name]) for name in SCAN_COUNTS if name in scan.counts]
    yield gauge("bwc_scan_last_count", "Numbers of the last complete scan.", counts)


def _stores(stores: Iterable[StoreState], now: datetime) -> Iterator[Metric]:
    known = list(stores)
    online = [({"store": one.name}, float(one.state == "online")) for one in known]
    yield gauge("bwc_store_online", "1 where the last scan of the store saw it whole.", online)
    ages = [({"store": one.name}, _age(now, one.scanned_at)) for one in known if one.scanned_at is not None]
    yield gauge("bwc_store_complete_age_seconds", "Since the last scan began that saw the store whole.", ages)


def _content(found: Gauges, now: datetime) -> Iterator[Metric]:
    named = [({"priority": str(one.priority)}, one) for one in found.waiting]
    yield gauge("bwc_content_waiting_clips", "Clips whose pictures and sound wait.", [(n, o.clips) for n, o in named])
    media = [(n, o.media.total_seconds()) for n, o in named]
    yield gauge("bwc_content_waiting_seconds", "Media that waits to be looked at.", media)
    oldest = [(n, _age(now, o.oldest)) for n, o in named if o.oldest is not None]
    yield gauge("bwc_content_waiting_age_seconds", "Since the first of them waits.", oldest)


def _feeds(feeds: Iterable[FeedGauge], now: datetime) -> Iterator[Metric]:
    known = list(feeds)
    broken = [({"feed": one.name}, float(one.broken)) for one in known]
    yield gauge("bwc_feed_broken", "1 where the feed could not be read the last time.", broken)
    ages = [({"feed": one.name}, _age(now, one.read_at)) for one in known if one.read_at is not None]
    yield gauge("bwc_feed_change_age_seconds", "Since the feed last said anything new.", ages)


def _jobs(jobs: Iterable[JobGauge], now: datetime) -> Iterator[Metric]:
    known = [({"job": one.job}, one) for one in jobs]
    ends = [(n, o.success.finished_at) for n, o in known if o.success is not None]
    stamps = [(n, end.timestamp()) for n, end in ends if end is not None]
    yield gauge("bwc_job_last_success_timestamp_seconds", "When the job was last done.", stamps)
    ages = [(n, _age(now, end)) for n, end in ends if end is not None]
    yield gauge("bwc_job_last_success_age_seconds", "Since the job was last done.", ages)
    lasted = [(n, seconds) for n, o in known if o.last is not None and (seconds := o.last.seconds) is not None]
    yield gauge("bwc_job_last_duration_seconds", "How long its last run took.", lasted)
    yield gauge("bwc_job_failures", "Failed runs that its history holds.", [(n, o.failures) for n, o in known])
    yield gauge("bwc_job_running", "1 while it runs.", [(n, float(o.running)) for n, o in known])


def exposition(requests: Requests, readings: Readings) -> bytes:
    """Both together, as Prometheus reads them."""
    asked: Any = CollectorRegistry(auto_describe=False)
    asked.register(readings)
    return bytes(generate_latest(requests.registry) + generate_latest(asked))
