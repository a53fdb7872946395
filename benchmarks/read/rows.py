"""Clips and what was concluded of them: files, probes, recordings, footage, links, coverage, verdicts, findings."""
# fmt: off

from benchmarks.read.dialect import Dialect, concat, obj, quoted, text
from benchmarks.read.records import badge, serial, station
from benchmarks.read.world import ALL_STATIONS, CLIP_US, DAY_US, MINUTE_US, OFFICERS, SCAN_US, START_US, Size
from storage.schema import tables as t

TRACKS = (
    '[{"number": 1, "kind": "video", "codec": "h264", "width": 1280, "height": 720, "frame_rate": 25.0}, '
    '{"number": 2, "kind": "audio", "codec": "aac", "width": null, "height": null, "frame_rate": null}]'
)
UNPLACED, UNREAD = "n % 101 = 7", "n % 10007 = 3"
CLIP_FINDING, CALL_FINDING = "n % 331 = 0", "i % 33 = 0"
CLIP_RULES = ("nonstandard.clock", "nonstandard.name", "nonstandard.silent")
CALL_RULES = (
    ("missing", "missing.no-recording"),
    ("incomplete", "incomplete.gap"),
    ("incomplete", "incomplete.late-start"),
)


def plans(d: Dialect, size: Size) -> list[str]:
    """`bench_call`, a row an incident, and `bench_clip`, a row a clip, which everything else is made from."""
    each = size.per_officer
    officer_a = f"st * {OFFICERS} + (i / {ALL_STATIONS} * 2) % {OFFICERS}"
    officer_b = f"st * {OFFICERS} + (i / {ALL_STATIONS} * 2 + 1) % {OFFICERS}"
    begun = f"{START_US} + n * {size.step_us}"
    seen = f"(SELECT n AS i, n % {ALL_STATIONS} AS st, {begun} AS at FROM {d.numbers(size.incidents)}) AS c"
    number = concat(text("JQ"), d.compact_day("at"), d.pad("i", 7))
    calls = (
        f"SELECT i, st, at, {number} AS number, {station(d, 'st')} AS unit, {badge(d, officer_a)} AS badge_a, "
        f"{badge(d, officer_b)} AS badge_b, {serial(d, officer_a)} AS serial_a, {serial(d, officer_b)} AS serial_b, "
        f"(at - {START_US}) / {SCAN_US} + 1 AS scan FROM {seen}"
    )
    parts = d.numbers(2 * each).replace("AS numbers", "AS parts")
    split = (
        f"SELECT i * {2 * each} + parts.n AS n, i, st, number, unit, scan, parts.n % {each} AS s, "
        f"at + parts.n % {each} * {CLIP_US} AS at, "
        f"CASE WHEN parts.n < {each} THEN badge_a ELSE badge_b END AS badge, "
        f"CASE WHEN parts.n < {each} THEN serial_a ELSE serial_b END AS serial FROM bench_call CROSS JOIN {parts}"
    )
    folder = concat(d.day("at"), text("/"), "badge")
    name = concat(
        "serial", text("_"), "badge", text("_"), d.compact("at"), text("_"), d.pad("n % 10000", 4), text(".mp4")
    )
    clips = (
        f"SELECT n, i, st, number, unit, scan, s, at, badge, serial, {folder} AS folder, "
        f"{concat(folder, text('/'), name)} AS path, {concat(text('dock-'), d.pad('st', 3))} AS store "
        f"FROM ({split}) AS q"
    )
    return [f"CREATE TABLE bench_call AS {calls}", f"CREATE TABLE bench_clip AS {clips}"]


def files(d: Dialect) -> list[str]:
    """File, stored file, probe and clip."""
    seen_at = f"{START_US} + scan * {SCAN_US}"
    file = {
        "id": "n + 1", "anchor": concat("store", text(":"), "path"), "store_id": "st + 1", "first_seen_at": seen_at,
        "not_seen_before": f"{seen_at} - {SCAN_US}",
    }
    stored = {
        "file_id": "n + 1", "store_id": "st + 1", "folder": "folder", "path": "path", "size": "50000000 + n % 100000",
        "modified_at": f"at + {CLIP_US}",
        "state": f"CASE WHEN {UNREAD} THEN 'unreadable' WHEN n % 997 = 5 THEN 'missing' ELSE 'present' END",
        "state_at": seen_at, "since_scan": "scan", "placed": f"NOT ({UNREAD})",
    }
    probe = {
        "file_id": "n + 1", "size": "50000000 + n % 100000", "modified_at": f"at + {CLIP_US}",
        "reader": text("isobmff"), "reader_version": "7", "container": text("mp4"), "duration_us": str(CLIP_US),
        "declared_duration_us": str(CLIP_US), "start_us": "0", "edits": "0", "parameter_changes": "0",
        "bytes_read": "30000", "tracks": text(TRACKS), "problems": text("[]"), "tags": text("{}"), "playable": "TRUE",
        "since_scan": "scan", "quick_digest": concat(d.pad("n", 16), text("0123456789abcdef")),
    }
    source = obj(
        {
            "source": text('"name"'), "start": quoted(d.iso("at")), "end": text("null"), "error": text("1000000"),
            "raw": text('"by name"'), "chosen": text("true"), "reason": text('"采用 / chosen"'),
        }
    )
    placed = f"CASE WHEN {UNPLACED} THEN NULL ELSE at END"
    clip = {
        "file_id": "n + 1", "lane": "serial", "device": "serial", "officer": "badge", "unit": "unit",
        "sequence": "n % 10000", "started_at": placed, "ended_at": f"{placed} + {CLIP_US}",
        "duration_us": str(CLIP_US), "clock_source": f"CASE WHEN {UNPLACED} THEN NULL ELSE 'name' END",
        "clock_error_us": "1000000", "clock_offset_us": "0", "sources": concat(text("["), source, text("]")),
        "discontinuities": text("[]"), "closed": "TRUE", "has_sound": "TRUE", "has_picture": "TRUE",
        "name_pattern": text("body-camera"), "evidence": text('["文件名 / name"]'), "since_scan": "scan",
    }
    clip["listed_at"] = f"CASE WHEN {UNPLACED} THEN at + {CLIP_US} ELSE at END"
    read = f"bench_clip WHERE NOT ({UNREAD})"
    return [
        d.insert(t.FILE, "bench_clip", file),
        d.insert(t.STORED, "bench_clip", stored),
        d.insert(t.PROBE, read, probe),
        d.insert(t.CLIP, read, clip),
    ]


def shown(d: Dialect, size: Size) -> list[str]:
    """Recordings, whose footage it is, links, measurements."""
    each = size.per_officer
    ids = concat(text("["), *_listed(each), text("]"))
    gap = obj(
        {
            "span": obj(
                {"start": quoted(d.iso(f"at + {CLIP_US}")), "end": quoted(d.iso(f"at + {CLIP_US + MINUTE_US}"))}
            ),
            "cause": text('"stopped"'), "evidence": text("[]"),
        }
    )
    recording = {
        "first_file": "n + 1", "lane": "serial", "device": "serial", "officer": "badge", "started_at": "at",
        "ended_at": f"at + {each * CLIP_US}", "clips": ids, "since_scan": "scan",
        "gaps": f"CASE WHEN i % 33 = 1 THEN {concat(text('['), gap, text(']'))} ELSE '[]' END",
    }
    recording["unit"] = "unit"
    footage = {
        "party": concat(text("badge:"), "badge"), "basis": text("badge"), "file_id": "n + 1", "lane": "serial",
        "recording_file": "n + 1 - s", "recording_at": f"at - s * {CLIP_US}", "since_scan": "scan",
        "started_at": f"CASE WHEN {UNPLACED} THEN NULL ELSE at END",
        "ended_at": f"CASE WHEN {UNPLACED} THEN NULL ELSE at + {CLIP_US} END",
    }
    link = {
        "party": concat(text("badge:"), "badge"), "at": f"at - s * {CLIP_US}", "kind": text("incident"),
        "number": "number", "officer": "badge", "file_id": "n + 1", "basis": text("badge"),
        "overlap_us": str(CLIP_US), "score": "0.9", "method": text("auto"), "since_scan": "scan",
        "status": "CASE WHEN n % 50 = 9 THEN 'proposed' WHEN n % 20 = 11 THEN 'rejected' ELSE 'linked' END",
        "evidence": text('["与时段重叠 / overlaps the window"]'),
    }
    link["unit"] = "unit"
    observation = {
        "file_id": "n + 1", "detector": text("picture"), "version": "1", "kind": text("black"), "from_us": "1000000",
        "to_us": "9000000", "value": "3.0", "unit": text("grey"), "since_scan": "scan",
    }
    placed = f"bench_clip WHERE NOT ({UNREAD})"
    return [
        d.insert(t.RECORDING, f"bench_clip WHERE s = 0 AND NOT ({UNPLACED}) AND NOT ({UNREAD})", recording),
        d.insert(t.FOOTAGE, placed, footage),
        d.insert(t.LINK, placed, link),
        d.insert(t.OBSERVATION, "bench_clip WHERE n % 10 = 4", observation),
    ]


def _listed(each: int) -> list[str]:
    parts: list[str] = []
    for at in range(each):
        parts += [*([text(", ")] if at else []), f"(n + {at + 1})"]
    return parts


def concluded(d: Dialect, size: Size) -> list[str]:
    """Coverage, evaluations and findings, some of them closed."""
    length = size.per_officer * CLIP_US
    outcome = (
        '{"version": 1, "severity": "info", "anchor": "", "officer": null, "span": null, "measured": {}, "evidence": []'
    )
    outcomes = f'[{outcome}, "rule": "missing.no-recording", "result": "pass"}}]'
    verdict = (
        f"CASE WHEN {CALL_FINDING} THEN 'noncompliant' WHEN i % 1000 = 7 THEN 'unknown' "
        "WHEN i % 500 = 3 THEN 'notapplicable' ELSE 'compliant' END"
    )
    call = {
        "kind": text("incident"), "subject_key": "number", "subject": "number", "unit": "unit", "result": verdict,
        "rule_set": text("r"), "outcomes": text(outcomes), "since_scan": "scan",
    }
    clip = {
        "kind": text("clip"), "subject_key": concat("store", text(":"), "path"),
        "subject": concat("store", text(":"), "path"), "unit": "unit", "rule_set": text("r"),
        "outcomes": text(outcomes), "since_scan": "scan",
    }
    statements = [
        d.insert(t.EVALUATION, "bench_call", call),
        d.insert(t.EVALUATION, f"bench_clip WHERE NOT ({UNREAD})", clip),
    ]
    statements += [_coverage(d, who, length) for who in ("badge_a", "badge_b", None)]
    return statements + [d.insert(t.FINDING, source, values) for source, values in _findings(length)]


def _coverage(d: Dialect, who: str | None, length: int) -> str:
    covered = f"CASE WHEN {CALL_FINDING} THEN {length // 2} ELSE {length} END"
    values = {
        "kind": text("incident"), "number": "number", "lane": concat(text("officer:"), who) if who else text("all"),
        "officer": who or "NULL", "started_at": "at", "ended_at": f"at + {length}", "covered_us": covered,
        "start_known": text("stated"), "end_known": text("stated"), "covered_low_us": covered,
        "covered_high_us": covered, "late_us": "0",
        "early_us": f"CASE WHEN {CALL_FINDING} THEN {length - length // 2} ELSE 0 END", "clock_error_us": "1000000",
        "gaps": text("[]"), "clips": text("[]"), "since_scan": "scan",
    }
    values["unit"] = "unit"
    return d.insert(t.COVERAGE, "bench_call", values)


def _findings(length: int) -> list[tuple[str, dict[str, str]]]:
    seen = f"{START_US} + scan * {SCAN_US}"
    shared = {
        "rule_version": "1", "result": text("fail"), "unit": "unit", "first_seen_at": seen, "last_seen_at": seen,
        "due_at": f"{seen} + {DAY_US}", "evidence": text('["未找到记录 / no recording found"]'),
        "measured": text('{"required_s": 1500.0}'), "since_scan": "scan",
    }
    d_key = "CAST({number} AS TEXT)"
    found: list[tuple[str, dict[str, str]]] = []
    for at, (flag, rule) in enumerate(CALL_RULES):
        for closed in (False, True):
            where = f"i % 33 = {1 if closed else 0} AND i / 33 % {len(CALL_RULES)} = {at}"
            values = {
                "key": concat(text(f"c{'d' if closed else ''}{at}"), d_key.format(number="i")), "rule": text(rule),
                "flag": text(flag), "severity": text("fail" if at == 0 else "warn"), "kind": text("incident"),
                "subject_key": "number", "status": "CASE WHEN i % 7 = 1 THEN 'explained' ELSE 'open' END",
                "subject": "number", "officer": "badge_a", "started_at": "at", "ended_at": f"at + {length}",
                **shared,
                "until_scan": "scan" if closed else "NULL",
            }
            found.append((f"bench_call WHERE {where}", values))
    for at, rule in enumerate(CLIP_RULES):
        subject = concat("store", text(":"), "path")
        values = {
            "key": concat(text(f"f{at}"), d_key.format(number="n")), "rule": text(rule), "flag": text("nonstandard"),
            "severity": text("info"), "kind": text("clip"), "subject_key": subject, "subject": subject,
            "status": text("open"), "officer": "badge", "started_at": "at", "ended_at": f"at + {CLIP_US}",
            **shared,
        }
        found.append((f"bench_clip WHERE {CLIP_FINDING} AND n / 331 % {len(CLIP_RULES)} = {at}", values))
    return found
