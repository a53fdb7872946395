"""Passwords: what is kept of them, what a new one must be, and what a one-time one looks like."""

import re

import pytest

from api.identity import passwords
from api.identity.passwords import fits, one_time, unfit


def test_hashes_are_argon2id_with_the_parameters_of_the_standard() -> None:
    made = passwords.hasher().hash("correct horse battery")
    assert re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", made)
    assert fits(made, "correct horse battery")
    assert not fits(made, "correct horse batterz")


def test_where_there_is_no_account_nothing_fits_and_it_costs_as_much() -> None:
    assert not fits(None, "correct horse battery")
    assert passwords.NOBODY.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not fits("no hash at all", "x")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "short"),
        ("x" * 201, "long"),
        ("my-Zicha-password", "name"),
        ("aaaaaaaaaaaa", "plain"),
        ("correct horse battery", None),
        ("人民警察记录核查系统好", None),
    ],
)
def test_a_new_password_is_long_enough_and_not_the_name(password: str, why: str | None) -> None:
    assert unfit(password, "zicha") == why


def test_one_time_passwords_are_readable_aloud_and_never_the_same() -> None:
    made = {one_time() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", one) for one in made)
    assert not any(letter in one for one in made for letter in "01ilo")
