"""Orders that the system submits for a joint cycle: legs of its link, and payments to creditors.

They are ordinary orders. They are screened, held, rejected and settled as those of participants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from skontro.engine import CommandKind, Commands, command, uetr_bytes
from skontro.model import (
    PaymentClass,
    PaymentDetails,
    PaymentType,
    Phase,
    ReasonCode,
    derived_uetr,
)
from skontro.system.details_columns import details_columns
from skontro.system.joint.cycle_state import CycleState
from skontro.system.joint.joint_cycle import JointObligation

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Most orders that are due at one time.
MOST_AT_ONCE: Final = 1_000


@attrs.frozen
class JointOrder:
    """An own order of a cycle.

    Attributes:
        uetr: derived from the result of the cycle.
        cycle: identifier of the cycle.
        payer, payee: BICs.
        currency: ISO 4217 code.
        amount: minor units.
        latest: latest time of settlement, of a leg; 0 of a payment to a creditor.
        obligation: UETR of the obligation that it pays to its creditor; empty of a leg.
        is_final: whether it has settled.
        reason: why it ended without settlement; else `NONE`.
    """

    uetr: str
    cycle: str
    payer: str
    payee: str
    currency: str
    amount: int
    latest: int = 0
    obligation: str = ""
    is_final: bool = False
    reason: ReasonCode = ReasonCode.NONE

    @property
    def is_leg(self) -> bool:
        """Whether it is a leg of the link that pays the net amounts."""
        return not self.obligation

    def ended(self, reason: ReasonCode) -> JointOrder:
        """The order at its end: settled, or not for a reason."""
        return attrs.evolve(self, is_final=reason == ReasonCode.NONE, reason=reason)

    def to_document(self) -> list[Any]:
        """For a snapshot."""
        return [*attrs.astuple(self)[:-1], self.reason.name]

    @classmethod
    def from_document(cls, document: list[Any]) -> JointOrder:
        """The inverse of `to_document`."""
        names = (field.name for field in attrs.fields(cls))
        values = dict(zip(names, document, strict=True))
        return cls(**values | {"reason": ReasonCode[values["reason"]]})


@attrs.frozen(eq=False)
class DueJointOrder:
    """An order that the system is to submit now.

    Attributes:
        order: one command.
        details: what the order names by its digest, for screening.
    """

    order: Commands
    details: PaymentDetails


def legs_of(state: CycleState) -> list[JointOrder]:
    """The own legs of the link that pays a cycle."""
    if state.terms is None:
        return []
    return [
        JointOrder(
            leg.uetr,
            state.identifier,
            leg.payer,
            leg.payee,
            leg.currency,
            leg.amount,
            state.terms.valid_until,
        )
        for leg in state.terms.legs_of(state.system)
    ]


def payment_to_creditor(state: CycleState, row: JointObligation) -> JointOrder:
    """The payment of an obligation of another system's bank to its creditor here."""
    root = b"" if state.result is None else state.result.root
    return JointOrder(
        derived_uetr("joint cycle", root.hex(), row.debtor_system, row.reference),
        state.identifier,
        state.agreement.member(state.system).clearing,
        row.creditor,
        row.currency,
        row.amount,
        obligation=row.reference,
    )


def joint_orders_due(system: SettlementSystem) -> list[DueJointOrder]:
    """The own orders of cycles that may settle now, in their order.

    Orders wait while the day or the currency is closed.
    """
    if not system.joint.own_orders.are_due or system.clock.phase != Phase.OPEN:
        return []
    made = [_order_of(system, one) for one in system.joint.own_orders.due[:MOST_AT_ONCE]]
    return [one for one in made if one is not None]


def _order_of(system: SettlementSystem, one: JointOrder) -> DueJointOrder | None:
    directory = system.directory
    position = directory.currency_codes.index(one.currency)
    if system.clock.cut_off_passed(position, PaymentType.INTERBANK):
        return None
    payer, payee = (directory.account_number(bic, one.currency) for bic in (one.payer, one.payee))
    remittance = f"joint cycle {one.cycle}"
    if one.obligation:
        remittance = f"{remittance}, obligation {one.obligation}"
    details = PaymentDetails(remittance=(remittance,))
    kind = CommandKind.SUBMIT_LINKED if one.is_leg else CommandKind.SUBMIT
    order = command(
        kind,
        0,
        payer=-1 if payer is None else payer,
        payee=-1 if payee is None else payee,
        amount=one.amount,
        payment_class=int(PaymentClass.NORMAL),
    ).evolve(
        uetr=[uetr_bytes(one.uetr)],
        payment_type=int(PaymentType.INTERBANK),
        details=[details.digest],
        **details_columns([details]),
    )
    if one.is_leg:
        order = order.evolve(latest=one.latest)
    return DueJointOrder(order, details)
