"""The shapes of JSON answers and bodies, with an example for each field."""
