"""The summary as JSON: same figures, same bytes, no number left to round.

Layout and meaning: docs/reference/statistics.md. Totals are text, whole minor units of the currency
given next to them. Shares and ratios are decimal text with six places; delays are whole
microseconds.
"""

import json
from fractions import Fraction
from typing import Any, Final

from skontro.statistics.delay import Delay, Quantiles
from skontro.statistics.exact import decimal_text
from skontro.statistics.funding import ResidualFunding
from skontro.statistics.liquidity import Liquidity, LiquidityStatistics
from skontro.statistics.nationality import Definition
from skontro.statistics.shares import CurrencyShares, CurrencyUse, LayerShares, NationalPart
from skontro.statistics.summary import Summary
from skontro.statistics.turnover import Tally, Turnover, TurnoverStatistics

#: Decimal places of shares and ratios.
PLACES: Final = 6

_Object = dict[str, Any]


def as_json(summary: Summary) -> str:
    """The summary as JSON text in a fixed layout, ending with a line feed."""
    document = {
        "name": summary.name,
        "business_dates": [date.isoformat() for date in summary.dates],
        "account_currency": summary.account_currency.code,
        "rates": [
            {
                "currency": rate.currency.code,
                "units": str(rate.units),
                "as_of": rate.as_of.isoformat(),
                "source": rate.source,
            }
            for rate in summary.rates
        ],
        "provenance": dict(sorted(summary.provenance.items())),
        "national_currency_share": _national_currency_share(summary),
        "turnover": _turnover_statistics(summary.turnover),
        "liquidity": _liquidity_statistics(summary.liquidity),
        "delay": {
            "total": _delay(summary.delay.total),
            "classes": [
                {"class": part.payment_class.name.lower(), **_delay(part.delay)}
                for part in summary.delay.classes
            ],
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _decimal(quotient: Fraction | None) -> str | None:
    return decimal_text(quotient, PLACES)


def _national_currency_share(summary: Summary) -> _Object:
    residual = summary.residual
    return {
        "definitions": {definition.value: definition.meaning for definition in Definition},
        "group": [country.alpha3 for country in summary.group],
        "credit": {
            "lines": summary.credit.credit_lines.value,
            "lifts_interbank_share": summary.credit.lifts_share,
            "share_before_returns": {
                definition.value: _decimal(summary.credit.before_returns.national(definition).share)
                for definition in Definition
            },
        },
        "instruction": _layer(summary.instruction),
        "interbank": _layer(summary.interbank),
        "residual": None if residual is None else _residual(residual),
    }


def _residual(residual: ResidualFunding) -> _Object:
    return {
        "gross_trade_value": str(residual.gross_trade),
        "share_of_net_positions": {
            definition.value: _decimal(residual.share_of_net_positions(definition))
            for definition in Definition
        },
        "share_of_gross_trade": {
            definition.value: _decimal(residual.share_of_gross_trade(definition))
            for definition in Definition
        },
        **_layer(residual.shares),
    }


def _layer(shares: LayerShares) -> _Object:
    return {
        "total": _share(shares.total),
        "cross_border": _share(shares.cross_border),
        "corridors": [
            {
                "payer_country": corridor.payer_country.alpha3,
                "payee_country": corridor.payee_country.alpha3,
                **_share(corridor.share),
            }
            for corridor in shares.corridors
        ],
        "days": [{"date": day.date.isoformat(), **_share(day.share)} for day in shares.days],
    }


def _share(share: CurrencyShares) -> _Object:
    return {
        "orders": share.orders,
        "value": str(share.value),
        "concentration": _decimal(share.concentration),
        **{definition.value: _part(share.national(definition)) for definition in Definition},
        "currencies": [_use(share, use) for use in share.uses],
    }


def _part(part: NationalPart) -> _Object:
    return {
        "orders": part.orders,
        "value": str(part.value),
        "share": _decimal(part.share),
        "concentration": _decimal(part.concentration),
    }


def _use(share: CurrencyShares, use: CurrencyUse) -> _Object:
    return {
        "currency": use.currency.code,
        "orders": use.orders,
        "minor": str(use.amount),
        "value": str(use.value),
        "share": _decimal(share.share_of(use)),
        **{
            definition.value: {
                "orders": use.national(definition).orders,
                "minor": str(use.national(definition).amount),
                "value": str(use.national(definition).value),
                "share": _decimal(share.national_share_of(use, definition)),
            }
            for definition in Definition
        },
    }


def _turnover_statistics(statistics: TurnoverStatistics) -> _Object:
    return {
        "total": _turnover(statistics.total, "value"),
        "currencies": [
            {"currency": part.currency.code, **_turnover(part.turnover, "minor")}
            for part in statistics.currencies
        ],
    }


def _turnover(turnover: Turnover, unit: str) -> _Object:
    return {
        "submitted": _tally(turnover.submitted, unit),
        "settled": _tally(turnover.settled, unit),
        "returned": _tally(turnover.returned, unit),
        "cancelled": _tally(turnover.cancelled, unit),
        "rejected": _tally(turnover.rejected, unit),
        "settlement_ratio": _decimal(turnover.settlement_ratio),
    }


def _tally(tally: Tally, unit: str) -> _Object:
    return {"orders": tally.orders, unit: str(tally.total)}


def _liquidity_statistics(statistics: LiquidityStatistics) -> _Object:
    return {
        "total": _liquidity(statistics.total, "value"),
        "currencies": [
            {"currency": part.currency.code, **_liquidity(part.liquidity, "minor")}
            for part in statistics.currencies
        ],
        "participants": [
            {
                "bic": part.bic,
                "name": part.name,
                "country": part.country.alpha3,
                **_liquidity(part.liquidity, "value"),
            }
            for part in statistics.participants
        ],
        "accounts": [
            {
                "account": part.account,
                "bic": part.bic,
                "currency": part.currency.code,
                **_liquidity(part.liquidity, "minor"),
            }
            for part in statistics.accounts
        ],
    }


def _liquidity(liquidity: Liquidity, unit: str) -> _Object:
    return {
        f"opening_balance_{unit}": str(liquidity.opening_balance),
        f"credit_line_{unit}": str(liquidity.credit_line),
        f"used_{unit}": str(liquidity.used),
        f"credit_used_{unit}": str(liquidity.credit_used),
        f"settled_{unit}": str(liquidity.settled),
        f"lower_bound_{unit}": str(liquidity.lower_bound),
        f"upper_bound_{unit}": str(liquidity.upper_bound),
        "turnover_ratio": _decimal(liquidity.turnover_ratio),
    }


def _delay(delay: Delay) -> _Object:
    mean = delay.weighted_mean
    return {
        "settled_at_once": _tally(delay.at_once, "value"),
        "settled_after_queuing": _tally(delay.after_queuing, "value"),
        "weighted_mean_microseconds": None if mean is None else round(mean),
        "delay_indicator": _decimal(delay.indicator),
        "settled_microseconds": _quantiles(delay.of_settled),
        "queued_microseconds": _quantiles(delay.of_queued),
    }


def _quantiles(quantiles: Quantiles) -> _Object:
    return {
        "median": quantiles.median,
        "percentile_95": quantiles.percentile_95,
        "longest": quantiles.longest,
    }
