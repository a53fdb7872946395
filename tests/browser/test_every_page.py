"""Every page of the program, seen by somebody who may: nothing in the way of people who use other means than eyes and
mouse, nothing on the console, nothing from elsewhere, nothing beyond the side; pictures of each are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

from api.parts import PAGES
from tests.api import world
from tests.browser.stage import Stage, apart, stage

pytestmark = [pytest.mark.slow, pytest.mark.long]
DESK, TABLET = {"width": 1366, "height": 768}, {"width": 820, "height": 1180}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
GRAVE = ("serious", "critical")
AXE = "() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
HIDDEN = """() => { const name = document.querySelector('.brand b'), at = name.getBoundingClientRect();
  return !name.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)); }"""
"""Whether something lies over the name of the program, and so over the navigation."""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True, slots=True)
class Visit:
    """One page as one role sees it; `{…}` of an address is filled from the stage. `main`: checked at 820 as well."""

    name: str
    route: str
    address: str
    role: str = "officer"
    main: bool = False
    status: int = 200


INCIDENT, SESSION = f"/incidents/{world.GAPPED}", f"/sessions/{world.SESSION}"
VISITS = (
    Visit("today", "/", "/", main=True),
    Visit("today-supervisor", "/", "/", "supervisor"),
    Visit("today-nothing", "/", "/", "supervisor.elsewhere"),
    Visit("findings", "/findings", "/findings", main=True),
    Visit("findings-all", "/findings", "/findings?status=unresolved&flag=incomplete", "supervisor"),
    Visit("findings-nothing", "/findings", "/findings", "officer.elsewhere"),
    Visit("findings-wrong", "/findings", "/findings?from=yesterday", status=400),
    Visit("finding", "/findings/{key}", "/findings/{key}", main=True),
    Visit("finding-clip", "/findings/{key}", "/findings/5711100000000000"),
    Visit("incidents", "/incidents", "/incidents", main=True),
    Visit("incidents-nothing", "/incidents", "/incidents", "officer.elsewhere"),
    Visit("incident", "/incidents/{number:path}", INCIDENT, main=True),
    Visit("incident-absent", "/incidents/{number:path}", f"/incidents/{world.ABSENT}"),
    Visit("incident-auditor", "/incidents/{number:path}", INCIDENT, "auditor"),
    Visit("sessions", "/sessions", "/sessions"),
    Visit("session", "/sessions/{number:path}", SESSION, main=True),
    Visit("clip", "/clips/{file_id}", "/clips/1?at=31", main=True),
    Visit("clip-no-clock", "/clips/{file_id}", "/clips/5", "inspector"),
    Visit("clip-auditor", "/clips/{file_id}", "/clips/1", "auditor"),
    Visit("stores", "/stores", "/stores", main=True),
    Visit("store", "/stores/{name}", "/stores/dock-a"),
    Visit("store-files", "/stores/{name}/files", "/stores/dock-a/files"),
    Visit("overview", "/overview", "/overview?from=2026-11-20&to=2026-11-23", main=True),
    Visit("overview-nothing", "/overview", "/overview", "supervisor.elsewhere"),
    Visit("draw", "/inspection/draw", "/inspection/draw?period=2026-11&size=2", "inspector"),
    Visit("inspection", "/inspection", "/inspection", "inspector", main=True),
    Visit("sample", "/inspection/{sample_id:int}", "{sample}", "inspector"),
    Visit("item", "/inspection/{sample_id:int}/{position:int}", "{item}", "inspector", main=True),
    Visit("item-checked", "/inspection/{sample_id:int}/{position:int}", "{checked}", "inspector"),
    Visit("reports", "/reports", "/reports", "auditor"),
    Visit("report", "/reports", "/reports?name=completeness&period=2026-11", "auditor", main=True),
    Visit("run", "/reports/runs/{run_id:int}", "{run}", "auditor"),
    Visit("run-again", "/reports/runs/{run_id:int}", "{run}?again", "auditor"),
    Visit("compare", "/reports/compare", "{compare}", "auditor"),
    Visit("sign-in", "/sign-in", "/sign-in", "", main=True),
    Visit("account", "/account", "/account"),
    Visit("account-first", "/account", "/account", "newcomer"),
    Visit("users", "/administration/users", "/administration/users", "chief", main=True),
    Visit("user", "/administration/users/{number}", "{user}", "chief"),
    Visit("tokens", "/administration/tokens", "/administration/tokens", "chief"),
    Visit("limits", "/administration/limits", "/administration/limits", "chief"),
    Visit("exclusions", "/administration/exclusions", "/administration/exclusions", "chief"),
    Visit("trial", "/administration/trials/{name}", "{trial}", "chief"),
    Visit("feeds", "/administration/feeds", "/administration/feeds", "chief"),
    Visit("feed", "/administration/feeds/{feed}", "/administration/feeds/110", "chief"),
    Visit("schedule", "/administration/schedule", "/administration/schedule", "chief"),
    Visit("audit", "/administration/audit", "/administration/audit", "auditor", main=True),
    Visit("not-found", "", "/incidents/none", status=404),
    Visit("not-allowed", "", "/inspection", status=403),
)
NO_PAGES = {
    "/clips/by-name": "leads on to the clip",
    "/find": "leads on to what was looked for",
    "/reports/download": "a file",
    "/reports/runs/{run_id:int}/{form}": "a file",
    "/reports/runs/{run_id:int}/stills/{key}": "a picture",
    "/sign-in/oidc": "leads on to the provider",
    "/sign-in/oidc/callback": "comes back from the provider",
    "/administration": "leads on to the first part",
}


def test_every_page_of_the_program_is_visited_here() -> None:
    known = {route.path for part in PAGES for route in part.router.routes if "GET" in route.methods}
    assert known == {visit.route for visit in VISITS if visit.route} | set(NO_PAGES)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("every")) as found:
        yield found


@pytest.fixture(scope="module")
def cookies(house: Stage) -> dict[str, dict[str, str]]:
    """What the browser of each role keeps."""
    roles = sorted({visit.role for visit in VISITS if visit.role})
    return {role: apart(lambda role=role: house.client.signed_in(role).cookies) for role in roles}  # type: ignore[misc]


Contexts = dict[tuple[str, str], BrowserContext]


@pytest.fixture(scope="module")
def contexts(house: Stage, cookies: dict[str, dict[str, str]], browser: Browser) -> Iterator[Contexts]:
    """A browser of each role in each language, made once."""
    made: Contexts = {}
    for role in ("", *cookies):
        for lang, locale in LOCALES.items():
            context = browser.new_context(base_url=house.address, viewport=DESK, locale=locale)  # type: ignore[arg-type]
            kept = cookies.get(role, {})
            context.add_cookies([{"name": name, "value": kept[name], "url": house.address} for name in kept])
            made[role, lang] = context
    yield made
    for context in made.values():
        context.close()


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
def test_a_page_is_open_to_everybody_and_keeps_to_itself(
    house: Stage, contexts: Contexts, artefacts: Path, visit: Visit
) -> None:
    found = {lang: _faults(contexts[visit.role, lang], house, artefacts, visit, lang) for lang in LOCALES}
    assert not any(found.values()), "\n".join(f"{lang}: {fault}" for lang in found for fault in found[lang])


def _faults(context: BrowserContext, house: Stage, artefacts: Path, visit: Visit, lang: str) -> list[str]:
    page, trouble, asked = context.new_page(), list[str](), list[str]()
    page.on("console", lambda said: trouble.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(visit.address.format(**house.places))
    faults = [] if answer and answer.status == visit.status else [f"answered {answer and answer.status}"]
    for size in (DESK, TABLET):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if size is DESK or visit.main:
            faults += _violations(page, size["width"])
        if (beyond := page.evaluate(TOO_WIDE)) > 0:
            faults.append(f"{beyond} pixels beyond the side at {size['width']}")
        if page.evaluate(HIDDEN):
            faults.append(f"something covers the head of the page at {size['width']}")
        page.screenshot(path=artefacts / f"page-{visit.name}-{lang}-{size['width']}.png", full_page=True)
    page.close()
    if visit.status != 200:  # Chromium tells every refusal
        trouble = [text for text in trouble if f"status of {visit.status}" not in text]
    outside = {url for url in asked if urlsplit(url).hostname not in ("127.0.0.1", None)}
    return [*faults, *trouble, *(f"asked for {url}" for url in sorted(outside))]


def _violations(page: Page, width: int) -> list[str]:
    """What axe calls serious or critical, with the first places of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{width}: {one['id']}: {[node['html'][:140] for node in one['nodes'][:3]]}"
        for one in page.evaluate(AXE)
        if one["impact"] in GRAVE
    ]
