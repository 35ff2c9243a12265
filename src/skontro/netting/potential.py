"""Netting potential: an obligation matrix and its compensation ratios."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property

import attrs

from skontro.model import Currency, InputError
from skontro.model.net_amounts import bilateral_positions, net_positions
from skontro.netting.set_off import SetOff, largest_set_off


def _sorted(owed: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {pair: owed[pair] for pair in sorted(owed)}


@attrs.frozen
class ObligationMatrix:
    """Obligations in one unit, added up by debtor and creditor.

    Attributes:
        owed: minor units, greater than zero, by (debtor, creditor), in order of the keys.
    """

    owed: Mapping[tuple[str, str], int] = attrs.field(converter=_sorted)

    def __attrs_post_init__(self) -> None:
        for (debtor, creditor), amount in self.owed.items():
            if debtor == creditor:
                raise InputError(f"obligations: {debtor} owes itself")
            if amount <= 0:
                raise InputError(f"obligations: {debtor} owes {creditor} {amount}, not above zero")

    @property
    def parties(self) -> tuple[str, ...]:
        """All debtors and creditors, sorted."""
        return tuple(sorted({party for pair in self.owed for party in pair}))

    @property
    def gross(self) -> int:
        """The sum of all obligations."""
        return sum(self.owed.values())

    @property
    def bilateral(self) -> dict[tuple[str, str], int]:
        """Net amount that the first party of each pair owes the second; negative if it is owed."""
        return bilateral_positions(self._rows())

    @property
    def multilateral(self) -> dict[str, int]:
        """Net position of each party against all others: receivables less payables.

        Raises:
            InvariantBroken: the positions do not add up to zero.
        """
        return net_positions(self._rows())

    def _rows(self) -> Iterator[tuple[str, str, int]]:
        return ((debtor, creditor, amount) for (debtor, creditor), amount in self.owed.items())

    @cached_property
    def set_off(self) -> SetOff:
        """The largest set-off in parts, without new money or new obligations."""
        return largest_set_off(self.owed)

    @property
    def left_bilateral(self) -> int:
        """Amount left to pay when one party of each pair pays the difference."""
        return sum(abs(amount) for amount in self.bilateral.values())

    @property
    def left_multilateral(self) -> int:
        """Amount that net debtors still pay after multilateral netting."""
        return sum(amount for amount in self.multilateral.values() if amount > 0)

    @property
    def left_set_off(self) -> int:
        """Amount of the obligations that remains after the largest set-off.

        It is not below the rest after multilateral netting, since net positions stay and are paid
        along existing obligations. It is not above the rest after bilateral netting, since the
        smaller of two parties' obligations is a set-off.
        """
        return self.gross - self.set_off.total

    @property
    def bilateral_ratio(self) -> Fraction | None:
        """Bilateral compensation ratio: 1 - sum of |net of pairs| / gross; None without gross."""
        return 1 - Fraction(self.left_bilateral, self.gross) if self.gross else None

    @property
    def multilateral_ratio(self) -> Fraction | None:
        """Multilateral compensation ratio: 1 - sum of |net positions| / (2 gross)."""
        return 1 - Fraction(self.left_multilateral, self.gross) if self.gross else None

    @property
    def set_off_ratio(self) -> Fraction | None:
        """The part of all obligations that the largest set-off discharges; None without gross."""
        return Fraction(self.set_off.total, self.gross) if self.gross else None


@attrs.frozen
class Potential:
    """Obligations of a group over a period, as one netting cycle.

    Attributes:
        name: name of the group, or of a file.
        period: the year, or nothing.
        members: parties of the group, with obligations or without.
        currency: currency of the obligations.
        matrix: the obligations.
    """

    name: str
    period: str
    members: int
    currency: Currency
    matrix: ObligationMatrix


def potential_of_matrix(name: str, currency: Currency, matrix: ObligationMatrix) -> Potential:
    """The netting potential of the user's own obligations."""
    return Potential(name, "", len(matrix.parties), currency, matrix)
