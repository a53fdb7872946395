"""The findings page and the page of one finding by forms alone: what is shown, what is decided, what is never run."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from storage.schema.tables import FINDING
from tests.api import world
from tests.api.client import Client
from tests.api.people import district
from tests.api.test_attachments import PDF, PNG
from tests.api.test_reviews import ABSENT, CHANNEL, GAP, NAME, decide, detail

pytestmark = pytest.mark.slow

EVIL = "<script>alert(1)</script>\"'&"


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "d.db", more_findings=2) as client:
        yield client


@pytest.fixture
def officer(people: Client) -> Client:
    return people.signed_in("officer")


def text(client: Client, address: str) -> str:
    answer = client.get(address, accept="text/html")
    assert answer.status_code == 200, answer.text[-500:]
    return answer.text


def shown(client: Client, address: str = "/findings") -> list[str]:
    return re.findall(r'data-key="(\w{16})"', text(client, address))


def counts(client: Client, address: str = "/findings") -> list[int]:
    return [int(count) for count in re.findall(r'class="count">(\d+)<', text(client, address))]


def test_only_what_nobody_reviewed_is_shown_and_counted(officer: Client) -> None:
    assert (counts(officer), len(shown(officer))) == ([6, 1, 2, 3], 6)
    decide(officer)
    assert counts(officer) == [5, 1, 1, 3]
    assert GAP not in shown(officer)
    every = "/findings?status=unresolved"
    assert (GAP in shown(officer, every), counts(officer, every)) == (True, [5, 1, 1, 3])
    assert shown(officer, "/findings?status=explained") == [GAP]
    assert counts(officer, "/findings?status=explained") == [1, 0, 1, 0]


def test_the_most_urgent_comes_first_unless_sorted_by_subject(officer: Client) -> None:
    assert shown(officer)[0] == GAP
    assert shown(officer)[-1] == CHANNEL
    assert shown(officer, "/findings?sort=subject")[:2] == [NAME, "0" * 16]
    assert officer.get("/findings?sort=colour").status_code == 400


def test_what_is_due_can_be_asked_for(officer: Client) -> None:
    assert shown(officer, "/findings?due=overdue") == [GAP]
    assert shown(officer, "/findings?due=today") == [GAP]
    assert len(shown(officer, "/findings?due=week")) == 6
    assert officer.get("/findings?due=never").status_code == 400


def test_overdue_is_said_until_it_is_decided(officer: Client) -> None:
    assert 'class="num due"' in text(officer, "/findings")
    decide(officer)
    assert 'class="num due"' not in text(officer, "/findings?status=unresolved")


def test_who_decides_nothing_gets_no_boxes_and_no_bar(people: Client) -> None:
    for role, buttons in (
        ("officer", ["explain", "confirm", "dismiss"]),
        ("supervisor", ["accept", "return", "reopen"]),
        ("inspector", ["reopen"]),
        ("auditor", []),
        ("administrator", []),
    ):
        page = text(people.signed_in(role), "/findings")
        assert re.findall(r'<button name="decision" value="(\w+)"', page) == buttons, role
        assert ('name="f"' in page) == bool(buttons), role


def test_the_page_of_a_finding_of_any_kind_tells_evidence_rule_and_history(people: Client, officer: Client) -> None:
    page = text(officer, f"/findings/{GAP}?next=/findings%3Fflag%3Dincomplete")
    assert "中断 5 分" in page
    assert f'href="/incidents/{world.GAPPED}"' in page
    assert "首次发现" in page
    assert 'href="/findings?flag=incomplete#f-' in page
    assert "&lt;i&gt;x&lt;/i&gt;" in page
    assert "alert(1)</script>" not in text(officer, f"/findings/{NAME}")
    assert officer.get("/findings/" + "f" * 16, accept="text/html").status_code == 404
    assert people.signed_in("officer.elsewhere").get(f"/findings/{GAP}", accept="text/html").status_code == 404


def form(**more: str) -> dict[str, str]:
    return {"decision": "explain", "reason": "battery", "note": "没电", "reviews": "0", **more}


def test_a_decision_by_form_goes_back_to_the_list_at_the_row_that_follows(officer: Client) -> None:
    given = form(next="/findings?flag=incomplete", then=CHANNEL)
    answer = officer.post(f"/findings/{GAP}/reviews", given)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/findings?flag=incomplete&told=explain#f-{CHANNEL}"
    assert "已说明。" in text(officer, "/findings?flag=incomplete&told=explain")
    assert detail(officer)["status"] == "explained"


@pytest.mark.parametrize("bad", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leaves_this_server(officer: Client, bad: str) -> None:
    answer = officer.post(f"/findings/{GAP}/reviews", form(next=bad, then='"><script>'))
    assert answer.headers["location"] == "/?told=explain"
    page = text(officer, f"/findings/{ABSENT}?next={bad}")
    assert all(re.match(r"/(?![/\\])|#", link) for link in re.findall(r'href="([^"]*)"', page))
    assert 'name="next" value="/"' in page


def test_a_refused_decision_keeps_what_was_typed_and_says_what_is_there_now(people: Client, officer: Client) -> None:
    lacking = officer.post(f"/findings/{GAP}/reviews", form(reason="", note=EVIL))
    assert lacking.status_code == 422
    assert "尚缺" in lacking.text
    assert html.escape(EVIL, quote=False).partition('"')[0] in lacking.text
    assert "<script>alert" not in lacking.text
    decide(officer)
    late = officer.post(f"/findings/{GAP}/reviews", form())
    assert late.status_code == 409
    assert "officer 已于 11-23 12:00 处理为“说明”" in late.text
    assert 'name="reviews" value="1"' in late.text


def test_notes_and_names_of_files_are_text_wherever_they_are_shown(officer: Client) -> None:
    sent = {"file": (f"{EVIL}.pdf", PDF, "application/pdf")}
    answer = officer.post(f"/findings/{GAP}/reviews", form(note=EVIL), files=sent)
    assert answer.status_code == 303
    for address in (f"/findings/{GAP}", f"/incidents/{world.GAPPED}", "/findings?status=unresolved"):
        page = text(officer, address)
        assert "<script>alert" not in page, address
    page = text(officer, f"/findings/{GAP}")
    assert html.unescape(page).count("<script>alert(1)") >= 1
    digest = re.search(r'href="/api/v1/attachments/([0-9a-f]{64})"', page)
    assert digest is not None
    assert officer.get(f"/api/v1/attachments/{digest[1]}").content == PDF


def test_a_file_that_is_not_what_it_says_stops_the_decision(officer: Client) -> None:
    answer = officer.post(f"/findings/{GAP}/reviews", form(), files={"file": ("a.pdf", PNG, "application/pdf")})
    assert answer.status_code == 422
    assert "png" in answer.text
    assert detail(officer)["reviews"] == 0


def test_many_by_form_ask_for_what_is_needed_and_are_labelled_as_bulk(officer: Client) -> None:
    chosen = {"f": [f"{GAP}:0", f"{ABSENT}:0"], "decision": "dismiss", "next": "/findings"}
    asked = officer.post("/reviews", chosen)
    assert asked.status_code == 200
    assert asked.text.count('name="f"') == 2
    assert "批量处理" in asked.text
    assert officer.post("/reviews", {**chosen, "asked": "1"}).status_code == 422
    done = officer.post("/reviews", {**chosen, "asked": "1", "reason": "false-alarm"})
    assert done.headers["location"] == "/findings?told=dismiss&done=2"
    assert "已处理 2 项" in text(officer, "/findings?told=dismiss&done=2")
    assert "批量处理" in text(officer, f"/incidents/{world.GAPPED}")


def test_one_alone_is_not_bulk(officer: Client) -> None:
    officer.post("/reviews", {"f": f"{GAP}:0", "decision": "confirm"})
    entry = next(one["review"] for one in detail(officer)["history"] if one["review"])
    assert (entry["decision"], entry["bulk"]) == ("confirm", None)


def test_what_of_many_was_not_decided_is_told_with_its_reason(officer: Client) -> None:
    decide(officer)
    answer = officer.post("/reviews", {"f": [f"{GAP}:0", f"{ABSENT}:0"], "decision": "confirm"})
    assert answer.status_code == 200
    assert "officer 已于" in answer.text
    assert f'href="/findings/{GAP}"' in answer.text
    assert detail(officer, ABSENT)["status"] == "confirmed"


@pytest.mark.parametrize(
    "given",
    [
        {"f": "x", "decision": "confirm"},
        {"f": f"{GAP}:-1", "decision": "confirm"},
        {"f": f"{GAP}:0", "decision": "burn"},
        {"f": f"{GAP}:0", "decision": "explain", "reason": "burn"},
        {"f": f"{GAP}:0", "decision": "confirm", "note": "x" * 2001},
    ],
)
def test_forms_that_are_none_are_refused(officer: Client, given: dict[str, str]) -> None:
    assert officer.post("/reviews", given).status_code == 400
    assert detail(officer)["reviews"] == 0


def test_nothing_selected_is_said(officer: Client) -> None:
    answer = officer.post("/reviews", {"decision": "confirm"})
    assert "没有选择任何问题" in text(officer, answer.headers["location"])


def test_a_form_without_the_token_or_the_right_decides_nothing(people: Client, officer: Client) -> None:
    assert officer.send("POST", f"/findings/{GAP}/reviews", data=form()).status_code == 403
    assert people.signed_in("auditor").post(f"/findings/{GAP}/reviews", form()).status_code == 403
    assert people.signed_in("supervisor").post("/reviews", {"f": f"{GAP}:0", **form()}).status_code == 403
    assert detail(officer)["reviews"] == 0


def test_a_filter_is_saved_under_a_name_opened_and_deleted(people: Client, officer: Client) -> None:
    query = "flag=incomplete&due=overdue&cursor=x&lang=en&told=saved"
    saved = officer.post("/inboxes", {"name": f"  {EVIL} ", "query": query})
    assert saved.headers["location"] == "/findings?flag=incomplete&due=overdue&told=saved"
    page = text(officer, "/findings")
    assert "<script>alert" not in page
    assert 'href="/findings?flag=incomplete&amp;due=overdue"' in page
    assert html.escape(EVIL).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
    number = re.search(r'action="/inboxes/(\d+)/delete"', page)
    assert number is not None
    supervisor = people.signed_in("supervisor")
    assert "/inboxes/" + number[1] not in text(supervisor, "/findings")
    assert supervisor.post(f"/inboxes/{number[1]}/delete").status_code == 404
    assert officer.post(f"/inboxes/{number[1]}/delete").status_code == 303
    assert "/inboxes/" + number[1] not in text(officer, "/findings")


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\u202eb"])
def test_a_filter_without_a_usable_name_is_refused(officer: Client, name: str) -> None:
    assert officer.post("/inboxes", {"name": name, "query": "flag=missing"}).status_code == 400


def test_the_incident_page_decides_on_each_of_its_findings(officer: Client) -> None:
    page = text(officer, f"/incidents/{world.GAPPED}")
    assert f'action="/findings/{GAP}/reviews"' in page
    assert f'action="/findings/{NAME}/reviews"' in page
    back = officer.post(f"/findings/{GAP}/reviews", form(next=f"/incidents/{world.GAPPED}", then=GAP))
    assert back.headers["location"] == f"/incidents/{world.GAPPED}?told=explain#f-{GAP}"
    page = text(officer, f"/incidents/{world.GAPPED}?told=explain")
    assert "已说明。" in page
    assert "没电" in page


def test_what_the_program_resolved_says_so_and_offers_no_decision(people: Client, officer: Client) -> None:
    with people.app.state.house.writer.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == GAP).values(until_scan=1))
    page = text(officer, f"/findings/{GAP}")
    assert "已不再成立" in page
    assert 'name="decision"' not in page
    assert shown(officer, "/findings?status=resolved") == [GAP]


def test_a_day_is_signed_by_form(officer: Client) -> None:
    sent = {"unit": world.UNIT, "period": "2026-11-23", "next": "/findings"}
    assert officer.post("/sign-offs", sent).status_code == 409
    officer.post("/reviews", {"f": [f"{key}:0" for key in shown(officer)], "decision": "confirm"})
    assert officer.post("/sign-offs", sent).headers["location"] == "/findings?told=signed"
    assert "已签收" in text(officer, "/findings?told=signed")


@pytest.mark.parametrize("told", [EVIL, "x", "explain&done=999999999", "explain&done=-1"])
def test_a_message_is_one_of_ours_whatever_the_address_says(officer: Client, told: str) -> None:
    page = text(officer, f"/findings?told={told}")
    assert "<script>alert" not in page
    assert "99999" not in re.sub(r'href="[^"]*"', "", page)
