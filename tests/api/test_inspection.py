"""Inspections as inspectors and programs use them: drawing, checking blind, what the figures say, who sees what."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from api.wording.inspection import WORDS
from domain.access import Role
from domain.inspection import CheckVerdict, Choice, SelfCheck, Stratify
from storage.accounts import add_account
from storage.schema.tables import AUDIT_ENTRY, EVALUATION, FINDING, SAMPLE, SAMPLE_ITEM
from tests.api import people, world
from tests.api.client import Client
from tests.api.people import district, give_token
from tests.api.world import ABSENT, GAPPED, UNIT

pytestmark = pytest.mark.slow

FORM = {"kind": "incident", "period": "2026-11", "size": "2", "seed": "november", "by": "none"}
CHECK = {"verdict": "agreed", "comment": "全程观看"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    """The small district; a second inspector; and one of the two incidents is compliant, nothing was found in it."""
    with district(tmp_path / "i.db") as client:
        with client.app.state.house.writer.begin() as connection:
            add_account(
                connection,
                world.NOW,
                "second",
                Role.INSPECTOR,
                unit=UNIT,
                password_hash=people._HASH[0],
                must_change=False,
            )
            connection.execute(update(EVALUATION).where(EVALUATION.c.subject == ABSENT).values(result="compliant"))
            connection.execute(FINDING.delete().where(FINDING.c.subject == ABSENT))
        yield client


@pytest.fixture
def inspector(house: Client) -> Client:
    return house.signed_in("inspector")


def drawn(inspector: Client, **more: str) -> str:
    """The address of a new sample of both incidents."""
    answer = inspector.post("/inspection/draw", {**FORM, **more})
    assert answer.status_code == 303, answer.text[-800:]
    return str(answer.headers["location"])


def position_of(client: Client, number: str) -> int:
    with client.app.state.house.reading() as connection:
        query = select(SAMPLE_ITEM.c.position).where(SAMPLE_ITEM.c.subject == number)
        return int(connection.execute(query).scalars().first())


def figure(client: Client, address: str, name: str) -> str:
    """Text of a figure of a sample's page."""
    page = client.get(address, accept="text/html").text
    found = re.search(rf"<h2>{name}</h2>(.*?)</section>", page, re.DOTALL)
    assert found, name
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def entries(client: Client, action: str) -> list[Any]:
    with client.app.state.house.reading() as connection:
        return list(connection.execute(select(AUDIT_ENTRY).where(AUDIT_ENTRY.c.action == action)).mappings())


def test_population_and_precision_are_told_before_anything_is_drawn(inspector: Client) -> None:
    page = inspector.get("/inspection/draw?period=2026-11&size=1&seed=x&by=none", accept="text/html").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "总体 2 " in text
    # None found among one: at most 97.5 % (1 - 0.025).
    assert "总体遗漏率至多 97.5%" in text
    assert "按此抽取 1 起" in text
    assert entries(inspector, "sample") == []
    assert inspector.get("/api/v1/samples").json()["items"] == []


def test_the_size_follows_from_the_precision_that_is_asked_for(inspector: Client) -> None:
    """1.645² · ¼ ÷ 0.5² = 2.7 of any number; of two 1.5, so both. What was asked for is kept with the sample."""
    answer = inspector.post("/inspection/draw", {**FORM, "size": "", "margin": "0.5", "confidence": "0.9"})
    assert answer.status_code == 303
    with inspector.app.state.house.reading() as connection:
        (conditions,) = connection.execute(select(SAMPLE.c.population["conditions"])).scalars()
    assert (conditions["margin"], conditions["confidence"]) == (0.5, 0.9)
    inspector.post(f"{answer.headers['location']}/1", CHECK)
    assert "90% 置信区间" in inspector.get(answer.headers["location"], accept="text/html").text
    wrong = inspector.get("/inspection/draw?period=2026-11&margin=2&confidence=sure", accept="text/html")
    assert wrong.status_code == 422
    assert "0.005" in wrong.text


def test_who_was_never_drawn_is_told_of_the_period_that_is_asked_for(inspector: Client) -> None:
    page = inspector.get("/inspection?period=2026-11", accept="text/html")
    assert "2026-11 有应记录活动而从未被抽中的" in page.text
    assert "031077" in page.text
    assert "031077" not in inspector.get("/inspection?period=2026-10", accept="text/html").text
    assert inspector.get("/inspection?period=soon", accept="text/html").status_code == 422


def test_a_seed_is_proposed_and_never_the_same(inspector: Client) -> None:
    seeds = {
        re.search(r'name="seed" value="([0-9a-f]{12})"', inspector.get("/inspection/draw", accept="text/html").text)[1]
        for _ in range(3)
    }
    assert len(seeds) == 3


def test_a_draw_is_in_the_audit_log_with_seed_and_digest(inspector: Client) -> None:
    address = drawn(inspector)
    assert "重抽，结果相同 ✓" in inspector.get(address, accept="text/html").text
    (entry,) = entries(inspector, "sample")
    assert (entry["actor"], entry["subject"]) == ("account:inspector", "sample:1")
    assert '"seed":"november"' in entry["detail"]
    assert inspector.get("/api/v1/samples/1").json()["digest"] in entry["detail"]


def test_a_population_that_changed_since_it_was_shown_is_not_drawn_from(inspector: Client) -> None:
    answer = inspector.post("/inspection/draw", {**FORM, "digest": "0" * 64})
    assert answer.status_code == 409
    assert "总体刚刚发生变化" in answer.text
    assert inspector.get("/api/v1/samples").json()["items"] == []


def test_what_cannot_be_drawn_is_said_with_what_was_typed(inspector: Client) -> None:
    answer = inspector.get("/inspection/draw?period=November&size=none", accept="text/html")
    assert answer.status_code == 422
    assert "2026-W47" in answer.text
    assert 'value="none"' in answer.text
    assert inspector.post("/inspection/draw", {**FORM, "period": "2020-01"}).status_code == 409  # nobody is there


def test_a_check_needs_a_verdict_a_comment_and_sense(inspector: Client) -> None:
    address = drawn(inspector)
    fine = f"{address}/{position_of(inspector, ABSENT)}"
    for given, said in (
        ({"comment": "x"}, "请选择核查结论"),
        ({"verdict": "agreed", "comment": "  "}, "请写明核查情况"),
        ({**CHECK, "missed": "on"}, "若有遗漏"),
        ({**CHECK, "verdict": "disagreed"}, "即有遗漏"),
        ({**CHECK, "verdict": "undecided", "missed": "on"}, "既已发现遗漏"),
    ):
        answer = inspector.post(fine, given)
        assert answer.status_code == 422, given
        assert said in answer.text
    assert entries(inspector, "sample.check") == []


def test_checks_lead_from_item_to_item_and_the_miss_rate_has_its_denominator(inspector: Client) -> None:
    address = drawn(inspector)
    gapped, fine = position_of(inspector, GAPPED), position_of(inspector, ABSENT)
    first = inspector.post(f"{address}/{gapped}", CHECK)
    assert first.headers["location"] == f"{address}/{fine}"
    assert "尚无可计算的核查" in figure(inspector, address, "自查遗漏率")  # only what was called fine counts
    last = inspector.post(f"{address}/{fine}", {**CHECK, "verdict": "disagreed", "missed": "on"})
    assert last.headers["location"] == f"{address}?done"
    missed = figure(inspector, address, "自查遗漏率")
    assert missed.startswith("100% 1 / 1")
    assert "2.5% – 100%" in missed  # one of one: the lower bound is 0.025
    assert figure(inspector, address, "结论属实").startswith("50% 1 / 2")
    checks = entries(inspector, "sample.check")
    assert [entry["unit"] for entry in checks] == [UNIT, UNIT]
    assert '"missed":true' in checks[1]["detail"]


def test_the_second_inspector_does_not_learn_the_first_verdict_before_giving_one(house: Client) -> None:
    first, second = house.signed_in("inspector"), house.signed_in("second")
    address = drawn(first)
    fine = f"{address}/{position_of(first, ABSENT)}"
    secret = "四十秒处镜头被遮挡"
    first.post(fine, {"verdict": "disagreed", "missed": "on", "comment": secret})
    assert first.post(fine, CHECK).status_code == 409  # nobody checks twice
    for page in (fine, address):
        answer = second.get(page, accept="text/html")
        shown = answer.text
        assert answer.status_code == 200
        assert secret not in shown
        assert "100%" not in shown
    content = second.get(f"/api/v1{address.replace('/inspection', '/samples')}").json()
    assert (content["hidden"], content["results"]["whole"]["missed"]["count"]) == (1, 0)
    assert [item["checks"] for item in content["items"]] == [[], []]
    assert (content["results"]["kappa"]["pairs"], content["results"]["kappa"]["why"]) == (0, "no-pairs")
    assert "第二次核查为盲核" in second.get(fine, accept="text/html").text

    assert second.post(fine, CHECK).status_code == 303
    assert secret in second.get(fine, accept="text/html").text
    assert figure(second, address, "自查遗漏率").startswith("0% 0 / 1")  # the second-level check is the one that counts
    assert "两次核查一致 0%" in figure(first, address, "已核查")
    told = first.get(f"/api/v1{address.replace('/inspection', '/samples')}").json()["results"]
    # One pair, and apart: chance would never agree either, so κ is nought; of one pair the bounds leave all open above.
    assert (told["kappa"]["pairs"], told["kappa"]["value"], told["kappa"]["high"]) == (1, 0.0, pytest.approx(0.975))
    assert told["weighted"] is None or told["weighted_low"] <= told["weighted"] <= told["weighted_high"]


def test_a_closed_sample_shows_everything_and_takes_nothing(house: Client) -> None:
    first, second = house.signed_in("inspector"), house.signed_in("second")
    address = drawn(first)
    fine = f"{address}/{position_of(first, ABSENT)}"
    first.post(fine, {**CHECK, "comment": "看过两遍"})
    assert first.post(f"{address}/close").status_code == 303
    assert "看过两遍" in second.get(fine, accept="text/html").text
    assert second.post(fine, CHECK).status_code == 409
    assert len(entries(first, "sample")) == 2


def test_outside_its_units_a_sample_is_not_there(house: Client) -> None:
    address = drawn(house.signed_in("inspector"))
    elsewhere = house.signed_in("inspector.elsewhere")
    for page in (
        address,
        f"{address}/1",
        "/api/v1/samples/1",
        "/inspection/999",
        f"{address}/99",
        f"/inspection/{10**30}",
    ):
        assert elsewhere.get(page, accept="text/html").status_code == 404, page
    assert elsewhere.post(f"{address}/1", CHECK).status_code == 404
    assert elsewhere.post(f"{address}/close").status_code == 404
    assert elsewhere.get("/api/v1/samples").json() == {"items": [], "next_cursor": None}
    listed = elsewhere.get("/inspection", accept="text/html").text
    assert "november" not in listed
    assert "031021" not in listed
    # Somebody of another station draws from nothing, whatever unit is asked for.
    assert elsewhere.post("/inspection/draw", {**FORM, "unit": UNIT}).status_code == 409


@pytest.mark.parametrize("role", ["officer", "supervisor", "auditor", "administrator"])
def test_only_inspectors_inspect(house: Client, role: str) -> None:
    client = house.signed_in(role)
    for address in ("/inspection", "/inspection/draw", "/inspection/1", "/api/v1/samples"):
        assert client.get(address).status_code == 403, address
    assert client.post("/inspection/draw", FORM).status_code == 403


def test_whom_no_sample_reached_is_told_with_the_denominator(inspector: Client) -> None:
    before = " ".join(re.sub(r"<[^>]+>", " ", inspector.get("/inspection", accept="text/html").text).split())
    assert "3 / 3 名民警" in before
    assert "1 / 1 个单位" in before
    drawn(inspector)
    after = " ".join(re.sub(r"<[^>]+>", " ", inspector.get("/inspection", accept="text/html").text).split())
    assert "0 / 3 名民警" in after


def test_what_is_hostile_is_shown_as_text(inspector: Client) -> None:
    address = drawn(inspector, name="<script>alert(1)</script>")
    inspector.post(f"{address}/1", {**CHECK, "verdict": "undecided", "comment": "<img src=x onerror=1>"})
    for page in ("/inspection", address, f"{address}/1"):
        text = inspector.get(page, accept="text/html").text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>纠纷" not in text


def test_a_form_without_its_token_does_nothing(inspector: Client) -> None:
    answer = inspector.send("POST", "/inspection/draw", {"accept": "text/html"}, data=FORM)
    assert answer.status_code == 403


def test_a_program_draws_reads_and_checks_and_a_repeated_key_has_no_second_effect(house: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        token = give_token(connection, Role.INSPECTOR, UNIT)
    program = house.with_token(token)
    body = {"period": "2026-11", "seed": "s", "size": 2, "by": "result"}
    key = {"Idempotency-Key": "one"}
    made = program.send("POST", "/api/v1/samples", key, json=body)
    again = program.send("POST", "/api/v1/samples", key, json=body)
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json()["id"] == again.json()["id"]
    (listed,) = program.get("/api/v1/samples").json()["items"]
    assert listed["strata"] == [
        {"stratum": "compliant", "population": 1, "drawn": 1},
        {"stratum": "noncompliant", "population": 1, "drawn": 1},
    ]
    assert listed["from"] == "2026-11-01T00:00:00+08:00"
    checked = program.send("POST", "/api/v1/samples/1/items/1/checks", json=CHECK)
    assert (checked.status_code, checked.json()["round"]) == (201, 1)
    assert program.send("POST", "/api/v1/samples/1/items/1/checks", json=CHECK).status_code == 409
    shown = program.get("/api/v1/samples/1").json()
    assert shown["items"][0]["checks"][0]["comment"] == "全程观看"
    assert shown["replay"] == {"population": True, "drawn": True}


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({}, "period"),
        ({"period": "x"}, "period"),
        ({"period": "2026-11", "size": 0}, "size"),
        ({"period": "2026-11", "flavour": 1}, "flavour"),
    ],
)
def test_a_body_that_cannot_be_used_is_named(inspector: Client, body: dict[str, Any], parameter: str) -> None:
    answer = inspector.send("POST", "/api/v1/samples", {"x-csrf-token": inspector.csrf()}, json=body)
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_every_value_has_its_words() -> None:
    families = (("choice", Choice), ("by", Stratify), ("selfcheck", SelfCheck), ("verdict", CheckVerdict))
    assert [
        f"inspection.{name}.{value}"
        for name, values in families
        for value in values
        if f"inspection.{name}.{value}" not in WORDS
    ] == []
    assert all(f"inspection.look.{kind}.{one}" in WORDS for kind in ("incident", "session") for one in range(1, 6))
