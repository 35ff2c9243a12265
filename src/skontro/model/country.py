"""Countries by ISO 3166 and the national currency of each."""

import datetime
from functools import cache
from typing import Final

import attrs
import pycountry
from babel.numbers import get_territory_currencies

from skontro.model.currency import Currency, find_currency
from skontro.model.errors import InputError

#: Historical series (trade, annual rates) are restated in today's currencies, so a country's
#: currency is looked up at one fixed date and never at the clock's.
CURRENCY_LIST_DATE: Final = datetime.date(2026, 1, 1)


@attrs.frozen(order=True)
class Country:
    """A country by ISO 3166-1.

    Attributes:
        alpha3: three letters, as trade statistics use them.
        alpha2: two letters, as BICs use them.
        name: the short English name.
        currency: its national currency; several countries may share one.
    """

    alpha3: str
    alpha2: str = attrs.field(order=False)
    name: str = attrs.field(order=False)
    currency: Currency = attrs.field(order=False)


@cache
def find_country(code: str) -> Country:
    """The country with this ISO 3166 code of two or three letters.

    Raises:
        InputError: no such country, or no national currency is on record for it.
    """
    countries = pycountry.countries
    entry = countries.get(alpha_2=code) if len(code) == 2 else countries.get(alpha_3=code)
    if entry is None or not code.isupper():
        raise InputError(
            f"{code!r} is not an ISO 3166 country code of two or three capital letters"
        )
    currencies = get_territory_currencies(entry.alpha_2, start_date=CURRENCY_LIST_DATE)
    if not currencies:
        raise InputError(f"no national currency is on record for {entry.name} ({code})")
    name = getattr(entry, "common_name", entry.name)
    return Country(entry.alpha_3, entry.alpha_2, name, find_currency(currencies[0]))
