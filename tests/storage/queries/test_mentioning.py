"""A word is found in JSON text however the program that wrote it spelled it."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import JSON, column, create_engine, select, table, text

from storage.codec import dumps
from storage.queries.filters import mentioning


@pytest.mark.parametrize("word", ["警员甲", 'a "quoted" word', "50%_", "021001"])
@pytest.mark.parametrize("spelled", [json.dumps, dumps], ids=["escapes", "as it is written"])
def test_a_word_is_found_in_either_spelling(word: str, spelled: Callable[[object], str]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE record (body TEXT)"))
        connection.execute(
            text("INSERT INTO record VALUES (:one), (:other)"),
            {"one": spelled({"said": f"by {word}."}), "other": spelled({"said": "nothing"})},
        )
        body = column("body", JSON)
        found = connection.execute(select(body).select_from(table("record")).where(mentioning(body, word))).scalars()
        assert [row["said"] for row in found] == [f"by {word}."]
    engine.dispose()
