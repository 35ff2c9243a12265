"""Countries by ISO 3166, and the currencies they issue."""

import datetime
from functools import cache
from typing import Final

import attrs
import pycountry

from skontro.model.currency import Currency
from skontro.model.errors import InputError
from skontro.model.national_currency import issued, used
from skontro.model.text import did_you_mean

#: The date of `Country.currency`: that of the currency list, never the clock's.
CURRENCY_LIST_DATE: Final = datetime.date(2026, 1, 1)


@attrs.frozen(order=True)
class Country:
    """A country by ISO 3166-1.

    Attributes:
        alpha3: three letters, as trade statistics use them.
        alpha2: two letters, as BICs use them.
        name: the short English name.

    Example:
        >>> import datetime
        >>> croatia = find_country("HRV")
        >>> [croatia.currency_on(datetime.date(year, 7, 1)).code for year in (2022, 2023)]
        ['HRK', 'EUR']
        >>> find_country("ECU").issued(datetime.date(2026, 1, 1))  # it uses the US dollar
        ()
    """

    alpha3: str
    alpha2: str = attrs.field(order=False)
    name: str = attrs.field(order=False)

    @property
    def currency(self) -> Currency:
        """`currency_on` the date of the currency list, for uses without a date."""
        return self.currency_on(CURRENCY_LIST_DATE)

    def issued(self, date: datetime.date) -> tuple[Currency, ...]:
        """The currencies that the country itself, or its currency union, issues on the date.

        The main one first; two while a new one circulates along with the old; none where the
        country uses another's. Dates before 2000 count as the first day of 2000.
        """
        return issued(self.alpha3, self.alpha2, date)

    def issues(self, currency: Currency, date: datetime.date) -> bool:
        """Whether the currency is the country's own on the date."""
        return currency in self.issued(date)

    def currency_on(self, date: datetime.date) -> Currency:
        """The main currency that the country issues on the date, else the one it uses.

        Raises:
            InputError: no currency is on record.
        """
        currency = used(self.alpha3, self.alpha2, date)
        if currency is None:
            raise InputError(
                f"no national currency is on record for {self.name} ({self.alpha3}) on {date}"
            )
        return currency


@cache
def find_country(code: str) -> Country:
    """The country with this ISO 3166 code of two or three letters.

    Raises:
        InputError: no such country, or no currency is on record for it.
    """
    countries = pycountry.countries
    entry = countries.get(alpha_2=code) if len(code) == 2 else countries.get(alpha_3=code)
    if entry is None or not code.isupper():
        raise InputError(
            f"{code!r} is not an ISO 3166 country code of two or three capital letters"
            f"{_country_hint(code)}"
        )
    country = Country(entry.alpha_3, entry.alpha_2, getattr(entry, "common_name", entry.name))
    country.currency_on(CURRENCY_LIST_DATE)  # Antarctica has no currency, and no bank either
    return country


def _country_hint(code: str) -> str:
    """A hint for a country given by name or in lower case, else the most similar code."""
    try:
        return f"; did you mean {pycountry.countries.lookup(code).alpha_3}?"
    except LookupError:
        return did_you_mean(code, [entry.alpha_3 for entry in pycountry.countries])
