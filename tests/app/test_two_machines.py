"""Two processes scan into one PostgreSQL database: one at a time, and whoever is killed is followed by the other."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from storage.scans import CLAIM
from storage.schema.tables import SCAN, STORED
from tests.app.districts import bwc
from tests.scanning import count, new_engine, plan_of, scan_once

pytestmark = pytest.mark.slow
HOLDS = """
import sys
import indexer.pipeline.steps as steps
from app.command_line import status_of
def hold(scan):
    print("holding", flush=True)
    sys.stdin.readline()
steps.read_feeds = hold
sys.exit(status_of(["scan", "--config", sys.argv[1]]))
"""


def test_the_second_scan_is_refused_and_takes_over_when_the_first_is_killed(
    own_sample_day: Path, new_postgres_database: str
) -> None:
    config = own_sample_day / "config.toml"
    lines = config.read_text(encoding="utf-8").splitlines()
    named = [f'url = "{new_postgres_database}"' if line.startswith("url = ") else line for line in lines]
    config.write_text("\n".join(named).replace('kind = "processes"', 'kind = "threads"'), encoding="utf-8")
    engine = new_engine(new_postgres_database)
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(config)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "holding\n"
    status, _, error = bwc(config, "scan")
    assert status == 2
    assert "another scan is running: scan 1 is running since" in error
    assert f"process {child.pid} on {os.uname().nodename}" in error
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()
    with engine.begin() as connection:  # as if it had been another machine, of which nobody here sees whether it lives
        connection.execute(update(SCAN).values(host="dock-pc-2"))
    assert bwc(config, "scan")[0] == 2
    scan_once(engine, plan_of(own_sample_day), datetime.now(UTC) + CLAIM + timedelta(seconds=1))
    with engine.connect() as connection:
        states = connection.execute(select(SCAN.c.state).order_by(SCAN.c.id)).scalars().all()
    assert states == ["interrupted", "complete"]
    assert count(engine, STORED) == 74
    engine.dispose()


@pytest.mark.long
def test_machines_that_see_other_stores_each_scan_their_own_with_one_configuration(
    own_sample_day: Path, new_postgres_database: str
) -> None:
    """`--store` on each machine; the file names all stores, so that none of them leaves the register."""
    plan = plan_of(own_sample_day)
    names = [store.name for store in plan.stores]
    engine = new_engine(new_postgres_database)
    for mine in (names[:1], names[1:]):
        scan_once(engine, plan, only=frozenset(mine))
    reference = new_engine(f"sqlite:///{own_sample_day / 'whole.db'}")
    scan_once(reference, plan)
    assert count(engine, STORED) == count(reference, STORED)
    reference.dispose()
    engine.dispose()
