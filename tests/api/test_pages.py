"""The HTML pages: what they hold, that everything foreign is escaped, filters in the address, both languages."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.api.client import Client
from tests.api.conftest import application
from tests.api.world import ABSENT, GAPPED, SESSION

pytestmark = pytest.mark.slow

VOID = {"meta", "link", "input", "br", "wbr", "img", "hr"}


class Outline(HTMLParser):
    """Elements seen, text by element, and whether every element was closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def outline(client: Client, address: str, **headers: str) -> Outline:
    answer = client.get(address, **headers)
    assert answer.status_code == 200, answer.text[:2000]
    made = Outline(answer.text)
    assert made.open == []
    return made


PAGES = (
    "/findings",
    f"/incidents/{GAPPED}",
    f"/incidents/{ABSENT}",
    f"/sessions/{SESSION}",
    "/findings?flag=nonstandard&lang=en",
)


@pytest.mark.parametrize("address", PAGES)
def test_nothing_from_outside_becomes_markup(client: Client, address: str) -> None:
    made = outline(client, address)
    assert all(re.fullmatch(r"/static/[a-z]+\.js", one["src"] or "") for one in made.all("script"))
    assert made.all("i") == []
    assert "alert(1)" not in "".join(str(value) for _, attributes in made.elements for value in attributes.values())


def test_a_hostile_file_name_is_shown_as_it_is(client: Client) -> None:
    answer = client.get(f"/incidents/{GAPPED}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text.replace("</span><wbr>", "")
    assert "<script>alert" not in answer.text
    assert "&lt;b&gt;纠纷&lt;/b&gt;" in answer.text


@pytest.mark.parametrize("query", ["officer=<script>x</script>", 'unit="><script>', "from=<script>", "cursor=<script>"])
def test_a_hostile_address_is_escaped(client: Client, query: str) -> None:
    answer = client.get(f"/findings?{query}")
    assert answer.text.count("<script") == answer.text.count('<script type="module" src="/static/')
    assert Outline(answer.text).open == []


@pytest.mark.parametrize("address", PAGES)
def test_every_field_has_a_label_every_id_is_single_and_every_reference_leads_somewhere(
    client: Client, address: str
) -> None:
    made = outline(client, address)
    ids = [attributes["id"] for _, attributes in made.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "aria-describedby"):
        assert {attributes[name] for _, attributes in made.elements if name in attributes} <= set(ids)
    assert {attributes["lang"] for attributes in made.all("html")} <= {"zh-CN", "en"}
    assert all("aria-label" in attributes for attributes in made.all("nav"))


def test_tabs_count_under_the_same_filters(client: Client) -> None:
    def counts(address: str) -> list[str]:
        return re.findall(r'<span class="count">(\d+)</span>', client.get(address).text)

    assert counts("/findings") == ["125", "1", "2", "122"]
    assert counts("/findings?flag=missing") == ["125", "1", "2", "122"]
    assert counts("/findings?officer=031021") == ["1", "0", "1", "0"]
    assert counts(f"/findings?incident={GAPPED}") == ["2", "0", "1", "1"]


def test_filters_stay_in_the_address_of_tabs_and_of_more(client: Client) -> None:
    text = client.get("/findings?unit=310114010000&flag=nonstandard").text
    assert 'href="/findings?unit=310114010000&amp;flag=missing"' in text
    (more,) = re.findall(r'id="more"><a class="button" href="([^"]+)"', text)
    assert more.startswith("/findings?flag=nonstandard&amp;unit=310114010000&amp;cursor=")


def test_following_more_shows_every_finding_once(client: Client) -> None:
    seen: list[str] = []
    address = "/findings"
    while address:
        text = client.get(address).text
        seen += re.findall(r'id="f-([0-9a-f]{16})"', text)
        further = re.findall(r'id="more"><a class="button" href="([^"]+)"', text)
        address = further[0].replace("&amp;", "&") if further else ""
    assert len(seen) == len(set(seen)) == 125


def test_a_row_says_what_who_where_until_when_and_why(client: Client) -> None:
    made = outline(client, f"/findings?incident={GAPPED}&flag=incomplete")
    for text in ("记录中断", "中断 5 分", "031021", "示范<一>所", "11-23 11:59", "已过时限", "记录不完整"):
        assert text in made.text
    assert "a gap of 5 min" not in made.text
    assert f"/incidents/{GAPPED}" in [link.get("href") for link in made.all("a")]


def test_the_page_says_how_fresh_each_store_is(client: Client) -> None:
    text = outline(client, "/findings").text
    assert text.count("完整至 11-23 11:50") == 2


def test_a_filter_that_cannot_be_read_is_told_and_nothing_is_listed(client: Client) -> None:
    answer = client.get("/findings?from=yesterday")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "data-row tabindex" not in answer.text


def test_nothing_found_and_never_looked_are_different_pages(client: Client, empty: Client) -> None:
    assert "没有符合筛选条件的问题" in outline(client, "/findings?officer=none").text
    never = outline(empty, "/findings").text
    assert "尚未完成扫描" in never
    assert "没有待处理的问题" not in never


def test_the_incident_page_draws_window_lanes_gap_with_cause_and_whose_footage_covers_it(client: Client) -> None:
    text = client.get(f"/incidents/{GAPPED}").text
    assert text.count('<g class="lane">') == 2  # two officers; the proposed clip has no time to be drawn at
    titles = re.findall(r"<title>([^<]*)</title>", text)
    assert "中断 5 分 0 秒 · 手动停止 (20:10:00 – 20:15:00)\n文件正常结束" in titles
    assert "031063 的记录覆盖此时段 20:10:00 – 20:15:00\ndock-a:2026-11-20/C2_031063_1.mp4" in titles
    assert any(title.startswith("时钟误差 ±8 秒\n") for title in titles)  # then whose clip it is the margin of
    for word in (
        "到达现场",
        "处置完毕",
        "应记录 30 分 0 秒",
        "待确认的候选",
        "lost-clock.mp4",
        "未采纳的候选",
        "查找范围",
    ):
        assert word in text


def test_the_proof_of_absence_is_open_where_something_is_missing(client: Client) -> None:
    def proof(number: str) -> str:
        return client.get(f"/incidents/{number}").text.partition('id="proof"')[2][:30]

    assert "<details open>" in proof(ABSENT)
    assert "<details>" in proof(GAPPED)


def test_the_session_page_has_a_lane_per_channel_and_the_declared_break(client: Client) -> None:
    text = client.get(f"/sessions/{SESSION}?lang=en").text
    assert [name for name in ("CH1", "CH2") if f'class="name">{name}<' in text] == ["CH1", "CH2"]
    assert "Declared interruption 20:20:00 – 20:25:00 就餐" in text


def test_finding_by_number_leads_to_the_page(client: Client) -> None:
    assert client.get(f"/find?q=%20{GAPPED}").headers["location"] == f"/incidents/{GAPPED}"
    assert client.get(f"/find?q={SESSION}").headers["location"] == f"/sessions/{SESSION}"
    assert client.get("/find?q=none").status_code == client.get("/find").status_code == 404


def test_language_comes_from_address_then_cookie_then_browser(client: Client) -> None:
    def lang(address: str = "/findings", **headers: str) -> str | None:
        return client.get(address, **headers).headers["content-language"]

    assert lang() == "zh"
    assert lang(accept_language="en-GB,en;q=0.9,zh;q=0.5") == "en"
    assert lang(accept_language="de, zh-CN;q=0.4, en;q=0.2") == "zh"
    assert lang(accept_language="en;q=0, de") == "zh"
    assert lang(accept_language="en", cookie="lang=zh") == "zh"
    assert lang("/findings?lang=en", cookie="lang=zh") == "en"
    assert lang("/findings?lang=xx", cookie="lang=en") == "en"
    answer = client.get("/findings?lang=en&flag=missing")
    assert "lang=en" in answer.headers["set-cookie"]
    assert 'href="/findings?flag=missing&amp;lang=zh"' in answer.text
    assert "set-cookie" not in client.get("/findings").headers


def test_a_number_with_odd_characters_is_quoted_in_its_address() -> None:
    from api.pages.rendering import subject_address

    assert subject_address("session", "讯/2026 #1?") == "/sessions/%E8%AE%AF%2F2026%20%231%3F"
    assert subject_address("device", "C1") is None


def test_a_number_with_a_slash_has_a_page_and_a_time_line(tmp_path: Path) -> None:
    from tests.api import world

    with application(tmp_path / "odd.db") as app:
        engine = app.state.house.engine
        with engine.begin() as connection:
            body = {"number": "讯/1", "started_at": world.ARRIVED.isoformat()}
            world.record(connection, "sessions", "讯/1", body)
        client = Client(app)
        assert client.get("/sessions/%E8%AE%AF%2F1").status_code == 200
        assert client.get("/api/v1/sessions/%E8%AE%AF%2F1/timeline").json()["number"] == "讯/1"
