"""The database, and nothing else: rows in, rows out. ORM rows never leave this package."""
