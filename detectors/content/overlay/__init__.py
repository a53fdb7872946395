"""The clock and the numbers that a camera writes into the picture: found, read, and believed only where they agree.

`watch.py` is the door. `reader.py` recognises text, `reading.py` says what a text shows, `layout.py` which lines are
the clock, `story.py` what all readings together tell (GA/T 947.2 clause 6.2.8).
"""
