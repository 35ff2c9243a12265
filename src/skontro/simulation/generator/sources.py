"""Public figures in the package, read as exact decimals."""

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from functools import cache
from importlib.resources import files
from typing import Final

import attrs

from skontro.model import InputError, find_country, find_currency
from skontro.model.text import did_you_mean

#: Folder of the shipped files.
DATA: Final = files("skontro.simulation") / "data"
_MATRIX_NAME: Final = re.compile(r"bilateral_flows_(\d{4})\.csv")


def shipped_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a shipped CSV file, column name to text."""
    yield from csv.DictReader(io.StringIO((DATA / name).read_text(encoding="utf-8")))


#: Names that are not all capitals, by how the file has them.
_WRITTEN: Final = {"AFCFTA": "AfCFTA"}


@cache
def country_groups() -> dict[str, tuple[str, ...]]:
    """Members of each group by alpha-3 code, sorted."""
    groups: dict[str, list[str]] = {}
    for row in shipped_rows("country_groups.csv"):
        groups.setdefault(row["group"], []).append(row["iso3"])
    return {name: tuple(sorted(members)) for name, members in groups.items()}


def group_names() -> tuple[str, ...]:
    """The groups as they write themselves."""
    return tuple(_WRITTEN.get(name, name) for name in country_groups())


def group_name(text: str) -> str:
    """The name of the group as it writes itself, given in capital or small letters.

    Raises:
        InputError: there is no such group.
    """
    for name in group_names():
        if name.casefold() == text.strip().casefold():
            return name
    known = group_names()
    raise InputError(
        f"{text!r} is not a group of countries; known are {', '.join(known)}"
        f"{did_you_mean(text, known)}"
    )


def named_countries(codes: Iterable[str]) -> tuple[str, ...]:
    """The countries with these ISO 3166 codes, by alpha-3 code.

    Raises:
        InputError: a code is unknown, or a country is named twice.
    """
    members = tuple(sorted(find_country(code).alpha3 for code in codes))
    if len({*members}) < len(members):
        raise InputError("countries: a country is named twice")
    return members


def find_group(name: str) -> tuple[str, ...]:
    """Members of the group with this name, in capital or small letters.

    Raises:
        InputError: no group has this name.
    """
    return country_groups()[group_name(name).upper()]


@cache
def trade_years() -> tuple[int, ...]:
    """Years for which a trade matrix ships, ascending."""
    names = (_MATRIX_NAME.fullmatch(entry.name) for entry in DATA.iterdir())
    return tuple(sorted(int(match[1]) for match in names if match))


@cache
def trade_matrix(year: int) -> dict[tuple[str, str], Decimal]:
    """Goods trade of a year, FOB, in USD million by (exporter, importer).

    Source: IMF DOTS; the mean of the exporter's FOB and the importer's CIF / 1.06 where both
    reported.
    """
    return {
        (row["exporter"], row["importer"]): Decimal(row["flow_fob_usd_mn"])
        for row in shipped_rows(f"bilateral_flows_{year}.csv")
    }


@attrs.frozen
class LognormalFit:
    """Values of single payments as a lognormal law fitted to published figures.

    Attributes:
        sample: the fitted sample.
        mu, sigma: mean and standard deviation of the natural logarithm of the value.
        currency: currency of the values; USD if the sample does not name it.
    """

    sample: str
    mu: Decimal
    sigma: Decimal
    currency: str

    @property
    def mean(self) -> Decimal:
        """Mean value in units of the currency."""
        with localcontext(prec=28):
            return (self.mu + self.sigma * self.sigma / 2).exp()


@cache
def lognormal_fits() -> dict[str, LognormalFit]:
    """The fits by name of the sample."""
    return {
        row["sample"]: LognormalFit(
            row["sample"],
            Decimal(row["mu_ln"]),
            Decimal(row["sigma_ln"]),
            _currency_named_last(row["sample"]),
        )
        for row in shipped_rows("lognormal_fits.csv")
    }


def find_fit(sample: str) -> LognormalFit:
    """The fit with this name; `InputError` lists the names there are."""
    fits = lognormal_fits()
    if sample not in fits:
        raise InputError(
            f"fit: {sample!r} is not one of: {'; '.join(fits)}{did_you_mean(sample, fits)}"
        )
    return fits[sample]


def find_trade_year(wanted: int | None, date: datetime.date) -> int:
    """The year of the matrix to use: as wanted, else the latest not after the date's year."""
    years = trade_years()
    if wanted is None:
        return max((year for year in years if year <= date.year), default=years[0])
    if wanted not in years:
        raise InputError(f"trade_year: {wanted} is not one of {', '.join(map(str, years))}")
    return wanted


def _currency_named_last(sample: str) -> str:
    try:
        return find_currency(sample.rsplit(" ", 1)[-1]).code
    except InputError:
        return "USD"
