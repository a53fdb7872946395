"""The words of the pages in Chinese and English, one module an area; a key has both, or it is no key."""

from collections.abc import Mapping

from api.wording import account, activities, activity, clip, navigation, overview, reviews, stores, today

Word = tuple[str, str]

AREAS: tuple[Mapping[str, Word], ...] = (
    account.WORDS,
    activities.WORDS,
    activity.WORDS,
    clip.WORDS,
    navigation.WORDS,
    overview.WORDS,
    reviews.WORDS,
    stores.WORDS,
    today.WORDS,
)
"""Every area; a new page adds its own here."""
