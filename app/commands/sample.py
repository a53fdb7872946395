"""`bwc sample draw|list|show|unsampled`: inspection samples from the command line, over every unit."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from app.output import MachineFormat, json_line, plain, utf8_stream, write_rows
from app.shell import Shell, open_database, reading, say, shared_options
from app.tables import console_for, print_rows
from domain.errors import UsageError
from domain.inspection import Choice, Stratify
from storage.settings import Use

ACTOR = "system"
SHOWN = (
    "id",
    "name",
    "kind",
    "from",
    "to",
    "unit",
    "choice",
    "size",
    "population",
    "checked",
    "second_checked",
    "seed",
)
UNSAMPLED = ("what", "key", "activities")
ITEM_COLUMNS = ("position", "subject", "stratum", "unit", "officers", "result", "flags", "self_check")
FORMATS = ("table", *(form.value for form in MachineFormat))


@click.group("sample", help="抽查样本 / Inspection samples: draw, list, show, unsampled")
@shared_options
def sample() -> None:
    pass


def format_option(command: Any) -> Any:
    return click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)(command)


@sample.command("draw", help="抽取 / Draw a sample; the same population and seed give the same sample anywhere")
@click.option("--period", required=True, metavar="PERIOD", help="期间 / 2026-11-22, 2026-W47, 2026-11 or FROM..TO")
@click.option("--seed", required=True, help="种子 / seed")
@click.option("--size", type=click.IntRange(min=1), help="样本量 / how many to draw (else as --margin needs)")
@click.option(
    "--margin", type=click.FloatRange(0.005, 0.5), default=0.1, show_default=True, help="误差 / any share within ±"
)
@click.option("--confidence", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, help="置信度")
@click.option("--kind", type=click.Choice(["incident", "session"]), default="incident", show_default=True)
@click.option("--unit", help="单位及其下级 / unit")
@click.option("--choice", type=click.Choice([one.value for one in Choice]), default="all", show_default=True)
@click.option("--by", type=click.Choice([one.value for one in Stratify]), default="unit", show_default=True)
@click.option("--least", type=click.IntRange(min=0), default=0, help="每层至少 / at least so many of every stratum")
@click.option("--name", help="名称 / name (else the period)")
@click.option("--dry-run", is_flag=True, help="只看总体，不抽取 / show the population, draw nothing")
@shared_options
@click.pass_obj
def draw(shell: Shell, /, period: str, dry_run: bool, **given: Any) -> None:
    from domain.activity import ActivityKind
    from domain.period import parse_period
    from domain.sampling import Precision
    from storage.queries.populations import Wanted
    from storage.sampling import Plan

    settings = shell.settings()
    try:
        span = parse_period(period, settings.zone)
    except ValueError as error:
        raise UsageError(f"--period: {error}") from None
    choice, by = Choice(given["choice"]), Stratify(given["by"])
    kind = ActivityKind(given["kind"])
    wanted = Wanted(kind, span.span.start, span.span.end, given["unit"], None, choice, by)
    precision = Precision(given["margin"], given["confidence"])
    plan = Plan(given["name"] or span.word, given["seed"], given["size"], given["least"], precision)
    with open_database(settings, Use.READING if dry_run else Use.WRITING) as engine, engine.begin() as connection:
        if not dry_run:
            _draw(connection, wanted, plan)
            return
        from storage.sampling import prospect

        found = prospect(connection, wanted, plan)
        print(f"总体 population {len(found.members)}  抽取 drawn {found.drawn}  {found.digest}")
        for stratum in found.strata:
            print(f"{stratum.name}\t{stratum.population}\t{stratum.drawn}")


def _draw(connection: Any, wanted: Any, plan: Any) -> None:
    from domain.audit import Action, Entry, detail_text
    from storage.audit import append
    from storage.sampling import draw_sample, items_of

    now = datetime.now(UTC)
    made = draw_sample(connection, wanted, plan, ACTOR, now)
    detail: Mapping[str, Any] = {"name": made.name, "seed": made.seed, "size": made.size, "digest": made.digest}
    conditions = dict(made.conditions)
    entry = Entry(ACTOR, Action.SAMPLED, f"sample:{made.id}", made.unit, detail_text(**detail, conditions=conditions))
    append(connection, now, [entry])
    print(f"样本 sample {made.id}  总体 population {made.population}  抽取 drawn {made.size}  {made.digest}")
    for item in items_of(connection, made.id):
        print(f"{item.position}\t{item.subject}\t{item.stratum}")


@sample.command("list", help="列出 / List the samples, newest first")
@format_option
@shared_options
@click.pass_obj
def list_samples(shell: Shell, /, form: str) -> None:
    from storage.queries import Filters
    from storage.queries.samples import SAMPLES

    settings = shell.settings()
    with reading(settings) as connection:
        rows = SAMPLES.rows(connection, Filters(), None)
        if form == "table":
            print_rows(console_for(sys.stdout), SHOWN, rows, settings.zone)
            return
        with utf8_stream(sys.stdout.buffer) as stream:
            write_rows(stream, MachineFormat(form), SAMPLES.columns, rows, settings.zone)


@sample.command("show", help="查看 / Show a sample with its items, and whether it can be drawn again")
@click.argument("number", type=click.IntRange(min=1, max=2**31 - 1))
@format_option
@shared_options
@click.pass_obj
def show(shell: Shell, /, number: int, form: str) -> None:
    from storage.queries.samples import sample_row
    from storage.sampling import items_of, progress, replayed, sample_of

    settings = shell.settings()
    with reading(settings) as connection:
        found = sample_of(connection, number)
        if found is None:
            raise UsageError(f"没有此样本 / there is no sample {number}; see: bwc sample list")
        head = sample_row(found, progress(connection).get(found.id, (0, 0)))
        items = items_of(connection, number)
        rows = [_item_row(item) for item in items]
        again = replayed(connection, found)
    if form == "table":
        print_rows(console_for(sys.stdout), SHOWN, [head], settings.zone)
        print_rows(console_for(sys.stdout), ITEM_COLUMNS, rows, settings.zone)
        print(f"重抽 drawn again: {'相同 the same' if again.same else '不同 NOT the same'}  {found.digest}")
        if found.closed_at is not None:  # until then a second check is blind to the first
            print(_told(found, items))
    elif form == "json":
        print(json_line(plain({**head, "items": rows, "replay": again.same}, settings.zone)))
    else:
        with utf8_stream(sys.stdout.buffer) as stream:
            write_rows(stream, MachineFormat(form), ITEM_COLUMNS, rows, settings.zone)
    if not again.same:
        say("bwc: 样本与其种子不符 / the sample is not what its seed gives")


def _told(found: Any, items: Any) -> str:
    """Miss rate and agreement of a closed sample."""
    from domain.inspection import results

    members = {stratum.name: stratum.population for stratum in found.strata}
    told = results([item.checked() for item in items], members, found.confidence)
    missed, kappa = told.whole.missed, told.kappa
    rate = f"{missed.hits}/{missed.count}  {missed.low:.1%}..{missed.high:.1%}"
    agreed = f"{kappa.same}/{kappa.pairs}  κ " + ("—" if kappa.value is None else f"{kappa.value:.2f}")
    return f"自查遗漏率 miss rate {rate}  两次核查一致 both checks agree {agreed}"


@sample.command("unsampled", help="从未抽中 / Officers and units with activities of a period that no sample holds")
@click.option("--period", required=True, metavar="PERIOD", help="期间 / 2026-11-22, 2026-W47, 2026-11 or FROM..TO")
@click.option("--unit", help="单位及其下级 / unit")
@format_option
@shared_options
@click.pass_obj
def unsampled(shell: Shell, /, period: str, unit: str | None, form: str) -> None:
    from domain.period import parse_period
    from storage.queries import Filters
    from storage.queries.inspected import officers_reached, units_reached

    settings = shell.settings()
    try:
        span = parse_period(period, settings.zone).span
    except ValueError as error:
        raise UsageError(f"--period: {error}") from None
    wanted = Filters(unit=unit, since=span.start, until=span.end)
    with reading(settings) as connection:
        reached = {"officer": officers_reached(connection, wanted), "unit": units_reached(connection, wanted)}
    rows = [
        {"what": what, "key": one.key, "activities": one.activities}
        for what, found in reached.items()
        for one in found
        if not one.sampled
    ]
    if form == "table":
        print_rows(console_for(sys.stdout), UNSAMPLED, rows, settings.zone)
        return
    with utf8_stream(sys.stdout.buffer) as stream:
        write_rows(stream, MachineFormat(form), UNSAMPLED, rows, settings.zone)


def _item_row(item: Any) -> dict[str, Any]:
    frozen = {name: item.frozen[name] for name in ("unit", "officers", "result", "flags", "self_check")}
    return {"position": item.position, "subject": item.subject, "stratum": item.stratum, **frozen}
