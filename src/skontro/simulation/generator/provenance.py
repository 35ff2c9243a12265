"""Provenance of a generated scenario, in plain lines stored with it."""

from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

import skontro
from skontro.model import RateTable
from skontro.simulation.generator.corridors import Trade
from skontro.simulation.generator.invoicing import Block
from skontro.simulation.generator.settings import CreditCurrencies, GeneratorSettings
from skontro.simulation.generator.sources import LognormalFit, trade_years
from skontro.simulation.generator.whole_trade import FILE as WHOLE_TRADE
from skontro.simulation.generator.whole_trade import SOURCE

_CREDIT: Final = {
    CreditCurrencies.HOME: "what the bank's country issues",
    CreditCurrencies.PAID: "every currency that the bank pays in (symmetric cover)",
}


def describe(
    *,
    settings: GeneratorSettings,
    trade: Trade,
    invoicing: tuple[Block, ...],
    fit: LognormalFit,
    rates: RateTable,
    number: int,
) -> dict[str, str]:
    """Sources, settings and assumptions: key to one line of text.

    Args:
        settings: as given.
        trade: the corridors.
        invoicing: for each corridor, the block of invoicing shares that was used.
        fit: shape of the payments' values.
        rates: used for the amounts.
        number: number of payments in the period.
    """
    return {
        "generator": f"Skontro {skontro.__version__}, seed {settings.seed}; not real payments",
        "participants": "generated banks with test BICs; none is a real institution",
        "trade": _describe_trade(trade.year),
        "period value": f"{settings.business_days} average weekday(s) of {trade.year}",
        "countries": ", ".join(country.alpha3 for country in trade.countries),
        "exchange rates": _describe_rates(rates),
        "invoicing currencies": _describe_invoicing(settings, invoicing),
        "payment values": _describe_values(settings, trade, fit, number),
        "liquidity": (
            f"assumption: opening balances {settings.liquidity_share} and credit lines in "
            f"{_CREDIT[settings.credit_currencies]} {settings.credit_share} of what is due to be "
            "paid in a day"
        ),
        "urgency": (
            f"assumption: {settings.urgent_share} urgent, {settings.high_share} high, "
            f"{settings.timed_share} with an earliest or latest time"
        ),
        "banks": "assumption: Zipf weights, core of the square root of the number per country",
        "arrivals": "assumption: a morning and a higher late-afternoon peak",
    }


def _describe_trade(year: int) -> str:
    if year in trade_years():
        return f"Source: IMF DOTS, goods trade of {year}, FOB; corridor totals are exact"
    return (
        f"Source: statistical offices of both sides, goods trade of {year}, mean of exports and "
        "of imports / 1.06; corridor totals are exact"
    )


def _describe_rates(rates: RateTable) -> str:
    sources = Counter(f"{rate.source} (as of {rate.as_of})" for rate in rates.rates)
    return "; ".join(f"{source}: {count} currencies" for source, count in sorted(sources.items()))


def _describe_invoicing(settings: GeneratorSettings, invoicing: tuple[Block, ...]) -> str:
    status = Counter(" + ".join(sorted(block.status)) for block in invoicing)
    used = ", ".join(f"{count} corridors: {name}" for name, count in sorted(status.items()))
    scopes = " | ".join(sorted({block.name for block in invoicing}))
    file = settings.shares_file.name if settings.shares_file else _shipped(invoicing)
    return f"{file} ({used}); from {scopes}; the file names the source of every row"


def _shipped(invoicing: tuple[Block, ...]) -> str:
    whole = f" and {WHOLE_TRADE}" if any(SOURCE in block.source for block in invoicing) else ""
    return f"invoicing_shares.csv{whole} as shipped"


def _describe_values(
    settings: GeneratorSettings, trade: Trade, fit: LognormalFit, number: int
) -> str:
    with localcontext(prec=12):
        dollars = sum((corridor.value for corridor in trade.corridors), Fraction(0)) / number
        mean = Decimal(dollars.numerator) / dollars.denominator
        mu = mean.ln() - fit.sigma * fit.sigma / 2
        law = f"lognormal, sigma {fit.sigma} fitted to {fit.sample}"
        if settings.payments_per_day is None:
            return (
                f"{law}; number of payments {number} from the fit's own mean, "
                f"{fit.currency} {fit.mean:.0f}, but one at least per corridor and currency"
            )
        return (
            f"{law}; mu shifted from {fit.mu} to {mu:.3f} so that {number} payments have "
            f"the mean of USD {mean:.0f} that the trade value gives"
        )
