"""`bwc sample`: drawn from every unit, listed, shown with the proof that it can be drawn again."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.schema.tables import AUDIT_ENTRY, SAMPLE
from tests.api.world import ABSENT, GAPPED, UNIT
from tests.app.districts import bwc, district, engine_of

DRAW = ("sample", "draw", "--period", "2026-11", "--seed", "november", "--size", "3", "--by", "none")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return district(tmp_path)


def test_a_sample_is_drawn_listed_and_shown(config: Path) -> None:
    status, out, _ = bwc(config, *DRAW)
    assert status == 0
    assert {line.split("\t")[1] for line in out.splitlines()[1:]} == {"=1+1", GAPPED, ABSENT}
    _, listed, _ = bwc(config, "sample", "list", "--format", "jsonl")
    row = json.loads(listed)
    assert (row["id"], row["population"], row["size"], row["seed"]) == (1, 3, 3, "november")
    status, shown, _ = bwc(config, "sample", "show", "1")
    assert status == 0
    assert "the same" in shown
    assert GAPPED in shown


def test_the_draw_is_in_the_audit_log(config: Path) -> None:
    bwc(config, *DRAW)
    engine = engine_of(config)
    with engine.connect() as connection:
        (entry,) = connection.execute(select(AUDIT_ENTRY)).mappings().all()
    engine.dispose()
    assert (entry["actor"], entry["action"], entry["subject"]) == ("system", "sample", "sample:1")


def test_a_dry_run_tells_the_population_and_draws_nothing(config: Path) -> None:
    status, out, _ = bwc(config, *DRAW, "--dry-run", "--unit", UNIT)
    assert status == 0
    assert "population 2" in out
    engine = engine_of(config)
    with engine.connect() as connection:
        assert connection.execute(select(SAMPLE.c.id)).all() == []
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sample", "draw", "--period", "November", "--seed", "s", "--size", "1"), "2026-W47"),
        (("sample", "draw", "--period", "2020-01", "--seed", "s", "--size", "1"), "empty"),
        (("sample", "draw", "--period", "2026-11", "--seed", " ", "--size", "1"), "seed"),
        (("sample", "show", "9"), "no sample 9"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(config: Path, arguments: tuple[str, ...], said: str) -> None:
    status, _, error = bwc(config, *arguments)
    assert status == 2
    assert said in error
    assert len(error.splitlines()) == 1
