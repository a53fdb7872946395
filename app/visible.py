"""Text from outside, such as a file name, made fit for a terminal and for a log of one event a line."""

import unicodedata

STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format (also marks that turn text round), surrogates, line ends


def visible(text: str) -> str:
    """Text that cannot steer a terminal: what is not shown as itself is written as an escape."""
    return "".join(c if unicodedata.category(c) not in STEERING else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
