"""Many who read while a scan and decisions write: nobody gets a fault, who writes comes through, memory is bounded."""

from pathlib import Path

import pytest

from benchmarks.faults.house import prepare, use_database
from benchmarks.faults.readers import Load, read, told
from tests.databases import shared_postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MEMORY_MB = 250
"""A server may grow by so much for a thousand connections."""


def measured(folder: Path, load: Load, there: int, url: str | None = None) -> None:
    district = prepare(folder, there, 1, scan="0 0 29 2 *", watch=False)
    if url:
        use_database(folder, url)
    met, faults = read(district, load)
    print("\n".join(told(met, load)))
    assert faults == []
    assert met.readers.faults == met.writers.asked.faults == 0
    assert set(met.readers.statuses) <= {200, 304, 503}
    assert len(met.readers.seconds) >= load.readers
    assert met.writers.decided > 0
    assert met.busy_s > 0
    assert met.after.memory - met.before.memory < MEMORY_MB


@pytest.mark.long
def test_a_hundred_readers_get_no_fault_while_a_scan_and_decisions_write(tmp_path: Path) -> None:
    measured(tmp_path, Load(readers=100, seconds=3, pause=1.5, clips=10), there=40)


@pytest.mark.long
def test_a_thousand_readers_get_no_fault_while_a_scan_and_decisions_write(tmp_path: Path) -> None:
    measured(tmp_path, Load(readers=1000, seconds=30, pause=10, clips=40), there=200)


@pytest.mark.long
def test_five_hundred_readers_get_no_fault_beside_a_server(tmp_path: Path, postgres: str) -> None:
    engine = shared_postgres(postgres)
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    measured(tmp_path, Load(readers=500, seconds=15, pause=5, clips=20), 100, url)
