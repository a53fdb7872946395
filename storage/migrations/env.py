"""Runs migrations on the engine it is handed (`storage.engine.alembic_config`); there is no offline mode.

With a `connection` beside the engine they are part of its transaction: a restored database is whole or not there.
"""

from alembic import context
from sqlalchemy import Connection

from storage.schema import metadata


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


attributes = context.config.attributes
if attributes.get("connection") is not None:
    run(attributes["connection"])
else:
    with attributes["engine"].begin() as own:
        run(own)
