"""What a change in a feed touches: activities, files that registers name, files that stations list, whole days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from domain.timespan import Span, merge, uncovered
from indexer.identity import Register
from indexer.pipeline.facts_base import HALF_DAY, WIDE
from indexer.pipeline.plan import Scanning
from indexer.pipeline.register import load_register
from indexer.pipeline.windows import KINDS, Days, derive_windows
from storage import activities
from storage.versions import Change, Row
from storage.work import Mark, mark

MANY = 200
REGISTERS = ("devices", "officers", "explanations")


@dataclass(frozen=True, slots=True)
class Known:
    """What the feeds speak of at all. Silence means something only where somebody speaks."""

    kinds: frozenset[str]
    issued: tuple[Span, ...]


def known_now(connection: Connection, scan: Scanning, register: Register) -> Known:
    """Which registers have entries, and for which time the assignments speak."""
    far = scan.now + WIDE
    spans = (
        Span(one.start, max(one.start, one.end or far)).widened(HALF_DAY, HALF_DAY)
        for some in register.assignments.values()
        for one in some
    )
    kinds = frozenset(kind for kind in REGISTERS if activities.has_records(connection, kind))
    return Known(kinds, merge(spans))


@dataclass(slots=True)
class Effects:
    """Queues what changed records touch, as they come, and at the end what their coming or going means for all else."""

    connection: Connection
    scan: Scanning
    register: Register
    before: Known
    days: Days = field(default_factory=Days)
    place: list[Mark] = field(default_factory=list)

    @classmethod
    def begin(cls, connection: Connection, scan: Scanning) -> "Effects":
        """Before the first record changes."""
        register = load_register(connection)
        return cls(connection, scan, register, known_now(connection, scan, register))

    def add(self, changes: Sequence[Change]) -> None:
        """Some records changed."""
        gone: dict[str, list[str]] = {}
        evaluate: list[Mark] = []
        for change in changes:
            for row in (change.before, change.after):
                if row is not None:
                    self.place += _places(row) if len(self.place) <= MANY else []
                    evaluate += _evaluations(self.connection, self.scan, row)
            if change.after is None and change.before is not None:
                gone.setdefault(change.before["kind"], []).append(change.before["key"])
        mark(self.connection, "evaluate", evaluate)
        for kind in KINDS:
            self.derive(kind, sorted(gone.get(kind, ())))

    def derive(self, kind: str, keys: Sequence[str]) -> None:
        """The windows of activities with these keys; a feed that has such does not change the register."""
        derive_windows(self.connection, self.scan, kind, keys, self.days, register=self.register)

    def end(self) -> None:
        """Everything that the feed says now is there."""
        self.days.end(self.connection)
        before, after = self.before, known_now(self.connection, self.scan, load_register(self.connection))
        place = self.place if len(self.place) <= MANY else [Mark("all")]
        if before.kinds - {"explanations"} != after.kinds - {"explanations"}:
            place.append(Mark("all"))
        differing = [s for one in before.issued for s in uncovered(one, after.issued)]
        differing += [s for one in after.issued for s in uncovered(one, before.issued)]
        evaluate = [Mark("around", span) for span in differing]
        if before.kinds != after.kinds:
            evaluate.append(Mark("all-activities"))
        mark(self.connection, "place", place)
        mark(self.connection, "evaluate", evaluate)


def _places(row: Row) -> list[Mark]:
    match row["kind"]:
        case "devices" if row["group_key"]:  # files of a room are its only recorder's, as long as there is only one
            return [Mark(f"token:{row['key']}"), Mark(f"token:{row['group_key']}")]
        case "devices" | "officers":
            return [Mark(f"token:{row['key']}")]
        case "assignments":
            return [Mark(f"device:{row['group_key']}", _held(row))]
        case "clip_index":
            return [Mark(f"base:{row['group_key']}")]
    return []


def _held(row: Row) -> Span | None:
    """When a camera was issued; None where it has not come back."""
    start, end = (row["body"].get(name) for name in ("start", "end"))
    if start is None or end is None:
        return None
    begun = datetime.fromisoformat(start)
    return Span(begun, max(begun, datetime.fromisoformat(end)))


def _evaluations(connection: Connection, scan: Scanning, row: Row) -> Iterable[Mark]:
    match row["kind"]:
        case "incidents":
            yield Mark(f"incident:{row['key']}")
        case "sessions":
            yield Mark(f"session:{row['key']}")
            if row["group_key"]:
                keys = activities.keys_by_group(connection, "sessions", row["group_key"])
                yield from (Mark(f"session:{key}") for key in keys)
            if case := row["body"].get("case_number"):
                yield from (Mark(f"incident:{key}") for key in activities.keys_by_group(connection, "incidents", case))
        case "assignments":
            yield Mark(f"device:{row['group_key']}")
            yield Mark(f"officer:{row['body']['officer']}", _held(row))
        case "devices":
            yield Mark(f"device:{row['key']}")
            if row["group_key"]:
                yield Mark(f"room:{row['group_key']}")
        case "explanations":
            yield Mark(f"activity:{row['group_key']}")
        case "clip_index":
            names = [row["store"]] if row["store"] else [store.name for store in scan.plan.stores]
            yield from (Mark(f"store:{name}") for name in names)
