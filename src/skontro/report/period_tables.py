"""The tables of shares, corridors, currencies and rates of a report."""

from typing import Final

from skontro.report.formatting import (
    LAYER_WORDS,
    NO_FIGURE,
    OF_GROSS_TRADE,
    SHARE_OF,
    Scale,
    count,
    percent,
    plain_ratio,
)
from skontro.report.table import Table
from skontro.statistics import CorridorShare, CurrencyShares, Definition, Layer, Summary

_MAX_CORRIDORS: Final = 40


def share_table(summary: Summary) -> Table:
    """The share of every layer by both definitions, each with its denominator."""
    scale = Scale.for_table(
        max(shares.total.value for shares in summary.layers), summary.account_currency
    )
    rows = [
        (
            LAYER_WORDS[shares.layer].capitalize(),
            SHARE_OF[shares.layer],
            f"{shares.total.orders:,}",
            scale.text(shares.total.value),
            *(percent(shares.total.national(one).share) for one in Definition),
            plain_ratio(shares.total.concentration),
            *(plain_ratio(shares.total.national(one).concentration) for one in Definition),
        )
        for shares in summary.layers
    ]
    residual = summary.residual
    if residual is not None:
        rows.append(
            (
                LAYER_WORDS[Layer.RESIDUAL].capitalize(),
                OF_GROSS_TRADE,
                NO_FIGURE,
                scale.text(residual.gross_trade),
                *(percent(residual.share_of_gross_trade(one)) for one in Definition),
                *(NO_FIGURE for _ in range(3)),
            )
        )
    return Table(
        caption=f"National-currency share by layer, {scale.label}",
        head=(
            "Layer", "Share", "Payments", "Value", "National by corridor", "National by member",
            "Concentration, all currencies", "Concentration, national by corridor",
            "Concentration, national by member",
        ),
        words=2,
        rows=tuple(rows),
        unit=scale.label,
        amounts=("Value",),
    )  # fmt: skip


def corridor_table(summary: Summary) -> Table:
    """Corridors by value instructed, the smallest ones as one row."""
    settled = {_pair(corridor): corridor.share for corridor in summary.interbank.corridors}
    ranked = sorted(
        summary.instruction.corridors, key=lambda part: (-part.share.value, _pair(part))
    )
    scale = Scale.for_table(summary.instruction.total.value, summary.account_currency)
    rows = [
        (
            part.payer_country.name,
            part.payee_country.name,
            *_corridor_figures(part.share, settled.get(_pair(part), CurrencyShares(())), scale),
        )
        for part in ranked[:_MAX_CORRIDORS]
    ]
    rest = ranked[_MAX_CORRIDORS:]
    if rest:
        rows.append(_remaining(rest, settled, scale))
    return Table(
        caption=f"Corridors by value instructed, {scale.label}",
        head=(
            "Payer country", "Payee country", "Currencies as settled",
            "Orders instructed", "Value instructed", "National by corridor, instruction",
            "By member, instruction", "Orders settled", "Value settled",
            "National by corridor, interbank", "By member, interbank",
        ),
        words=3,
        rows=tuple(rows),
        unit=scale.label,
        amounts=("Value instructed", "Value settled"),
        totals=1 if rest else 0,
        empty="No order was accepted, so no corridor has figures.",
    )  # fmt: skip


def _pair(corridor: CorridorShare) -> tuple[str, str]:
    return corridor.payer_country.alpha3, corridor.payee_country.alpha3


def _corridor_figures(
    instructed: CurrencyShares, settled: CurrencyShares, scale: Scale
) -> tuple[str, ...]:
    uses = sorted(settled.uses, key=lambda use: (-use.value, use.currency.code))[:3]
    return (
        # A space that does not break keeps a currency and its share together.
        ", ".join(f"{use.currency}\u00a0{percent(settled.share_of(use))}" for use in uses),
        f"{instructed.orders:,}",
        scale.text(instructed.value),
        percent(instructed.by_corridor.share),
        percent(instructed.by_member.share),
        f"{settled.orders:,}",
        scale.text(settled.value),
        percent(settled.by_corridor.share),
        percent(settled.by_member.share),
    )


def _remaining(
    rest: list[CorridorShare], settled: dict[tuple[str, str], CurrencyShares], scale: Scale
) -> tuple[str, ...]:
    none = CurrencyShares(())
    instructed = CurrencyShares(tuple(use for part in rest for use in part.share.uses))
    interbank = CurrencyShares(
        tuple(use for part in rest for use in settled.get(_pair(part), none).uses)
    )
    figures = _corridor_figures(instructed, interbank, scale)
    return (count(len(rest), "smaller corridor"), "", "", *figures[1:])


def currency_table(summary: Summary) -> Table:
    """Every currency: turnover and its share at both layers."""
    scale = Scale.for_table(summary.turnover.total.submitted.total, summary.account_currency)
    layers = [
        (shares.total, {use.currency: use for use in shares.total.uses})
        for shares in (summary.instruction, summary.interbank)
    ]
    ranked = sorted(
        summary.turnover.currencies, key=lambda c: (-c.valued.submitted.total, c.currency.code)
    )
    rows = []
    for part in ranked:
        shares = [
            percent(total.share_of(uses[part.currency])) if part.currency in uses else percent(None)
            for total, uses in layers
        ]
        ends = (part.valued.settled, part.valued.returned, part.valued.cancelled)
        rows.append(
            (
                part.currency.code,
                part.currency.name,
                f"{part.turnover.submitted.orders:,}",
                *(scale.text(tally.total) for tally in (part.valued.submitted, *ends)),
                scale.text(part.valued.rejected.total),
                percent(part.turnover.settlement_ratio),
                *shares,
            )
        )
    return Table(
        caption=f"Currencies by value submitted, {scale.label}",
        head=(
            "Code", "Currency", "Orders", "Submitted", "Settled", "Returned", "Cancelled",
            "Rejected", "Settlement ratio", "Share, instruction", "Share, interbank",
        ),
        words=2,
        rows=tuple(rows),
        unit=scale.label,
        amounts=("Submitted", "Settled", "Returned", "Cancelled", "Rejected"),
        empty="No order was submitted.",
    )  # fmt: skip


def rate_table(summary: Summary) -> Table:
    """The rates at which the report values amounts."""
    return Table(
        caption=f"Rates: units for one {summary.account_currency}",
        head=("Currency", "Name", "Source", "Date", "Units"),
        words=3,
        rows=tuple(
            (
                rate.currency.code,
                rate.currency.name,
                rate.source,
                rate.as_of.isoformat(),
                f"{rate.units:f}",
            )
            for rate in summary.rates
        ),
        empty=f"All amounts are in {summary.account_currency}; no rate was needed.",
    )
