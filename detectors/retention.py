"""Calendar arithmetic of retention (XC-2016 art. 13: six months)."""

from calendar import monthrange
from datetime import datetime


def months_later(instant: datetime, months: int) -> datetime:
    """The same day of the month so many calendar months later, or that month's last day."""
    years, month0 = divmod(instant.month - 1 + months, 12)
    year, month = instant.year + years, month0 + 1
    return instant.replace(year=year, month=month, day=min(instant.day, monthrange(year, month)[1]))
