"""Deadlines in business days that count for the system and for both parties.

Every count looks at a bounded number of days, so that calendars without a common business day
cannot keep a case open for ever.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Final

from skontro.model import LAST_DATE, ParticipantDirectory, SettlementCalendar
from skontro.system.cases.case_rules import CaseRules

_DAY: Final = datetime.timedelta(days=1)

#: Most calendar days that one deadline spans.
MAX_SPAN: Final = 400


class CaseClock:
    """Counts business days of parties.

        clock = CaseClock(calendar, rules, directory)
        clock.after(("AAAAKZK0", "BBBBKGK0"), date, 10)

    Args:
        calendar: of the system.
        rules: have the calendars of countries.
        directory: has the countries of participants.
    """

    def __init__(
        self, calendar: SettlementCalendar, rules: CaseRules, directory: ParticipantDirectory
    ) -> None:
        self._calendar, self._rules, self._directory = calendar, rules, directory
        # Many cases have the same sides, and each counts the same days.
        self._countries_of = cache(self._countries)
        self._is_common = cache(self._all_open)
        self._is_open = cache(self._look_up)

    def is_open(self, sides: tuple[str, ...], date: datetime.date) -> bool:
        """Whether a date counts for all of these sides; one without country has no own calendar.

        Args:
            sides: BICs, or the operator.
            date: any date.
        """
        return self._is_common(self._countries_of(sides), date)

    def _countries(self, sides: tuple[str, ...]) -> tuple[str, ...]:
        members = [side for side in sides if side in self._directory]
        return tuple(self._directory.participant(side).country.alpha2 for side in members)

    def _all_open(self, countries: tuple[str, ...], date: datetime.date) -> bool:
        return all(self._is_open(country, date) for country in ("", *countries))

    def _look_up(self, country: str, date: datetime.date) -> bool:
        if not country:
            return self._calendar.is_business_day(date)
        agreed = self._rules.calendars.get(country)
        if agreed is not None:
            return agreed.is_open(date)
        # A country issues the currency whose code begins with its own.
        own = [code for code in self._calendar.currencies if code.startswith(country)]
        return all(self._calendar.is_open_for(code, date) for code in own)

    def after(self, sides: tuple[str, ...], date: datetime.date, days: int) -> datetime.date:
        """The date so many common business days after a date, or `MAX_SPAN` days after it."""
        last = _bounded(date, MAX_SPAN)
        while days > 0 and date < last:
            date += _DAY
            days -= self.is_open(sides, date)
        return date

    def left(self, sides: tuple[str, ...], date: datetime.date, due: datetime.date) -> int:
        """The common business days after a date up to and including another.

        A deadline that was cut to `MAX_SPAN` is not passed before its date.
        """
        count = 0
        cut = date < due and not self.is_open(sides, due)
        while date < due:
            date += _DAY
            count += self.is_open(sides, date)
        return count + cut


def _bounded(date: datetime.date, days: int) -> datetime.date:
    return date + min(LAST_DATE - date, datetime.timedelta(days))
