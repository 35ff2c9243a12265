"""Netting potentials as a table, as rows for programs, and as JSON, with the same figures."""

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import polars as pl

from skontro.model import Currency, format_amount
from skontro.netting import Potential
from skontro.report.formatting import NO_FIGURE, grouped, percent
from skontro.statistics import decimal_text

_PLACES: Final = 6

#: Titles of the columns of `potential_table`.
HEAD: Final = (
    "Group",
    "Year",
    "Members",
    "Pairs with trade",
    "Gross",
    "Left, bilateral",
    "Left, multilateral",
    "Left, set-off",
    "Ratio, bilateral",
    "Ratio, multilateral",
    "Ratio, set-off",
    "Largest creditor",
    "Largest debtor",
)

#: Places of the columns of `HEAD` that hold words.
WORDS: Final = (0, HEAD.index("Largest creditor"), HEAD.index("Largest debtor"))


def potential_table(potentials: Sequence[Potential]) -> list[tuple[str, ...]]:
    """Rows under `HEAD`: amounts in millions with one place, ratios in per cent with two."""
    return [_row(potential) for potential in potentials]


def _row(potential: Potential) -> tuple[str, ...]:
    matrix = potential.matrix
    creditor, debtor = _largest(potential)
    left = (matrix.gross, matrix.left_bilateral, matrix.left_multilateral, matrix.left_set_off)
    return (
        potential.name,
        potential.period,
        str(potential.members),
        str(len(matrix.bilateral)),
        *(_millions(amount, potential.currency) for amount in left),
        *(percent(ratio, 2) for ratio in _ratios(potential).values()),
        creditor or NO_FIGURE,
        debtor or NO_FIGURE,
    )


def markdown_table(potentials: Sequence[Potential]) -> str:
    """The table in Markdown as in the documentation, ending with a line feed."""
    rule = ["---" if place in WORDS else "---:" for place in range(len(HEAD))]
    lines = [HEAD, rule, *potential_table(potentials)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def potential_rows(potentials: Sequence[Potential]) -> list[dict[str, str | int | None]]:
    """One row for each potential: amounts as exact decimals of the currency, ratios with six
    places, both as text that no reader rounds."""
    return [_figures(potential) for potential in potentials]


def potential_json(potentials: Sequence[Potential]) -> str:
    """The rows as JSON text in a fixed layout, ending with a line feed."""
    document = {"potentials": potential_rows(potentials)}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def potential_csv(potentials: Sequence[Potential]) -> pl.DataFrame:
    """The rows as a table."""
    return pl.DataFrame(potential_rows(potentials), infer_schema_length=None)


def set_off_csv(potential: Potential) -> pl.DataFrame:
    """Each obligation: its amount, the part discharged by the largest set-off, and the rest."""
    currency, cleared = potential.currency, potential.matrix.set_off.cleared
    rows = [
        {
            "debtor": debtor,
            "creditor": creditor,
            "amount": format_amount(amount, currency),
            "set_off": format_amount(cleared[debtor, creditor], currency),
            "remaining": format_amount(amount - cleared[debtor, creditor], currency),
        }
        for (debtor, creditor), amount in potential.matrix.owed.items()
    ]
    names = ("debtor", "creditor", "amount", "set_off", "remaining")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))


def _figures(potential: Potential) -> dict[str, str | int | None]:
    matrix = potential.matrix
    creditor, debtor = _largest(potential)
    amounts = {
        "gross": matrix.gross,
        "left_bilateral": matrix.left_bilateral,
        "left_multilateral": matrix.left_multilateral,
        "left_set_off": matrix.left_set_off,
    }
    return {
        "name": potential.name,
        "period": potential.period,
        "members": potential.members,
        "pairs": len(matrix.bilateral),
        "currency": potential.currency.code,
        **{name: format_amount(amount, potential.currency) for name, amount in amounts.items()},
        **{
            f"ratio_{name}": decimal_text(ratio, _PLACES)
            for name, ratio in _ratios(potential).items()
        },
        "largest_creditor": creditor,
        "largest_debtor": debtor,
    }


def _ratios(potential: Potential) -> dict[str, Fraction | None]:
    matrix = potential.matrix
    return {
        "bilateral": matrix.bilateral_ratio,
        "multilateral": matrix.multilateral_ratio,
        "set_off": matrix.set_off_ratio,
    }


def _largest(potential: Potential) -> tuple[str | None, str | None]:
    """The largest creditor and the largest debtor, net."""
    net = potential.matrix.multilateral
    return (
        max(net, key=lambda party: (net[party], party), default=None),
        min(net, key=lambda party: (net[party], party), default=None),
    )


def _millions(amount: int, currency: Currency) -> str:
    millions = Fraction(amount, 10 ** (currency.exponent + 6))
    return grouped(decimal_text(millions, 1) or "")
