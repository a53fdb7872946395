"""Templates and their reader: language, zone, and the filters that turn values into what people read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.house import House, house_of
from api.identity.access import known_viewer
from api.identity.sessions import csrf_token
from api.pages.navigation import here, places
from api.words import LANGUAGES, Word, chosen_language, words
from domain.access import Viewer
from domain.wording import halves

TEMPLATES = Path(__file__).parent.parent / "templates"
COOKIE = "lang"
YEAR_S = 365 * 24 * 3600
CJK = re.compile(r"[\u3400-\u9fff]")


class Templates(Environment):
    """`row.name` in a template is first of all a key of the row: rows are mappings, and asking them for an attribute
    that they do not have costs more than everything else on a long page.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def environment() -> Environment:
    """Everything is escaped, and a name that a template does not know is an error."""
    return Templates(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the page: language and zone, and the forms of values that follow from them."""

    lang: str
    zone: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, request: Request) -> "Reader":
        """Language from the address, the account, the cookie, the browser, in this order; else Chinese."""
        house = house_of(request)
        asked = (request.query_params.get("lang"), known_viewer(request).language, request.cookies.get(COOKIE))
        lang = chosen_language(asked, request.headers.get("accept-language", ""))
        return cls(lang, house.zone, house.now())

    def t(self, key: str, /, **values: Any) -> str:
        """The word or sentence. Raises KeyError for a key that is not in the list of words."""
        return self.pick(words()[key]).format(**values)

    def of_kind(self, family: str, value: Any) -> str:
        """The word for a value of a vocabulary; one that we do not know stays as it is."""
        word = words().get(f"{family}.{value}")
        return str(value) if word is None else self.pick(word)

    def pick(self, word: Word | Sequence[str]) -> str:
        """Chinese or English of a pair."""
        return word[LANGUAGES.index(self.lang)]

    def one(self, text: Any) -> str:
        """One language of `中文 / English`, as rules and proofs write their evidence; other text stays whole."""
        zh, en = halves(str(text))
        name, colon, _ = zh.partition(": ")
        if zh != en and colon and not CJK.search(name) and name not in en:
            en = f"{name}: {en}"  # what is spoken of stands once, before both
        return self.pick((zh, en))

    def heading(self, column: str) -> str:
        """Heading of a column of an explanation: `中文 english`, or a key that the list of words knows."""
        zh, space, en = column.partition(" ")
        return self.pick((zh, en.replace("_", " "))) if space else self.of_kind("column", column)

    def at(self, instant: datetime | None, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """An instant in the zone of the page, a dash when there is none."""
        return "—" if instant is None else instant.astimezone(self.zone).strftime(form)

    def clock(self, instant: datetime | None) -> str:
        return self.at(instant, "%H:%M:%S")

    def short(self, instant: datetime | None) -> str:
        return self.at(instant, "%m-%d %H:%M")

    def length(self, length: timedelta | float | None) -> str:
        """A duration in words: the two largest units."""
        if length is None:
            return "—"
        seconds = length.total_seconds() if isinstance(length, timedelta) else length
        sign, whole = ("-" if seconds < 0 else ""), abs(seconds)
        if 0 < whole < 10 and whole != int(whole):
            return sign + self.t("unit.seconds", s=f"{whole:.1f}")
        hours, minutes, rest = int(whole + 0.5) // 3600, int(whole + 0.5) % 3600 // 60, int(whole + 0.5) % 60
        if hours:
            return sign + self.t("unit.hours", h=hours, m=minutes)
        return sign + (self.t("unit.minutes", m=minutes, s=rest) if minutes else self.t("unit.seconds", s=rest))

    def share(self, ratio: float | None) -> str:
        """A share in per cent; never rounded up to 100 or down to 0."""
        if ratio is None:
            return "—"
        shown = min(max(round(ratio * 100, 1), 0.1 if ratio > 0 else 0.0), 99.9 if ratio < 1 else 100.0)
        return f"{shown:g}%"

    def value(self, value: Any) -> str:
        """Any value of an explanation's table."""
        if value is None or value == "":
            return "—"
        if isinstance(value, datetime):
            return self.at(value)
        if isinstance(value, bool):
            return self.t("yes" if value else "no")
        if isinstance(value, float):
            return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
        if isinstance(value, Mapping):
            return "; ".join(f"{self.heading(str(key))}: {self.value(item)}" for key, item in value.items())
        if isinstance(value, list | tuple):
            return "; ".join(self.value(item) for item in value) or "—"
        return self.one(value)


def page(
    request: Request, reader: Reader, template: str, content: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    """The rendered page; a language given in the address is remembered."""
    house = house_of(request)
    other = LANGUAGES[1 - LANGUAGES.index(reader.lang)]
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    viewer = known_viewer(request)
    shared = {
        "viewer": viewer,
        "csrf": csrf_field(house, viewer),
        "csrf_token": csrf_token(house.doors, viewer.session) if viewer.session else "",
        "nav_places": places(viewer),
        "nav_here": here(request.scope["path"]),
        "r": reader,
        "t": reader.t,
        "version": house.version,
        "other_language": f"{quote(local_path(request))}?{urlencode([*kept, ('lang', other)])}",
        "subject_address": subject_address,
    }
    body = house.templates.get_template(template).render({**shared, **content})
    answer = HTMLResponse(body, status, {"Vary": "Accept-Language, Cookie", "Content-Language": reader.lang})
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(COOKIE, reader.lang, max_age=YEAR_S, httponly=True, samesite="strict")
    return answer


def csrf_field(house: House, viewer: Viewer) -> Markup:
    """The hidden field that every form which changes something carries."""
    if not viewer.session:
        return Markup()
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token(house.doors, viewer.session))


def local_path(request: Request) -> str:
    """The path as it was asked, without the second leading slash that would make a link leave this server."""
    path: str = request.scope["path"]
    return "/" + path.lstrip("/\\")


def subject_address(kind: str, subject: str, clip: int | None = None) -> str | None:
    """The page of what a finding is about, None when there is none; `clip`: the file's number, where it is known."""
    if kind == "clip":
        return f"/clips/{clip}" if clip is not None else f"/clips/by-name?{urlencode({'name': subject})}"
    folder = {"incident": "incidents", "session": "sessions"}.get(kind)
    return folder and f"/{folder}/{quote(subject, safe='')}"
