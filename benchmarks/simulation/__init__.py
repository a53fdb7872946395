"""Days of a police district with their truth: who was where, what was recorded, and what the records say of it.

Truth is written down when a thing happens; records, file names and clocks are made from it with their faults. Nothing
here imports the program's own linking or judging, so that a measurement against this truth means something.
"""
