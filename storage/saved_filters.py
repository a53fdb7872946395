"""Named inboxes: filters of the findings page that a person keeps under a name."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import UsageError
from storage.schema.tables import SAVED_FILTER

MOST = 40
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """`query` is that of the page's address, without cursor and language."""

    id: int
    name: str
    query: str


class TooManyFilters(UsageError):
    """A person has as many saved filters as there may be."""


def saved_filters(connection: Connection, account: int) -> list[SavedFilter]:
    """A person's own, in order of name."""
    columns = (SAVED_FILTER.c.id, SAVED_FILTER.c.name, SAVED_FILTER.c.query)
    query = select(*columns).where(SAVED_FILTER.c.account_id == account).order_by(SAVED_FILTER.c.name)
    return [SavedFilter(*row) for row in connection.execute(query).all()]


def save_filter(connection: Connection, account: int, name: str, query: str) -> None:
    """Keep a filter under a name; the same name again gets the new filter. Raises TooManyFilters."""
    mine = (SAVED_FILTER.c.account_id == account, SAVED_FILTER.c.name == name)
    if connection.execute(update(SAVED_FILTER).where(*mine).values(query=query)).rowcount:
        return
    kept = select(func.count()).select_from(SAVED_FILTER).where(SAVED_FILTER.c.account_id == account)
    if connection.execute(kept).scalar_one() >= MOST:
        raise TooManyFilters(f"saved filters: expected at most {MOST}")
    try:
        with connection.begin_nested():
            connection.execute(insert(SAVED_FILTER), {"account_id": account, "name": name, "query": query})
    except IntegrityError:  # the same person in another window
        connection.execute(update(SAVED_FILTER).where(*mine).values(query=query))


def delete_filter(connection: Connection, account: int, number: int) -> bool:
    """Whether there was one of this person's to delete."""
    mine = (SAVED_FILTER.c.id == number, SAVED_FILTER.c.account_id == account)
    return bool(connection.execute(delete(SAVED_FILTER).where(*mine)).rowcount)
