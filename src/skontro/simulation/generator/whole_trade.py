"""Invoicing currencies of a country's whole trade, as Boz and others published them.

Source: E. Boz, C. Casas, G. Georgiadis, G. Gopinath, H. Le Mezo, A. Mehl, T. Nguyen, Patterns of
invoicing currency in global trade: new evidence, Journal of International Economics 136, 2022; its
data set under CC BY 4.0. Shares are those of all exports, or all imports, of a country in a year.
They are used for a corridor where none of its own, of its groups or of a central bank is known.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import attrs

from skontro.simulation.generator.sources import shipped_rows

FILE: Final = "invoicing_cis_boz2022.csv"
SOURCE: Final = "Boz et al. 2022, CC BY 4.0"
_REST: Final = "published total, split assumed"


@attrs.frozen
class WholeTrade:
    """Currencies of one direction of a country's trade in a year, as parts of 1.

    Attributes:
        country: alpha-3 code.
        year: of the shares.
        flow: `export` or `import`.
        dollar, euro: parts invoiced in USD and EUR.
        home: part invoiced in the country's own currency; None where it was not published.
        rest: what is left; its currencies were not published.
    """

    country: str
    year: str
    flow: str
    dollar: Decimal
    euro: Decimal
    home: Decimal | None
    rest: Decimal


def whole_trade() -> Iterator[WholeTrade]:
    """The published shares, by country and year, exports before imports."""
    for row in shipped_rows(FILE):
        for flow in ("export", "import"):
            dollar, euro, home = (
                Decimal(row[f"{currency}{flow}"]) / 100 if row[f"{currency}{flow}"] else None
                for currency in ("usd", "eur", "home")
            )
            known = (dollar or Decimal()) + (euro or Decimal())
            yield WholeTrade(
                country=row["iso3"],
                year=row["year"],
                flow=flow,
                dollar=dollar or Decimal(),
                euro=euro or Decimal(),
                home=home,
                rest=1 - known - (home or Decimal()),
            )


def whole_trade_rows() -> Iterator[dict[str, str]]:
    """The same as rows of a file of invoicing shares.

    The rest is in neither dollars, euros nor the country's own currency. It is assumed to be in
    the partner's currency. Where the part of the own currency is not published, the rest includes
    it.
    """
    for shares in whole_trade():
        own, partner = ("exporter", "importer")[:: 1 if shares.flow == "export" else -1]
        parts = {
            "USD": (shares.dollar, "published"),
            "EUR": (shares.euro, "published"),
            own: (shares.home or Decimal(), "published"),
            partner: (shares.rest, _REST),
        }
        for currency, (share, status) in parts.items():
            if share > 0:
                yield {
                    "exporter": shares.country if shares.flow == "export" else "*",
                    "importer": "*" if shares.flow == "export" else shares.country,
                    "period": shares.year,
                    "currency": currency,
                    "share": f"{share:f}",
                    "source": SOURCE,
                    "status": status,
                }
