"""Payment currencies of a corridor's trade: published shares and marked assumptions."""

import csv
import datetime
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import attrs

from skontro.files.refusals import FIRST_ROW
from skontro.model import Country, InputError, find_country, find_currency
from skontro.simulation.generator.settings import to_share
from skontro.simulation.generator.sources import DATA, country_groups
from skontro.simulation.generator.whole_trade import whole_trade_rows

#: Columns of a file of invoicing shares.
COLUMNS: Final = ("exporter", "importer", "period", "currency", "share", "source", "status")

#: Currency of a row that follows the corridor instead of naming a code.
ROLES: Final = ("exporter", "importer")

_ANY: Final = "*"
_PERIOD: Final = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")


@attrs.define
class Block:
    """The shares of one scope in one period, read from the rows that name both.

    Attributes:
        exporter, importer: an alpha-3 code, the name of a group, or ``*`` for any country.
        period: a year or a month, as in the file.
        month: the period as months since year 0; a year counts at its middle.
        shares: currency code or role to exact share; they add up to 1.
        source, status: of the block's rows, without repeats, in the file's order.
    """

    exporter: str
    importer: str
    period: str
    month: int
    shares: dict[str, Decimal] = attrs.field(factory=dict)
    source: list[str] = attrs.field(factory=list)
    status: list[str] = attrs.field(factory=list)

    @property
    def name(self) -> str:
        """For messages and provenance."""
        return f"{self.exporter} to {self.importer}, {self.period}"

    def covers(self, exporter: Country, importer: Country) -> bool:
        """Whether the corridor is in the scope."""
        return _lies_in(exporter.alpha3, self.exporter) and _lies_in(importer.alpha3, self.importer)

    def distance(self, date: datetime.date) -> tuple[int, int, int, int, str]:
        """How far the block is from a corridor it covers on a date; the smallest is used.

        Scopes that name both ends come before those that name one, those before ``* *``; then
        the nearest year; then the narrower scope; then the nearest month.
        """
        ends = (self.exporter, self.importer)
        return (
            ends.count(_ANY),
            abs(self.month // 12 - date.year),
            sum(_breadth(end) for end in ends),
            abs(self.month - (date.year * 12 + date.month - 1)),
            self.name,
        )


class InvoicingShares:
    """Shares of currencies in the value of trade, by corridor and period.

    Args:
        file: CSV with the columns `COLUMNS`; None for the files that ship: this one, and the
            shares of whole countries in `whole_trade`.

    Raises:
        InputError: a row cannot be used, or the shares of a scope and period do not add up to 1;
            the message names file, row and field.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file: Path | Traversable = file or DATA / "invoicing_shares.csv"
        self.blocks: dict[tuple[str, str, str], Block] = {}
        for place, row in self._rows():
            self._add(place, row)
        if file is None:
            for number, row in enumerate(whole_trade_rows(), start=1):
                self._add(f"shares of whole trade, {number}", row)
        for block in self.blocks.values():
            total = sum(block.shares.values())
            if total != 1:
                raise InputError(f"{self._file.name}: {block.name}: shares add up to {total}")

    def find(self, exporter: Country, importer: Country, date: datetime.date) -> Block:
        """The block that says how the exporter's sales to the importer are paid on the date.

        Raises:
            InputError: no scope of the file covers the corridor.
        """
        covering = [b for b in self.blocks.values() if b.covers(exporter, importer)]
        if not covering:
            raise InputError(
                f"{self._file.name}: no row covers exports of {exporter.alpha3} to "
                f"{importer.alpha3}; add one, or a default with * as exporter and importer"
            )
        return min(covering, key=lambda block: block.distance(date))

    def _rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        try:
            reader = csv.DictReader(io.StringIO(self._file.read_text("utf-8-sig")), strict=True)
            rows = list(reader)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{self._file.name}: cannot be read: {error}") from error
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(f"{self._file.name}: the columns must be {', '.join(COLUMNS)}")
        for number, row in enumerate(rows, start=FIRST_ROW):
            place = f"{self._file.name}, row {number}"
            if None in row or None in row.values():
                raise InputError(f"{place}: it has not {len(COLUMNS)} fields")
            yield place, row

    def _add(self, place: str, row: dict[str, str]) -> None:
        exporter = _read_end(place, "exporter", row["exporter"])
        importer = _read_end(place, "importer", row["importer"])
        currency = _read_currency(place, row["currency"])
        key = (exporter, importer, row["period"])
        block = self.blocks.setdefault(key, Block(*key, _read_month(place, row["period"])))
        if currency in block.shares:
            raise InputError(f"{place}, field currency: {currency} comes twice for {block.name}")
        block.shares[currency] = _read_share(place, row["share"])
        for notes, text in ((block.source, row["source"]), (block.status, row["status"])):
            if text not in notes:
                notes.append(text)


def corridor_shares(
    block: Block, exporter: Country, importer: Country, date: datetime.date
) -> dict[str, Fraction]:
    """Currency code to share, by code; roles become the countries' currencies on the date."""
    national = {
        "exporter": exporter.currency_on(date).code,
        "importer": importer.currency_on(date).code,
    }
    shares: dict[str, Fraction] = {}
    for currency, share in block.shares.items():
        code = national.get(currency, currency)
        shares[code] = shares.get(code, Fraction(0)) + Fraction(share)
    return dict(sorted(shares.items()))


def _lies_in(alpha3: str, scope: str) -> bool:
    return scope in (_ANY, alpha3) or alpha3 in country_groups().get(scope, ())


def _breadth(scope: str) -> int:
    return 0 if scope == _ANY else len(country_groups().get(scope, (scope,)))


def _read_end(place: str, field: str, text: str) -> str:
    if text == _ANY or text in country_groups():
        return text
    try:
        if len(text) == 3:
            return find_country(text).alpha3
    except InputError:
        pass
    raise InputError(
        f"{place}, field {field}: {text!r} is not an alpha-3 country code, nor a group "
        f"({', '.join(country_groups())}) and not *"
    )


def _read_currency(place: str, text: str) -> str:
    if text in ROLES:
        return text
    try:
        return find_currency(text).code
    except InputError as error:
        raise InputError(
            f"{place}, field currency: {error}; or write exporter or importer"
        ) from None


def _read_month(place: str, text: str) -> int:
    match = _PERIOD.fullmatch(text)
    if not match:
        raise InputError(f"{place}, field period: {text!r} is not a year or month like 2019-06")
    return int(match[1]) * 12 + (int(match[2]) - 1 if match[2] else 6)


def _read_share(place: str, text: str) -> Decimal:
    try:
        share = to_share(text)
    except InputError as error:
        raise InputError(f"{place}, field share: {error}") from None
    if not 0 < share <= 1:  # also false for NaN
        raise InputError(f"{place}, field share: {text} is not greater than 0 and at most 1")
    return share
