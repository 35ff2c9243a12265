"""The operator action that puts an agreement on joint cycles in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, ReasonCode
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_participant
from skontro.system.joint.agreed_accounts import agreed_accounts, unfit_account
from skontro.system.joint.agreement import read_agreement

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def _check(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    try:
        agreement = read_agreement(given(action.cycle_agreement))
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    contracts = system.link_contracts
    own = contracts.own_system
    if own not in agreement.systems:
        return ReasonCode.LINK_CONTRACT_MISMATCH
    if any(one not in contracts for one in agreement.systems if one != own):
        return ReasonCode.LINK_CONTRACT_UNKNOWN
    before = system.joint.agreement(agreement.name)
    if before is not None and agreement.version <= before.version:
        return ReasonCode.LINK_CONTRACT_MISMATCH
    unfit = unfit_account(system, agreement)
    return ReasonCode.NONE if unfit is None else unfit.reason


def _show(system: SettlementSystem, action: Action, _time: int) -> Document:
    agreement = read_agreement(given(action.cycle_agreement))
    before = system.joint.agreement(agreement.name)
    own = system.link_contracts.own_system
    return {
        "agreement": agreement.name,
        "members": list(agreement.systems),
        "accounts": [
            {
                "member": one.member,
                "currency": one.currency,
                **shown_participant(system.directory, one.bic),
            }
            for one in agreed_accounts(agreement, own)
        ],
        "agreement_sha256": agreement.digest.hex(),
        "from": None if before is None else before.to_document(),
        "to": agreement.to_document(),
    }


def _effect(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    system.joint.put_agreement(read_agreement(given(action.cycle_agreement)), time)
    return NO_COMMANDS, ReasonCode.NONE


RULES: Final = {
    ActionKind.SET_CYCLE_AGREEMENT: ActionRule(
        needs=("cycle_agreement",),
        may_be_dated=True,
        check=_check,
        show=_show,
        effect=_effect,
    ),
}
