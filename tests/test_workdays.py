"""Working days in France: the promise made to clinicians counts them."""

from datetime import date

import pytest

from exchange import workdays


@pytest.mark.parametrize(
    ("year", "easter_monday", "ascension", "whit_monday"),
    [
        (2024, date(2024, 4, 1), date(2024, 5, 9), date(2024, 5, 20)),
        (2025, date(2025, 4, 21), date(2025, 5, 29), date(2025, 6, 9)),
        (2026, date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)),
        (2027, date(2027, 3, 29), date(2027, 5, 6), date(2027, 5, 17)),
        (2038, date(2038, 4, 26), date(2038, 6, 3), date(2038, 6, 14)),
    ],
)
def test_the_eleven_holidays(
    year: int, easter_monday: date, ascension: date, whit_monday: date
) -> None:
    """Code du travail, L3133-1; dates of published calendars, the latest Easter (2038) too."""
    fixed = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    expected = {date(year, month, day) for month, day in fixed}
    assert workdays.holidays(year) == expected | {easter_monday, ascension, whit_monday}


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 11, 23), 10, date(2026, 12, 7)),  # a plain fortnight
        (date(2026, 12, 18), 10, date(2027, 1, 5)),  # Christmas and New Year's Day fall on Fridays
        (date(2026, 5, 4), 10, date(2026, 5, 20)),  # 8 May and Ascension
        (date(2026, 7, 13), 1, date(2026, 7, 15)),  # 14 July is no working day
        (date(2026, 8, 14), 1, date(2026, 8, 17)),  # 15 August is a Saturday: nothing is lost
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # sent on a Saturday
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_a_promise_skips_weekends_and_holidays(start: date, count: int, end: date) -> None:
    assert workdays.after(start, count) == end
    assert workdays.between(start, end) == count
    assert workdays.between(end, start) == -count
