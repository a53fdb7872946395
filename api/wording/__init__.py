"""The words of the pages in Chinese and English, one module an area; a key has both, or it is no key."""

from collections.abc import Mapping

from api.wording import account, administration, clip, inspection, live, navigation, reports, reviews, trials

Word = tuple[str, str]

AREAS: tuple[Mapping[str, Word], ...] = (
    account.WORDS,
    administration.WORDS,
    clip.WORDS,
    inspection.WORDS,
    live.WORDS,
    navigation.WORDS,
    reports.WORDS,
    reviews.WORDS,
    trials.WORDS,
)
"""Every area; a new page adds its own here."""
