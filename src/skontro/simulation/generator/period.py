"""One or more business days of payments, generated from real trade."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skontro.files.period import Scenario
from skontro.files.tables import PAYMENTS, TIMESTAMP
from skontro.model import InputError, PaymentClass, RateTable, find_currency
from skontro.simulation.generator.amounts import (
    Bucket,
    count_payments,
    fill_buckets,
    split_buckets,
)
from skontro.simulation.generator.arrivals import (
    NO_TIME,
    draw_arrivals,
    draw_classes,
    draw_days,
    draw_times,
)
from skontro.simulation.generator.banks import Banks, create_banks, draw_pairs, open_accounts
from skontro.simulation.generator.corridors import Trade, find_trade
from skontro.simulation.generator.draws import draw_references
from skontro.simulation.generator.invoicing import Block, InvoicingShares, corridor_shares
from skontro.simulation.generator.provenance import describe
from skontro.simulation.generator.rates import find_rates
from skontro.simulation.generator.settings import GeneratorSettings
from skontro.simulation.generator.sources import LognormalFit, find_fit

#: Called with the name of a step, the number of steps done, and of all steps.
Progress = Callable[[str, int, int], None]

_STEPS = ("trade and rates", "amounts", "banks", "times", "accounts", "done")


def generate(settings: GeneratorSettings, progress: Progress | None = None) -> Scenario:
    """Payments of a period whose totals per corridor and currency equal real trade.

    Per corridor and currency the amounts add up to the corridor's value in the period times the
    share of the currency at the rate, rounded half to even to one minor unit; only how the total
    falls into payments, banks and times is drawn. Equal settings give equal bytes.

    Args:
        settings: all that decides the result.
        progress: called at each step.

    Raises:
        InputError: a setting is unusable, or data is missing for a country, currency or date.
    """
    report = _reporter(progress)
    report(0)
    fit = find_fit(settings.fit)
    trade = find_trade(settings)
    invoicing = _find_invoicing(trade, settings)
    shares = [
        corridor_shares(block, corridor.exporter, corridor.importer, settings.first_date)
        for block, corridor in zip(invoicing, trade.corridors, strict=True)
    ]
    _refuse_not_current(shares, settings)
    rates = _find_rates(shares, fit, settings)
    buckets = fill_buckets(trade.corridors, shares, rates)
    report(1)
    counts = count_payments(buckets, _number(settings, trade, fit, rates, len(buckets)))
    amounts = split_buckets(buckets, counts, fit, settings.seed)
    report(2)
    banks = create_banks(trade, settings)
    per_corridor = np.bincount([bucket.corridor for bucket in buckets], counts).astype(np.int64)
    pairs = draw_pairs(banks, trade.corridors, per_corridor, settings.seed)
    report(3)
    payments = _table(banks, pairs, _codes(buckets, counts), amounts, settings)
    report(4)
    directory = open_accounts(banks, payments, settings)
    report(5)
    return Scenario(
        name=f"{trade.title}, {_span(settings)}",
        business_days=settings.days(),
        time_zone=settings.time_zone,
        directory=directory,
        payments=payments,
        rates=rates,
        provenance=describe(
            settings=settings,
            trade=trade,
            invoicing=invoicing,
            fit=fit,
            rates=rates,
            number=len(amounts),
        ),
    )


def _reporter(progress: Progress | None) -> Callable[[int], None]:
    def report(done: int) -> None:
        if progress is not None:
            progress(_STEPS[done], done, len(_STEPS) - 1)

    return report


def _find_invoicing(trade: Trade, settings: GeneratorSettings) -> tuple[Block, ...]:
    shares = InvoicingShares(settings.shares_file)
    return tuple(
        shares.find(corridor.exporter, corridor.importer, settings.first_date)
        for corridor in trade.corridors
    )


def _refuse_not_current(shares: list[dict[str, Fraction]], settings: GeneratorSettings) -> None:
    days = settings.days()
    for code in sorted({code for corridor in shares for code in corridor}):
        try:
            find_currency(code).refuse_unless_current(days[0].date, days[-1].date)
        except InputError as error:
            raise InputError(f"invoicing shares, first_date and business_days: {error}") from None


def _find_rates(
    shares: list[dict[str, Fraction]], fit: LognormalFit, settings: GeneratorSettings
) -> RateTable:
    codes = {code for corridor in shares for code in corridor}
    if settings.payments_per_day is None:
        codes.add(fit.currency)
    return find_rates(map(find_currency, sorted(codes)), settings.first_date)


def _number(
    settings: GeneratorSettings, trade: Trade, fit: LognormalFit, rates: RateTable, least: int
) -> int:
    if settings.payments_per_day is not None:
        return settings.payments_per_day * settings.business_days
    units = {rate.currency.code: Fraction(rate.units) for rate in rates.rates}
    value = sum(corridor.value for corridor in trade.corridors) * units.get(fit.currency, 1)
    return max(least, round(value / Fraction(fit.mean)))


def _codes(buckets: tuple[Bucket, ...], counts: NDArray[np.int64]) -> pl.Series:
    codes = pl.Series("currency", [bucket.currency.code for bucket in buckets])
    return codes.gather(np.repeat(np.arange(len(buckets)), counts))


def _table(
    banks: Banks,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    currency: pl.Series,
    amounts: NDArray[np.int64],
    settings: GeneratorSettings,
) -> pl.DataFrame:
    number = len(amounts)
    days = settings.days()
    day_of = draw_days(number, len(days), settings.seed)
    submitted = draw_arrivals(day_of, days, settings.seed)
    closes = np.array([day.closes_at for day in days], dtype=np.int64)[day_of]
    earliest, latest = draw_times(submitted, closes, settings)
    bics = pl.Series([bank.bic for bank in banks.participants])
    names = pl.Series([member.name.lower() for member in PaymentClass])
    table = pl.DataFrame(
        {
            "uetr": draw_references(number, settings.seed),
            "payer": bics.gather(pairs[0]),
            "payee": bics.gather(pairs[1]),
            "currency": currency,
            "amount_minor": amounts,
            "payment_class": names.gather(draw_classes(number, settings)),
            "submitted_at": _timestamps(submitted),
            "earliest_at": _timestamps(earliest),
            "latest_at": _timestamps(latest),
            "instructed_currency": pl.repeat(None, number, dtype=pl.String, eager=True),
            "instructed_amount_minor": pl.repeat(None, number, dtype=pl.Int64, eager=True),
            "counterleg": pl.repeat(None, number, dtype=pl.String, eager=True),
        },
        schema=PAYMENTS,
    )
    return table.sort("submitted_at", maintain_order=True)


def _timestamps(timestamps: NDArray[np.int64]) -> pl.Series:
    plain = pl.Series(timestamps)
    return plain.set(plain == NO_TIME, None).cast(TIMESTAMP)


def _span(settings: GeneratorSettings) -> str:
    days = settings.days()
    first, last = days[0].date, days[-1].date
    return f"{first}" if first == last else f"{first} to {last}"
