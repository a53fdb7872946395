"""Runs migrations on the engine it is handed (`storage.engine.alembic_config`); there is no offline mode."""

from alembic import context

from storage.schema import metadata

with context.config.attributes["engine"].begin() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
