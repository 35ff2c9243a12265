"""Figures, times and names as a page shows them, in the reader's language."""

import datetime
import zoneinfo
from decimal import Decimal
from fractions import Fraction
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

from skontro.model import Currency, find_currency, format_amount, from_timestamp
from skontro.statistics import decimal_text

#: Locales of languages: of English that with 24 hours and the day before the month.
_LOCALES: Final = {"en": "en_GB"}
#: A missing figure.
NO_FIGURE: Final = "–"  # noqa: RUF001  the sign that statistical tables use


class Formats:
    """Formats in one language and time zone.

        shown = Formats("fr", "Asia/Almaty")
        shown.amount(123456, find_currency("KZT"))

    Args:
        language: code.
        time_zone: of the system's calendar.
    """

    def __init__(self, language: str, time_zone: str) -> None:
        self.language, self.time_zone = language, time_zone
        self._locale = Locale.parse(_LOCALES.get(language, language))
        self._zone = zoneinfo.ZoneInfo(time_zone)

    def amount(self, minor: int, currency: Currency) -> str:
        """Minor units as a decimal amount with the decimals of the currency."""
        return self._decimal(Decimal(format_amount(minor, currency)), currency.exponent)

    def amount_text(self, text: str | None, code: str) -> str:
        """An amount in the form of the API, for example ``1250.50``."""
        if text is None:
            return NO_FIGURE
        return self._decimal(Decimal(text), find_currency(code).exponent)

    def count(self, number: int) -> str:
        """A whole number."""
        return self._decimal(Decimal(number), 0)

    def percent(self, part: int, whole: int) -> str:
        """A share in percent with one decimal; a dash of nothing."""
        if not whole:
            return NO_FIGURE
        text = decimal_text(Fraction(100 * part, whole), 1)
        return f"{self._decimal(Decimal(text or '0'), 1)}\u202f%"

    def moment(self, timestamp: int) -> str:
        """Date and time of a timestamp in the system's time zone."""
        return format_datetime(self._local(timestamp), "medium", locale=self._locale)

    def moment_text(self, text: str | None) -> str:
        """Date and time in the form of the API."""
        if text is None:
            return NO_FIGURE
        local = datetime.datetime.fromisoformat(text).astimezone(self._zone)
        return format_datetime(local, "medium", locale=self._locale)

    def clock(self, timestamp: int) -> str:
        """Time of day of a timestamp in the system's time zone."""
        return format_time(self._local(timestamp), "medium", locale=self._locale)

    def clock_text(self, text: str | None) -> str:
        """Hours and minutes of a time in the form of the API."""
        if text is None:
            return NO_FIGURE
        local = datetime.datetime.fromisoformat(text).astimezone(self._zone)
        return format_time(local, "short", locale=self._locale)

    def date(self, text: str | None) -> str:
        """A date of ISO 8601 in words."""
        if not text:
            return NO_FIGURE
        return format_date(datetime.date.fromisoformat(text), "full", locale=self._locale)

    def machine_time(self, timestamp: int) -> str:
        """A timestamp as the attribute ``datetime`` of HTML has it."""
        return from_timestamp(timestamp).isoformat()

    def currency_name(self, code: str) -> str:
        """The name of a currency in the reader's language."""
        return str(self._locale.currencies.get(code, code))

    def country_name(self, alpha2: str) -> str:
        """The name of a country in the reader's language."""
        return str(self._locale.territories.get(alpha2, alpha2))

    def _local(self, timestamp: int) -> datetime.datetime:
        return from_timestamp(timestamp).astimezone(self._zone)

    def _decimal(self, value: Decimal, places: int) -> str:
        form = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(value, form, locale=self._locale)
