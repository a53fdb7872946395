"""Every module with addresses; each names the right it needs, or is on the list of public ones."""

from api.pages import (
    account,
    activities,
    activity,
    clip,
    find,
    finding,
    findings,
    inspection,
    inspection_draw,
    linking,
    oidc,
    reviewing,
    sign_in,
    stores,
    today,
)
from api.pages import overview as overview_page
from api.pages import reports as reports_page
from api.pages.administration import audit as audit_page
from api.pages.administration import feeds as feeds_page
from api.pages.administration import front as administration
from api.pages.administration import schedule as schedule_page
from api.pages.administration import settings as settings_page
from api.pages.administration import tokens as tokens_page
from api.pages.administration import trials as trials_page
from api.pages.administration import users as users_page
from api.routes import (
    attachments,
    audit,
    content,
    events,
    hand_links,
    health,
    jobs,
    lists,
    media,
    metrics,
    overview,
    push,
    reports,
    reviews,
    samples,
    scans,
    sign_offs,
    stills,
    timelines,
    tokens,
)

ROUTES = (
    *(health, metrics, content, stills, media, lists, hand_links, overview, timelines, events, push, scans, jobs),
    *(reviews, attachments, sign_offs, samples, reports, audit, tokens),
)
"""JSON under `/api/v1`, and the health check."""

PAGES = (
    *(findings, finding, reviewing, activities, activity, linking, clip, find, stores, today),
    *(overview_page, inspection_draw, inspection, reports_page),
    *(sign_in, oidc, account),
    *(administration, users_page, tokens_page, settings_page, trials_page, feeds_page, schedule_page, audit_page),
)

PARTS = (*ROUTES, *PAGES)
"""In the order in which addresses are looked for."""
