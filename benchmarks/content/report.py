"""The score as tables for people and as figures for JSON."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from benchmarks.content.defects import DEFECTS
from benchmarks.content.score import LIMITS, LONG, Alarm, Met, Score, percentile
from benchmarks.quality.__main__ import table

SHOWN = 25
"""Missed defects and false alarms that are named."""


def show(score: Score) -> None:
    """All tables."""
    print(table(defect_rows(score)))
    print()
    print(table(alarm_rows(score)))
    for title, part in (("scene", lambda where: where.scene), ("encoding", lambda where: where.encoding.name)):
        print()
        print(table(part_rows(score, title, part)))
    missed = [one for one in score.met if not one.found]
    for one in sorted(missed, key=lambda one: -one.truth.length)[:SHOWN]:
        said = ", ".join(sorted(one.strict)) or "nothing"
        where = f"{one.truth.start:.1f}: {one.where.name} (seed {one.where.seed})"
        print(f"  missed {one.truth.name} {one.truth.length:.1f} s at {where}; said {said}")
    for alarm in sorted(score.alarms, key=lambda one: one.start - one.end)[:SHOWN]:
        print(f"  alarm {alarm.kind} {alarm.start:.1f}..{alarm.end:.1f}: {alarm.where.name} (seed {alarm.where.seed})")


def _of(pair: tuple[int, int]) -> str:
    return f"{pair[0]}/{pair[1]}" if pair[1] else "-"


def _spread(errors: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{percentile(errors, share):.2f}" for share in (0.5, 0.95, 1.0)) if errors else ("-",) * 3


def defect_rows(score: Score) -> Iterable[tuple[str, ...]]:
    """One row a defect: found, errors of edges, and as what it was said."""
    yield ("defect", f">= {LONG:.0f} s", f"< {LONG:.0f} s", "edge median", "p95", "max", "said as")
    for name in DEFECTS:
        said = Counter(kind for one in score.met if one.truth.name == name for kind in one.strict)
        kinds = " ".join(f"{kind}:{count}" for kind, count in said.most_common())
        edges = _spread(score.edges(name=name))
        yield (name, _of(score.recall(True, name)), _of(score.recall(False, name)), *edges, kinds)
    yield ("all", _of(score.recall(True)), _of(score.recall(False)), *_spread(score.edges()), "")


def alarm_rows(score: Score) -> Iterable[tuple[str, ...]]:
    """One row a kind: what was said where it is not true."""
    yield ("false alarms", "count", "of them >= 10 s", "seconds", "films", "clean hours", "an hour", "precision")
    for kind in LIMITS:
        false = [one for one in score.alarms if one.kind is kind]
        hours = score.clean[kind] / 3600
        right = sum(kind in one.strict for one in score.met)
        told = right + len(false)
        yield (
            str(kind),
            str(len(false)),
            str(sum(one.end - one.start >= LONG for one in false)),
            f"{sum(one.end - one.start for one in false):.1f}",
            f"{len({one.where for one in false})}/{len(score.films)}",
            f"{hours:.2f}",
            f"{len(false) / hours:.2f}" if hours else "-",
            f"{right / told:.3f}" if told else "-",
        )


def part_rows(score: Score, title: str, part: Callable[..., str]) -> Iterable[tuple[str, ...]]:
    """One row a scene or an encoding."""
    met: dict[str, list[Met]] = defaultdict(list)
    alarms: dict[str, list[Alarm]] = defaultdict(list)
    for one in score.met:
        met[part(one.where)].append(one)
    for alarm in score.alarms:
        alarms[part(alarm.where)].append(alarm)
    yield (title, f">= {LONG:.0f} s", f"< {LONG:.0f} s", "false alarms", "of them >= 10 s", "kinds")
    for name in dict.fromkeys(part(film) for film in score.films):
        long = [one.found for one in met[name] if one.long]
        short = [one.found for one in met[name] if not one.long]
        false = alarms[name]
        kinds = " ".join(f"{kind}:{count}" for kind, count in Counter(one.kind for one in false).most_common())
        heavy = sum(one.end - one.start >= LONG for one in false)
        yield (name, _of((sum(long), len(long))), _of((sum(short), len(short))), str(len(false)), str(heavy), kinds)


def figures(score: Score) -> dict[str, object]:
    """For JSON."""
    found, all_ = score.recall(True)
    edges = score.edges()
    result: dict[str, object] = {
        "recall >= 10 s": f"{found / max(all_, 1):.4f} ({found}/{all_})",
        "recall < 10 s": _of(score.recall(False)),
        "edges s (median, p95, max)": ", ".join(_spread(edges)),
        "edges within 2 s": f"{sum(one <= 2 for one in edges) / max(len(edges), 1):.4f}",
    }
    for row in list(alarm_rows(score))[1:]:
        result[f"false {row[0]}"] = f"{row[1]} ({row[2]} of >= 10 s), {row[6]} an hour"
    return result
