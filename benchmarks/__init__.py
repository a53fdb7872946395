"""Long measurements: one module each, run by `make bench`; never part of the tests."""

from app.collector import collect_seldom

collect_seldom()  # as every command does
