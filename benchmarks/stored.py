"""How much room a database takes."""

from sqlalchemy import Engine

SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def bytes_of(engine: Engine) -> int:
    """Bytes of tables and indexes; a server's empty database has 8 MB already."""
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(SIZE[engine.dialect.name]).scalar_one())
