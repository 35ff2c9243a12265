"""Captions of plots: one sentence with the main figures of each."""

from typing import Any, Final

import polars as pl

from skontro.files.period import Results
from skontro.model import Currency, find_time_zone
from skontro.report.formatting import (
    both_shares,
    count,
    duration,
    listed,
    long_date,
    percent,
    plain_ratio,
    short_amount,
    times,
)
from skontro.statistics import CurrencyShares, Definition, Layer, LayerShares, Summary

_NOTHING: Final = {
    Layer.INSTRUCTION: "No order was accepted.",
    Layer.INTERBANK: "No order was settled.",
    Layer.RESIDUAL: "Nothing was left to pay.",
}
_VERBS: Final = {
    Layer.INSTRUCTION: "instructed",
    Layer.INTERBANK: "settled",
    Layer.RESIDUAL: "left by netting",
}


def corridors(shares: LayerShares, account: Currency) -> str:
    """Caption of the heat map of one layer."""
    if not shares.corridors:
        return _NOTHING[shares.layer]
    verb = _VERBS[shares.layer]
    largest = max(shares.corridors, key=lambda corridor: corridor.share.value)
    total = shares.total
    return (
        f"{both_shares(total.by_corridor.share, total.by_member.share)} of "
        f"{short_amount(total.value, account)} {verb} was in national currencies; in the largest "
        f"of {count(len(shares.corridors), 'corridor')}, {largest.payer_country.name} to "
        f"{largest.payee_country.name}, "
        f"{both_shares(largest.share.by_corridor.share, largest.share.by_member.share)} of "
        f"{short_amount(largest.share.value, account)}."
    )


def currencies(summary: Summary) -> str:
    """Caption of the bars of the currencies."""
    instructed, settled = summary.instruction.total, summary.interbank.total
    if not instructed.uses:
        return "No order was accepted, so no currency was used."
    text = f"As instructed, {_leader(instructed)}"
    if settled.uses:
        text += f"; as settled, {_leader(settled)}"
    return text + ", where 1 is a single currency."


def _leader(share: CurrencyShares) -> str:
    leader = max(share.uses, key=lambda use: use.value)
    text = (
        f"{leader.currency} leads with {percent(share.share_of(leader))} and the concentration "
        f"index is {plain_ratio(share.concentration)} over all currencies"
    )
    national = [share.by_corridor.concentration, share.by_member.concentration]
    if national[0] is None:
        return text
    by_corridor, by_member = map(plain_ratio, national)
    return f"{text}, {by_corridor} over those national by corridor, {by_member} by member"


def days(summary: Summary) -> str:
    """Caption of the share by business day."""
    ranges = []
    for definition in Definition:
        shares = [
            (share, day.date)
            for day in summary.interbank.days
            if (share := day.share.national(definition).share) is not None
        ]
        if not shares:
            return "Nothing was settled on any business day."
        (low, first), (high, other) = min(shares), max(shares)
        ranges.append(
            f"{definition.words} between {percent(low)} on {long_date(first)} and "
            f"{percent(high)} on {long_date(other)}"
        )
    return f"At the interbank layer the share lay {ranges[0]}, and {ranges[1]}."


def settlement(results: Results, total: pl.DataFrame) -> str:
    """Caption of the lines of submitted and settled value."""
    if total.is_empty():
        return "No order was accepted."
    account = results.rates.account_currency
    ends = total.group_by("business_date", maintain_order=True).last()
    submitted, settled = (int(ends[f"{what}_value"].sum()) for what in ("submitted", "settled"))
    gap = total.row((total["submitted_value"] - total["settled_value"]).arg_max() or 0, named=True)
    when = "By the end of the day" if len(results.business_days) == 1 else "Over the period"
    text = (
        f"{when} {short_amount(settled, account)} of the "
        f"{short_amount(submitted, account)} accepted had settled"
    )
    widest = int(gap["submitted_value"] - gap["settled_value"])
    if not widest:
        return text + ", all of it as it came in."
    return text + (
        f"; settlement lagged furthest behind, by {short_amount(widest, account)}, at "
        f"{_local(results, gap)}."
    )


def queue_value(results: Results, total: pl.DataFrame) -> str:
    """Caption of the areas of the queue."""
    if total.is_empty() or not total["queued_orders"].sum():
        return "No order was in the queue at any of the times observed."
    value = total.row(total["queued_value"].cast(pl.Int128).arg_max() or 0, named=True)
    amount = short_amount(int(value["queued_value"]), results.rates.account_currency)
    return (
        f"The queue was worth most, {amount}, at {_local(results, value)}; what remains at the end "
        "of the day is returned."
    )


def queue_length(results: Results, total: pl.DataFrame) -> str:
    """Caption of the line of the number of queued orders."""
    number = total.row(total["queued_orders"].arg_max() or 0, named=True)
    return (
        f"The queue was longest, {count(number['queued_orders'], 'order')}, at "
        f"{_local(results, number)}."
    )


def _local(results: Results, row: dict[str, Any]) -> str:
    timestamp = row["observed_at"].astimezone(find_time_zone(results.time_zone))
    clock: str = timestamp.strftime("%H:%M")
    return clock if len(results.business_days) == 1 else f"{clock} on {long_date(timestamp.date())}"


def liquidity(summary: Summary) -> str:
    """Caption of the bars of the participants."""
    total, account = summary.liquidity.total, summary.account_currency
    if not summary.liquidity.accounts:
        return "There is no settlement account."
    text = (
        f"Participants used {short_amount(total.used, account)} of the "
        f"{short_amount(total.available, account)} available, "
        f"{short_amount(total.credit_used, account)} of it intraday credit"
    )
    if total.turnover_ratio is not None:
        text += f", and turned it over {times(total.turnover_ratio)}"
    return (
        f"{text}; settling everything at once takes {short_amount(total.upper_bound, account)} "
        f"(upper bound), and the net debit left at the end of the day is "
        f"{short_amount(total.lower_bound, account)}, which no queue can save (lower bound)."
    )


def delay(summary: Summary) -> str:
    """Caption of the lines of the payment classes."""
    total = summary.delay.total
    settled = total.at_once + total.after_queuing
    if not settled.orders:
        return "No order was settled, so there is no delay to measure."
    parts = [f"{count(total.at_once.orders, 'order')} settled at once"]
    if total.after_queuing.orders:
        parts.append(
            f"{total.after_queuing.orders:,} from the queue after a median of "
            f"{duration(total.of_queued.median)}"
        )
    mean, indicator = duration(total.weighted_mean), percent(total.indicator)
    return (
        f"{listed(parts)}; weighted by value the mean delay was {mean} and the delay indicator "
        f"{indicator}, where 0% is no delay and 100% everything waiting to the end of the day."
    )
