"""No page holds a word of its own: all that people read comes from the list of words, which has both languages."""

import ast
import re
from pathlib import Path

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
SPOKEN = ("title", "alt", "placeholder", "aria-label", "aria-description", "label")
"""Attributes that people read or hear."""
LETTERS = re.compile(r"[A-Za-z]{2,}|[\u3400-\u9fff]")
NAMES = {
    "Enter",
    "Esc",
    "PgUp",
    "PgDn",
    "Shift",
    "Home",
    "End",
    "CSV",
    "JSON",
    "HTML",
    "XLSX",
    "PDF",
    "Space",
    "English",
    "fps",
    "Hz",
}
"""Names that are the same in both languages: keys, formats, units, and a language in itself."""
CJK = re.compile(r"[\u3400-\u9fff]")
ALLOWED_CJK = {"中文", "、", "；"}


def templates(project: Path) -> list[Path]:
    return sorted((project / "api" / "templates").glob("*.html"))


def spoken_text(source: str) -> list[str]:
    """The text between elements and the spoken attributes of a template, without what Jinja puts in."""
    plain = JINJA.sub(" ", source)
    plain = re.sub(r"<(style|script|svg:style)\b.*?</\1>", " ", plain, flags=re.DOTALL)
    attributes = [value for name in SPOKEN for value in re.findall(rf'\s{name}="([^"]*)"', plain)]
    text = re.sub(r"<!--.*?-->|<[^<>]*>", "\n", plain, flags=re.DOTALL)
    return [part.strip() for part in (*text.split("\n"), *attributes) if part.strip()]


def foreign(text: str) -> list[str]:
    """Words of a text that no list of words has."""
    if text in ALLOWED_CJK or re.fullmatch(r"[a-z]+:\*", text):  # the form of a name in the audit log
        return []
    return [word for word in LETTERS.findall(re.sub(r"&\w+;", " ", text)) if word not in NAMES]


def test_no_template_holds_a_word_of_its_own(project: Path) -> None:
    found = {
        f"{path.name}: {text[:60]}"
        for path in templates(project)
        for text in spoken_text(path.read_text("utf-8"))
        if foreign(text)
    }
    assert found == set()


def test_a_word_of_its_own_would_be_found() -> None:
    assert foreign(spoken_text('<p class="soft">{{ t("x") }} Save</p>')[0]) == ["Save"]
    assert spoken_text('<input placeholder="badge" class="wide">') == ["badge"]
    assert foreign("{{ x }}".replace("{{ x }}", "保存")) == ["保", "存"]


def test_no_script_holds_a_word_of_its_own(project: Path) -> None:
    """Scripts take their words from the page; names of keys and events are no words."""
    for path in sorted((project / "api" / "static").glob("*.js")):
        code = re.sub(
            r"^\s*//.*$|/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
        )
        assert not CJK.search(code), path.name
        shown = re.findall(r'(?:textContent|innerText|title|ariaLabel|placeholder)\s*=\s*(["`][^"`]*["`])', code)
        assert [text for text in shown if LETTERS.search(re.sub(r"\$\{[^}]*\}", "", text))] == [], path.name
        assert not re.search(r"\b(alert|confirm|prompt)\(", code), path.name


def chinese_strings(source: str) -> list[ast.Constant]:
    """String constants with Chinese in them that are neither docstrings nor halves of `say(zh, en)`."""
    tree = ast.parse(source)
    excused: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            excused.add(id(node.value))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
            excused |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            excused |= {id(part) for part in ast.walk(node)}  # a pair of both languages
    constants = [one for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [one for one in constants if CJK.search(one.value) and id(one) not in excused]


def test_no_code_of_the_pages_holds_a_word_in_one_language(project: Path) -> None:
    found = []
    for path in sorted((project / "api" / "pages").rglob("*.py")):
        constants = [one for one in chinese_strings(path.read_text("utf-8")) if " / " not in one.value]
        found += [f"{path.name}:{one.lineno} {one.value[:40]}" for one in constants]
    assert found == []
