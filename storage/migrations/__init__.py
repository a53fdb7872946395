"""Alembic: forward only, from the first table."""
