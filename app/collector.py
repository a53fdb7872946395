"""How often Python looks for garbage in circles: seldom, since what is done here leaves next to none behind.

At Python's own pace a fifth of a scan's time goes into looking through rows that are about to be let go anyway.
"""

import gc

SELDOM = (50_000, 20, 100)
"""New containers before the young are searched; such searches before the older, and then all of them, are."""


def collect_seldom() -> None:
    """For every command, as it begins."""
    gc.set_threshold(*SELDOM)


def spare_what_is_there() -> None:
    """What a server consists of lives as long as it does: it need not be searched again and again.

    Otherwise every few dozen answers one takes a tenth of a second longer.
    """
    gc.collect()
    gc.freeze()
