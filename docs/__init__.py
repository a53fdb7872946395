"""Pages of the project; those that are made from code are written by `python -m docs.generate`."""
