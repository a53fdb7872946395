"""Small configurations for the tests of the shell: the least that is valid, and a way to load a text."""

from pathlib import Path

from app.settings import Settings, load_settings

LEAST = """\
[database]
url = "sqlite:///var/bwc.db"

[[stores]]
name = "dock-a"
location = "stores/dock-a"
unit = "310114010000"
"""


def write(folder: Path, text: str = LEAST) -> Path:
    """The text as `config.toml` in a folder."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def load(folder: Path, text: str = LEAST, **environment: str) -> Settings:
    return load_settings(write(folder, text), environment)
