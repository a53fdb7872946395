"""`bwc scan`: one pass of every step."""

import dataclasses
import logging
import sys
from datetime import UTC, datetime

import click

from app.output import json_line, plain, utf8_stream
from app.progress import showing_progress
from app.scanning import chosen_stores, log_summary, print_summary, scan_once, tell_unread
from app.shell import Shell, open_database, shared_options
from app.tables import console_for
from storage.settings import Use


@click.command("scan", help="扫描一遍 / One pass of every step; prints findings by unit and flag.")
@click.option("--store", "stores", multiple=True, metavar="NAME", help="只扫描此存储 / only this store (repeatable)")
@click.option(
    "--confirm",
    multiple=True,
    metavar="NAME",
    help="确认此存储的文件确已不在（仅本次；clock 为本机时钟） / accept for this scan that files of "
    "this doubtful store are gone; clock: this machine's doubtful clock (repeatable)",
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出摘要 / print the scan's summary as JSON")
@shared_options
@click.pass_obj
def scan(shell: Shell, stores: tuple[str, ...], confirm: tuple[str, ...], as_json: bool) -> None:
    settings = shell.settings()
    shell.logs(logging.WARNING if sys.stderr.isatty() else logging.INFO)
    only = chosen_stores(settings, stores)
    confirmed = chosen_stores(settings, confirm, besides=("clock",))
    with open_database(settings, Use.WRITING, create=True) as engine:
        with showing_progress(sys.stderr) as progress:
            summary = scan_once(settings, engine, progress, now=datetime.now(UTC), only=only, confirmed=confirmed)
        log_summary(summary)
        shell.status = tell_unread(summary)
        if as_json:
            with utf8_stream(sys.stdout.buffer) as stream:
                stream.write(json_line(plain(dataclasses.asdict(summary), settings.zone)) + "\n")
        else:
            print_summary(console_for(sys.stdout), engine, summary)
