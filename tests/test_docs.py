"""What the documents promise exists: links, commands, keys."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/config.md",
    "docs/rules.md",
    "docs/api.md",
    "docs/security.md",
    "docs/security.en.md",
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")


def documents(project: Path) -> list[Path]:
    folders = (project / "docs" / name for name in ("design", "guides"))
    return [project / page for page in PAGES] + [page for folder in folders for page in sorted(folder.glob("*.md"))]


def test_every_relative_link_leads_somewhere(project: Path) -> None:
    dead = [
        f"{page.relative_to(project)}: {target}"
        for page in documents(project)
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_bwc_command_shown_in_the_readme_exists(project: Path) -> None:
    from app.command_line import COMMANDS

    shown = set(re.findall(r"bwc (\w+)", (project / "README.md").read_text(encoding="utf-8")))
    assert shown - set(COMMANDS) == set()


def test_the_make_targets_named_in_the_readme_exist(project: Path) -> None:
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    text = "".join((project / page).read_text(encoding="utf-8") for page in ("README.md", "CONTRIBUTING.md"))
    for target in set(re.findall(r"\bmake (\w+)\b", text)) - {"everything"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("name", ["run.txt", "test.txt"])
def test_pins_carry_hashes_and_name_no_index(project: Path, name: str) -> None:
    text = (project / "constraints" / name).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_the_generated_rule_page_is_up_to_date(project: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], cwd=project, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
