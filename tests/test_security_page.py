"""The page on security names tests that exist, in both languages the same."""

import re
from pathlib import Path

import pytest

PAGES = ("docs/security.md", "docs/security.en.md")
NAMED = re.compile(r"`(test_\w+)`")


@pytest.fixture(scope="module")
def there(project: Path) -> set[str]:
    """Every test of this program."""
    text = "".join(path.read_text(encoding="utf-8") for path in (project / "tests").rglob("test_*.py"))
    text += (project / "tests" / "contracts" / "store_contract.py").read_text(encoding="utf-8")
    return set(re.findall(r"def (test_\w+)\(", text))


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_the_page_names_exists(project: Path, there: set[str], page: str) -> None:
    named = NAMED.findall((project / page).read_text(encoding="utf-8"))
    assert len(named) > 40
    assert sorted(set(named) - there) == []


def test_both_languages_name_the_same_tests_in_the_same_order(project: Path) -> None:
    chinese, english = (NAMED.findall((project / page).read_text(encoding="utf-8")) for page in PAGES)
    assert chinese == english


def test_each_language_leads_to_the_other_and_the_readme_to_both(project: Path) -> None:
    chinese, english, readme = ((project / page).read_text(encoding="utf-8") for page in (*PAGES, "README.md"))
    assert "(security.en.md)" in chinese
    assert "(security.md)" in english
    assert all(f"({page})" in readme for page in PAGES)
