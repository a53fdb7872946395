"""A server of objects for the tests of stores."""

from collections.abc import Iterator

import pytest

from tests.objects import Bucket, bucket_at, served
from tests.stubborn import Stubborn


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture
def bucket(endpoint: str) -> Iterator[Bucket]:
    with bucket_at(endpoint) as one:
        yield one


@pytest.fixture(scope="module")
def one_stubborn(endpoint: str) -> Iterator[Stubborn]:
    with Stubborn() as server:
        yield server


@pytest.fixture
def stubborn(one_stubborn: Stubborn) -> Stubborn:
    """A server that answers nothing yet."""
    one_stubborn.forget()
    return one_stubborn
