"""XML 1.0 as a tree of texts, objects and lists, by expat: no entity is declared, no other file is read.

Attributes count like child elements; an element with text and no children is its text. Depth is bounded here, size by
the caller.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from domain.errors import FeedUnreadable
from domain.wording import say

DEEPEST = 16


class Refused(Exception):
    """The file is XML, but not XML that is read here. `zh` and `en` say what it holds."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(slots=True)
class _Element:
    """One element while it is open."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: dict[str, list[object]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)

    def value(self) -> object:
        text = "".join(self.text).strip()
        if not self.children and (text or not self.attributes):
            return text
        inner = {name: values[0] if len(values) == 1 else values for name, values in self.children.items()}
        return {**self.attributes, **inner}


class _Tree:
    """What expat calls while it reads."""

    def __init__(self) -> None:
        self.open: list[_Element] = [_Element("")]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > DEEPEST:
            raise Refused("嵌套过深", "elements nested too deep")
        self.open.append(_Element(_local(name), {_local(key): value for key, value in attributes.items()}))

    def end(self, _name: str) -> None:
        closed = self.open.pop()
        self.open[-1].children.setdefault(closed.name, []).append(closed.value())

    def characters(self, text: str) -> None:
        self.open[-1].text.append(text)

    def entity(self, *_declared: object) -> None:
        raise Refused("实体声明", "a declaration of entities")


def _local(name: str) -> str:
    """The name without its prefix of a namespace."""
    return name.rpartition(":")[2]


def read_xml(text: str, where: str) -> object:
    """The content of the root element. Raises FeedUnreadable."""
    tree = _Tree()
    parser = expat.ParserCreate("utf-8")  # decoded already: whatever the declaration says of the encoding
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.characters
    parser.EntityDeclHandler = tree.entity
    try:
        parser.Parse(text.lstrip().encode("utf-8", "replace"), True)
    except (expat.ExpatError, Refused) as error:
        zh, en = (error.zh, error.en) if isinstance(error, Refused) else (str(error), str(error))
        raise FeedUnreadable(
            say(f"{where}: 应为普通 XML，实为 {zh}", f"{where}: expected plain XML, got {en}")
        ) from error
    (root,) = tree.open[0].children.values()
    return root[0]
