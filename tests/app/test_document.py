"""Lines of keys in a TOML text."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document import key_lines, read_document
from domain.errors import ConfigError

TEXT = '''\
# a comment
title = "x"
[database]
url = "sqlite://"   # why

[[stores]]
name = "a"
[[stores]]
name = """
[[stores]]
name = "not a key"
"""
list = [
  "one",  # inside
  "two",
]
location = "b"
[[feeds]]
name = "f"
[feeds.columns]
number = "编号"
[[feeds]]
columns = { number = "N" }
other.dotted = 1
'''


def test_every_key_has_the_line_it_begins_on() -> None:
    assert key_lines(TEXT) == {
        ("title",): 2,
        ("database",): 3,
        ("database", "url"): 4,
        ("stores", 0): 6,
        ("stores", 0, "name"): 7,
        ("stores", 1): 8,
        ("stores", 1, "name"): 9,
        ("stores", 1, "list"): 13,
        ("stores", 1, "location"): 17,
        ("feeds", 0): 18,
        ("feeds", 0, "name"): 19,
        ("feeds", 0, "columns"): 20,
        ("feeds", 0, "columns", "number"): 21,
        ("feeds", 1): 22,
        ("feeds", 1, "columns"): 23,
        ("feeds", 1, "columns", "number"): 23,
        ("feeds", 1, "other"): 24,
        ("feeds", 1, "other", "dotted"): 24,
    }


def test_windows_line_ends_and_a_byte_order_mark_do_not_disturb(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes("\ufeff[api]\r\nport = 1\r\n".encode())
    document = read_document(file)
    assert document.values == {"api": {"port": 1}}
    assert document.place(("api", "port")) == "config.toml:2"


def test_a_key_that_is_not_there_is_placed_at_its_section(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("\n[api]\nport = 1\n", encoding="utf-8")
    assert read_document(file).place(("api", "host")) == "config.toml:2"
    assert read_document(file).place(("workers", "kind")) == "config.toml"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[api\nport = 1", "expected TOML"),
        (b"a = 1\na = 2", "expected TOML"),
        (b"name = '\xd6\xd0'", "expected UTF-8 text, got byte 0xd6 at 8"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml") as caught:
        read_document(file)
    assert said in str(caught.value)


def test_a_file_that_is_absent_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config FILE or BWC_CONFIG"):
        read_document(tmp_path / "absent.toml")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_document(tmp_path)


WORDS = st.text("abc", min_size=1, max_size=3)
VALUES = st.sampled_from(["1", "'x'", '"""\n[a]\nb = 2\n"""', "[\n1,\n2]", "{ k = 1 }", "'''\n# no comment\n'''"])


@given(st.dictionaries(WORDS, st.dictionaries(WORDS, VALUES, max_size=3), max_size=3))
def test_the_line_of_a_key_always_begins_with_the_key(sections: dict[str, dict[str, str]]) -> None:
    text = "".join(f"[{s}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()) for s, keys in sections.items())
    lines = text.split("\n")
    found = key_lines(text)
    assert tomllib.loads(text) is not None
    for section, keys in sections.items():
        assert lines[found[(section,)] - 1] == f"[{section}]"
        for key in keys:
            assert lines[found[section, key] - 1].startswith(f"{key} = ")
