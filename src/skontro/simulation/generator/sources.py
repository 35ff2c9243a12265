"""Public figures in the package, read as exact decimals."""

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Sequence
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


#: CIF over FOB, as in the matrices.
_CIF: Final = Decimal("1.06")
_DOLLAR: Final = Decimal("0.000001")


@cache
def reported_trade(year: int) -> dict[tuple[str, str], Decimal]:
    """Goods trade of a year after the last matrix, in USD million by (exporter, importer).

    Only flows that both statistical offices report, those of Armenia, Kazakhstan, Kyrgyzstan and
    Uzbekistan: the mean of the exporter's FOB and the importer's CIF / 1.06, to a dollar.
    """
    rows = {
        (row["reporter"], row["partner"]): row
        for row in shipped_rows("cis_reporters_2013_2023.csv")
        if int(row["year"]) == year and year > trade_years()[-1]
    }
    found = {}
    for (exporter, importer), row in rows.items():
        sold = row["exports_usd_mn"]
        bought = rows.get((importer, exporter), {}).get("imports_usd_mn")
        if sold and bought:
            mean = (Decimal(sold) + Decimal(bought) / _CIF) / 2
            found[exporter, importer] = mean.quantize(_DOLLAR)
    return found


@cache
def reported_years() -> tuple[int, ...]:
    """Years after the last matrix with flows that both countries report, ascending."""
    years = {int(row["year"]) for row in shipped_rows("cis_reporters_2013_2023.csv")}
    return tuple(year for year in sorted(years) if reported_trade(year))


def trade_flows(year: int) -> dict[tuple[str, str], Decimal]:
    """The matrix of a year, or what both sides report of a later one."""
    return trade_matrix(year) if year in trade_years() else reported_trade(year)


def unknown_flows(codes: Sequence[str], year: int) -> tuple[tuple[str, str], ...]:
    """The flows among countries that are not known for a year after the last matrix."""
    known = reported_trade(year)
    return tuple(
        (one, other)
        for one in codes
        for other in codes
        if one != other and (one, other) not in known
    )


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


def find_trade_year(wanted: int | None, date: datetime.date, codes: Sequence[str]) -> int:
    """The year of the trade to use: as wanted, else the latest not after the date's year.

    Args:
        wanted: a year with a matrix, or one in which all flows among the countries are known.
        date: the first business day.
        codes: alpha-3 codes of the countries.

    Raises:
        InputError: there is no trade of the wanted year, or not of all countries.
    """
    years = (*trade_years(), *reported_years())
    if wanted is None:
        complete = [
            year for year in years if year in trade_years() or not unknown_flows(codes, year)
        ]
        return max((year for year in complete if year <= date.year), default=years[0])
    if wanted not in years:
        raise InputError(f"trade_year: {wanted} is not one of {', '.join(map(str, years))}")
    if wanted not in trade_years() and (unknown := unknown_flows(codes, wanted)):
        known = sorted({code for pair in reported_trade(wanted) for code in pair})
        raise InputError(
            f"trade_year: for {wanted} both sides report only trade among {', '.join(known)}; "
            f"not known is {unknown[0][0]} to {unknown[0][1]}: leave out countries, or take one "
            f"of {', '.join(map(str, trade_years()))}"
        )
    return wanted


def _currency_named_last(sample: str) -> str:
    try:
        return find_currency(sample.rsplit(" ", 1)[-1]).code
    except InputError:
        return "USD"
