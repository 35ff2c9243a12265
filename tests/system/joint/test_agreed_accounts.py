"""Accounts that an agreement on joint cycles names, and contracts that name them afterwards."""

import attrs
import pytest

from skontro.model import InputError, ReasonCode
from skontro.system import Action, ActionKind
from skontro.system.joint.agreed_accounts import (
    AgreedAccount,
    agreed_accounts,
    cycle_accounts,
    earmark_accounts,
    unfit_account,
)
from skontro.system.joint.agreement import CycleAgreement
from skontro.system.joint.joint_cycle import JointAccount
from skontro.system.links.contract import LinkContract
from tests.system.joint.joint_countries import SYSTEMS
from tests.system.joint.live_cycles import LiveJoint

KG, KZ, UZ = SYSTEMS


@pytest.fixture(scope="module")
def joint() -> LiveJoint:
    return LiveJoint()


def second(agreement: CycleAgreement, clearing: str = "", **bic_of: str) -> CycleAgreement:
    """A second version, with other accounts at the Kazakh system: clearing, or of a member."""
    member = agreement.member(KZ)
    accounts = [
        attrs.evolve(
            one,
            bic=clearing
            if clearing and one.member == KZ
            else bic_of.get(one.member.replace("-", "_"), one.bic),
        )
        for one in member.accounts
    ]
    changed = attrs.evolve(member, clearing=clearing or member.clearing, accounts=accounts)
    others = [one for one in agreement.members if one.system != KZ]
    return attrs.evolve(agreement, version=2, members=[changed, *others])


def with_mirror(joint: LiveJoint, bic: str) -> LinkContract:
    """A second version of the contract of KG and KZ, with a vostro of this holder at KZ."""
    contract = joint.contracts[KZ, KG]
    sides = [
        attrs.evolve(
            one,
            currencies=[
                attrs.evolve(linked, vostro_account=bic, nostro_account="AAAAKG22")
                for linked in one.currencies
            ],
        )
        if one.system == KZ
        else one
        for one in contract.sides
    ]
    return attrs.evolve(contract, version=2, sides=sides)


def agree_contract(joint: LiveJoint, contract: LinkContract) -> ReasonCode:
    action = Action(ActionKind.SET_LINK_CONTRACT, peer=KG, link_contract=contract.to_document())
    return joint.country(KZ).propose(action)


def test_the_accounts_of_an_agreement_in_one_system(joint: LiveJoint) -> None:
    kz = joint.country(KZ)
    found = agreed_accounts(joint.agreement, KZ)
    assert found[:3] == [
        AgreedAccount("clearing", KZ, kz.clearing, code) for code in ("KGS", "KZT", "UZS")
    ]
    assert sorted(found[3:], key=lambda one: one.member) == [
        AgreedAccount("accounts", peer, kz.members[peer], "KZT") for peer in (KG, UZ)
    ]
    numbers = {kz.account(one.bic, one.currency) for one in found}
    assert cycle_accounts(kz.system) == numbers
    assert len(numbers) == 5
    assert earmark_accounts(kz.system) == {kz.account(kz.banks[2], "KZT"): KG}
    assert unfit_account(kz.system, joint.agreement) is None


@pytest.mark.parametrize("field", ["clearing", "accounts"])
def test_an_account_for_earmarks_is_refused(joint: LiveJoint, field: str) -> None:
    kz, bic = joint.country(KZ), joint.country(KZ).banks[2]
    changed = second(joint.agreement, UZ_RTGS=bic)
    place = f"{KZ}, account of {UZ}"
    if field == "clearing":
        # It has no account in other currencies, so the first obstacle is that.
        changed, place = second(joint.agreement, bic), KZ
        unfit = unfit_account(kz.system, changed)
        assert unfit is not None
        assert unfit.reason == ReasonCode.NO_SETTLEMENT_ACCOUNT
        assert unfit.text == f"clearing of {KZ}: {bic} has no account in KGS"
        kz_alone = [one for one in changed.members if one.system != KZ]
        emptied = [attrs.evolve(one, accounts=[]) for one in kz_alone]
        changed = attrs.evolve(changed, members=[changed.member(KZ), *emptied])
    unfit = unfit_account(kz.system, changed)
    assert unfit is not None
    assert unfit.account.field == field
    assert unfit.reason == ReasonCode.EARMARK_ACCOUNT
    assert (
        unfit.text == f"{field} of {place}: {bic} keeps earmarks in KZT, by the contract with {KG}"
    )
    action = Action(ActionKind.SET_CYCLE_AGREEMENT, cycle_agreement=changed.to_document())
    assert kz.propose(action) == ReasonCode.EARMARK_ACCOUNT


def test_unknown_holders_are_named(joint: LiveJoint) -> None:
    kz = joint.country(KZ)
    unfit = unfit_account(kz.system, second(joint.agreement, KG_RTGS="ZZZZKZ22"))
    assert unfit is not None
    assert unfit.reason == ReasonCode.UNKNOWN_PARTICIPANT
    assert unfit.text == f"accounts of {KZ}, account of {KG}: ZZZZKZ22 is no participant"


def test_a_mirror_account_is_refused() -> None:
    joint = LiveJoint()
    kz = joint.country(KZ)
    bic = kz.banks[1]
    kz.system.link_contracts.put(KG, with_mirror(joint, bic))
    unfit = unfit_account(kz.system, second(joint.agreement, UZ_RTGS=bic))
    assert unfit is not None
    assert unfit.reason == ReasonCode.MIRROR_ACCOUNT
    assert (
        unfit.text
        == f"accounts of {KZ}, account of {UZ}: {bic} has a mirror account in KZT, with {KG}"
    )


def test_a_later_contract_does_not_take_an_account_of_cycles(joint: LiveJoint) -> None:
    kz, contract = joint.country(KZ), joint.contracts[KZ, KG]
    for bic in (kz.clearing, kz.members[UZ]):
        assert agree_contract(joint, with_mirror(joint, bic)) == ReasonCode.MIRROR_ACCOUNT
        sides = [
            attrs.evolve(
                one, currencies=[attrs.evolve(each, earmark_account=bic) for each in one.currencies]
            )
            if one.system == KZ
            else one
            for one in contract.sides
        ]
        other = attrs.evolve(contract, version=2, sides=sides)
        assert agree_contract(joint, other) == ReasonCode.EARMARK_ACCOUNT
    assert agree_contract(joint, attrs.evolve(contract, version=2)) == ReasonCode.NONE


def test_no_two_members_share_an_account(joint: LiveJoint) -> None:
    kz = joint.country(KZ)
    with pytest.raises(InputError, match=f"accounts of {KZ}: one account is that of two members"):
        second(joint.agreement, UZ_RTGS=kz.members[KG])
    with pytest.raises(InputError, match="one account is that of two members"):
        second(joint.agreement, UZ_RTGS=kz.clearing)
    member = joint.agreement.member(KZ)
    again = JointAccount("KZT", UZ, "ZZZZKZ22")
    with pytest.raises(InputError, match="two of one member in one currency"):
        attrs.evolve(member, accounts=[*member.accounts, again])
