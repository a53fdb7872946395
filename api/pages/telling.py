"""What a page says after a form was sent: the address it goes back to carries the message, in words of ours only."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request

from api.pages.sign_in import next_address
from domain.review import Decision

PLAIN = ("saved", "deleted", "full", "none", "signed")
MOST = 500
NAMES = ("told", "done")


@dataclass(frozen=True, slots=True)
class Told:
    """What happened: a decision and on how many findings, or one of `PLAIN`."""

    what: str
    done: int = 1


def told_by(request: Request) -> Told | None:
    """The message that an address carries; anything that is not of our words is none."""
    what, done = request.query_params.get("told", ""), request.query_params.get("done", "1")
    if what not in (*PLAIN, *Decision):
        return None
    return Told(what, int(done) if done.isascii() and done.isdigit() and len(done) <= 3 and int(done) <= MOST else 1)


def telling(back: str | None, what: str, done: int = 1, then: str = "", default: str = "/findings") -> str:
    """Where to go on: `back` with the message, at the row `then`. Only addresses of this server."""
    parts = urlsplit(next_address(back) if back else default)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in NAMES]
    told = [("told", what), *([("done", str(done))] if done != 1 else [])]
    anchor = f"#f-{then}" if then.isalnum() and then.isascii() else f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.path}?{urlencode([*kept, *told])}{anchor}"
