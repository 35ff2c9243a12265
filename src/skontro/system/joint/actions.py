"""The operator action that puts an agreement on joint cycles in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, ReasonCode
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_participant
from skontro.system.joint.agreement import CycleAgreement, read_agreement
from skontro.system.mirror.mirror_accounts import mirror_accounts

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
    return _check_accounts(system, agreement, own)


def _accounts(agreement: CycleAgreement, own: str) -> list[tuple[str, str, str]]:
    """Member, holder and currency of each own account that an agreement names."""
    member = agreement.member(own)
    cleared = [(own, member.clearing, code) for code in agreement.currencies]
    others = [(one.member, one.bic, one.currency) for one in member.accounts if one.member != own]
    return [*cleared, *others]


def _check_accounts(system: SettlementSystem, agreement: CycleAgreement, own: str) -> ReasonCode:
    directory, mirrors = system.directory, mirror_accounts(system)
    for _, bic, code in _accounts(agreement, own):
        if bic not in directory or bic in system.membership.left:
            return ReasonCode.UNKNOWN_PARTICIPANT
        account = directory.account_number(bic, code)
        if account is None:
            return ReasonCode.NO_SETTLEMENT_ACCOUNT
        if account in mirrors:
            return ReasonCode.MIRROR_ACCOUNT
    return ReasonCode.NONE


def _show(system: SettlementSystem, action: Action, _time: int) -> Document:
    agreement = read_agreement(given(action.cycle_agreement))
    before = system.joint.agreement(agreement.name)
    own = system.link_contracts.own_system
    return {
        "agreement": agreement.name,
        "members": list(agreement.systems),
        "accounts": [
            {"member": member, "currency": code, **shown_participant(system.directory, bic)}
            for member, bic, code in _accounts(agreement, own)
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
