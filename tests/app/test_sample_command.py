"""`bwc sample`: drawn from every unit, listed, shown with the proof that it can be drawn again."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.schema.tables import AUDIT_ENTRY, SAMPLE
from tests.api.world import ABSENT, GAPPED, UNIT
from tests.app.districts import bwc, district, engine_of

pytestmark = pytest.mark.slow

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


def test_the_size_follows_from_margin_and_confidence(config: Path) -> None:
    """Three activities: 0.9604 ÷ 0.25 … gives 3.84 for ± 50 %, of three 1.97; ± 0.5 % needs all of them."""
    wide = ("--period", "2026-11", "--seed", "s", "--by", "none", "--dry-run", "--margin", "0.5")
    _, out, _ = bwc(config, "sample", "draw", *wide)
    assert out.splitlines()[0].startswith("总体 population 3  抽取 drawn 2")
    assert out.splitlines()[1] == "\t3\t2"
    _, out, _ = bwc(config, "sample", "draw", *wide[:-1], "0.005", "--confidence", "0.99")
    assert "drawn 3" in out


def test_who_was_never_drawn_is_listed(config: Path) -> None:
    month = ("--period", "2026-11", "--format", "jsonl")
    rows = [json.loads(line) for line in bwc(config, "sample", "unsampled", *month)[1].splitlines()]
    assert {row["key"] for row in rows if row["what"] == "officer"} == {"031021", "031063", "031077"}
    assert {row["key"]: row["activities"] for row in rows if row["what"] == "unit"} == {UNIT: 3, "310114020000": 1}
    bwc(config, *DRAW, "--unit", UNIT)
    rows = [json.loads(line) for line in bwc(config, "sample", "unsampled", *month)[1].splitlines()]
    assert [row["key"] for row in rows] == ["310114020000"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sample", "draw", "--period", "November", "--seed", "s", "--size", "1"), "2026-W47"),
        (("sample", "draw", "--period", "2020-01", "--seed", "s", "--size", "1"), "empty"),
        (("sample", "draw", "--period", "2026-11", "--seed", " ", "--size", "1"), "seed"),
        (("sample", "show", "9"), "no sample 9"),
        (("sample", "unsampled", "--period", "soon"), "2026-W47"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(config: Path, arguments: tuple[str, ...], said: str) -> None:
    status, _, error = bwc(config, *arguments)
    assert status == 2
    assert said in error
    assert len(error.splitlines()) == 1
