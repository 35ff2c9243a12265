"""Obligations of a joint cycle, collected from the record of a system.

A bank brings an obligation into a cycle by an order to the clearing account of its own system, in
the currency of the obligation. Once it has settled, the obligation is accepted, screened, final and
funded. So no bank can fail between the netting and the payment of the net amounts.
"""

from collections.abc import Mapping
from typing import Final

import attrs
import numpy as np

from skontro.engine import EventKind, uetr_text
from skontro.system import Batch
from skontro.system.joint.joint_cycle import JointObligation

_FINAL: Final = (int(EventKind.SETTLED), int(EventKind.COMPLETED))


@attrs.frozen
class FundedOrder:
    """An order that has settled to a clearing account.

    Attributes:
        uetr: of the order.
        payer: account number.
        account: number of the clearing account.
        amount: minor units.
        time: at which it settled.
    """

    uetr: str
    payer: int
    account: int
    amount: int
    time: int


@attrs.frozen
class Creditor:
    """The bank of another system for which an order is meant, by the details of its payment."""

    system: str
    bic: str


class JointCollector:
    """The funded orders of a system, from its batches in their order.

        collector = JointCollector(clearing={3: "KZT"})
        for batch in record:
            collector.take(batch)
        collector.obligations("KZ-RTGS", bics, creditors, until=cut_off)

    Args:
        clearing: currency by number of each clearing account.
    """

    def __init__(self, clearing: Mapping[int, str]) -> None:
        self._clearing = dict(clearing)
        self._next = 0
        #: UETR, payer, clearing account and amount of orders that are not final, by number.
        self._waiting: dict[int, tuple[str, int, int, int]] = {}
        self.funded: list[FundedOrder] = []

    def take(self, batch: Batch) -> None:
        """Note the orders to clearing accounts in a batch, and those that settled in it."""
        commands = batch.commands.accepted
        orders = commands.take(commands.are_orders)
        ours = np.isin(orders.payee, [*self._clearing])
        for row in np.flatnonzero(ours).tolist():
            self._waiting[self._next + row] = (
                uetr_text(orders.column("uetr")[row].tobytes()),
                int(orders.payer[row]),
                int(orders.payee[row]),
                int(orders.amount[row]),
            )
        self._next += len(orders)
        for event in batch.events[np.isin(batch.events["kind"], _FINAL)]:
            found = self._waiting.pop(int(event["order"]), None)
            if found is not None:
                self.funded.append(FundedOrder(*found, int(event["time"])))

    def obligations(
        self,
        system: str,
        bics: Mapping[int, str],
        creditors: Mapping[str, Creditor],
        until: int,
    ) -> tuple[JointObligation, ...]:
        """The obligations of the system's banks up to a cut-off.

        Args:
            system: identifier of the system.
            bics: of holders, by account number.
            creditors: by UETR; a funded order without one is no obligation.
            until: time of the cut-off; orders that settled at this time are in the cycle.
        """
        return tuple(
            JointObligation(
                self._clearing[one.account],
                system,
                bics[one.payer],
                creditors[one.uetr].system,
                creditors[one.uetr].bic,
                one.amount,
                one.uetr,
            )
            for one in self.funded
            if one.time <= until and one.uetr in creditors
        )
