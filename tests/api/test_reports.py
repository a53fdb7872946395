"""Reports as people and programs use them: looked at, filed, taken away, compared; nobody sees other units' rows."""

import csv
import importlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.access import Role
from reports import REPORTS
from reports.render import MEDIA_TYPES
from storage.schema.tables import AUDIT_ENTRY, RECORD
from tests.api.client import Client
from tests.api.people import ELSEWHERE, district, give_token
from tests.api.world import ABSENT, GAPPED, UNIT
from tests.reports import days

pytestmark = pytest.mark.slow

FORM = {"name": "completeness", "period": "2026-11"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "r.db", visitors=True) as client:
        yield client


@pytest.fixture
def auditor(house: Client) -> Client:
    return house.signed_in("auditor")


def text_of(client: Client, address: str) -> str:
    answer = client.get(address, accept="text/html")
    assert answer.status_code == 200, answer.text[-600:]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def exports(client: Client) -> list[Any]:
    with client.app.state.house.reading() as connection:
        return list(connection.execute(select(AUDIT_ENTRY).where(AUDIT_ENTRY.c.action == "export")).mappings())


def filed(client: Client, **more: str) -> str:
    answer = client.post("/reports/file", {**FORM, **more})
    assert answer.status_code == 303, answer.text[-600:]
    return str(answer.headers["location"])


@pytest.mark.parametrize("name", [report.name for report in REPORTS])
def test_every_report_is_shown_filed_and_taken_away_in_every_format(auditor: Client, name: str) -> None:
    text_of(auditor, f"/reports?name={name}&period=2026-11&unit={UNIT}")
    address = filed(auditor, name=name, unit=UNIT)
    assert "重做，校验值相同 ✓" in text_of(auditor, f"{address}?again")
    for form, kind in MEDIA_TYPES.items():
        answer = auditor.get(f"{address}/{form}")
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["content-disposition"].startswith("attachment;")
    assert len(exports(auditor)) == 6  # filed once, taken five times


def test_the_page_shows_totals_with_denominators_before_anything_is_filed(auditor: Client) -> None:
    shown = text_of(auditor, "/reports?name=completeness&period=2026-11")
    assert "不合规 3 / 3" in shown
    assert "中断 5 分" in shown
    for form in MEDIA_TYPES:
        assert form.upper() in shown
    assert exports(auditor) == []


def test_a_download_is_in_the_audit_log_with_its_digest(auditor: Client) -> None:
    answer = auditor.get("/reports/download?name=completeness&period=2026-11&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["编号"] for row in rows][:2] == [GAPPED, ABSENT]
    (entry,) = exports(auditor)
    assert (entry["actor"], entry["subject"]) == ("account:auditor", "report:completeness")
    assert '"rows":3' in entry["detail"]


@pytest.mark.parametrize("query", ["period=November", "period=2026-11&as_of=soon", "period=2026-11&as_of=2026-11-01"])
def test_what_cannot_be_made_is_said_on_the_page(auditor: Client, query: str) -> None:
    """The last one: no scan had finished by then, and an empty report would look like nothing found."""
    answer = auditor.get(f"/reports?name=completeness&{query}", accept="text/html")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_the_sheet_of_a_unit_asks_for_one_on_the_page_and_of_programs(house: Client, auditor: Client) -> None:
    answer = auditor.get("/reports?name=unit&period=2026-11", accept="text/html")
    assert answer.status_code == 422
    assert "单位台账须指定一个单位" in answer.text
    with house.app.state.house.writer.begin() as connection:
        program = house.with_token(give_token(connection, Role.AUDITOR, UNIT))
    answer = program.send("POST", "/api/v1/reports/unit/runs", json={"period": "2026-11"})
    assert answer.status_code == 422
    assert "expected one unit" in answer.json()["detail"]


@pytest.mark.parametrize("role", [role.value for role in Role if role is not Role.VISITOR])
def test_outside_its_units_nobody_sees_a_row_a_count_or_a_filed_run(house: Client, role: str) -> None:
    address = filed(house.signed_in("auditor"))
    elsewhere = house.signed_in(f"{role}.elsewhere")
    for report in REPORTS:
        taken = elsewhere.get(f"/reports/download?name={report.name}&period=2026-11&unit={UNIT}&format=csv")
        assert len(taken.content.decode("utf-8-sig").splitlines()) == 1, report.name
    shown = text_of(elsewhere, "/reports?name=units&period=2026-11")
    assert UNIT not in shown
    assert "已归档 0" in shown
    for page in (address, f"{address}/csv", f"/api/v1{address}", f"/reports/compare?a={address[-1]}&b={address[-1]}"):
        assert elsewhere.get(page, accept="text/html").status_code == 404, page


def test_a_visitor_looks_but_files_nothing(house: Client) -> None:
    visitor = Client(house.app)
    shown = visitor.get("/reports?name=completeness&period=2026-11", accept="text/html").text
    assert GAPPED in shown
    assert 'action="/reports/file"' not in shown
    assert visitor.send("POST", "/reports/file", data=FORM).status_code == 403
    assert visitor.send("POST", "/api/v1/reports/units/runs", json={"period": "2026-11"}).status_code == 403


def test_a_form_without_its_token_files_nothing(auditor: Client) -> None:
    assert auditor.send("POST", "/reports/file", {"accept": "text/html"}, data=FORM).status_code == 403
    assert exports(auditor) == []


def test_two_filed_runs_are_compared_with_the_reason(house: Client) -> None:
    auditor = house.signed_in("auditor")
    early = filed(auditor)
    writer = house.app.state.house.writer
    days.second_scan(writer)
    moved = house.app.state.house
    object.__setattr__(moved, "now", lambda: days.SECOND)  # the next day
    late = filed(auditor)
    shown = text_of(auditor, f"/reports/compare?a={early[-1]}&b={late[-1]}")
    assert "判定 不合规 → 合规" in shown
    assert "第 2 次扫描" in shown
    assert "合规率（可判定者） 0% (3) 33.3% (3)" in shown
    assert auditor.get(f"/reports/compare?a={early[-1]}&b=x").status_code == 422


def test_hostile_text_is_text_on_the_page_and_no_formula_in_the_file(house: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        query = select(RECORD.c.body).where(RECORD.c.key == GAPPED)
        body = dict(connection.execute(query).scalar_one())
        connection.execute(
            update(RECORD).where(RECORD.c.key == GAPPED).values(body={**body, "category": '=HYPERLINK("x")<script>'})
        )
    auditor = house.signed_in("auditor")
    assert (
        "<script>"
        not in auditor.get("/reports?name=completeness&period=2026-11", accept="text/html").text.split("<main")[1]
    )
    taken = auditor.get("/reports/download?name=completeness&period=2026-11&format=csv").content.decode("utf-8-sig")
    assert """'=HYPERLINK""" in taken


def test_a_program_files_a_report_once_under_its_key_and_reads_it_back(
    house: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.app.state.house.writer.begin() as connection:
        program = house.with_token(give_token(connection, Role.AUDITOR, UNIT))
        other = house.with_token(give_token(connection, Role.AUDITOR, ELSEWHERE))
    names = [one["name"] for one in program.get("/api/v1/reports").json()["items"]]
    assert names == [report.name for report in REPORTS]
    body, key = {"period": "2026-11-20"}, {"Idempotency-Key": "k"}
    made = program.send("POST", "/api/v1/reports/completeness/runs", key, json=body)
    with monkeypatch.context() as patch:
        patch.delattr("api.routes.reports.made_now")  # a repeated request costs no second reading
        again = program.send("POST", "/api/v1/reports/completeness/runs", key, json=body)
    assert (made.status_code, again.json()["run"]) == (201, made.json()["run"])
    assert {row["number"] for row in made.json()["rows"]} == {GAPPED, "XW20261120001"}
    run = made.json()["run"]
    assert program.get(f"/api/v1/reports/runs/{run}").json()["digest"] == made.json()["digest"]
    assert program.get(f"/api/v1/reports/runs/{run}?format=csv&lang=en").text.startswith("\ufeffActivity,Number")
    assert program.get(f"/api/v1/reports/runs/{run}?format=docx").status_code == 422
    assert other.get(f"/api/v1/reports/runs/{run}").status_code == 404
    for address, content, status in (
        ("/api/v1/reports/nothing/runs", body, 404),
        ("/api/v1/reports/units/runs", {"period": "x"}, 422),
        ("/api/v1/reports/units/runs", {}, 422),
    ):
        assert program.send("POST", address, json=content).status_code == status


def test_one_table_of_a_document_is_taken_away_as_csv(auditor: Client) -> None:
    address = filed(auditor, name="monthly")
    for taken in (f"{address}/csv?table=cases", "/reports/download?name=monthly&period=2026-11&format=csv&table=cases"):
        answer = auditor.get(taken)
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert [row["编号"] for row in rows][:1] == [ABSENT]
        assert "_cases" in answer.headers["content-disposition"]
    assert f"{address}/csv?table=cases" in auditor.get(address, accept="text/html").text
    assert auditor.get(f"{address}/csv?table=nothing").status_code == 422


def test_the_page_draws_what_the_tables_hold(auditor: Client) -> None:
    shown = auditor.get("/reports?name=monthly&period=2026-11", accept="text/html").text
    assert shown.count("<svg") >= 7  # the charts of the waterfall, the trend and the units, and three cases
    assert 'aria-label="031077：片段 无，无记录' in shown


def test_a_program_reads_every_table_of_a_document(house: Client) -> None:
    with house.app.state.house.writer.begin() as connection:
        program = house.with_token(give_token(connection, Role.AUDITOR, UNIT))
    listed = {one["name"]: one for one in program.get("/api/v1/reports").json()["items"]}
    parts = [part["name"] for part in listed["monthly"]["parts"]]
    assert listed["units"]["parts"] == []
    made = program.send("POST", "/api/v1/reports/monthly/runs", json={"period": "2026-11"}).json()
    assert [part["name"] for part in made["parts"]] == parts
    run = f"/api/v1/reports/runs/{made['run']}"
    one = program.get(f"{run}?table=cases").json()
    assert (one["rows"][0]["number"], one["parts"]) == (ABSENT, [])
    assert program.get(f"{run}?format=pdf&lang=en").content.startswith(b"%PDF-")
    assert program.get(f"{run}?table=nothing").status_code == 422


def test_without_its_fonts_a_pdf_is_refused_and_nothing_else(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("reports.render.pdf_file"), "FONTS", ("cvttf_nowhere",))
    address = "/reports/download?name=units&period=2026-11&format="
    refused = auditor.get(f"{address}pdf")
    assert refused.status_code == 503
    assert "cvttf-nowhere" in refused.text
    assert auditor.get(f"{address}xlsx").status_code == 200


def test_a_report_is_made_before_anything_is_locked(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan that writes meanwhile would wait for all of the making."""
    shared, wrote = importlib.import_module("api.reports"), []
    make = shared.make

    def made(*arguments: Any) -> Any:
        with auditor.app.state.house.writing() as connection:
            wrote.append(connection.execute(select(AUDIT_ENTRY.c.sequence).limit(1)).all())
        return make(*arguments)

    monkeypatch.setattr(shared, "make", made)
    assert filed(auditor)
    assert len(wrote) == 1
