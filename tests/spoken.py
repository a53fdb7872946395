"""Whether what the program says to people is said in both languages: by its text, and by the code that makes it."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from domain.wording import halves

CHINESE = re.compile(r"[\u3400-\u9fff]")
SAYING = frozenset({"say", "about", "joined"})
RAISED = frozenset({"HandOver", "ReaderFailed", "StoreUnavailable"})
PASSED_ON = frozenset({"detail", "reason"})
"""Fields of what was made elsewhere, where it is looked at by itself."""

Scope = ast.FunctionDef | ast.Module


def in_both_languages(text: str) -> bool:
    """Two halves, the Chinese one first; the English one is English."""
    zh, en = halves(text)
    return zh != en and bool(CHINESE.search(zh)) and not CHINESE.search(en) and bool(en.strip())


def unspoken(modules: Sequence[ast.Module]) -> Iterator[str]:
    """Every place at which a problem or one of our exceptions is given a text that `say` did not make."""
    code = Code(modules)
    for module in modules:
        for scope, call in _calls(module, module):
            text = _text_of(call)
            if text is not None and not code.spoken(text, scope):
                yield f"line {call.lineno}: {ast.unparse(call)}"


def parsed(paths: Sequence[Path]) -> list[ast.Module]:
    return [ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in paths]


class Code:
    """What names stand for in a few modules taken together."""

    def __init__(self, modules: Sequence[ast.Module]) -> None:
        nodes = [node for module in modules for node in ast.walk(module)]
        self.functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self.constants = [node for module in modules for node in module.body if isinstance(node, ast.Assign)]

    def spoken(self, text: ast.expr, scope: Scope) -> bool:
        """Made by `say`, or by a function or kept under a name that only ever holds what was."""
        if isinstance(text, ast.Attribute):
            return text.attr in PASSED_ON
        if isinstance(text, ast.Name):
            values = [*_values(scope, text.id), *_named(self.constants, text.id)]
            return bool(values) and all(self.spoken(value, scope) for value in values)
        if isinstance(text, ast.Call) and isinstance(text.func, ast.Name):
            return text.func.id in SAYING or self._returns_spoken(text.func.id)
        return False

    def _returns_spoken(self, name: str) -> bool:
        function = self.functions.get(name)
        if function is None:
            return False
        returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        return bool(returned) and all(value is not None and self.spoken(value, function) for value in returned)


def _calls(node: ast.AST, scope: Scope) -> Iterator[tuple[Scope, ast.Call]]:
    for below in ast.iter_child_nodes(node):
        if isinstance(below, ast.Call):
            yield scope, below
        yield from _calls(below, below if isinstance(below, ast.FunctionDef) else scope)


def _text_of(call: ast.Call) -> ast.expr | None:
    """The text that a call is given for people: behind a ProblemCode, or the first of one of our exceptions."""
    if isinstance(call.func, ast.Name) and call.func.id in RAISED:
        return call.args[0]
    for code, text in zip(call.args, call.args[1:], strict=False):
        if isinstance(code, ast.Attribute) and isinstance(code.value, ast.Name) and code.value.id == "ProblemCode":
            return text
    return None


def _values(scope: Scope, name: str) -> list[ast.expr]:
    return _named([node for node in ast.walk(scope) if isinstance(node, ast.Assign)], name)


def _named(assignments: Sequence[ast.Assign], name: str) -> list[ast.expr]:
    return [
        one.value for one in assignments for target in one.targets if isinstance(target, ast.Name) and target.id == name
    ]
