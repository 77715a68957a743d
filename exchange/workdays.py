"""Working days in France, for promised delays.

Public holidays after the Code du travail, article L3133-1; Easter after the anonymous Gregorian
computus (Meeus, *Astronomical Algorithms*, chapter 8).
"""

from datetime import date, timedelta
from functools import lru_cache


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of a year."""
    easter = _easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    return frozenset(
        [date(year, month, day) for month, day in fixed]
        + [easter + timedelta(days=days) for days in moving]
    )


def is_working(day: date) -> bool:
    """Monday to Friday, holidays apart."""
    return day.weekday() < 5 and day not in holidays(day.year)


def after(start: date, count: int) -> date:
    """The day `count` working days after `start`."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        if is_working(day):
            count -= 1
    return day


def between(start: date, end: date) -> int:
    """How many working days lie after `start`, up to and with `end`; negative when `end` is
    before `start`."""
    if end < start:
        return -between(end, start)
    day, count = start, 0
    while day < end:
        day += timedelta(days=1)
        count += is_working(day)
    return count


def _easter(year: int) -> date:
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)
