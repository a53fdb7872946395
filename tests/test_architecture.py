"""The house rules: sizes, shapes, import contracts. A limit that hurts is met by splitting ideas, not lines."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("domain", "indexer", "detectors", "storage", "reports", "api", "app", "sample_media", "tests", "benchmarks")
OURS = ("domain", "indexer", "detectors", "storage", "reports", "api", "app")
MAX_FILE, MAX_FUNCTION, MAX_POSITIONAL, MAX_NESTING = 400, 50, 5, 3
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}
NESTING = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(packages: tuple[str, ...] = PACKAGES) -> list[Path]:
    """Every source file but the migrations' revisions: those are generated, dated, and never edited."""
    found = (path for package in packages for path in sorted((ROOT / package).rglob("*.py")))
    return [path for path in found if "versions" not in path.parts]


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def nesting(node: ast.AST, depth: int = 0) -> int:
    """Deepest block inside `node`; an `elif` is no deeper than its `if`, a nested function starts anew."""
    deepest = depth
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, Function | ast.ClassDef | ast.Lambda):
                continue
            chained = name == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If) and len(value) == 1
            deeper = depth + (isinstance(child, NESTING) and not chained)
            deepest = max(deepest, nesting(child, deeper))
    return deepest


def broken_shapes(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    lines = text.count("\n") + 1
    found = [f"{name}: {lines} lines, at most {MAX_FILE}"] if lines > MAX_FILE else []
    for function in functions(ast.parse(text)):
        where = f"{name}:{function.lineno} {function.name}"
        length = (function.end_lineno or 0) - function.lineno + 1
        positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args) if a.arg not in ("self", "cls")]
        if length > MAX_FUNCTION:
            found.append(f"{where}: {length} lines, at most {MAX_FUNCTION}")
        if len(positional) > MAX_POSITIONAL and name.parts[0] != "tests":
            found.append(f"{where}: {len(positional)} positional parameters, at most {MAX_POSITIONAL}")
        if nesting(function) > MAX_NESTING:
            found.append(f"{where}: nested {nesting(function)} deep, at most {MAX_NESTING}")
    return found


def test_files_functions_and_nesting_stay_small() -> None:
    assert [line for path in sources() for line in broken_shapes(path)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(p) for p in sources() if p.stem in FORBIDDEN_NAMES or FORBIDDEN_NAMES & set(p.parent.parts)] == []


def test_every_module_of_ours_says_what_it_is_for() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in sources(OURS)}
    silent = [
        str(path.relative_to(ROOT))
        for path, text in texts.items()
        if text.strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def broad_excepts(path: Path) -> list[str]:
    handlers = (
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ExceptHandler)
    )
    broad = ("Exception", "BaseException")
    return [
        f"{path.relative_to(ROOT)}:{handler.lineno}"
        for handler in handlers
        if handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in broad)
    ]


def test_one_broad_except_in_the_whole_program() -> None:
    """`isolated` keeps one subject's failure; everything else catches what it can name."""
    found = [place for path in sources(OURS) for place in broad_excepts(path)]
    assert [place for place in found if not place.startswith("indexer/pipeline/isolate.py")] == []
    assert len(found) <= 1


@pytest.mark.slow
def test_imports_keep_to_the_contracts() -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_importing_does_nothing() -> None:
    """No settings, engine, logger configuration or thread at import time."""
    modules = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts) for p in sources(OURS) if "migrations" not in p.parts
    ]
    names = [module.removesuffix(".__init__") for module in modules]
    code = (
        "import logging, sys, threading; [__import__(n) for n in sys.argv[1:]]; "
        "assert threading.active_count() == 1, threading.enumerate(); "
        "assert logging.getLogger().handlers == []"
    )
    run = subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_every_package_of_ours_is_installed() -> None:
    """The explicit package list of pyproject.toml is complete: an installed program lacks nothing."""
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    present = {
        ".".join(path.parent.relative_to(ROOT).parts) for name in OURS for path in (ROOT / name).rglob("__init__.py")
    }
    assert present - listed == set()
