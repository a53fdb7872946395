"""Long measurements: one module each, run by `make bench`; never part of the tests."""
