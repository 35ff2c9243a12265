"""Operator actions on held orders, and on the rules by which orders are held."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, ReasonCode, ScreeningOutcome
from skontro.system.acceptance import date_of
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_amount, shown_participant
from skontro.system.screening_acceptance import enter_released, hold_warehoused
from skontro.system.screening_policy import TRAVEL_RULE_COMPLETE, ScreeningPolicy

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Most characters of the evidence of an action that holds an order.
MAX_EVIDENCE_TEXT: Final = 4_000


def _uetr(action: Action) -> bytes:
    """The 16 bytes of the UETR; bytes of no order where it is malformed."""
    try:
        return bytes.fromhex(given(action.uetr).replace("-", ""))
    except ValueError:
        return b""


def _check_held(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    held = _uetr(action) in system.screening_holds
    return ReasonCode.NONE if held else ReasonCode.ORDER_NOT_HELD


def _check_release(system: SettlementSystem, action: Action, time: int) -> ReasonCode:
    reason = _check_held(system, action, time)
    # Another order took the UETR after the index of UETRs had forgotten this one.
    taken = not reason and _uetr(action) in system.counterlegs
    return ReasonCode.DUPLICATE_ORDER if taken else reason


def _shown_order(system: SettlementSystem, action: Action, row: Any) -> Document:  # noqa: ANN401
    """The terms of an order, what is known of its screening, and the digests of the texts."""
    payer = system.directory.accounts[int(row["payer"])]
    payee = system.directory.accounts[int(row["payee"])]
    evidence = system.screening_holds.evidence(_uetr(action))
    today = system.clock.date
    date = date_of(int(row["value_date"])) if row["value_date"] or today is None else today
    return {
        "order": {
            "uetr": action.uetr,
            "amount": shown_amount(int(row["amount"]), payer.currency),
            "payer": shown_participant(system.directory, payer.bic),
            "payee": shown_participant(system.directory, payee.bic),
            "value_date": date.isoformat(),
        },
        "screening": ScreeningOutcome(int(row["screening"])).name.lower(),
        "travel_rule": (
            "complete" if int(row["travel_rule"]) == TRAVEL_RULE_COMPLETE else "incomplete"
        ),
        "details_sha256": row["details"].tobytes().hex(),
        "evidence_sha256": row["evidence"].tobytes().hex(),
        **({"evidence": json.loads(evidence)} if evidence else {}),
    }


def _show_held(system: SettlementSystem, action: Action, _time: int) -> Document:
    row = system.screening_holds.row(_uetr(action))
    releases = action.kind == ActionKind.RELEASE_HELD_ORDER
    reason = ReasonCode(-int(row["acceptance"]))
    findings = system.policy.findings_on_held(_uetr(action))
    return {
        **_shown_order(system, action, row),
        "held_because": {"reason": reason.name, "explanation": reason.explanation},
        **({"policy": findings} if findings else {}),
        "from": "held",
        "to": "enters as if it came now" if releases else "rejected",
    }


def _release(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    order = system.screening_holds.take(_uetr(action))
    return enter_released(system, time, order), ReasonCode.NONE


def _reject(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    order = system.screening_holds.take(_uetr(action))
    reason = int(ReasonCode.HELD_ORDER_REJECTED)
    return order.evolve(time=time, acceptance=reason), ReasonCode.NONE


def _check_hold(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    uetr = _uetr(action)
    if uetr in system.screening_holds:
        return ReasonCode.NOTHING_TO_CHANGE
    if uetr not in system.warehouse:
        return ReasonCode.ORDER_NOT_WAREHOUSED
    row, accounts = system.warehouse.row(uetr), len(system.directory.accounts)
    if not (0 <= row["payer"] < accounts and 0 <= row["payee"] < accounts):
        return ReasonCode.NO_SETTLEMENT_ACCOUNT  # the engine will reject it for that
    if action.evidence is not None and not _is_evidence(action.evidence):
        return ReasonCode.FIELD_MALFORMED
    return ReasonCode.NONE


def _is_evidence(text: str) -> bool:
    try:
        return len(text) <= MAX_EVIDENCE_TEXT and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _show_hold(system: SettlementSystem, action: Action, _time: int) -> Document:
    shown = _shown_order(system, action, system.warehouse.row(_uetr(action)))
    if action.evidence is not None:
        shown["evidence"] = json.loads(action.evidence)
    return {**shown, "from": "warehoused", "to": "held"}


def _hold(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    held = hold_warehoused(system, time, _uetr(action), action.evidence or "")
    return held, ReasonCode.NONE


def _proposed(system: SettlementSystem, action: Action) -> ScreeningPolicy:
    named = {"screening": action.screening, "travel_rule": action.travel_rule}
    changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    return attrs.evolve(system.screening, **changes)


def _check_policy(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    if action.screening is None and action.travel_rule is None:
        return ReasonCode.FIELD_MISSING
    try:
        proposed = _proposed(system, action)
    except (ValueError, InputError):
        return ReasonCode.FIELD_MALFORMED
    # For a later day, the rules of that day count.
    changes = action.effective_on is not None or proposed != system.screening
    return ReasonCode.NONE if changes else ReasonCode.NOTHING_TO_CHANGE


def _show_policy(system: SettlementSystem, action: Action, _time: int) -> Document:
    return {
        "from": system.screening.to_document(),
        "to": _proposed(system, action).to_document(),
        "held_orders": "stay held",
    }


def _set_policy(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    system.screening = _proposed(system, action)
    return NO_COMMANDS, ReasonCode.NONE


RULES: Final = {
    ActionKind.SET_SCREENING: ActionRule(
        may_have=("screening", "travel_rule"),
        may_be_dated=True,
        check=_check_policy,
        show=_show_policy,
        effect=_set_policy,
    ),
    ActionKind.HOLD_ORDER: ActionRule(
        needs=("uetr",),
        may_have=("evidence",),
        by_one=True,
        check=_check_hold,
        show=_show_hold,
        effect=_hold,
    ),
    ActionKind.RELEASE_HELD_ORDER: ActionRule(
        needs=("uetr",), check=_check_release, show=_show_held, effect=_release
    ),
    ActionKind.REJECT_HELD_ORDER: ActionRule(
        needs=("uetr",), check=_check_held, show=_show_held, effect=_reject
    ),
}
