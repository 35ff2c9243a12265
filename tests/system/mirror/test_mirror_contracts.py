"""Contracts with mirror accounts: the accounts that they name, and changes of those in use."""

import json
from typing import Any

import attrs
import pytest

from skontro.model import ReasonCode
from skontro.system import Action
from skontro.system.links.contract import LinkContract
from skontro.system.mirror.mirror_accounts import MirrorAccount, mirror_account, mirror_accounts
from tests.system.mirror.mirrored_systems import Mirrored


def changed(both: Mirrored, place: int = 0, version: int = 2, **fields: Any) -> LinkContract:
    """The contract with other accounts for the currency of one country."""
    sides = [
        attrs.evolve(side, currencies=[attrs.evolve(one, **fields) for one in side.currencies])
        if side.system == both[place].id
        else side
        for side in both.contract.sides
    ]
    return LinkContract(version, sides)


def proposed(both: Mirrored, contract: LinkContract, place: int = 0) -> ReasonCode:
    peer = both[1 - place].id
    action = Action("set_link_contract", peer=peer, link_contract=contract.to_document())
    return both[place].propose(action)


def test_both_mirror_accounts_are_known_by_number() -> None:
    both = Mirrored(cap=70)
    find = both[0].system.directory.account_number
    vostro, nostro = find("NBKGKG22", "KZT"), find("NBKZKZKX", "KGS")
    assert mirror_accounts(both[0].system) == {
        vostro: MirrorAccount("KG-RTGS", "KZT", vostro, is_home=True, cap=70),
        nostro: MirrorAccount("KG-RTGS", "KGS", nostro, is_home=False, cap=70),
    }
    assert mirror_account(both[0].system, "UZ-RTGS", "KZT") is None
    assert mirror_account(both[0].system, "KG-RTGS", "UZS") is None


def test_a_contract_without_a_nostro_has_no_mirror() -> None:
    both = Mirrored()
    for place in (0, 1):
        contract = changed(both, nostro_account="")
        both[place].system.link_contracts.put(both[1 - place].id, contract)
        assert mirror_account(both[place].system, both[1 - place].id, "KZT") is None
        assert mirror_account(both[place].system, both[1 - place].id, "KGS") is not None


def test_the_approver_sees_the_mirror_accounts() -> None:
    both = Mirrored()
    assert proposed(both, changed(both, cap=5)) == ReasonCode.NONE
    shown = json.loads(both[0].system.four_eyes.open[-1].shown)
    vostro = {"bic": "NBKGKG22", "name": "Bank NBKGKG22"}
    own = {"bic": "NBKZKZKX", "name": "Bank NBKZKZKX"}
    assert shown["accounts"] == [
        {"currency": "KZT", "earmark_account": own, "vostro_account": vostro},
        {"currency": "KGS", "nostro_account": own},
    ]


@pytest.mark.parametrize(
    ("place", "fields", "reason"),
    [
        (1, {"nostro_account": "ZZZZKZ22"}, ReasonCode.UNKNOWN_PARTICIPANT),
        (1, {"nostro_account": "NBKGKG22"}, ReasonCode.NO_SETTLEMENT_ACCOUNT),
        (0, {"vostro_account": "ZZZZKZ22"}, ReasonCode.UNKNOWN_PARTICIPANT),
        (1, {"nostro_account": "AAAAKZKA"}, ReasonCode.NONE),
        # The other side's own accounts are checked there.
        (1, {"vostro_account": "ZZZZKZ22"}, ReasonCode.NONE),
        (0, {"nostro_account": "ZZZZKZ22"}, ReasonCode.NONE),
    ],
)
def test_the_own_accounts_must_exist(
    place: int, fields: dict[str, str], reason: ReasonCode
) -> None:
    both = Mirrored()
    assert proposed(both, changed(both, place, **fields)) == reason


def test_mirror_accounts_in_use_do_not_change() -> None:
    both = Mirrored()
    other = changed(both, vostro_account="BBBBKZKB")
    none = changed(both, vostro_account="", nostro_account="")
    same = changed(both, cap=5)
    assert {proposed(both, one) for one in (other, none, same)} == {ReasonCode.NONE}
    both.pay(both.terms(0, 700))
    both.deliver()
    assert proposed(both, other) == proposed(both, none) == ReasonCode.MIRROR_IN_USE
    assert proposed(both, same) == ReasonCode.NONE
    # The nostro on the other side has a balance too.
    nostro = changed(both, nostro_account="BBBBKG22")
    assert proposed(both, nostro, 1) == ReasonCode.MIRROR_IN_USE
    assert proposed(both, nostro, 0) == ReasonCode.NONE
    both.pay(both.terms(1, 700))
    both.deliver()
    assert proposed(both, other) == proposed(both, nostro, 1) == ReasonCode.NONE


def test_mirror_accounts_do_not_change_while_a_payment_is_under_way() -> None:
    both = Mirrored()
    both[0].pay_at_home(1_000_000)
    both.pay(both.terms(0, 700))
    other = changed(both, vostro_account="BBBBKZKB")
    # Nothing has moved yet, and may at any time.
    assert both[0].balance("NBKGKG22", "KZT") == 0
    assert proposed(both, other) == ReasonCode.MIRROR_IN_USE
    assert proposed(both, changed(both, cap=5)) == ReasonCode.NONE


def test_an_account_mirrors_one_system() -> None:
    both = Mirrored()
    sides = [
        attrs.evolve(side, system="UZ-RTGS", public_key="ab" * 32)
        if side.system == "KG-RTGS"
        else side
        for side in both.contract.sides
    ]
    contract = LinkContract(1, sides)
    action = Action("set_link_contract", peer="UZ-RTGS", link_contract=contract.to_document())
    assert both[0].propose(action) == ReasonCode.MIRROR_IN_USE
    both[0].system.link_contracts.put(
        "KG-RTGS", changed(both, vostro_account="", nostro_account="")
    )
    assert both[0].propose(action) == ReasonCode.MIRROR_IN_USE
    both[0].system.link_contracts.put(
        "KG-RTGS",
        LinkContract(
            3,
            [
                attrs.evolve(
                    side,
                    currencies=[
                        attrs.evolve(one, vostro_account="", nostro_account="")
                        for one in side.currencies
                    ],
                )
                for side in both.contract.sides
            ],
        ),
    )
    assert both[0].propose(action) == ReasonCode.NONE
