"""Figures of cases by type, corridor and currency: number, duration, ends and money."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs

from skontro.model import find_currency, format_amount
from skontro.system.cases.case import Case
from skontro.system.cases.case_table import Outcome
from skontro.system.four_eyes import OPERATOR

_DAY: Final = 86_400_000_000


@attrs.frozen
class CaseFigures:
    """Cases of one type, corridor and currency.

    Attributes:
        type: of the cases.
        payer, payee: alpha-3 codes of the countries of the order's sides; without an order, those
            of respondent and claimant. The operator has none: empty.
        currency: code.
        opened: number of cases.
        closed: those that have ended.
        upheld: those that ended with a payment to the claimant.
        days: calendar days from opening to end of all closed cases together, exact.
        principal, compensation: that were paid, minor units.
    """

    type: str
    payer: str
    payee: str
    currency: str
    opened: int = 0
    closed: int = 0
    upheld: int = 0
    days: Fraction = Fraction(0)
    principal: int = 0
    compensation: int = 0

    @property
    def mean_days(self) -> Fraction | None:
        """Mean days from opening to end; None while none has ended."""
        return self.days / self.closed if self.closed else None

    @property
    def share_upheld(self) -> Fraction | None:
        """Upheld ones of those that have ended; None while none has."""
        return Fraction(self.upheld, self.closed) if self.closed else None


def case_figures(cases: Iterable[Case], country_of: Callable[[str], str]) -> list[CaseFigures]:
    """Figures of cases, by type, corridor and currency.

    Args:
        cases: with their histories.
        country_of: alpha-3 code of the country of a participant, by BIC.

    Example:
        >>> case_figures([], lambda bic: "KAZ")
        []
    """
    found: dict[tuple[str, str, str, str], CaseFigures] = {}
    for case in cases:
        sides = (case.respondent, case.claimant)
        if case.order is not None:
            sides = (case.order.payer, case.order.payee)
        payer, payee = ("" if side == OPERATOR else country_of(side) for side in sides)
        key = (str(case.type), payer, payee, case.currency)
        found[key] = _with(found.get(key, CaseFigures(*key)), case)
    return [found[key] for key in sorted(found)]


def _with(figures: CaseFigures, case: Case) -> CaseFigures:
    figures = attrs.evolve(figures, opened=figures.opened + 1)
    if not case.closed:
        return figures
    length = Fraction(case.history[-1].time - case.history[0].time, _DAY)
    figures = attrs.evolve(figures, closed=figures.closed + 1, days=figures.days + length)
    if case.outcome != Outcome.PAID or case.terms is None:
        return figures
    return attrs.evolve(
        figures,
        upheld=figures.upheld + 1,
        principal=figures.principal + case.terms.principal,
        compensation=figures.compensation + case.terms.compensation,
    )


def figures_document(one: CaseFigures) -> dict[str, Any]:
    """Figures as JSON values, with amounts in major units and rounded shares.

    Args:
        one: of a type, corridor and currency.
    """
    currency = find_currency(one.currency)
    return {
        "type": one.type,
        "payer": one.payer or None,
        "payee": one.payee or None,
        "currency": one.currency,
        "opened": one.opened,
        "closed": one.closed,
        "upheld": one.upheld,
        "mean_days": _decimal(one.mean_days, 1),
        "share_upheld": _decimal(one.share_upheld, 4),
        "principal": format_amount(one.principal, currency),
        "compensation": format_amount(one.compensation, currency),
    }


def _decimal(value: Fraction | None, digits: int) -> str | None:
    """An exact number, rounded half to even."""
    if value is None:
        return None
    return str(Decimal(round(value * 10**digits)).scaleb(-digits))
