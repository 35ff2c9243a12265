"""Payment versus payment before the engine: which first leg a second one names, and on what terms.

The engine links two legs by number. Here, and nowhere else, UETRs become these numbers; since that
decides about money, it is part of the state that is recorded, replayed and verified.
"""

from typing import Any, Final

import attrs
import numpy as np

from skontro.conduct.batch import ADMITTED, COMMAND, NO_SUCH_ORDER, Records
from skontro.conduct.business_day import BusinessDayClock
from skontro.engine import CommandKind
from skontro.model import InputError, Purpose, ReasonCode

_LEG: Final = int(CommandKind.SUBMIT_LEG)
_NO_UETR: Final = bytes(16)

#: A first leg as it was given, and its number; `NO_SUCH_ORDER` where it was not admitted.
_FIRST_LEG: Final = np.dtype([("number", np.int64), ("row", COMMAND)])


@attrs.frozen
class Leg:
    """The parts of a leg that link it with its counterleg.

    Attributes:
        uetr, counterleg: of this order and of the one that it names, 16 bytes.
        payer, payee: account numbers.
        amount: minor units.
        purpose: whose payment it is; decides by which cut-off the pair must be complete.
        counterleg_payer, counterleg_payee, counterleg_amount: terms that it states for the other;
            -1 and 0 where it states none.
    """

    uetr: bytes
    counterleg: bytes
    payer: int
    payee: int
    amount: int
    purpose: int
    counterleg_payer: int
    counterleg_payee: int
    counterleg_amount: int

    @classmethod
    def of(cls, row: Any) -> "Leg":  # noqa: ANN401  one record of `COMMAND`
        """The leg in a row."""
        return cls(
            uetr=row["uetr"].tobytes(),
            counterleg=row["counterleg"].tobytes(),
            **{
                name: int(row[name])
                for name in (
                    "payer",
                    "payee",
                    "amount",
                    "purpose",
                    "counterleg_payer",
                    "counterleg_payee",
                    "counterleg_amount",
                )
            },
        )

    def accepts(self, other: "Leg") -> bool:
        """Whether this leg names the other, and states no terms but the other's own."""
        if self.counterleg != other.uetr:
            return False
        stated = (self.counterleg_payer, self.counterleg_payee, self.counterleg_amount)
        return stated in ((-1, -1, 0), (other.payer, other.payee, other.amount))


class Counterlegs:
    """The first legs of the running business day, by UETR.

    A leg whose counterleg is not among them is a first leg itself and waits for it.
    """

    def __init__(self) -> None:
        self._place: dict[bytes, int] = {}
        self._count = 0
        self._legs: Records = np.zeros(64, _FIRST_LEG)

    def link(
        self, rows: Records, clock: BusinessDayClock, currency_of: Records, first_number: int
    ) -> list[int]:
        """Give each second leg the number of its first, or a reason to refuse it.

        Both legs must name each other, and where one states the terms of the other, these must be
        the other's own: else the second is refused with `COUNTERLEG_MISMATCH`, and the first goes
        on waiting. A pair is complete when its second leg comes: both legs must come, and the pair
        be complete, before the cut-offs of both currencies, whichever leg comes first.

        Args:
            rows: orders of one batch whose `admission` is decided otherwise; changed are
                `admission` and `about`. Where `about` is `NO_SUCH_ORDER` and no first leg has the
                counterleg's UETR, another order has it: the leg is not held, but refused.
            clock: the business day, for cut-offs.
            currency_of: by account number, the position of its currency.
            first_number: that the engine gives to the first of these that is admitted.

        Returns:
            The places of first legs, to be passed to `keep` once the batch has taken effect.

        Raises:
            InputError: a leg names no counterleg or itself, two legs have one UETR, or an order
                that is no leg names a counterleg.
        """
        legs = rows["kind"] == _LEG
        _refuse_malformed(rows, legs)
        firsts: dict[bytes, int] = {}
        seconds: list[tuple[int, int]] = []
        for place in np.flatnonzero(legs).tolist():
            row = rows[place]
            leg = Leg.of(row)
            first = self._find(leg.counterleg, rows, firsts)
            if first is None and int(row["about"]) == NO_SUCH_ORDER:
                continue
            row["about"] = -1
            if first is None:
                if leg.uetr in firsts or leg.uetr in self._place:
                    raise InputError(f"orders: two legs have the UETR {leg.uetr.hex()}")
                firsts[leg.uetr] = place
            elif row["admission"] == ADMITTED:
                other, number, within = first
                reason = _reason_to_refuse(leg, other, clock, currency_of)
                if reason != ReasonCode.NONE:
                    row["admission"] = int(reason)
                elif within is None:
                    row["about"] = number
                else:
                    seconds.append((place, within))
        numbers = _numbers(rows, first_number)
        for second, place in seconds:
            rows["about"][second] = numbers[place]
        return [*firsts.values()]

    def keep(self, rows: Records, places: list[int], first_number: int) -> None:
        """Remember first legs until the end of the day.

        Args:
            rows, first_number: as `link` was given.
            places: as it returned.
        """
        numbers = _numbers(rows, first_number) if places else rows[:0]
        for place in places:
            self._keep(rows[place], int(numbers[place]))

    def forget(self) -> None:
        """The day is over, or has not begun: no first leg waits."""
        self._place.clear()
        self._count = 0

    def to_bytes(self) -> bytes:
        """For a snapshot."""
        return self._legs[: self._count].tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Counterlegs":
        """The inverse of `to_bytes`."""
        restored = cls()
        for one in np.frombuffer(stored, _FIRST_LEG):
            restored._keep(one["row"], int(one["number"]))
        return restored

    def _find(
        self, uetr: bytes, rows: Records, firsts: dict[bytes, int]
    ) -> tuple[Leg, int, int | None] | None:
        """The first leg with this UETR: the leg, its number, or its place among the rows."""
        within = firsts.get(uetr)
        if within is not None:
            return Leg.of(rows[within]), -1, within
        place = self._place.get(uetr)
        if place is None:
            return None
        kept = self._legs[place]
        return Leg.of(kept["row"]), int(kept["number"]), None

    def _keep(self, row: Any, number: int) -> None:  # noqa: ANN401  one record of `COMMAND`
        if self._count == len(self._legs):
            self._legs = np.concatenate([self._legs, np.zeros(len(self._legs), _FIRST_LEG)])
        self._place[row["uetr"].tobytes()] = self._count
        self._legs["row"][self._count] = row
        self._legs["number"][self._count] = number
        self._count += 1


def _numbers(rows: Records, first_number: int) -> Records:
    """The engine's number of each row, by place."""
    admitted = rows["admission"] == ADMITTED
    return np.where(admitted, first_number + np.cumsum(admitted) - 1, NO_SUCH_ORDER)


def _refuse_malformed(rows: Records, legs: Records) -> None:
    names_one = rows["counterleg"] != np.void(_NO_UETR)
    if (names_one != legs).any():
        raise InputError("orders: a leg names its counterleg, and no other order names one")
    if (legs & (rows["counterleg"] == rows["uetr"])).any():
        raise InputError("orders: a leg names itself as its counterleg")


def _reason_to_refuse(
    second: Leg, first: Leg, clock: BusinessDayClock, currency_of: Records
) -> ReasonCode:
    if not (second.accepts(first) and first.accepts(second)):
        return ReasonCode.COUNTERLEG_MISMATCH
    if not 0 <= first.payer < len(currency_of):
        return ReasonCode.NONE  # the engine refused it, and says so of the second too
    return clock.cut_off_passed(int(currency_of[first.payer]), Purpose(first.purpose))
