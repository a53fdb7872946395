"""开放问题、时间轴、处理、推送、实时动态 / Open findings of a unit, a time line, a decision, a push, live events.

Made by `python -m docs.generate` from the description of the API; do not edit by hand. Needs Python 3.11 and httpx.

    BWC_TOKEN=… python inspect_unit.py 310114010000
    BWC_TOKEN=… python inspect_unit.py 310114010000 --decide 71239435e61248c1 dismiss --reason false-alarm
    BWC_TOKEN=… python inspect_unit.py 310114010000 --push JQ20261120A01 "dispatched_at=2026-11-20 08:05:00"
    BWC_TOKEN=… python inspect_unit.py 310114010000 --follow 10
"""

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

Json = dict[str, Any]

TRIES = 5
RECONNECT_S = 1.0
SILENCE_S = 60.0
"""A heart-beat comes every 15 s: after such a silence the connection is dead."""
EVENTS = "/api/v1/events"
FIELDS = ("number", "unit", "officers", "dispatched_at", "arrived_at")


class Refusal(Exception):
    """An answer that is a problem (RFC 9457): its status, and what it says."""

    def __init__(self, answer: httpx.Response) -> None:
        told = answer.headers.get("content-type", "").startswith("application/problem+json")
        self.problem: Json = answer.json() if told else {}
        self.status = answer.status_code
        super().__init__(f"{self.status}: {self.problem.get('detail', answer.reason_phrase)}")


class Api:
    """One server, asked with one token. Waits where the server says so; repeats only what has no second effect."""

    def __init__(self, address: str, token: str) -> None:
        self.client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def ask(self, method: str, path: str, *, query: Json | None = None, body: Any = None, key: str = "") -> Json:
        """The answer's JSON. Raises Refusal."""
        headers = {"Idempotency-Key": key} if key else {}
        repeatable = method == "GET" or bool(key)
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                answer = self.client.request(method, path, params=given(query or {}), json=body, headers=headers)
            except httpx.TransportError:  # whether it arrived is not known: under its key it may be sent again
                if last or not repeatable:
                    raise
                time.sleep(RECONNECT_S)
                continue
            if last or not repeatable or not wait_as_told(answer):
                break
        if answer.is_error:
            raise Refusal(answer)
        content: Json = answer.json()
        return content


def wait_as_told(answer: httpx.Response) -> bool:
    """Wait as long as the server says (429, 503, and 409 while the first of two equal requests is being answered)."""
    seconds = answer.headers.get("Retry-After")
    if seconds is None:
        return False
    print(f"{answer.status_code}: waiting {seconds} s", file=sys.stderr, flush=True)
    time.sleep(float(seconds))
    return True


def given(values: Json) -> Json:
    """Without what is not said."""
    return {name: value for name, value in values.items() if value is not None}


def place(value: str) -> str:
    """A number or id as part of an address."""
    return quote(value, safe="")


def me(
    api: Api,
) -> Json:
    """我是谁 / Who am I."""
    return api.ask("GET", "/api/v1/me")


def list_findings(
    api: Api,
    *,
    limit: int | None = None,
    cursor: str | None = None,
    as_of: str | None = None,
    sort: str | None = None,
    unit: str | None = None,
    officer: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    rule: str | None = None,
    flag: str | None = None,
    status: str | None = None,
    incident: str | None = None,
    due: str | None = None,
) -> Json:
    """问题清单 / The list of findings."""
    query = {
        "limit": limit,
        "cursor": cursor,
        "as_of": as_of,
        "sort": sort,
        "unit": unit,
        "officer": officer,
        "from": from_,
        "to": to,
        "rule": rule,
        "flag": flag,
        "status": status,
        "incident": incident,
        "due": due,
    }
    return api.ask("GET", "/api/v1/findings", query=query)


def read_incident_timeline(
    api: Api,
    number: str,
) -> Json:
    """警情时间轴 / The time line of an incident."""
    return api.ask("GET", f"/api/v1/incidents/{place(number)}/timeline")


def read_session_timeline(
    api: Api,
    number: str,
) -> Json:
    """审讯时间轴 / The time line of a session."""
    return api.ask("GET", f"/api/v1/sessions/{place(number)}/timeline")


def read_finding(
    api: Api,
    key: str,
) -> Json:
    """一个问题 / One finding with its history."""
    return api.ask("GET", f"/api/v1/findings/{place(key)}")


def decide(
    api: Api,
    key: str,
    *,
    decision: str,
    reviews: int,
    reason: str | None = None,
    note: str = "",
    attachment: str | None = None,
    attachment_name: str | None = None,
    key_of_this_write: str,  # Idempotency-Key
) -> Json:
    """处理一个问题 / Decide on one finding."""
    body = {
        "decision": decision,
        "reviews": reviews,
        "reason": reason,
        "note": note,
        "attachment": attachment,
        "attachment_name": attachment_name,
    }
    return api.ask("POST", f"/api/v1/findings/{place(key)}/reviews", body=given(body), key=key_of_this_write)


def push_incidents(
    api: Api,
    *,
    body: Json | list[Json],
    key_of_this_write: str,  # Idempotency-Key
) -> Json:
    """推送警情 / Send incidents."""
    return api.ask("POST", "/api/v1/incidents", body=body, key=key_of_this_write)


def open_findings(api: Api, unit: str) -> Iterator[Json]:
    """Every open finding of a unit and those below, page by page."""
    cursor = None
    while True:
        page = list_findings(api, unit=unit, status="open", sort="due", limit=100, cursor=cursor)
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def time_line(api: Api, finding: Json) -> str:
    """The activity of a finding in one line of text."""
    read = {"incident": read_incident_timeline, "session": read_session_timeline}[finding["kind"]]
    line = read(api, finding["subject"])
    gaps = sum(len(lane["gaps"]) for lane in line["lanes"])
    return f"{line['number']}: {line['result']}, {len(line['lanes'])} lanes, {gaps} gaps"


def decide_as_seen(api: Api, key: str, decision: str, reason: str | None, note: str) -> str:
    """Decide on a finding as it is now. Where somebody was quicker nothing is decided: a person has to look again."""
    seen = read_finding(api, key)
    said: Json = {"decision": decision, "reviews": seen["reviews"], "reason": reason, "note": note}
    try:
        found = decide(api, key, **said, key_of_this_write=str(uuid.uuid4()))
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        now = refusal.problem.get("current") or {}
        return f"{key} not decided, it is {now.get('status', 'being written')}: {refusal.problem['detail']}"
    return f"{key} is {found['status']}, decision {found['reviews']}"


def push(api: Api, unit: str, number: str, *fields: str) -> str:
    """Send one incident, `fields` as name=value; it is linked and judged within seconds."""
    row = {"number": number, "unit": unit, **dict(field.split("=", 1) for field in fields)}
    answer = push_incidents(api, body=[row], key_of_this_write=str(uuid.uuid4()))
    return f"pushed {answer['rows'][0]['number']}: scan request {answer['scan_request']}"


def events(api: Api) -> Iterator[Json]:
    """What happens, each event once, however often the connection ends."""
    last = ""
    while True:
        headers = {"Last-Event-ID": last} if last else {}
        try:
            with api.client.stream("GET", EVENTS, headers=headers, timeout=SILENCE_S) as answer:
                if answer.is_error and not wait_as_told(answer):
                    answer.read()
                    raise Refusal(answer)
                for block in blocks(answer):
                    last = block.get("id", last)
                    if "data" in block:
                        yield json.loads(block["data"])
        except httpx.TransportError as error:
            print(f"connection lost: {type(error).__name__}", file=sys.stderr, flush=True)
        time.sleep(RECONNECT_S)


def blocks(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Server-sent events as their fields; comments, which keep the connection alive, have none."""
    rest = b""
    for piece in answer.iter_bytes():
        *whole, rest = (rest + piece).split(b"\n\n")
        for block in whole:
            pairs = (line.partition(": ") for line in block.decode().split("\n"))
            yield {name: value for name, _, value in pairs if name}


def follow(api: Api, count: int) -> None:
    """Print what happens. `reset` means: too much at once, read the lists again."""
    for event in events(api):
        print(event["kind"], event.get("subject", ""), flush=True)
        count -= event["kind"] != "ready"
        if not count:
            return


def main() -> int:
    """0 done, 1 refused, 2 wrong usage."""
    parser = argparse.ArgumentParser(description="Open findings of a unit; BWC_URL and BWC_TOKEN say where and who.")
    parser.add_argument("unit")
    parser.add_argument("--decide", nargs=2, metavar=("FINDING", "DECISION"))
    parser.add_argument("--reason")
    parser.add_argument("--note", default="")
    parser.add_argument("--push", nargs="+", metavar=("NUMBER", "FIELD=VALUE"), help=" ".join(FIELDS))
    parser.add_argument("--follow", type=int, metavar="COUNT")
    asked = parser.parse_args()
    if "BWC_TOKEN" not in os.environ:
        parser.error("expected a token in BWC_TOKEN: bwc token create")
    api = Api(os.environ.get("BWC_URL", "http://127.0.0.1:8000"), os.environ["BWC_TOKEN"])
    with api.client:
        try:
            run(api, asked)
        except Refusal as refusal:
            print(refusal, file=sys.stderr)
            return 1
    return 0


def run(api: Api, asked: argparse.Namespace) -> None:
    """Whatever is asked for."""
    who = me(api)
    print(f"{who['name']}: {who['role']}, {'every unit' if who['units'] is None else ' '.join(who['units'])}")
    findings = list(open_findings(api, asked.unit))
    for finding in findings:
        print(finding["id"], finding["rule"], finding["subject"], finding["due_at"])
    print(f"{len(findings)} open findings")
    activity = next((one for one in findings if one["kind"] in ("incident", "session")), None)
    if activity is not None:
        print(time_line(api, activity))
    if asked.decide:
        key, decision = asked.decide
        print(decide_as_seen(api, key, decision, asked.reason, asked.note))
    if asked.push:
        print(push(api, asked.unit, *asked.push))
    if asked.follow:
        follow(api, asked.follow)


if __name__ == "__main__":
    raise SystemExit(main())
