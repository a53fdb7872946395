"""Rules of flag incomplete (记录不完整): recorded, but late, short, broken or damaged."""

from detectors import incomplete_content, incomplete_edges, incomplete_files, incomplete_holes, incomplete_sessions
from detectors.rule import Rule

RULES: tuple[Rule, ...] = (
    *incomplete_edges.RULES,
    *incomplete_holes.RULES,
    *incomplete_files.RULES,
    *incomplete_content.RULES,
    *incomplete_sessions.RULES,
)
