"""`bwc check`: the effective configuration with the origin of each value, and a test of everything it names."""

import sys
from itertools import chain, groupby

import click
from rich.console import Console

from app.checks.remedies import Trouble
from app.checks.verdict import Health, Verdict, problem
from app.doctor import examine
from app.effective import effective_where_known
from app.settings import Settings
from app.shell import Exit, Shell, one_line, shared_options
from app.tables import console_for
from app.visible import visible
from domain.errors import ConfigError, StorageError

WORDS = {Health.OK: "正常 ok", Health.WARNING: "注意 warning", Health.PROBLEM: "问题 problem"}


@click.command("check", help="检查配置 / Show the effective configuration and test every store, feed and the database.")
@shared_options
@click.pass_obj
def check(shell: Shell) -> None:
    settings = shell.settings()
    console = console_for(sys.stdout)
    trouble: list[Verdict] = []
    try:
        settings = effective_where_known(settings)
    except StorageError:
        pass  # the test of the database says it
    except ConfigError as error:
        trouble.append(problem(Trouble.SETTINGS_CLASH, "limits", one_line(error)))
    print_values(console, settings)
    console.print("\n检查 / tests")
    verdicts = chain(trouble, examine(settings, shell.environment))
    healths = [print_verdict(console, verdict) for verdict in verdicts]
    problems = healths.count(Health.PROBLEM)
    warnings = healths.count(Health.WARNING)
    console.print(f"\n{problems} 个问题 / problem(s), {warnings} 个注意 / warning(s)")
    shell.status = Exit.UNREAD if problems else Exit.DONE


def print_values(console: Console, settings: Settings) -> None:
    """Section by section: key = value, and where the value comes from."""
    console.print(f"有效配置 / effective configuration: {visible(str(settings.file))}")
    for section, values in groupby(settings.values, key=lambda value: value.section):
        console.print(f"\n[{visible(section)}]")
        for value in values:
            console.print(f"  {value.key} = {visible(value.shown)}    ({value.origin})")


def print_verdict(console: Console, verdict: Verdict) -> Health:
    console.print(visible(f"{WORDS[verdict.health]}: {verdict.subject}: {verdict.text}"))
    if verdict.advice:
        console.print(visible(f"    → {verdict.advice}"))
    return verdict.health
