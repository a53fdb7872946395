"""`bwc explain THING`: how the program knows: time sources, candidates with scores, rules, proof of absence.

With `--pattern NAME` THING is a path, and the answer is what the file-name patterns read in it.
"""

import sys

import click

from app.explanation import print_explanation
from app.shell import Shell, as_of_option, reading, shared_options
from app.tables import console_for
from domain.errors import UsageError


@click.command(
    "explain",
    help="说明依据 / How we know: a file (store:path), an incident or session number, a finding id; or with "
    "--pattern what the file-name patterns read in a path.",
)
@click.option(
    "--pattern",
    metavar="NAME",
    help="试用文件名规则（all 为全部） / try this file-name pattern on THING, a path or store:path; all: every pattern",
)
@click.option(
    "--history",
    "past",
    is_flag=True,
    help="历史: 每次变化及其原因 / each change of a finding, incident or session with its causes",
)
@click.argument("thing", metavar="THING")
@as_of_option
@shared_options
@click.pass_obj
def explain(shell: Shell, thing: str, pattern: str | None, past: bool, as_of: str | None) -> None:
    from app.pattern_tester import tested
    from storage import queries

    settings = shell.settings()
    console = console_for(sys.stdout)
    if pattern is not None:
        if as_of is not None or past:
            name = "--history" if past else "--as-of"
            raise UsageError(f"{name}: 不能与 --pattern 同用 / cannot be used with --pattern: patterns have no past")
        print_explanation(console, tested(settings, pattern, thing), settings.zone)
        return
    with reading(settings, as_of) as connection:
        found = queries.history(connection, thing) if past else queries.explain(connection, thing)
    if found is None:
        kinds = "an incident or session number, or a finding id"
        kinds = kinds if past else f"a file (store:path), {kinds}"
        raise UsageError(f"未找到 / not found: {thing}; expected {kinds}")
    print_explanation(console, found, settings.zone)
