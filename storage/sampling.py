"""Inspection samples in the database: drawn once with everything that a second draw needs, checked twice, closed.

Nothing of a sample is ever changed: its population, seed, strata and what had been said of its items stay as they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.activity import ActivityKind
from domain.errors import UsageError
from domain.inspection import Check, Checked, CheckVerdict
from domain.sampling import CONFIDENCE, Member, Precision, draw, population_digest, quotas, strata_of
from domain.wording import say
from storage.queries.populations import Wanted, members_of, said_of, self_check_frozen, taken_units
from storage.schema.tables import SAMPLE, SAMPLE_CHECK, SAMPLE_ITEM

MOST_DRAWN = 2000
USUAL = Precision()


class ChangedMeanwhile(UsageError):
    """The population is not the one that was looked at before drawing, or another check came first."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of the population and how many were, or would be, drawn of it."""

    name: str
    population: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What to draw: at least `least` of every stratum; `size` None: as many as the precision needs."""

    name: str
    seed: str
    size: int | None
    least: int = 0
    precision: Precision = USUAL

    def size_of(self, population: int) -> int:
        """How many of so many."""
        return self.precision.size(population) if self.size is None else self.size


@dataclass(frozen=True, slots=True)
class Prospect:
    """A population before the draw. `earlier`: samples that were drawn from exactly the same one already."""

    members: tuple[Member, ...]
    digest: str
    strata: tuple[Stratum, ...]
    earlier: int

    @property
    def drawn(self) -> int:
        return sum(stratum.drawn for stratum in self.strata)


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample. `scope`: codes of the units that it came from, None for every unit."""

    id: int
    name: str
    kind: ActivityKind
    at: datetime
    actor: str
    unit: str | None
    scope: tuple[str, ...] | None
    seed: str
    size: int
    conditions: Mapping[str, Any]
    population: int
    digest: str
    strata: tuple[Stratum, ...]
    closed_at: datetime | None

    @property
    def confidence(self) -> float:
        """Of its intervals, as it was asked for."""
        return float(self.conditions.get("confidence", CONFIDENCE))

    def seen_by(self, units: frozenset[str] | None) -> bool:
        """Whether all units it was drawn from are among those that somebody sees."""
        return units is None or (self.scope is not None and units.issuperset(self.scope))


@dataclass(frozen=True, slots=True)
class Item:
    """One drawn activity, what had been said of it then, and its checks."""

    id: int
    position: int
    subject: str
    stratum: str
    frozen: Mapping[str, Any]
    checks: tuple[Check, ...]

    def checked(self, checks: Sequence[Check] | None = None) -> Checked:
        """The item for adding up, with all its checks or only some of them."""
        counted = self.checks if checks is None else tuple(checks)
        return Checked(self.position, self.stratum, self_check_frozen(self.frozen), counted)


def prospect(connection: Connection, wanted: Wanted, plan: Plan) -> Prospect:
    """What would be drawn from. Raises UnusableQuery when the population is too large."""
    members = members_of(connection, wanted)
    sizes = strata_of(members)
    share = quotas(sizes, plan.size_of(len(members)), plan.least)
    digest = population_digest(members)
    same = select(func.count()).select_from(SAMPLE).where(SAMPLE.c.population["digest"].as_string() == digest)
    strata = tuple(Stratum(name, count, share[name]) for name, count in sizes.items())
    return Prospect(tuple(members), digest, strata, connection.execute(same).scalar_one())


def draw_sample(
    connection: Connection, wanted: Wanted, plan: Plan, actor: str, now: datetime, *, expected: str | None = None
) -> Sample:
    """Draw and keep. `expected`: digest of the population that somebody agreed to.

    Raises ChangedMeanwhile when it is another one now, UsageError when nobody can be drawn.
    """
    if not plan.seed.strip() or (plan.size is not None and plan.size < 1):
        raise UsageError(say("需要种子和至少为 1 的样本量", "sample: expected a seed and a size of at least 1"))
    found = prospect(connection, wanted, plan)
    if expected is not None and expected != found.digest:
        text = say("抽样总体刚刚发生变化，请重新确认", "sample: the population has changed meanwhile: look at it again")
        raise ChangedMeanwhile(text)
    if found.drawn > MOST_DRAWN:
        text = say(f"一次最多抽取 {MOST_DRAWN} 起", f"sample: expected at most {MOST_DRAWN}, got {found.drawn}")
        raise UsageError(text)
    drawn = draw(found.members, plan.seed, {stratum.name: stratum.drawn for stratum in found.strata})
    if not drawn:
        raise UsageError(say("总体中没有可抽取的活动", "sample: the population is empty"))
    sample_id = _keep(connection, wanted, plan, found, (actor, now))
    said = said_of(connection, wanted.kind, [member.key for member in drawn])
    rows = [
        {
            "sample_id": sample_id,
            "position": position,
            "subject": member.key,
            "stratum": member.stratum,
            "frozen": said[member.key],
        }
        for position, member in enumerate(drawn, 1)
    ]
    connection.execute(insert(SAMPLE_ITEM), rows)
    made = sample_of(connection, sample_id)
    assert made is not None
    return made


def _keep(connection: Connection, wanted: Wanted, plan: Plan, found: Prospect, by: tuple[str, datetime]) -> int:
    units = taken_units(connection, wanted)
    by_stratum: dict[str, list[str]] = {}
    for member in found.members:
        by_stratum.setdefault(member.stratum, []).append(member.key)
    conditions = {
        "from": wanted.since.isoformat(),
        "to": wanted.until.isoformat(),
        "unit": wanted.unit,
        "choice": wanted.choice.value,
        "by": wanted.by.value,
        "least": plan.least,
        "margin": plan.precision.margin if plan.size is None else None,
        "confidence": plan.precision.confidence,
    }
    population = {"size": len(found.members), "digest": found.digest, "conditions": conditions, "members": by_stratum}
    strata = [{"stratum": one.name, "population": one.population, "drawn": one.drawn} for one in found.strata]
    values = {
        "name": plan.name,
        "kind": wanted.kind.value,
        "at": by[1],
        "actor": by[0],
        "unit": wanted.unit,
        "scope": None if units is None else list(units),
        "seed": plan.seed,
        "size": found.drawn,
        "population": population,
        "strata": strata,
        "closed_at": None,
    }
    return int(connection.execute(insert(SAMPLE).values(**values).returning(SAMPLE.c.id)).scalar_one())


def sample_query() -> Select[Any]:
    """Samples without the members of their populations, which can be many."""
    population = SAMPLE.c.population
    parts = (
        population["size"].as_integer().label("members"),
        population["digest"].as_string().label("digest"),
        population["conditions"].label("conditions"),
    )
    return select(*(column for column in SAMPLE.c if column.key != "population"), *parts)


def sample_from(raw: Mapping[Any, Any]) -> Sample:
    """A row of `sample_query`."""
    strata = tuple(Stratum(one["stratum"], one["population"], one["drawn"]) for one in raw["strata"])
    return Sample(
        *(raw["id"], raw["name"], ActivityKind(raw["kind"]), raw["at"], raw["actor"], raw["unit"]),
        *(None if raw["scope"] is None else tuple(raw["scope"]), raw["seed"], raw["size"], raw["conditions"]),
        *(raw["members"], raw["digest"], strata, raw["closed_at"]),
    )


def samples(connection: Connection, units: frozenset[str] | None) -> list[Sample]:
    """Those that somebody of these units (None: all) sees, newest first."""
    rows = connection.execute(sample_query().order_by(SAMPLE.c.id.desc())).mappings()
    return [sample for sample in map(sample_from, rows) if sample.seen_by(units)]


def sample_of(connection: Connection, sample_id: int) -> Sample | None:
    """One sample, None when there is none."""
    row = connection.execute(sample_query().where(SAMPLE.c.id == sample_id)).mappings().first()
    return None if row is None else sample_from(row)


def items_of(connection: Connection, sample_id: int, position: int | None = None) -> list[Item]:
    """The drawn activities in the order of the draw, or the one at a position."""
    mine = SAMPLE_ITEM.c.sample_id == sample_id
    if position is not None:
        mine &= SAMPLE_ITEM.c.position == position
    rows = connection.execute(select(SAMPLE_ITEM).where(mine).order_by(SAMPLE_ITEM.c.position)).mappings().all()
    query = select(SAMPLE_CHECK).join(SAMPLE_ITEM, SAMPLE_ITEM.c.id == SAMPLE_CHECK.c.item_id).where(mine)
    checks: dict[int, list[Check]] = {}
    for row in connection.execute(query.order_by(SAMPLE_CHECK.c.round)).mappings():
        check = Check(
            *(row["round"], row["at"], row["actor"], CheckVerdict(row["verdict"]), row["missed"], row["comment"])
        )
        checks.setdefault(row["item_id"], []).append(check)
    return [
        Item(
            *(row["id"], row["position"], row["subject"], row["stratum"], row["frozen"]),
            checks=tuple(checks.get(row["id"], ())),
        )
        for row in rows
    ]


def progress(connection: Connection) -> dict[int, tuple[int, int]]:
    """Of every sample how many items were checked, and how many of them a second time."""
    query = (
        select(SAMPLE_ITEM.c.sample_id, SAMPLE_CHECK.c.round, func.count())
        .join(SAMPLE_CHECK, SAMPLE_CHECK.c.item_id == SAMPLE_ITEM.c.id)
        .group_by(SAMPLE_ITEM.c.sample_id, SAMPLE_CHECK.c.round)
    )
    found: dict[int, dict[int, int]] = {}
    for sample_id, turn, count in connection.execute(query).all():
        found.setdefault(sample_id, {})[turn] = count
    return {sample_id: (rounds.get(1, 0), rounds.get(2, 0)) for sample_id, rounds in found.items()}


def keep_check(connection: Connection, item: Item, check: Check) -> None:
    """Keep what an inspector found. Raises ChangedMeanwhile when somebody else was first."""
    values = {
        "item_id": item.id,
        "round": check.round,
        "at": check.at,
        "actor": check.actor,
        "verdict": check.verdict.value,
        "missed": check.missed,
        "comment": check.comment,
    }
    try:
        connection.execute(insert(SAMPLE_CHECK).values(**values))
    except IntegrityError as error:
        text = say("他人刚刚完成了同一轮核查", "check: somebody else has just given the check of this round")
        raise ChangedMeanwhile(text) from error


def close_sample(connection: Connection, sample_id: int, now: datetime) -> bool:
    """End a sample: no check can follow, and everybody sees all verdicts. False when it was closed already."""
    still = (SAMPLE.c.id == sample_id) & SAMPLE.c.closed_at.is_(None)
    return connection.execute(update(SAMPLE).where(still).values(closed_at=now)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether the kept population still gives its digest, and the seed the same items in the same order."""

    population: bool
    drawn: bool

    @property
    def same(self) -> bool:
        return self.population and self.drawn


def replayed(connection: Connection, sample: Sample) -> Replay:
    """Draw again from the kept members and compare."""
    query = select(SAMPLE.c.population["members"]).where(SAMPLE.c.id == sample.id)
    kept: Mapping[str, Sequence[str]] = connection.execute(query).scalar_one()
    members = [Member(key, stratum) for stratum, keys in kept.items() for key in keys]
    wanted = quotas(strata_of(members), sample.size, int(sample.conditions["least"]))
    again = [member.key for member in draw(members, sample.seed, wanted)]
    query_of_items = select(SAMPLE_ITEM.c.subject).where(SAMPLE_ITEM.c.sample_id == sample.id)
    stood = list(connection.execute(query_of_items.order_by(SAMPLE_ITEM.c.position)).scalars())
    return Replay(population_digest(members) == sample.digest, again == stood)
