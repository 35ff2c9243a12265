"""Orders by which the system pays what a case decided, from the respondent's account.

They are ordinary orders: they may wait in a queue, and are screened as those of participants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from skontro.engine import CommandKind, command, uetr_bytes
from skontro.model import PaymentClass, PaymentDetails, PaymentType, Phase
from skontro.system.cases.case import Case, CasePayment
from skontro.system.details_columns import details_columns
from skontro.system.mirror.own_orders import MOST_AT_ONCE, DueOrder

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: In the place of the origin in the key of a due order; no system has this identifier.
OF_CASES: Final = ""

#: Purpose of the order, by whether a part of the principal is paid back (ISO 20022 codes).
_RETURN, _COMPENSATION = "REFU", "COMP"


def case_orders_due(system: SettlementSystem) -> list[DueOrder]:
    """The orders that cases need and that may settle now, in the order of the cases.

    Orders wait while the day or the currency is closed. One that ended without settlement is
    submitted again on the next business day.
    """
    if not system.cases.needs_orders(system.clock.date) or system.clock.phase != Phase.OPEN:
        return []
    due = []
    for case, payment in system.cases.unplaced:
        order = _order_of(system, case, payment)
        if order is not None:
            due.append(order)
        if len(due) == MOST_AT_ONCE:
            break
    return due


def _order_of(system: SettlementSystem, case: Case, payment: CasePayment) -> DueOrder | None:
    clock = system.clock
    if clock.date is None or clock.date.isoformat() < payment.not_before:
        return None
    position = system.directory.currency_codes.index(case.currency)
    if clock.cut_off_passed(position, PaymentType.INTERBANK):
        return None
    details = details_of_payment(case)
    order = command(
        CommandKind.SUBMIT,
        0,
        payer=payment.payer,
        payee=payment.payee,
        amount=payment.amount,
        payment_class=int(PaymentClass.NORMAL),
    ).evolve(
        uetr=[uetr_bytes(payment.uetr)],
        payment_type=int(PaymentType.INTERBANK),
        details=[details.digest],
        **details_columns([details]),
    )
    return DueOrder((OF_CASES, str(case.number)), order, details)


def details_of_payment(case: Case) -> PaymentDetails:
    """Purpose and references of the order: the case, and the order that the case is about."""
    pays_back = case.terms is not None and case.terms.principal > 0
    told = [f"CaseId={case.reference}", f"CaseNumber={case.number}"]
    if case.order is not None:
        told.append(f"OrgnlUETR={case.order.uetr}")
    return PaymentDetails(
        end_to_end_id=case.reference,
        purpose=_RETURN if pays_back else _COMPENSATION,
        remittance=tuple(told),
    )
