"""The words of the pages in Chinese and English, one module an area; a key has both, or it is no key."""

from collections.abc import Mapping

from api.wording import (
    account,
    activities,
    activity,
    administration,
    clip,
    inspection,
    live,
    navigation,
    overview,
    reports,
    reviews,
    schedule,
    stores,
    today,
    trials,
)

Word = tuple[str, str]

AREAS: tuple[Mapping[str, Word], ...] = (
    account.WORDS,
    activities.WORDS,
    activity.WORDS,
    administration.WORDS,
    clip.WORDS,
    inspection.WORDS,
    live.WORDS,
    navigation.WORDS,
    overview.WORDS,
    reports.WORDS,
    reviews.WORDS,
    schedule.WORDS,
    stores.WORDS,
    today.WORDS,
    trials.WORDS,
)
"""Every area; a new page adds its own here."""
