"""docs/guides: what they tell a new user to type, open and look up is there, and works on the sample day."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import click
import pytest

from app.command_line import bwc, status_of
from app.settings import SECTIONS
from detectors.limits import describe_limits
from reports import REPORTS
from reports.definitions import DEFINITIONS
from reports.stages import Stage
from storage.queries import overview_words
from tests.app.test_config_page import documented
from tests.conftest import copy_sample
from tests.serving import running

NAMES = ("operator", "officer", "inspector", "auditor")
MOST_LINES, MOST_BYTES = 250, 150_000
QUICK = """
[content]
enabled = false
[workers]
kind = "threads"
"""
"""Added to the guide's configuration, so that its scan takes a second and not ten."""
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
TOTALS_ALONE = ("unknown-share", "not-judged", "undecided-share")
"""Figures that stand below a table only."""


@pytest.fixture(scope="module")
def guides(project: Path) -> dict[str, str]:
    """Text by name; `.en` is the English one."""
    return {path.stem: path.read_text(encoding="utf-8") for path in (project / "docs" / "guides").glob("*.md")}


def blocks(text: str, language: str = "bash") -> list[str]:
    return [body for kind, body in BLOCK.findall(text) if kind == language]


def without_comments(block: str) -> str:
    return re.sub(r"[ \t]*# .*$", "", block, flags=re.MULTILINE)


def commands(text: str) -> set[str]:
    """Each `bwc …` that is shown, in blocks and in the middle of a sentence."""
    lines = (line for _, body in BLOCK.findall(text) for line in body.splitlines())
    said = CODE.findall(BLOCK.sub("", text))
    return {line for line in (*lines, *said) if line.startswith("bwc ")}


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_show_the_same_commands_pictures_addresses_and_codes(guides: dict[str, str], name: str) -> None:
    chinese, english = guides[name], guides[f"{name}.en"]
    for shown in (
        lambda text: [(kind, without_comments(body)) for kind, body in BLOCK.findall(text)],
        lambda text: re.findall(r"!\[[^]]*\]\(([^)]+)\)", text),
        lambda text: sorted(set(addresses(text))),
        lambda text: re.findall(r"^\| (`.*?) \|", text, re.MULTILINE),
        lambda text: text.count("\n## "),
    ):
        assert shown(chinese) == shown(english)


def test_there_are_four_guides_in_two_languages_none_too_long_and_the_readme_leads_to_them(
    guides: dict[str, str], project: Path
) -> None:
    assert set(guides) == {*NAMES, *(f"{name}.en" for name in NAMES)}
    assert {name for name, text in guides.items() if text.count("\n") > MOST_LINES} == set()
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert {name for name in guides if f"](docs/guides/{name}.md)" not in readme} == set()


def test_every_command_exists_with_these_options(guides: dict[str, str]) -> None:
    shown = set().union(*(commands(text) for text in guides.values()))
    assert len(shown) > 30
    for line in sorted(shown):
        one: click.Command = bwc
        words = shlex.split(line)[1:]
        while isinstance(one, click.Group):
            assert words[:1] != [], line
            found = one.get_command(click.Context(one), words.pop(0))
            assert found is not None, line
            one = found
        given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert given <= {option for part in one.params for option in (*part.opts, *part.secondary_opts)}, line


def addresses(text: str) -> Iterator[str]:
    """Pages and calls that are named in the middle of a sentence."""
    for said in CODE.findall(BLOCK.sub("", text)):
        if said.startswith("/") and not said.startswith(("/etc/", "/mnt/", "/var/")):
            yield said


def test_every_page_and_call_that_is_named_is_served(guides: dict[str, str], project: Path) -> None:
    table = (project / "docs" / "access.md").read_text(encoding="utf-8")
    public = re.findall(r"`(/[^`…]+)`", table.partition("Public,")[2].partition("\n\n")[0])
    known = {*re.findall(r"^\| \w+ \| `([^`]+)` \|", table, re.MULTILINE), *public}
    patterns = [re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(path)) for path in known]
    for name, text in guides.items():
        for address in addresses(text):
            assert any(re.fullmatch(pattern, address) for pattern in patterns), f"{name}: {address}"


def test_every_section_and_key_that_is_named_exists(guides: dict[str, str], project: Path) -> None:
    page = (project / "docs" / "config.md").read_text(encoding="utf-8")
    limits = {info.name for info in describe_limits()}
    keys = {key for _, key in documented(page)} | limits
    for name in ("operator", "operator.en"):
        said = CODE.findall(BLOCK.sub("", guides[name]))
        assert {one for one in said if re.fullmatch(r"[a-z]+(_[a-z]+)+", one)} - keys == set(), name
        named = {found for one in said for found in re.findall(r"^\[+(\w+)[.\w]*\]+$", one)}
        assert named - set(SECTIONS) == set(), name
        tried = re.findall(r"--set limits\.(\w+)=", guides[name])
        assert tried, name
        assert set(tried) <= limits, name


def test_every_picture_is_there_small_and_shown(guides: dict[str, str], project: Path) -> None:
    folder = project / "docs" / "pictures"
    shown = set(re.findall(r"!\[[^]]*\]\(\.\./pictures/([^)]+)\)", guides["officer"]))
    assert shown == {path.name for path in folder.glob("officer-*.png")}
    for name in shown:
        content = (folder / name).read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert len(content) <= MOST_BYTES, name


def test_every_figure_with_a_definition_is_explained_and_no_other_code_is(guides: dict[str, str]) -> None:
    rows = re.findall(r"^\| (`.*?) \|", guides["auditor"], re.MULTILINE)
    codes = {code for row in rows for code in CODE.findall(row)}
    defined = {*overview_words.DEFINITIONS, *DEFINITIONS}
    columns = {column.key for report in REPORTS for part in report.all_tables for column in part.columns}
    assert {code.replace("-", "_") for code in defined} <= {code.replace("-", "_") for code in codes}
    assert codes <= {*defined, *columns, *TOTALS_ALONE, *(stage.value for stage in Stage)}


def test_words_of_buttons_and_states_are_those_of_the_pages(guides: dict[str, str]) -> None:
    from api.words import words

    zh, en = ({pair[at] for pair in words().values()} for at in (0, 1))
    for said in ("签收本日自查", "完成周结", "保存当前筛选", "批量处理", "未采纳的候选", "可关联的片段"):
        assert said in guides["officer"]
        assert any(word.startswith(said) for word in zh), said
    for said in ("Sign this day", "Waiting to be accepted", "Clips that could be linked", "Who viewed it"):
        assert said in guides["officer.en"]
        assert any(word.startswith(said) for word in en), said


@pytest.fixture(scope="module")
def sample(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample day, scanned."""
    folder = copy_sample(project, tmp_path_factory.mktemp("guides"))
    config = folder / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('kind = "processes" ', 'kind = "threads" '), encoding="utf-8")
    with chdir(folder):
        assert status_of(["scan"]) == 0
    return folder


def typed(folder: Path, block: str, status: int = 0) -> None:
    """One line after the other, as somebody types them; bwc in this process, which is quicker."""
    here = folder
    for line in block.splitlines():
        words = shlex.split(line)
        if words[0] == "cd":
            here = here / words[1]
        elif words[0] == "bwc":
            with chdir(here):
                assert status_of(words[1:]) == status, line
        else:
            path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
            if shutil.which(words[0], path=path) is None:
                continue
            done = subprocess.run(["bash", "-c", line], cwd=here, env={**os.environ, "PATH": path}, check=False)
            assert done.returncode == 0, line


@pytest.mark.slow
def test_what_an_auditor_types_works_on_the_sample_day(guides: dict[str, str], sample: Path) -> None:
    shown = blocks(guides["auditor"])
    assert len(shown) == 5
    for block in shown:
        typed(sample, block)


@pytest.mark.slow
def test_an_exported_log_that_was_changed_is_told_as_the_guide_says(sample: Path, tmp_path: Path) -> None:
    with chdir(sample):
        assert status_of(["audit", "export", "-o", str(tmp_path / "log.jsonl")]) == 0
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[:3] + lines[4:]), encoding="utf-8")
    with chdir(tmp_path):
        assert status_of(["audit", "verify", "cut.jsonl"]) == 1


@pytest.fixture(scope="module")
def station(guides: dict[str, str], project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with the guide's own configuration, two officers' clips and the feeds of the sample."""
    folder = tmp_path_factory.mktemp("station")
    (text,) = blocks(guides["operator"], "toml")
    for place in ("/mnt", "/var/lib/bwc"):
        text = text.replace(place, str(folder))
    (folder / "config.toml").write_text(text + QUICK, encoding="utf-8")
    media = project / "sample_media"
    for officer in ("031021", "031022"):
        shutil.copytree(media / "stores" / "dock-a" / "2026-11-20" / officer, folder / "dock-1" / officer)
    (folder / "rooms-1").mkdir()
    shutil.copytree(media / "feeds", folder / "feeds")
    (folder / "feeds" / "incidents-a.csv").rename(folder / "feeds" / "incidents.csv")
    return folder


@pytest.mark.slow
def test_what_an_operator_types_works_with_the_configuration_of_the_guide(
    guides: dict[str, str], station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patterns, first, *others = blocks(guides["operator"])
    typed(station, patterns)
    told = capsys.readouterr().out
    assert "our-cameras" in told
    assert re.search(r"^officer +031021", told, re.MULTILINE)
    typed(station, first)
    assert "0 个问题 / problem(s)" in capsys.readouterr().out
    for block in others:
        for line in block.splitlines():
            made = sorted((station / "var" / "backups").glob("*.zip"))
            typed(station, line.replace("FILE", str(made[-1]) if made else "FILE"))
    assert {"zhang", "suozhang", "jiancha"} <= set(capsys.readouterr().out.split())


EXPECTED = (
    '"role":"inspector"',
    '"next_cursor":',
    '"number":"JQ20261120A04"',
    "304",
    "f",
    '"seed":"9f3a61c0"',
    '"verdict":"agreed"',
    '"second_checked":1',
    '"accepted":1',
    "event: push",
    '"status":"open"',
    "310114010000",
)
"""What the answer of each block of the inspector's guide holds, in order, from `me` on."""


@pytest.mark.slow
def test_what_an_inspector_types_works_against_the_program_itself(
    guides: dict[str, str], sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("there is no curl or bash on this machine")
    tokens, settings, *asked = blocks(guides["inspector"])
    capsys.readouterr()
    typed(sample, tokens)
    secrets = re.findall(r"bwc_[\w-]{20,}", capsys.readouterr().out)
    assert len(secrets) == 3
    names = ("BWC_TOKEN", "BWC_SECOND", "BWC_PUSH")
    script = ["set -e -o pipefail", *settings.splitlines()[1:]]
    assert settings.startswith("export BWC_URL=")
    assert len(asked) == len(EXPECTED) + 1  # the last one is the program in Python, which has a test of its own
    for number, block in enumerate(asked[:-1]):
        script += [f"echo; echo '== {number}'", block]
    with running(sample) as address:
        environment = {**os.environ, "BWC_URL": address, "LC_ALL": "C.UTF-8", **dict(zip(names, secrets, strict=True))}
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=sample,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    answers = re.split(r"^== \d+$", done.stdout, flags=re.MULTILINE)[1:]
    for block, answer, expected in zip(asked[:-1], answers, EXPECTED, strict=True):
        assert expected in answer, f"{block}\n{answer[-800:]}"
