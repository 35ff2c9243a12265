"""A comparison as JSON and as a table: same figures, same bytes, no number left to round.

Totals are text, whole minor units of the currency of account. Shares are decimal text with six
places; delays are whole microseconds.
"""

import datetime
import json
from fractions import Fraction
from typing import Any, Final

import attrs
import polars as pl

from skontro.files import MECHANISMS
from skontro.files.designs import Design
from skontro.files.netting import netting_document
from skontro.files.rulebook import rulebook_document
from skontro.simulation.compare.comparison import Comparison, Outcome
from skontro.simulation.compare.optimum import ALGORITHMS, Optimum
from skontro.statistics import Definition, Tally, decimal_text

_PLACES: Final = 6


def comparison_json(comparison: Comparison) -> str:
    """The comparison as JSON text in a fixed layout, ending with a line feed."""
    document = {
        "name": comparison.name,
        "account_currency": comparison.account_currency.code,
        "designs": {name: _design(design) for name, design in comparison.definitions.items()},
        "outcomes": [_outcome(outcome) for outcome in comparison.outcomes],
        "optima": [
            {"degree": _decimal(degree), **_optimum(optimum)}
            for degree, optimum in comparison.optima.items()
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=_date) + "\n"


def comparison_csv(comparison: Comparison) -> pl.DataFrame:
    """One row for each degree and design, all columns text or whole numbers."""
    rows = []
    for outcome in comparison.outcomes:
        flat = _outcome(outcome)
        mechanisms = flat.pop("settled_by_mechanism")
        for name in ("submitted", "settled"):
            tally = flat.pop(name)
            flat |= {f"{name}_orders": tally["orders"], f"{name}_value": tally["value"]}
        flat |= flat.pop("national_currency_share")
        flat |= {
            f"settled_by_{name}_value": mechanisms.get(name, {"value": "0"})["value"]
            for name in MECHANISMS
        }
        rows.append(flat)
    return pl.DataFrame(rows, infer_schema_length=None)


def _date(value: object) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"no value of a comparison: {value!r}")


def _design(design: Design) -> dict[str, Any]:
    """A complete design, without a base."""
    parts = attrs.asdict(design.liquidity)
    return {
        "description": design.description,
        "rulebook": rulebook_document(design.rulebook),
        "netting": None if design.netting is None else netting_document(design.netting),
        "liquidity": {kind: _decimal(part) for kind, part in parts.items()},
        "without": [name for name in ("reservations", "limits") if not getattr(design, name)],
    }


def _decimal(quotient: Fraction | None) -> str | None:
    return decimal_text(quotient, _PLACES)


def _tally(tally: Tally) -> dict[str, Any]:
    return {"orders": tally.orders, "value": str(tally.total)}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "degree": _decimal(outcome.degree),
        "design": outcome.design,
        "liquidity_provided": str(outcome.provided),
        "liquidity_brought_in": str(outcome.brought_in),
        "liquidity_used": str(outcome.used),
        "submitted": _tally(outcome.submitted),
        "settled": _tally(outcome.settled),
        "settled_share": _decimal(outcome.settled_share),
        "delay_indicator": _decimal(outcome.delay),
        "weighted_mean_microseconds": (
            None if outcome.mean_delay is None else round(outcome.mean_delay)
        ),
        "runs": outcome.runs,
        "liquidity_freed": str(outcome.freed),
        "national_currency_share": _shares(outcome),
        "settled_by_mechanism": {
            name: _tally(outcome.by_mechanism[name])
            for name in MECHANISMS
            if name in outcome.by_mechanism
        },
    }


def _shares(outcome: Outcome) -> dict[str, str | None]:
    """Shares of the second and third layer; each name has denominator and definition."""
    shares: dict[str, str | None] = {}
    for definition in Definition:
        residual = outcome.residual
        of_net, of_gross = (
            (None, None)
            if residual is None
            else (
                residual.share_of_net_positions(definition),
                residual.share_of_gross_trade(definition),
            )
        )
        shares |= {
            f"interbank_share_{definition}": _decimal(outcome.interbank.national(definition).share),
            f"residual_share_of_net_positions_{definition}": _decimal(of_net),
            f"residual_share_of_gross_trade_{definition}": _decimal(of_gross),
        }
    return shares


def _optimum(optimum: Optimum) -> dict[str, Any]:
    return {
        "queued_orders": optimum.orders,
        "queued_value": str(optimum.queued),
        "bound": str(optimum.bound),
        "settled": {name: str(optimum.settled[name]) for name in ALGORITHMS},
        "gap": {name: _decimal(optimum.gap(name)) for name in ALGORITHMS},
    }
