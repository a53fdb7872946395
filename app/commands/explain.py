"""`bwc explain THING`: how the program knows: time sources, candidates with scores, rules, proof of absence."""

import sys

import click

from app.explanation import print_explanation
from app.shell import Shell, reading, shared_options
from app.tables import console_for
from domain.errors import UsageError


@click.command(
    "explain", help="说明依据 / How we know: a file (store:path), an incident or session number, a finding id."
)
@click.argument("thing", metavar="THING")
@shared_options
@click.pass_obj
def explain(shell: Shell, thing: str) -> None:
    from storage import queries

    settings = shell.settings()
    with reading(settings) as connection:
        found = queries.explain(connection, thing)
    if found is None:
        raise UsageError(
            f"未找到 / not found: {thing}; expected a file (store:path), an incident or session number, or a finding id"
        )
    print_explanation(console_for(sys.stdout), found, settings.zone)
