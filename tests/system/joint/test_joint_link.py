"""The terms of the link that pays a joint cycle: accounts, decider, identifiers."""

from typing import Any

import pytest

from skontro.model import InputError, check_uetr
from skontro.system.joint.joint_cycle import (
    JointAccount,
    JointResult,
    NamedContract,
    NetPayment,
    Publication,
)
from skontro.system.joint.joint_link import derived_uuid, joint_terms
from tests.system.joint.joint_countries import CODES, SYSTEMS

KG, KZ, UZ = SYSTEMS
HOLDERS = {KG: "AAAAKG22", KZ: "BBBBKZ22", UZ: "CCCCUZ22"}


def publication(system: str, *contracts: str, **fields: Any) -> Publication:
    accounts = [JointAccount(CODES[system], one, HOLDERS[one]) for one in SYSTEMS]
    digests = [NamedContract(one, one.encode().hex().zfill(64)) for one in contracts]
    return Publication("1", system, (), fields.get("accounts", accounts), digests)


def result(*payments: tuple[str, str, str, int]) -> JointResult:
    return JointResult("1", (), tuple(NetPayment(*one) for one in payments))


WHOLE = [publication(KG, KZ, UZ), publication(KZ, KG, UZ), publication(UZ, KG, KZ)]
PAID = result(("KGS", KZ, UZ, 5), ("KZT", UZ, KZ, 7), ("KZT", KZ, KG, 3))


def test_each_payment_is_a_leg_in_the_system_of_its_currency() -> None:
    terms = joint_terms(PAID, WHOLE, 77)
    assert terms is not None
    assert (terms.decider, terms.valid_until, terms.systems) == (KG, 77, (KG, KZ))
    rows = [(one.system, one.payer, one.payee, one.currency, one.amount) for one in terms.legs]
    assert rows == [
        (KG, HOLDERS[KZ], HOLDERS[UZ], "KGS", 5),
        (KZ, HOLDERS[UZ], HOLDERS[KZ], "KZT", 7),
        (KZ, HOLDERS[KZ], HOLDERS[KG], "KZT", 3),
    ]
    assert [one.contract for one in terms.legs] == ["", *[KZ.encode().hex().zfill(64)] * 2]
    assert joint_terms(PAID, reversed(WHOLE), 77) == terms


def test_the_first_system_with_contracts_with_all_others_decides() -> None:
    some = [publication(KG), publication(KZ, KG, UZ), publication(UZ, KG, KZ)]
    terms = joint_terms(PAID, some, 77)
    assert terms is not None
    assert terms.systems == (KZ, KG)
    assert [one.contract for one in terms.legs] == ["", "", KG.encode().hex().zfill(64)]
    with pytest.raises(InputError, match="no system has contracts with all others that pay"):
        joint_terms(PAID, [publication(KG), publication(KZ, UZ), publication(UZ, KG, KZ)], 77)


def test_nothing_to_pay_and_payments_in_one_system_need_no_link() -> None:
    assert joint_terms(result(), WHOLE, 77) is None
    with pytest.raises(InputError, match="all payments are in KZ-RTGS; they need no link"):
        joint_terms(result(("KZT", KG, UZ, 5)), WHOLE, 77)


def test_payments_without_accounts_are_refused() -> None:
    only = [JointAccount("KGS", KZ, HOLDERS[KZ]), JointAccount("KZT", UZ, HOLDERS[UZ])]
    some = [publication(KG, KZ, accounts=only), publication(KZ, KG)]
    for currency, payer, payee in (("KGS", KZ, UZ), ("KGS", UZ, KZ), ("UZS", KG, KZ)):
        message = f"no member has accounts in {currency} for {payer} and {payee}"
        with pytest.raises(InputError, match=message):
            joint_terms(result((currency, payer, payee, 5)), some, 77)


def test_identifiers_come_from_the_root_and_the_part() -> None:
    terms = joint_terms(PAID, WHOLE, 77)
    assert terms is not None
    assert terms.link == derived_uuid(PAID.root, "link")
    assert [one.uetr for one in terms.legs] == [
        derived_uuid(PAID.root, f"leg {number}") for number in range(3)
    ]
    for root in (bytes(32), b"\xff" * 32):
        for part in ("link", "leg 0", "leg 10"):
            assert check_uetr(derived_uuid(root, part))
    assert derived_uuid(bytes(32), "link") == "3019d8a7-758b-4277-a4e7-c923348d8334"


def test_an_account_or_contract_is_published_once() -> None:
    twice = [JointAccount("KGS", KZ, HOLDERS[KZ]), JointAccount("KGS", KZ, HOLDERS[UZ])]
    with pytest.raises(InputError, match="KG-RTGS publishes two accounts of one member"):
        publication(KG, accounts=twice)
    with pytest.raises(InputError, match="KG-RTGS publishes two contracts of one member"):
        publication(KG, KZ, KZ)


def test_accounts_and_contracts_are_published_in_order() -> None:
    """So that their root does not depend on the order in which they were given."""
    whole = publication(KG, KZ, UZ)
    mixed = Publication("1", KG, (), whole.accounts[::-1], whole.contracts[::-1])
    assert mixed == whole
    assert mixed.root == whole.root


@pytest.mark.parametrize("changed", ["accounts", "contracts"])
def test_accounts_and_contracts_are_under_the_published_root(changed: str) -> None:
    whole = publication(KG, KZ)
    fewer = Publication(
        "1",
        KG,
        (),
        () if changed == "accounts" else whole.accounts,
        () if changed == "contracts" else whole.contracts,
    )
    assert fewer.root != whole.root
