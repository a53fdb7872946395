"""Rules of flag missing (未按规定记录): an activity without recording, or a recording that existed and is gone."""

from detectors import missing_files, missing_footage
from detectors.rule import Rule

RULES: tuple[Rule, ...] = (*missing_footage.RULES, *missing_files.RULES)
