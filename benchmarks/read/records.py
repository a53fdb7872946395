"""What feeds would have given, scans and stores: registers, calls, sessions, windows, who looked when."""
# fmt: off

from benchmarks.read.dialect import Dialect, concat, obj, quoted, text
from benchmarks.read.world import (
    ALL_STATIONS,
    CLIP_US,
    DAY_US,
    DAYS,
    DISTRICTS,
    MINUTE_US,
    OFFICERS,
    SCAN_US,
    START_US,
    STATIONS,
    Size,
)
from storage.schema import tables as t

PEOPLE = ALL_STATIONS * OFFICERS
SUMMARY = '{"files": 100, "evaluated": 100, "seconds": 60.0, "problems": []}'


def station(dialect: Dialect, number: str) -> str:
    """SQL of `world.station_code`."""
    district = dialect.pad(f"100 + ({number}) / {STATIONS}", 4)
    return concat(text("31"), district, dialect.pad(f"({number}) % {STATIONS} + 1", 2), text("0000"))


def badge(dialect: Dialect, officer: str) -> str:
    return dialect.pad(f"100000 + {officer}", 6)


def serial(dialect: Dialect, officer: str) -> str:
    return dialect.pad(f"2000000 + {officer}", 7)


def scans(d: Dialect, size: Size) -> list[str]:
    """Scans, stores, what each scan said of each store, folders."""
    started = f"{START_US} + n * {SCAN_US}"
    stores = {
        "id": "n + 1", "name": concat(text("dock-"), d.pad("n", 3)), "kind": text("recorder"),
        "location": concat(text("/stores/dock-"), d.pad("n", 3)), "timezone": text("Asia/Shanghai"),
        "unit": station(d, "n"), "active": "TRUE",
    }
    scan = {
        "id": "n + 1", "state": text("complete"), "started_at": started, "finished_at": f"{started} + {MINUTE_US}",
        "host": text("h"), "process": "1", "claimed_until": started, "summary": text(SUMMARY),
    }
    seen = {
        "scan_id": "k + 1", "store_id": "n + 1", "state": text("online"), "detail": text(""),
        "started_at": f"{START_US} + k * {SCAN_US}", "finished_at": f"{START_US} + k * {SCAN_US} + {MINUTE_US}",
        "folders": "200", "files": "30000", "refused": "0", "skipped": "0", "whole": "k + 1",
    }
    rounds = d.numbers(size.scans).replace("AS numbers", "AS rounds")
    both = f"(SELECT numbers.n AS n, rounds.n AS k FROM {rounds}, {d.numbers(ALL_STATIONS)}) AS seen"
    folder = {
        "store_id": "n + 1", "path": d.day(f"{START_US} + k * {DAY_US}"), "files": "150", "refused": "NULL",
        "skipped": text("[]"), "fingerprint": "NULL",
    }
    days = f"(SELECT numbers.n AS n, rounds.n AS k FROM {d.numbers(DAYS).replace('AS numbers', 'AS rounds')}, "
    return [
        d.insert(t.STORE, d.numbers(ALL_STATIONS), stores),
        d.insert(t.SCAN, d.numbers(size.scans), scan),
        d.insert(t.STORE_SCAN, both, seen),
        d.insert(t.FOLDER, f"{days}{d.numbers(ALL_STATIONS)}) AS days", folder),
    ]


def registers(d: Dialect) -> list[str]:
    """Units, officers, cameras, who had which camera on every day, clocks of cameras."""
    person, camera = badge(d, "n"), serial(d, "n")
    place = station(d, f"n / {OFFICERS}")
    units = [
        (text("310000000000"), "NULL", "(SELECT 1 AS n) AS one"),
        (concat(text("31"), d.pad("100 + n", 4), text("000000")), text("310000000000"), d.numbers(DISTRICTS)),
        (
            station(d, "n"),
            concat(text("31"), d.pad(f"100 + n / {STATIONS}", 4), text("000000")),
            d.numbers(ALL_STATIONS),
        ),
    ]
    given = {
        "officers": (person, "NULL", {"badge": quoted(person), "name": text("null"), "unit": quoted(place)}),
        "devices": (
            camera,
            "NULL",
            {
                "serial": quoted(camera), "model": text('"BC-S2"'), "kind": text('"recorder"'), "unit": quoted(place),
                "room": text("null"), "channel": text("null"),
            },
        ),
    }
    statements = [
        _record(d, source, "units", (code, parent, code, "NULL"), {"code": quoted(code), "name": quoted(code)})
        for code, parent, source in units
    ]
    statements += [
        _record(d, d.numbers(PEOPLE), kind, (key, group, place, "NULL"), body)
        for kind, (key, group, body) in given.items()
    ]
    return [*statements, _assignments(d), _clocks(d)]


def _assignments(d: Dialect) -> str:
    """One a week for every camera."""
    weeks = DAYS // 7
    rounds = d.numbers(weeks).replace("AS numbers", "AS rounds")
    source = f"(SELECT numbers.n AS n, rounds.n AS k FROM {rounds}, {d.numbers(PEOPLE)}) AS issued"
    begin, end = f"{START_US} + k * {7 * DAY_US}", f"{START_US} + (k + 1) * {7 * DAY_US}"
    camera = serial(d, "n")
    body = {
        "device": quoted(camera), "officer": quoted(badge(d, "n")), "start": quoted(d.iso(begin)),
        "end": quoted(d.iso(end)),
    }
    key = concat(camera, text("|"), d.iso(begin))
    return _record(d, source, "assignments", (key, camera, "NULL", begin), body)


def _clocks(d: Dialect) -> str:
    rounds = d.numbers(DAYS // 14).replace("AS numbers", "AS rounds")
    source = f"(SELECT numbers.n AS n, rounds.n AS k FROM {rounds}, {d.numbers(PEOPLE)}) AS clocks"
    values = {
        "device": serial(d, "n"), "period": f"{START_US} + k * {14 * DAY_US}", "kind": text("none"),
        "unit": station(d, f"n / {OFFICERS}"), "offset_us": "0", "error_us": "10000000",
        "body": text('{"evidence": ["5 clips agree"]}'),
    }
    return d.insert(t.DEVICE_CLOCK, source, values)


def _record(d: Dialect, source: str, kind: str, named: tuple[str, str, str, str], body: dict[str, str]) -> str:
    """Records of a kind; `named`: key, group, unit and time."""
    key, group, unit, at = named
    values = {
        "feed": text(kind), "kind": text(kind), "key": key, "group_key": group, "unit": unit, "at": at,
        "body": obj(body),
    }
    values["officer"] = _inner(body.get("officer")) if kind == "assignments" else "NULL"
    values["status"] = _inner(body.get("status"))
    return d.insert(t.RECORD, source, values)


def _inner(json: str | None) -> str:
    """Plain text of a JSON string made by `quoted`."""
    return "NULL" if json is None else f"replace({json}, '\"', '')"


def calls(d: Dialect, size: Size) -> list[str]:
    """Incidents of `bench_call` with their rows, windows, sessions; nothing of it judged."""
    end = f"at + {size.per_officer * CLIP_US}"
    body = {
        "number": quoted("number"), "unit": quoted("unit"), "received_at": quoted(d.iso(f"at - {9 * MINUTE_US}")),
        "dispatched_at": quoted(d.iso(f"at - {8 * MINUTE_US}")), "arrived_at": quoted(d.iso("at")),
        "finished_at": quoted(d.iso(end)), "feedback_at": text("null"),
        "officers": concat(text('["'), "badge_a", text('", "'), "badge_b", text('"]')), "officer_times": text("[]"),
        "category": text('"纠纷"'),
        "status": f"""CASE WHEN i % 500 = 3 THEN {text('"撤销"')} ELSE {text('"已反馈"')} END""",
        "address": text('"示范路1号"'), "longitude": text("null"),
        "latitude": text("null"), "case_number": text("null"),
    }
    row = {
        "feed": text("110"), "number": "i + 1",
        "fate": f"CASE WHEN i % 300 = 1 THEN {text('corrected')} ELSE {text('accepted')} END", "notes": text("[]"),
        "raw": obj({"警单序列": quoted("number"), "到达现场时间": quoted(d.iso("at"))}),
    }
    statements = [
        _record(d, "bench_call", "incidents", ("number", "NULL", "unit", "at"), body),
        d.insert(t.FEED_ROW, "bench_call", row),
    ]
    for who in ("badge_a", "badge_b"):
        attended = {"kind": text("incidents"), "number": "number", "officer": who}
        statements.append(d.insert(t.ATTENDANCE, "bench_call", attended))
    for who in ("badge_a", "badge_b", "NULL"):
        party = concat(text("unit:"), "unit") if who == "NULL" else concat(text("badge:"), who)
        window = {
            "kind": text("incident"), "number": "number", "party": party, "officer": who, "unit": "unit",
            "channels": text("[]"), "dispatched_at": f"at - {8 * MINUTE_US}", "started_at": "at", "ended_at": end,
            "start_known": text("stated"), "end_known": text("stated"),
        }
        statements.append(d.insert(t.WINDOW, "bench_call", window))
    return statements + _sessions(d, size)


def _sessions(d: Dialect, size: Size) -> list[str]:
    at = f"{START_US} + n * {DAYS * DAY_US // size.sessions}"
    number = concat(text("XW"), d.compact_day(at), d.pad("n", 6))
    unit, room = station(d, f"n % {ALL_STATIONS}"), concat(text("XW-"), d.pad(f"n % {ALL_STATIONS}", 3))
    body = {
        "number": quoted(number), "case_number": text("null"), "category": text('"讯问"'), "unit": quoted(unit),
        "room": quoted(room), "person_code": text("null"), "interruptions": text("[]"),
        "officers": concat(text('["'), badge(d, f"n % {ALL_STATIONS} * {OFFICERS} + n % {OFFICERS}"), text('"]')),
        "started_at": quoted(d.iso(at)), "signed_at": quoted(d.iso(f"{at} + {60 * MINUTE_US}")),
        "channels": text('["CH1"]'),
    }
    window = {
        "kind": text("session"), "number": number, "party": concat(text("room:"), room), "room": room, "unit": unit,
        "channels": text('["CH1"]'), "started_at": at, "ended_at": f"{at} + {60 * MINUTE_US}",
        "start_known": text("stated"), "end_known": text("stated"),
    }
    covered = {
        "kind": text("session"), "number": number, "lane": text("channel:CH1"), "channel": text("CH1"),
        "started_at": at, "ended_at": f"{at} + {60 * MINUTE_US}", "covered_us": str(60 * MINUTE_US),
        "start_known": text("stated"), "end_known": text("stated"), "covered_low_us": str(59 * MINUTE_US),
        "covered_high_us": str(60 * MINUTE_US), "late_us": "0", "early_us": "0", "clock_error_us": "2000000",
        "gaps": text("[]"), "clips": text("[]"),
    }
    covered["unit"] = unit
    judged = {
        "kind": text("session"), "subject_key": number, "subject": number, "unit": unit, "result": text("compliant"),
        "rule_set": text("r"), "outcomes": text("[]"),
    }
    source = d.numbers(size.sessions)
    attended = {
        "kind": text("sessions"), "number": number,
        "officer": badge(d, f"n % {ALL_STATIONS} * {OFFICERS} + n % {OFFICERS}"),
    }
    return [
        _record(d, source, "sessions", (number, "NULL", unit, at), body),
        d.insert(t.ATTENDANCE, source, attended),
        d.insert(t.WINDOW, source, window),
        d.insert(t.COVERAGE, source, covered),
        d.insert(t.EVALUATION, source, judged),
    ]
