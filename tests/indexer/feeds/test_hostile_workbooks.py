"""Workbooks made to exhaust the machine are refused before they are unpacked; honest large ones are read."""

import resource
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from domain.errors import FeedUnreadable
from indexer.feeds.workbook import read_sheets
from tests.spoken import in_both_languages

SST = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def plain(path: Path, rows: int = 2) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number in range(rows):
        sheet.write_row(number, 0, ["number", f"JQ{number}", "the same street and number"])
    book.close()
    return path


def with_part(folder: Path, name: str, parts: list[bytes]) -> Path:
    """A plain workbook with one part exchanged."""
    made = folder / "hostile.xlsx"
    with zipfile.ZipFile(plain(folder / "plain.xlsx")) as source:
        contents = {one: parts if one == name else [source.read(one)] for one in source.namelist()}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in contents.items():
            archive.writestr(one, b"".join(content))
    return made


def rows(path: Path) -> int:
    return sum(1 for _, sheet in read_sheets(path) for _ in sheet)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
def test_a_part_that_unpacks_to_ever_so_much_is_refused_at_once(tmp_path: Path, part: str) -> None:
    bomb = with_part(tmp_path, part, [SST, *[b"<si><t>a</t></si>" * 100_000] * 20, b"</sst>"])
    assert bomb.stat().st_size < 200_000
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(FeedUnreadable, match="unpacks to 34000077 bytes; not opened") as told:
        rows(bomb)
    assert time.process_time() - begun < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    assert in_both_languages(str(told.value))


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">'.encode() for n in range(1, 12)]
    head = b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY e0 "aaaaaaaaaa">' + b"".join(names) + b"]>"
    begun = time.process_time()
    with pytest.raises(FeedUnreadable):
        rows(with_part(tmp_path, "xl/sharedStrings.xml", [head, SST, b"<si><t>&e11;</t></si></sst>"]))
    assert time.process_time() - begun < 5


def test_an_entity_that_names_a_file_brings_nothing_of_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden", encoding="utf-8")
    head = f'<!DOCTYPE sst [<!ENTITY e SYSTEM "file://{secret}">]>'.encode()
    hostile = with_part(tmp_path, "xl/sharedStrings.xml", [head, SST, b"<si><t>&e;</t></si></sst>"])
    try:
        told = str([row for _, sheet in read_sheets(hostile) for row in sheet])
    except FeedUnreadable as error:
        told = str(error)
    assert "hidden" not in told


def test_a_path_in_the_archive_leads_nowhere(tmp_path: Path) -> None:
    made = with_part(tmp_path, "nothing", [])
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("../../escaped.txt", "x")
    assert rows(made) == 2
    assert not list(tmp_path.parent.rglob("escaped.txt"))


@pytest.mark.slow
def test_a_large_workbook_of_repeated_words_is_read(tmp_path: Path) -> None:
    assert rows(plain(tmp_path / "x.xlsx", 3_000)) == 3_000
