"""A member of a joint cycle by hand: signatures, contradictions, wrong results, evidence."""

import json
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.model import InputError, Netting
from skontro.system.joint.joint_cycle import (
    JointAccount,
    JointResult,
    NamedContract,
    NetPayment,
    Publication,
    net_jointly,
)
from skontro.system.joint.joint_documents import SignedPublication, SignedResult
from skontro.system.joint.joint_member import (
    Contradiction,
    JointCycle,
    JointMember,
    Verdict,
    WrongResult,
    accused,
)
from tests.system.joint.joint_countries import KEYS, PUBLIC_KEYS, SYSTEMS
from tests.system.joint.test_joint_cycle import owed

KG, KZ, UZ = SYSTEMS
CYCLE = JointCycle("1", SYSTEMS, 1_000)
# `owed` numbers systems with one more, which is no member here: 0 is KG, 1 is KZ, 3 is UZ.
ROWS = {
    KG: [owed(0, 1, 70, "a"), owed(0, 3, 5, "b", 1)],
    KZ: [owed(1, 0, 30, "c")],
    UZ: [owed(3, 1, 9, "d", 2)],
}


def signed(system: str, *more: Any, cycle: str = "1") -> SignedPublication:
    return SignedPublication.of(Publication(cycle, system, [*ROWS[system], *more]), KEYS[system])


def member(system: str = KG, *present: str) -> JointMember:
    made = JointMember(CYCLE, system, PUBLIC_KEYS)
    for one in present or SYSTEMS:
        made.hear(signed(one))
    return made


def wrong(result: JointResult, amount: int = 1) -> JointResult:
    payments = (*result.payments[:-1], attrs.evolve(result.payments[-1], amount=amount))
    return attrs.evolve(result, payments=payments)


def test_documents_survive_their_json() -> None:
    publication = Publication(
        "1",
        KZ,
        [owed(1, 3, 2, "a"), owed(1, 0, 10**17 + 1, "z")],
        [JointAccount("KZT", KZ, "AAAAKZKA"), JointAccount("KZT", KG, "BBBBKZKB")],
        [NamedContract(KG, "c0" * 32)],
    )
    made = SignedPublication.of(publication, KEYS[KZ])
    again = SignedPublication.from_document(json.loads(json.dumps(made.to_document())))
    assert again == made
    again.check(PUBLIC_KEYS)
    assert made.to_document()["obligations"][0]["amount"] == "100000000000000001"
    result = SignedResult.of(net_jointly([publication]), KZ, KEYS[KZ])
    read = SignedResult.from_document(json.loads(json.dumps(result.to_document())))
    assert read == result
    read.check(PUBLIC_KEYS)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", "skontro joint result 1", "format: must be 'skontro joint publication 1'"),
        ("cycle", "2", "root: is not that of the rows"),
        ("system", KG, "a: KG-RTGS publishes an obligation of KZ-RTGS|c: KG-RTGS publishes"),
        ("root", "00" * 32, "root: is not that of the rows"),
        ("obligations", [], "root: is not that of the rows"),
        ("accounts", {}, "accounts: must be a list"),
        ("contracts", [{"member": KG}], "contracts: digest is missing"),
        ("signature", "00", "signature"),
        ("more", 1, "'more' is no field of it"),
    ],
)
def test_publications_of_another_form_are_refused(field: str, value: Any, message: str) -> None:
    document = signed(KZ).to_document() | {field: value}
    with pytest.raises(InputError, match=message):
        SignedPublication.from_document(document)


@pytest.mark.parametrize("amount", ["", "7.0", "-7", "+7", " 7", "\u0667", 7, "007"])
def test_amounts_have_one_form(amount: Any) -> None:
    document = signed(UZ).to_document()
    document["obligations"][0]["amount"] = amount
    with pytest.raises(InputError, match=r"amount|another form|root"):
        SignedPublication.from_document(document)


def test_rows_in_another_order_are_refused() -> None:
    document = signed(KG).to_document()
    document["obligations"].reverse()
    with pytest.raises(InputError, match="has another form than this system writes"):
        SignedPublication.from_document(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "x"),
        ("cycle", 1),
        ("system", None),
        ("inputs", [[KG]]),
        ("inputs", [[KG, "00"]]),
        ("inputs", [[1, "00" * 32]]),
        ("rows", 0),
        ("rows", "1"),
        ("root", "zz"),
        ("signature", "00" * 63),
    ],
)
def test_results_of_another_form_are_refused(field: str, value: Any) -> None:
    document = member().sign(KEYS[KG]).to_document() | {field: value}
    with pytest.raises(InputError, match=field):
        SignedResult.from_document(document)


@pytest.mark.parametrize("field", ["cycle", "system", "inputs", "rows", "root"])
def test_every_field_of_a_result_is_signed(field: str) -> None:
    result = member().sign(KEYS[KG])
    others = {"cycle": "2", "system": KZ, "inputs": (), "rows": 9, "root": bytes(32)}
    with pytest.raises(InputError, match="the signature is not that of"):
        attrs.evolve(result, **{field: others[field]}).check(PUBLIC_KEYS)


def test_only_signed_documents_of_members_and_of_the_cycle_are_heard() -> None:
    made = member()
    stranger = Ed25519PrivateKey.generate()
    with pytest.raises(InputError, match="the signature is not that of KZ-RTGS"):
        made.hear(SignedPublication.of(signed(KZ).publication, stranger))
    with pytest.raises(InputError, match="the document is of cycle 2"):
        made.hear(signed(KZ, cycle="2"))
    tajik = Publication("1", "TJ-RTGS", [])
    with pytest.raises(InputError, match="TJ-RTGS is no member"):
        made.hear(SignedPublication.of(tajik, stranger))
    with pytest.raises(InputError, match="TJ-RTGS is no member"):
        SignedPublication.of(tajik, stranger).check(PUBLIC_KEYS)
    result = made.sign(KEYS[KG])
    with pytest.raises(InputError, match="the document is of cycle 2"):
        made.compare(attrs.evolve(result, cycle="2"))
    with pytest.raises(InputError, match="the signature is not that of"):
        made.compare(attrs.evolve(result, system=UZ))
    with pytest.raises(InputError, match="TJ-RTGS is no member"):
        JointMember(CYCLE, "TJ-RTGS", PUBLIC_KEYS)
    assert not made.evidence


@pytest.mark.parametrize("members", [(), (KG,), (KZ, KG), (KG, KG)])
def test_a_cycle_has_two_or_more_members_in_order(members: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="two or more members, in order"):
        JointCycle("1", members, 1_000)


def test_two_publications_of_one_member_convict_it() -> None:
    made = member()
    made.hear(signed(UZ))  # the same again is none
    assert not made.evidence
    assert [one.system for one in made.taking_part] == [KG, KZ, UZ]
    second = signed(UZ, owed(3, 0, 1, "e"))
    made.hear(second)
    evidence = made.evidence[UZ]
    assert evidence == Contradiction(signed(UZ), second)
    assert accused(evidence, CYCLE, PUBLIC_KEYS) == UZ
    assert [one.system for one in made.taking_part] == [KG, KZ]
    assert made.silent == ()
    assert made.result().payments == (NetPayment("KGS", KG, KZ, 40),)
    other = member(KZ)
    assert other.hear_evidence(evidence) == UZ
    assert other.result() == made.result()


def test_two_results_from_the_same_inputs_convict_a_member() -> None:
    made = member()
    right = member(UZ).sign(KEYS[UZ])
    assert made.compare(right) == Verdict.AGREES
    lie = SignedResult.of(wrong(made.result()), UZ, KEYS[UZ])
    assert made.compare(lie) == Verdict.WRONG
    assert made.evidence[UZ] == Contradiction(right, lie)
    assert accused(made.evidence[UZ], CYCLE, PUBLIC_KEYS) == UZ


def test_a_wrong_result_convicts_its_member_and_nobody_else() -> None:
    made = member()
    lie = SignedResult.of(wrong(made.result()), UZ, KEYS[UZ])
    assert made.compare(lie) == Verdict.WRONG
    evidence = made.evidence[UZ]
    assert isinstance(evidence, WrongResult)
    assert accused(evidence, CYCLE, PUBLIC_KEYS) == UZ
    assert set(made.evidence) == {UZ}
    # The same number of rows is part of it.
    rows = attrs.evolve(member(UZ).sign(KEYS[UZ]), rows=9)
    rows = attrs.evolve(rows, signature=KEYS[UZ].sign(rows.to_bytes()))
    assert member().compare(rows) == Verdict.WRONG


def test_a_wrong_result_from_fewer_inputs_is_wrong_too() -> None:
    few = member(KZ, KG, KZ)
    right = few.sign(KEYS[KZ])
    made = member()
    assert made.compare(right) == Verdict.INPUTS_DIFFER
    assert not made.evidence
    lie = SignedResult.of(wrong(few.result()), KZ, KEYS[KZ])
    made = member()
    assert made.compare(lie) == Verdict.WRONG
    assert accused(made.evidence[KZ], CYCLE, PUBLIC_KEYS) == KZ
    # From publications that this member does not have, nothing can be said yet.
    alone = member(KG, KG)
    assert alone.compare(lie) == Verdict.INPUTS_DIFFER
    none = attrs.evolve(lie, inputs=())
    none = attrs.evolve(none, signature=KEYS[KZ].sign(none.to_bytes()))
    assert alone.compare(none) == Verdict.INPUTS_DIFFER
    assert not alone.evidence


def test_evidence_that_convicts_nobody_is_refused() -> None:
    made = member()
    result = made.sign(KEYS[KG])
    lie = SignedResult.of(wrong(made.result()), UZ, KEYS[UZ])
    for evidence, message in (
        (WrongResult(result, made.taking_part), "the result is right"),
        (WrongResult(lie, made.taking_part[:2]), "the publications are not those"),
        (Contradiction(signed(UZ), signed(UZ)), "the two documents may both be right"),
        (Contradiction(signed(UZ), signed(KG)), "the two documents may both be right"),
        (Contradiction(signed(KG), result), "the two documents may both be right"),
        (Contradiction(result, signed(KG)), "the two documents may both be right"),
        (Contradiction(result, result), "the two documents may both be right"),
        (
            Contradiction(result, member(KG, KG, KZ).sign(KEYS[KG])),
            "the two documents may both be right",
        ),
        (
            Contradiction(signed(UZ), attrs.evolve(signed(UZ, owed(3, 0, 1, "e")), signature=b"")),
            "the signature is not that of UZ-RTGS",
        ),
        (
            WrongResult(attrs.evolve(lie, signature=bytes(64)), made.taking_part),
            "the signature is not that of UZ-RTGS",
        ),
        (
            WrongResult(lie, (attrs.evolve(made.taking_part[0], signature=bytes(64)),)),
            "the signature is not that of KG-RTGS",
        ),
    ):
        with pytest.raises(InputError, match=message):
            made.hear_evidence(evidence)
    assert not made.evidence


def test_the_result_is_agreed_once_all_have_signed_it() -> None:
    made = member()
    assert made.agreed is None
    made.sign(KEYS[KG])
    assert made.agreed is None
    for other in (KZ, UZ):
        assert made.agreed is None
        assert made.compare(member(other).sign(KEYS[other])) == Verdict.AGREES
    assert made.agreed == made.result()
    # A member that is convicted afterwards undoes it.
    made.hear(signed(UZ, owed(3, 0, 1, "e")))
    assert made.agreed is None


def test_the_netting_is_that_of_the_cycle() -> None:
    bilateral = attrs.evolve(CYCLE, netting=Netting.BILATERAL)
    made = JointMember(bilateral, KG, PUBLIC_KEYS)
    rows = {KG: owed(0, 1, 70, "a"), KZ: owed(1, 3, 70, "b"), UZ: owed(3, 0, 70, "c")}
    for system, row in rows.items():
        made.hear(SignedPublication.of(Publication("1", system, [row]), KEYS[system]))
    assert len(made.result().payments) == 3
    lie = SignedResult.of(net_jointly([one.publication for one in made.taking_part]), UZ, KEYS[UZ])
    assert made.compare(lie) == Verdict.WRONG
    assert accused(made.evidence[UZ], bilateral, PUBLIC_KEYS) == UZ
    with pytest.raises(InputError, match="the result is right"):
        accused(made.evidence[UZ], CYCLE, PUBLIC_KEYS)


def test_answers_for_another_result_than_signed_are_refused() -> None:
    made = member()
    lie = SignedResult.of(wrong(made.result()), UZ, KEYS[UZ])
    with pytest.raises(InputError, match="UZ-RTGS answers for another result than signed"):
        made.first_wrong_row(lie, made.result().prefix_root)
    assert made.first_wrong_row(lie, wrong(made.result()).prefix_root) == 3
    right = member(UZ).sign(KEYS[UZ])
    assert made.first_wrong_row(right, made.result().prefix_root) is None


def test_an_obligation_that_an_earlier_cycle_paid_is_refused() -> None:
    made = JointMember(CYCLE, KG, PUBLIC_KEYS, [(KZ, "a"), (KG, "b")])
    with pytest.raises(InputError, match="b: an earlier cycle paid the obligation"):
        made.hear(signed(KG))
    made.hear(signed(KZ))  # KG's order "a" is another than one of KZ with this reference
    assert made.silent == (KG, UZ)
