"""Published rates of interest by series, currency and day, from a CSV file."""

import bisect
import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import attrs

from skontro.files.dated_rows import read_dated_rows
from skontro.files.document_fields import CurrencyField, DateField, LineField, parsed_by
from skontro.files.documents import Schema
from skontro.model import Currency, InputError, parse_decimal

#: `percent` a year, as published for the date.
RATE_COLUMNS: Final = ("series", "currency", "date", "percent")


@attrs.frozen
class DailyRate:
    """One published rate, in percent a year."""

    series: str
    currency: Currency
    date: datetime.date
    percent: Decimal


class DailyRates:
    """Rates by series and currency.

    Example:
        >>> from skontro.model import find_currency
        >>> euro, friday = find_currency("EUR"), datetime.date(2025, 3, 7)
        >>> rates = DailyRates([DailyRate("overnight index", euro, friday, Decimal("2.416"))])
        >>> sunday = friday + datetime.timedelta(days=2)
        >>> rates.on("overnight index", euro, sunday, takes_preceding=True)
        Decimal('2.416')
    """

    def __init__(self, rates: Iterable[DailyRate]) -> None:
        found: dict[tuple[str, str], dict[datetime.date, Decimal]] = {}
        for one in rates:
            by_date = found.setdefault((one.series, one.currency.code), {})
            if one.date in by_date:
                raise InputError(
                    f"rate {one.series} in {one.currency.code} is given twice for {one.date}"
                )
            by_date[one.date] = one.percent
        self._rates: Mapping[tuple[str, str], dict[datetime.date, Decimal]] = found
        self._dates = {key: sorted(by_date) for key, by_date in found.items()}

    def on(
        self, series: str, currency: Currency, date: datetime.date, *, takes_preceding: bool
    ) -> Decimal:
        """The rate of a day, in percent a year.

        Args:
            series: name of the published rate.
            currency: of the payment.
            date: the day.
            takes_preceding: without a rate for the day, that of the last day before it counts.

        Raises:
            InputError: there is none.
        """
        key = (series, currency.code)
        dates = self._dates.get(key, [])
        place = bisect.bisect_right(dates, date) - 1
        if place < 0 or (dates[place] != date and not takes_preceding):
            why = "or before" if takes_preceding else "and the scheme takes no earlier one"
            raise InputError(f"there is no rate {series} in {currency.code} on {date}, {why}")
        return self._rates[key][dates[place]]


def _percent(text: str) -> Decimal:
    return parse_decimal(text, "an annual rate in percent, like 2.25", lambda _: True)


#: An annual rate of interest; it may be negative.
PercentField = Annotated[Decimal, parsed_by(_percent)]


class _Row(Schema):
    series: LineField
    currency: CurrencyField
    date: DateField
    percent: PercentField


def read_daily_rates(path: Path) -> DailyRates:
    """Rates from a CSV file with the columns `RATE_COLUMNS`.

    Raises:
        InputError: the file cannot be used; names every problem with its row and field.
    """
    rows = read_dated_rows(
        path,
        RATE_COLUMNS,
        (),
        "UTC",
        _Row,
        lambda row: DailyRate(row.series, row.currency, row.date, row.percent),
    )
    try:
        return DailyRates(rows)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
