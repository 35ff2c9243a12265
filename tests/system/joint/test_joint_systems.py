"""Joint cycles of three real settlement systems: published, netted, compared, paid as one link."""

from itertools import pairwise

import attrs
import pytest

from skontro.model import InputError
from skontro.system.joint.joint_cycle import JointResult, NetPayment, left_out
from skontro.system.joint.joint_documents import SignedPublication, SignedResult
from skontro.system.joint.joint_link import joint_terms
from skontro.system.joint.joint_member import JointMember, Verdict
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.system.joint.joint_countries import (
    FUNDS,
    KEYS,
    PUBLIC_KEYS,
    SYSTEMS,
    VALID_UNTIL,
    Joint,
    cycle_of,
)

KG, KZ, UZ = SYSTEMS
SETTLED = {Phase.COMMITTED, Phase.COMPLETED}


def owing() -> Joint:
    """Debts in three currencies; each system pays in one and receives in another."""
    joint = Joint()
    joint.country(KZ).owe(70_000, "KZT", KG)
    joint.country(KZ).owe(5_000, "KZT", UZ, bank=1)
    joint.country(KG).owe(30_000, "KZT", KZ)
    joint.country(KG).owe(900, "KGS", UZ)
    joint.country(UZ).owe(1_200, "KGS", KG)
    joint.country(UZ).owe(44_000, "UZS", KZ)
    return joint


def exchange(joint: Joint, *present: str) -> dict[str, JointMember]:
    """All present members hear all their publications."""
    cycle = cycle_of()
    members = {one: joint.members(cycle)[one] for one in present or SYSTEMS}
    for system in members:
        for member in members.values():
            member.hear(joint.signed(system, cycle))
    return members


def agree(members: dict[str, JointMember]) -> JointResult:
    """All members sign, compare, and come to one result."""
    signed = {one: member.sign(KEYS[one]) for one, member in members.items()}
    for one, member in members.items():
        assert [member.compare(signed[other]) for other in members if other != one] == [
            Verdict.AGREES
        ] * (len(members) - 1)
    results = [member.agreed for member in members.values()]
    assert results[0] is not None
    assert all(one == other for one, other in pairwise(results))
    return results[0]


def terms_of(members: dict[str, JointMember], result: JointResult) -> LinkTerms:
    """The terms that each member makes of the result; they are the same."""
    made = [
        joint_terms(result, [one.publication for one in member.taking_part], VALID_UNTIL)
        for member in members.values()
    ]
    assert made[0] is not None
    assert all(one == other for one, other in pairwise(made))
    return made[0]


def test_three_systems_pay_their_net_amounts_as_one_link() -> None:
    joint = owing()
    members = exchange(joint)
    result = agree(members)
    assert result.payments == (
        NetPayment("KGS", UZ, KG, 300),
        NetPayment("KZT", KZ, KG, 40_000),
        NetPayment("KZT", KZ, UZ, 5_000),
        NetPayment("UZS", UZ, KZ, 44_000),
    )
    terms = terms_of(members, result)
    assert terms.decider == KG
    assert [len(terms.legs_of(one)) for one in SYSTEMS] == [1, 2, 1]
    before = {one: sum(joint.country(one).balances) for one in SYSTEMS}
    joint.settle(terms)
    assert joint.ended(terms) == SETTLED
    kz, kg, uz = (joint.country(one) for one in (KZ, KG, UZ))
    # At home: what own banks brought, less what was paid to the others.
    assert kz.balance(kz.clearing, "KZT") == 75_000 - 45_000
    assert kz.balance(kz.members[KG], "KZT") == FUNDS + 40_000
    assert kz.balance(kz.members[UZ], "KZT") == FUNDS + 5_000
    assert kg.balance(kg.clearing, "KGS") == 900 + 300
    assert kg.balance(kg.members[UZ], "KGS") == FUNDS - 300
    assert uz.balance(uz.members[KZ], "UZS") == FUNDS + 44_000
    # The creditors' systems have what their banks are owed, in each currency.
    assert kg.balance(kg.clearing, "KZT") + 40_000 == 70_000
    assert kz.balance(kz.clearing, "KZT") == 30_000
    assert kg.balance(kg.clearing, "KGS") == 1_200
    assert uz.balance(uz.clearing, "KGS") - 300 == 900
    assert {one: sum(joint.country(one).balances) for one in SYSTEMS} == before
    assert not joint.refused
    joint.check_replay()


def test_the_terms_show_which_result_they_pay() -> None:
    joint = owing()
    members = exchange(joint)
    terms = terms_of(members, agree(members))
    joint.country(KZ).owe(1, "KZT", KG)
    later = exchange(joint)
    others = terms_of(later, agree(later))
    assert others.link != terms.link
    assert {leg.uetr for leg in others.legs}.isdisjoint(leg.uetr for leg in terms.legs)
    assert len({leg.uetr for leg in terms.legs}) == 4
    # The same documents give the same terms again, so the result cannot be paid twice.
    again = exchange(owing())
    assert terms_of(members, agree(members)) == terms
    assert again[KZ].result().root != members[KZ].result().root  # other UETRs


def test_a_payer_without_cover_stops_the_whole_link() -> None:
    joint = owing()
    uz = joint.country(UZ)
    members = exchange(joint)
    terms = terms_of(members, agree(members))
    uz.pay(44_000, uz.account(uz.clearing, "UZS"), uz.account(uz.banks[0], "UZS"))
    joint.settle(terms)
    assert joint.ended(terms) == {Phase.MATCHED}
    assert joint.country(KZ).balance(joint.country(KZ).clearing, "KZT") == 75_000
    uz.pay(44_000, uz.account(uz.banks[0], "UZS"), uz.account(uz.clearing, "UZS"))
    joint.deliver()
    assert joint.ended(terms) == SETTLED
    joint.check_replay()


@pytest.mark.parametrize(("cap", "settles"), [(44_999, False), (45_000, True)])
def test_the_caps_of_the_contracts_hold_for_the_net_amounts(cap: int, *, settles: bool) -> None:
    joint = Joint(cap)
    joint.country(KZ).owe(45_000, "KZT", KG)
    joint.country(KG).owe(700, "KGS", KZ)
    members = exchange(joint)
    terms = terms_of(members, agree(members))
    assert terms.decider == KG
    joint.settle(terms)
    assert (joint.ended(terms) == SETTLED) == settles
    kz = joint.country(KZ)
    assert kz.balance(kz.members[KG], "KZT") == FUNDS + (45_000 if settles else 0)
    assert kz.balance(kz.banks[2], "KZT") == 0
    joint.check_replay()


def test_a_member_that_signs_a_wrong_result_is_named_and_the_others_go_on() -> None:
    joint = owing()
    members = exchange(joint)
    right = members[UZ].result()
    payments = list(right.payments)
    payments[2] = attrs.evolve(payments[2], amount=6_000)
    wrong = attrs.evolve(right, payments=tuple(payments))
    lie = SignedResult.of(wrong, UZ, KEYS[UZ])
    members[KG].sign(KEYS[KG])
    assert members[KG].compare(lie) == Verdict.WRONG
    asked: list[int] = []

    def answer(rows: int) -> bytes:
        asked.append(rows)
        return wrong.prefix_root(rows)

    honest = joint.members(cycle_of())[KG]
    for one in SYSTEMS:
        honest.hear(joint.signed(one, cycle_of()))
    assert honest.first_wrong_row(lie, answer) == 3  # row 0 has the inputs
    assert len(asked) <= 5
    assert members[KZ].hear_evidence(members[KG].evidence[UZ]) == UZ
    assert members[KG].agreed is None
    # Without UZ, the debts towards its banks and of its banks wait.
    others = {one: members[one] for one in (KG, KZ)}
    result = agree(others)
    assert result.payments == (NetPayment("KZT", KZ, KG, 40_000),)
    publications = [one.publication for one in members[KZ].taking_part]
    assert sorted(one.amount for one in left_out(publications)) == [900, 5_000]
    with pytest.raises(InputError, match="all payments are in KZ-RTGS; they need no link"):
        joint_terms(result, publications, VALID_UNTIL)


def test_a_silent_member_is_left_out_and_its_debts_wait() -> None:
    joint = owing()
    joint.country(KG).owe(50, "KGS", KZ)
    members = exchange(joint, KG, KZ)
    assert members[KG].silent == (UZ,)
    result = agree(members)
    assert result.payments == (
        NetPayment("KGS", KG, KZ, 50),
        NetPayment("KZT", KZ, KG, 40_000),
    )
    terms = terms_of(members, result)
    assert terms.systems == (KG, KZ)
    joint.settle(terms)
    assert joint.ended(terms) == SETTLED
    # The next cycle takes what was left out, and refuses what has been paid.
    first = [one.publication for one in members[KG].taking_part]
    waiting = {one.reference for one in left_out(first)}
    paid = {
        (one.system, row.reference)
        for one in first
        for row in one.obligations
        if row.reference not in waiting
    }
    cycle = cycle_of("2026-11-28/2")
    member = JointMember(cycle, KZ, PUBLIC_KEYS, paid)
    whole = joint.publication(KG, cycle)
    with pytest.raises(InputError, match="an earlier cycle paid the obligation"):
        member.hear(SignedPublication.of(whole, KEYS[KG]))
    rest = [one for one in whole.obligations if (KG, one.reference) not in paid]
    assert [one.amount for one in rest] == [900]
    member.hear(SignedPublication.of(attrs.evolve(whole, obligations=rest), KEYS[KG]))
    assert member.silent == (KZ, UZ)
    joint.check_replay()


def test_a_publication_that_one_member_lacks_is_handed_on() -> None:
    joint = owing()
    cycle = cycle_of()
    members = joint.members(cycle)
    for one in SYSTEMS:
        members[KG].hear(joint.signed(one, cycle))
        if one != UZ:
            members[KZ].hear(joint.signed(one, cycle))
    first, second = members[KG].sign(KEYS[KG]), members[KZ].sign(KEYS[KZ])
    assert members[KG].compare(second) == Verdict.INPUTS_DIFFER
    assert members[KZ].compare(first) == Verdict.INPUTS_DIFFER
    assert not members[KG].evidence
    for signed in members[KG].publications.values():
        members[KZ].hear(signed)
    assert members[KG].compare(members[KZ].sign(KEYS[KZ])) == Verdict.AGREES
    assert members[KG].agreed is None  # UZ has not signed
    assert not members[KG].evidence
