"""The sample day out of a bucket: every row that a scan of the folders writes, and not one more."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from indexer.pipeline import Silent, run_scan
from indexer.pipeline.plan import ScanPlan
from storage.schema.tables import STORE_SCAN
from tests.objects import Bucket, bucket_at, served, server
from tests.scanning import MORNING, dump, findings, new_engine, plan_of, scan_once
from tests.test_whole_scan import expected_findings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bucket(sample_day: Path) -> Iterator[Bucket]:
    with served() as endpoint, bucket_at(endpoint) as one:
        one.put_folder(sample_day / "sample_media" / "stores", "branch/")
        yield one


def in_bucket(plan: ScanPlan, bucket: Bucket) -> ScanPlan:
    """The same plan with every store below a prefix of the bucket."""

    def moved(store: object) -> object:
        there = bucket.settings(prefix=f"branch/{Path(store.location).name}")  # type: ignore[attr-defined]
        found = {"location": there.location, "endpoint": there.endpoint, "addressing": there.addressing}
        return dataclasses.replace(store, **found)  # type: ignore[type-var]

    return dataclasses.replace(plan, stores=tuple(moved(one) for one in plan.stores))  # type: ignore[misc]


def test_a_scan_of_a_bucket_writes_what_a_scan_of_the_folders_writes(
    project: Path, sample_day: Path, bucket: Bucket, tmp_path: Path
) -> None:
    plan = plan_of(sample_day)
    tables = []
    for number, one in enumerate((plan, in_bucket(plan, bucket))):
        engine = new_engine(f"sqlite:///{tmp_path / f'{number}.db'}")
        summary = scan_once(engine, one)
        assert summary.problems == ()
        assert findings(engine) == expected_findings(project / "sample_media" / "README.md")
        tables.append(dump(engine))
        engine.dispose()
    for name, rows in tables[0].items():
        assert tables[1][name] == rows, name


@pytest.mark.long
def test_workers_in_processes_of_their_own_read_the_bucket_and_a_second_scan_changes_nothing(
    project: Path, sample_day: Path, bucket: Bucket, tmp_path: Path
) -> None:
    plan = in_bucket(plan_of(sample_day), bucket)
    engine = new_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        run_scan(engine, plan, MORNING, executor, Silent())
        first = dump(engine)
        run_scan(engine, plan, MORNING, executor, Silent())
    assert findings(engine) == expected_findings(project / "sample_media" / "README.md")
    assert dump(engine) == first
    engine.dispose()


@pytest.mark.long
def test_a_bucket_that_is_denied_is_one_event_and_not_one_missing_clip(
    sample_day: Path, bucket: Bucket, tmp_path: Path
) -> None:
    plan = in_bucket(plan_of(sample_day), bucket)
    engine = new_engine(f"sqlite:///{tmp_path / 'x.db'}")
    scan_once(engine, plan)
    before = findings(engine)
    hidden = server().buckets.pop(bucket.name)
    try:
        scan_once(engine, plan)
    finally:
        server().buckets[bucket.name] = hidden
    with engine.connect() as connection:
        states = [row.state for row in connection.execute(STORE_SCAN.select().order_by(STORE_SCAN.c.id)).all()]
    assert states[-len(plan.stores) :] == ["unreachable"] * len(plan.stores)
    new = {rule for _, _, rule, _ in findings(engine) - before}
    assert not any(rule.startswith("missing.") for rule in new), new
    engine.dispose()
