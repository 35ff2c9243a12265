"""Payment versus payment before the engine: each second leg finds its first leg by UETR.

The engine links two legs by number. Only this module resolves UETRs to these numbers. The result
decides about money, so it is part of the state that is recorded, replayed and verified.
"""

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import COMMAND, NO_UETR, CommandKind, Commands, to_records
from skontro.model import InputError, PaymentType, ReasonCode
from skontro.system.batch import ACCEPTED, NO_SUCH_ORDER, Records, are_held
from skontro.system.business_day import BusinessDayClock

_LEG: Final = int(CommandKind.SUBMIT_LEG)

#: A first leg as submitted, and its number; `NO_SUCH_ORDER` where it was not admitted.
_FIRST_LEG: Final = np.dtype([("number", np.int64), ("row", COMMAND)])


@attrs.frozen
class Leg:
    """The fields of a leg that link it with its counterleg.

    Attributes:
        uetr, counterleg: of this order and of the one that it names, 16 bytes.
        payer, payee: account numbers.
        amount: minor units.
        payment_type: whose payment it is; decides by which cut-off the pair must be complete.
        counterleg_payer, counterleg_payee, counterleg_amount: stated terms of the other leg;
            -1 and 0 where it states none.
    """

    uetr: bytes
    counterleg: bytes
    payer: int
    payee: int
    amount: int
    payment_type: int
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
                    "payment_type",
                    "counterleg_payer",
                    "counterleg_payee",
                    "counterleg_amount",
                )
            },
        )

    def accepts(self, other: "Leg") -> bool:
        """Whether this leg names the other, and any terms it states are the other's own."""
        if self.counterleg != other.uetr:
            return False
        stated = (self.counterleg_payer, self.counterleg_payee, self.counterleg_amount)
        return stated in ((-1, -1, 0), (other.payer, other.payee, other.amount))


class Counterlegs:
    """The first legs of the running business day, by UETR.

    A leg whose counterleg is not among them is a first leg itself, and is held.
    """

    def __init__(self) -> None:
        self._index: dict[bytes, int] = {}
        self._count = 0
        self._legs: Records = np.zeros(64, _FIRST_LEG)

    def link(
        self, orders: Commands, clock: BusinessDayClock, currency_of: Records, first_number: int
    ) -> tuple[Commands, list[int]]:
        """Give each second leg the number of its first, or a reason to refuse it (R29, R30, R31).

        Both legs must name each other, and terms stated of the other leg must be its own. Else the
        second leg is rejected with `COUNTERLEG_MISMATCH`, and the first stays held. The second leg
        completes the pair. The pair must be complete before the cut-offs of both currencies, in
        either order of the legs.

        Args:
            orders: of one batch, with `acceptance` decided on all other grounds. `NO_SUCH_ORDER` in
                `order` says that an order which does not name the leg may have the counterleg's
                UETR. Without such a first leg, the leg is rejected and not held.
            clock: the business day, for cut-offs.
            currency_of: by account number, the position of its currency.
            first_number: the engine's number for the first admitted order among these.

        Returns:
            The orders with `acceptance` and `order` filled in, and the indices of first legs, to be
            passed to `keep` once the batch has taken effect.

        Raises:
            InputError: a leg names no counterleg or itself, two legs have one UETR, or an order
                that is no leg names a counterleg.
        """
        legs = orders.kind == _LEG
        _refuse_malformed(orders, legs)
        # A leg that is held has not come yet.
        legs &= ~are_held(orders.column("acceptance"))
        if not legs.any():
            return orders, []
        numbers, acceptance = orders.column("order").copy(), orders.column("acceptance").copy()
        firsts: dict[bytes, tuple[int, Leg]] = {}
        seconds: list[tuple[int, int]] = []
        places = np.flatnonzero(legs)
        for index, leg in zip(places.tolist(), _legs_of(orders, places), strict=True):
            first = self._find(leg.counterleg, firsts)
            if first is None and int(numbers[index]) == NO_SUCH_ORDER:
                continue
            numbers[index] = -1
            if first is None:
                if leg.uetr in firsts or leg.uetr in self._index:
                    raise InputError(f"orders: two legs have the UETR {leg.uetr.hex()}")
                firsts[leg.uetr] = index, leg
            elif acceptance[index] == ACCEPTED:
                other, number, within = first
                reason = _reason_to_reject(leg, other, clock, currency_of)
                if reason != ReasonCode.NONE:
                    acceptance[index] = int(reason)
                elif within is None:
                    numbers[index] = number
                else:
                    seconds.append((index, within))
        of_orders = _numbers(acceptance, first_number)
        for second, index in seconds:
            numbers[second] = of_orders[index]
        of_firsts = [index for index, _ in firsts.values()]
        return orders.evolve(order=numbers, acceptance=acceptance), of_firsts

    def keep(self, orders: Commands, indices: list[int], first_number: int) -> None:
        """Remember first legs until the end of the day.

        Args:
            orders, indices: as `link` returned them.
            first_number: as passed to `link`.
        """
        firsts = np.zeros(len(indices), _FIRST_LEG)
        firsts["row"] = to_records(orders.take(np.array(indices)))
        firsts["number"] = _numbers(orders.column("acceptance"), first_number)[indices]
        self._add(firsts)

    def __contains__(self, uetr: bytes) -> bool:
        return uetr in self._index

    def forget(self) -> None:
        """Drop all first legs: the day is over, or has not begun."""
        self._index.clear()
        self._count = 0

    def to_bytes(self) -> bytes:
        """For a snapshot."""
        return self._legs[: self._count].tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Counterlegs":
        """The inverse of `to_bytes`."""
        restored = cls()
        restored._add(np.frombuffer(stored, _FIRST_LEG))
        return restored

    def _find(
        self, uetr: bytes, firsts: dict[bytes, tuple[int, Leg]]
    ) -> tuple[Leg, int, int | None] | None:
        """The first leg with this UETR: the leg, and its number or its index among these."""
        if uetr in firsts:
            within, leg = firsts[uetr]
            return leg, -1, within
        index = self._index.get(uetr)
        if index is None:
            return None
        kept = self._legs[index]
        return Leg.of(kept["row"]), int(kept["number"]), None

    def _add(self, firsts: Records) -> None:
        """Remember these first legs, records of `_FIRST_LEG`."""
        start, end = self._count, self._count + len(firsts)
        while end > len(self._legs):
            self._legs = np.concatenate([self._legs, np.zeros(len(self._legs), _FIRST_LEG)])
        self._legs[start:end] = firsts
        self._index.update(zip(firsts["row"]["uetr"].tolist(), range(start, end), strict=True))
        self._count = end


def _legs_of(orders: Commands, places: npt.NDArray[np.int64]) -> list[Leg]:
    """The legs at these places, read column by column."""
    columns = [orders.column(one.name)[places].tolist() for one in attrs.fields(Leg)]
    return [Leg(*values) for values in zip(*columns, strict=True)]


def _numbers(acceptance: npt.NDArray[np.int16], first_number: int) -> npt.NDArray[np.int64]:
    """The engine's number of each order, by index."""
    admitted = acceptance == ACCEPTED
    return np.where(admitted, first_number + np.cumsum(admitted) - 1, NO_SUCH_ORDER)


def _refuse_malformed(orders: Commands, legs: npt.NDArray[np.bool_]) -> None:
    counterlegs = orders.column("counterleg")
    if ((counterlegs != np.void(NO_UETR)) != legs).any():
        raise InputError("orders: a leg names its counterleg, and no other order names one")
    if (legs & (counterlegs == orders.column("uetr"))).any():
        raise InputError("orders: a leg names itself as its counterleg")


def _reason_to_reject(
    second: Leg, first: Leg, clock: BusinessDayClock, currency_of: Records
) -> ReasonCode:
    if not (second.accepts(first) and first.accepts(second)):
        return ReasonCode.COUNTERLEG_MISMATCH
    if not 0 <= first.payer < len(currency_of):
        return ReasonCode.NONE  # the engine rejected it, and says so of the second too
    return clock.cut_off_passed(int(currency_of[first.payer]), PaymentType(first.payment_type))
