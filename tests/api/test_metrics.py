"""`/metrics`, read by Prometheus's own parser: the figures are those of the database, and no label tells too much."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update

from api.metrics import route_class
from domain.access import Role
from domain.jobs import JobState
from domain.notices import NoticeKind
from storage.jobs import Ended, Holder, claim, finish
from storage.notices import add_notice
from storage.queries.gauges import gauges
from storage.schema.tables import FEED, FINDING, SCAN
from tests.api import world
from tests.api.client import Client
from tests.api.conftest import application
from tests.api.desks import office
from tests.api.people import give_token
from tests.scanning import new_engine

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with office(tmp_path / "a.db") as client:
        yield client


def parsed(text: str) -> Samples:
    """(name, labels) → value; every family has its kind and its meaning."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        assert family.type in ("gauge", "counter"), family.name
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
    return found


def token(house: Client, role: Role = Role.AUDITOR, unit: str | None = None) -> Client:
    with house.app.state.house.writer.begin() as connection:
        return house.with_token(give_token(connection, role, unit))


def metrics(client: Client) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.text)


def of(found: Samples, name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def test_findings_are_counted_as_the_list_counts_them(house: Client) -> None:
    reader = token(house)
    with house.app.state.house.writer.begin() as connection:
        connection.execute(update(FINDING).values(due_at=world.NOW + MINUTE))
        connection.execute(update(FINDING).where(FINDING.c.flag == "missing").values(due_at=world.NOW - MINUTE))
    found = metrics(reader)
    counts = {}
    for flag in ("missing", "incomplete", "nonstandard"):
        rows = house.signed_in("chief").everything(f"/api/v1/findings?flag={flag}&status=open", 200)
        counts[flag] = len(rows)
        assert of(found, "bwc_findings_open", flag=flag) == len(rows)
    assert counts["missing"] > 0
    assert of(found, "bwc_findings_overdue") == counts["missing"]


def test_scan_stores_and_version(house: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        connection.execute(update(SCAN).values(summary={"files": 7, "seconds": 59.5, "problems": ["x"]}))
    found = metrics(token(house))
    assert of(found, "bwc_scan_last_duration_seconds") == 60
    assert of(found, "bwc_scan_last_age_seconds") == 9 * 60
    assert of(found, "bwc_scan_last_count", count="files") == 7
    assert of(found, "bwc_store_online", store="dock-a") == 1
    assert of(found, "bwc_store_complete_age_seconds", store="dock-a") == 600
    assert of(found, "bwc_build_info", version="9.9") == 1
    assert of(found, "bwc_database_bytes") > 100_000


def test_jobs_notices_and_feeds(house: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        for minute, state in ((30, JobState.DONE), (20, JobState.FAILED), (10, JobState.FAILED)):
            begun = world.NOW - minute * MINUTE
            run = claim(connection, "deadlines", begun, begun, Holder("h", 1))
            assert run is not None
            finish(connection, run, begun + timedelta(seconds=minute), Ended(state, None, None))
        claim(connection, "scan", world.NOW, world.NOW, Holder("h", 1))
        add_notice(connection, world.NOW, "all", NoticeKind.STORE, ("store:x", None, ("x",)))
        feed = {"kind": "units", "location": "secret", "active": True}
        connection.execute(insert(FEED).values(name="110", read_at=world.NOW - MINUTE, error=None, **feed))
        connection.execute(insert(FEED).values(name="new", read_at=None, error="gone", **feed))
    found = metrics(token(house))
    assert of(found, "bwc_job_failures", job="deadlines") == 2
    assert of(found, "bwc_job_last_duration_seconds", job="deadlines") == 10
    assert of(found, "bwc_job_last_success_age_seconds", job="deadlines") == 30 * 60 - 30
    stamp = (world.NOW - 30 * MINUTE).timestamp() + 30
    assert of(found, "bwc_job_last_success_timestamp_seconds", job="deadlines") == stamp
    assert [of(found, "bwc_job_running", job=job) for job in ("deadlines", "scan")] == [0, 1]
    assert of(found, "bwc_notices", state="waiting") == 1
    assert of(found, "bwc_notices_failing") == 0
    assert [of(found, "bwc_feed_broken", feed=feed) for feed in ("110", "new")] == [0, 1]
    assert of(found, "bwc_feed_change_age_seconds", feed="110") == 60


def test_requests_are_counted_by_class_and_status_and_not_by_what_was_asked_for(house: Client) -> None:
    reader = token(house)
    for address in ("/healthz", "/healthz", "/api/v1/incidents?unit=secret", "/nowhere/secret", "/static/style.css"):
        reader.get(address)
    text = reader.get("/metrics").text
    found = parsed(text)
    assert of(found, "bwc_http_requests_total", route="health", status="2xx") == 2
    assert of(found, "bwc_http_requests_total", route="api", status="2xx") == 1
    assert of(found, "bwc_http_requests_total", route="page", status="4xx") == 1
    assert of(found, "bwc_http_requests_total", route="static", status="2xx") == 1
    assert "secret" not in text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/media/7", "media"),
        ("/api/v1/clips/7/strip", "media"),
        ("/api/v1/events", "events"),
        ("/api/v1/clips", "api"),
        ("/api/openapi.json", "api"),
        ("/metrics", "metrics"),
        ("/metrics/x", "page"),
        ("/", "page"),
        ("", "page"),
    ],
)
def test_the_class_of_an_address(path: str, name: str) -> None:
    assert route_class(path) == name


def test_no_label_names_a_unit_an_officer_or_a_place(house: Client) -> None:
    reader = token(house)
    labels = {label for _, named in metrics(reader) for label, _ in named}
    assert labels <= {"count", "feed", "flag", "job", "priority", "route", "state", "status", "store", "version"}
    text = reader.get("/metrics").text
    assert not [word for word in (world.UNIT, "031021", "/media", "示例") if word in text]


def test_it_is_for_who_sees_every_unit(house: Client) -> None:
    assert token(house, unit=world.UNIT).get("/metrics").status_code == 403
    assert house.get("/metrics").status_code == 401
    assert house.signed_in("chief").get("/metrics").status_code == 200


def test_who_sits_at_the_machine_may_read_it_where_visitors_may_look(tmp_path: Path) -> None:
    with application(tmp_path / "v.db", visitors=True) as app:
        assert Client(app).get("/metrics").status_code == 200
        assert Client(app).get("/metrics", x_forwarded_for="10.1.2.3").status_code == 401


def test_every_figure_that_the_documentation_names_is_there(project: Path) -> None:
    named = set(re.findall(r"`(bwc_[a-z_]+)", (project / "docs" / "api.md").read_text(encoding="utf-8")))
    made = set(re.findall(r'"(bwc_[a-z_]+)"', (project / "api" / "metrics.py").read_text(encoding="utf-8")))
    assert named - {f"{name}_total" for name in made} - made == set()
    assert len(named) > 10


def test_the_size_of_the_database_is_told_on_both_kinds(database_url: str) -> None:
    engine = new_engine(database_url)
    with engine.connect() as connection:
        found = gauges(connection, world.NOW)
    engine.dispose()
    assert found.bytes > 100_000
    assert (found.scan, found.overdue, found.jobs) == (None, 0, ())


def test_an_empty_database_has_figures_too(empty: Client) -> None:
    found = metrics(empty)
    assert of(found, "bwc_findings_open", flag="missing") == 0
    assert not [name for name, _ in found if name.startswith("bwc_scan")]
