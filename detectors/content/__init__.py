"""Measures pictures and sound of one clip in one decode; never judges. `check.py` is the door."""
