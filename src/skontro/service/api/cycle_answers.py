"""Joint cycles in the form of the API."""

from typing import Any

from skontro.model import ReasonCode, find_currency, format_amount, timestamp_text
from skontro.service.auth.credentials import Identity
from skontro.system import SettlementSystem
from skontro.system.joint.cycle_state import CycleState
from skontro.system.joint.own_orders import JointOrder


def cycle_out(system: SettlementSystem, state: CycleState, identity: Identity) -> dict[str, Any]:
    """A cycle as a person may see it.

    Args:
        system: as it is between two batches.
        state: the cycle.
        identity: of the caller; amounts between systems are for the operator alone.
    """
    result, terms = state.result, state.terms
    orders = system.joint.own_orders.of_cycle(state.identifier)
    return {
        "cycle": state.identifier,
        "agreement": state.agreement.name,
        "version": state.agreement.version,
        "cut_off": timestamp_text(state.cut_off),
        "valid_until": timestamp_text(state.cycle.valid_until),
        "members": list(state.agreement.systems),
        "status": str(state.phase),
        "reason": _reason_out(state.reason),
        "taking_part": list(state.taking_part),
        "silent": list(state.silent),
        "convicted": [_convicted_out(state, name) for name in sorted(state.evidence)],
        "result_root": None if result is None else result.root.hex(),
        "link": None if terms is None else terms.link,
        "phases": [
            {"phase": str(one.phase), "batch": one.batch, "at": timestamp_text(one.time)}
            for one in state.history
        ],
        **(_amounts_out(state) if identity.is_operator else {name: [] for name in _AMOUNTS}),
        "orders": [
            _order_out(one)
            for one in orders
            if identity.is_operator or identity.side in (one.payer, one.payee)
        ],
    }


_AMOUNTS = ("positions", "gross", "payments")


def _amounts_out(state: CycleState) -> dict[str, Any]:
    payments = () if state.result is None else state.result.payments
    return {
        "positions": [
            {"currency": code, "system": name, "amount": _amount(amount, code)}
            for (code, name), amount in state.positions.items()
        ],
        "gross": [
            {
                "currency": one.currency,
                "debtor": one.debtor,
                "creditor": one.creditor,
                "count": one.count,
                "amount": _amount(one.amount, one.currency),
            }
            for one in state.gross
        ],
        "payments": [
            {
                "currency": one.currency,
                "payer": one.payer,
                "payee": one.payee,
                "amount": _amount(one.amount, one.currency),
            }
            for one in payments
        ],
    }


def _amount(amount: int, code: str) -> str:
    return format_amount(amount, find_currency(code))


def _reason_out(reason: ReasonCode) -> str | None:
    return None if reason == ReasonCode.NONE else reason.name


def _convicted_out(state: CycleState, name: str) -> dict[str, Any]:
    search = state.searches.get(name)
    return {"member": name, "row": None if search is None else search.row}


def _order_out(one: JointOrder) -> dict[str, Any]:
    return {
        "uetr": one.uetr,
        "kind": "leg" if one.is_leg else "creditor",
        "payer": one.payer,
        "payee": one.payee,
        "currency": one.currency,
        "amount": _amount(one.amount, one.currency),
        "obligation": one.obligation or None,
        "settled": one.is_final,
        "reason": _reason_out(one.reason),
    }
