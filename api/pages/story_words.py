"""Items and fields of the history in the reader's language: `history` names them for both, one after the other."""

from typing import Any

from api.pages.rendering import CJK, Reader
from detectors import RULES

TITLES = {rule.id: (rule.title_zh, rule.title_en) for rule in RULES}


def item_words(item: str, reader: Reader) -> str:
    """`关联 link dock-a:x.mp4` → the first or second word with the rest; a rule's id → its title."""
    first, _, rest = item.partition(" ")
    if first in TITLES:
        return reader.pick(TITLES[first])
    second, _, tail = rest.partition(" ")
    return f"{reader.pick((first, second))} {tail}".strip() if CJK.search(first) and second else item


def field_words(field: str, reader: Reader) -> str:
    """A field that is a rule (with what it is about) by the title of the rule."""
    rule, _, about = field.partition(" ")
    return f"{reader.pick(TITLES[rule])} {about}".strip() if rule in TITLES else reader.of_kind("field", field)


def value_words(value: Any, reader: Reader) -> str:
    """A value in one language where it is a word in both, `不合规 noncompliant`."""
    zh, _, en = value.partition(" ") if isinstance(value, str) else ("", "", "")
    return reader.pick((zh, en)) if CJK.search(zh) and en and not CJK.search(en) else reader.value(value)
