"""Joint cycles as systems drive them: by their records, their clocks, and statements."""

import json

import attrs
import pytest

from skontro.engine import CommandKind, command
from skontro.model import ReasonCode
from skontro.system.joint.cycle_state import CyclePhase
from skontro.system.joint.joint_cycle import JointResult, NetPayment
from skontro.system.joint.joint_documents import SignedPublication
from skontro.system.joint.joint_statements import JointStatement, JointStep
from skontro.system.joint.obligations import ObligationStage
from tests.service.systems import DAY, MINUTE, NOON
from tests.system.joint.joint_countries import FUNDS, KEYS, SYSTEMS
from tests.system.joint.live_cycles import CUT_OFF, SECOND, UNTIL, LiveJoint, signed_wrongly

KG, KZ, UZ = SYSTEMS
PAID, NOT_PAID = CyclePhase.PAID, CyclePhase.NOT_PAID


def owing(**agreement: object) -> LiveJoint:
    """Debts in three currencies; each system pays in one and receives in another."""
    joint = LiveJoint(**agreement)
    joint.instruct_debt(KZ, 70_000, "KZT", KG)
    joint.instruct_debt(KZ, 5_000, "KZT", UZ, bank=1)
    joint.instruct_debt(KG, 30_000, "KZT", KZ)
    joint.instruct_debt(KG, 900, "KGS", UZ)
    joint.instruct_debt(UZ, 1_200, "KGS", KG)
    joint.instruct_debt(UZ, 44_000, "UZS", KZ)
    assert joint.refused == []
    return joint


def phases(joint: LiveJoint, *systems: str) -> list[CyclePhase]:
    return [joint.cycle(one).phase for one in systems or SYSTEMS]


def test_three_systems_net_and_pay_at_the_time_of_the_cycle() -> None:
    joint = owing()
    before = [sum(one.balances) for one in joint.joint]
    joint.go(CUT_OFF - SECOND)
    joint.run()
    assert [len(one.system.joint) for one in joint.joint] == [0, 0, 0]
    joint.go(CUT_OFF)
    joint.run()
    assert phases(joint) == [PAID] * 3
    roots = {one.result.root for one in joint.cycles() if one.result}
    assert len(roots) == 1
    kz, kg, uz = (joint.country(one) for one in (KZ, KG, UZ))
    # Creditors have their money, out of the clearing accounts of their own systems.
    assert kz.balance(kz.banks[1], "KZT") == FUNDS - 5_000 + 30_000
    assert kz.balance(kz.banks[1], "UZS") == FUNDS + 44_000
    assert kg.balance(kg.banks[1], "KZT") == FUNDS + 70_000
    assert kg.balance(kg.banks[1], "KGS") == FUNDS + 1_200
    assert uz.balance(uz.banks[1], "KZT") == FUNDS + 5_000
    assert uz.balance(uz.banks[1], "KGS") == FUNDS + 900
    # What clearing accounts have paid beyond what came in is on the accounts of members.
    assert kz.balance(kz.members[KG], "KZT") == FUNDS + 40_000
    assert kg.balance(kg.clearing, "KZT") == -40_000
    assert kz.balance(kz.clearing, "KZT") == 0
    assert uz.balance(uz.clearing, "KZT") == -5_000
    assert [sum(one.balances) for one in joint.joint] == before
    for country in joint.joint:
        stages = {one.stage for one in country.system.joint.obligations.page(0, 10)}
        assert stages == {ObligationStage.NETTED}
    for country in joint.joint:
        orders = country.system.joint.own_orders.of_cycle(joint.cycle(country.id).identifier)
        assert all(one.is_final for one in orders)
        legs = [one.is_leg for one in orders]
        assert (legs.count(True), legs.count(False)) == ({KZ: 2}.get(country.id, 1), 2)
    assert joint.refused == []
    joint.check_replay()


def test_a_cycle_begins_after_its_cut_off_and_takes_what_was_funded_until_then() -> None:
    joint = owing()
    kz = joint.country(KZ)
    joint.go(CUT_OFF - 1)
    joint.turn(joint.number(KZ))
    assert kz.system.last_time == CUT_OFF
    assert len(kz.system.joint) == 0
    late = joint.instruct_debt(KZ, 1, "KZT", KG)
    assert joint.cycle(KZ).phase == CyclePhase.COLLECTING
    assert joint.cycle(KZ).history[0].time == CUT_OFF + 2
    joint.go(CUT_OFF + 2)
    joint.run()
    assert phases(joint) == [PAID] * 3
    one = joint.obligation(KZ, late)
    assert (one.stage, one.cycle) == (ObligationStage.FUNDED, "")
    # The next day's cycle takes it.
    joint.go(CUT_OFF + DAY)
    joint.run()
    assert [len(country.system.joint) for country in joint.joint] == [2, 2, 2]
    assert joint.cycle(KZ).reason == ReasonCode.CYCLE_NOT_PAYABLE  # a payment in one system alone
    assert phases(joint) == [NOT_PAID] * 3
    assert joint.obligation(KZ, late).stage == ObligationStage.FUNDED
    [first, second] = kz.system.joint.page(0, 2)
    assert kz.system.joint.page(1, 1) == [second]
    assert kz.system.joint.get(first.identifier) is first
    assert first.identifier.startswith("CIS.20261124T121000Z.")
    joint.check_replay()


@pytest.mark.parametrize(("late", "missed"), [(10 * SECOND, False), (10 * SECOND + 1, True)])
def test_a_system_that_was_stopped_over_the_cut_off_misses_the_cycle(
    late: int, *, missed: bool
) -> None:
    joint = owing()
    joint.country(KZ).go_to(CUT_OFF + late - 1)
    joint.turn(joint.number(KZ))
    state = joint.cycle(KZ)
    assert (state.phase == NOT_PAID) == missed
    assert (state.reason == ReasonCode.CYCLE_NOT_AGREED) == missed
    stage = ObligationStage.FUNDED if missed else ObligationStage.IN_CYCLE
    assert {one.stage for one in joint.country(KZ).system.joint.obligations.page(0, 9)} == {stage}
    assert joint.country(KZ).system.joint.has_work(
        CUT_OFF + DAY, joint.country(KZ).system.links
    ) == (not missed)


def test_a_silent_member_is_left_out_and_its_debts_wait_for_the_next_cycle() -> None:
    joint = owing()
    back = joint.instruct_debt(KG, 50, "KGS", KZ)
    joint.silent = [UZ]
    joint.go(CUT_OFF)
    joint.run()
    assert phases(joint, KG, KZ) == [CyclePhase.COLLECTING] * 2
    for wait in (10, 20):
        joint.go(CUT_OFF + wait * SECOND)
        joint.run()
    assert phases(joint, KG, KZ) == [PAID] * 2
    state = joint.cycle(KZ)
    assert state.taking_part == (KG, KZ)
    assert state.handed_on
    assert state.result is not None
    assert state.result.payments == (
        NetPayment("KGS", KG, KZ, 50),
        NetPayment("KZT", KZ, KG, 40_000),
    )
    assert joint.obligation(KG, back).stage == ObligationStage.NETTED
    waiting = [
        one.terms.amount
        for name in (KG, KZ)
        for one in joint.country(name).system.joint.obligations.page(0, 9)
        if one.stage == ObligationStage.FUNDED
    ]
    assert waiting == [900, 5_000]
    assert [
        (one.currency, one.debtor, one.creditor, one.count, one.amount) for one in state.gross
    ] == [
        ("KGS", KG, KZ, 1, 50),
        ("KZT", KG, KZ, 1, 30_000),
        ("KZT", KZ, KG, 1, 70_000),
    ]
    # It comes back: its cycle is over, and the next one has all.
    joint.silent = []
    joint.go(CUT_OFF + 60 * SECOND)
    joint.run()
    assert joint.cycle(UZ).phase == NOT_PAID
    joint.go(CUT_OFF + DAY)
    joint.run()
    assert phases(joint) == [PAID] * 3
    for country in joint.joint:
        stages = {one.stage for one in country.system.joint.obligations.page(0, 10)}
        assert stages == {ObligationStage.NETTED}
    joint.check_replay()


def test_a_member_that_signs_a_wrong_result_is_named_and_the_others_pay() -> None:
    joint = owing()
    joint.instruct_debt(KG, 50, "KGS", KZ)
    joint.go(CUT_OFF)
    for name in SYSTEMS:
        joint.drive(name)
    joint.deliver()
    right = joint.cycle(UZ).result
    assert right is not None
    payments = list(right.payments)
    payments[2] = attrs.evolve(payments[2], amount=6_000)
    lie = signed_wrongly(right, UZ, tuple(payments))
    wrong = attrs.evolve(right, payments=tuple(payments))
    # The honest code would not state it; its service is out of order.
    joint.silent = [UZ]
    say(joint, UZ, KG, JointStep.DOCUMENT, document=lie)
    asked = answer_rows(joint, wrong)
    joint.run()
    assert len(asked) <= 4
    for name in (KG, KZ):
        state = joint.cycle(name)
        assert [*state.evidence] == [UZ]
        assert state.taking_part == (KG, KZ)
        assert state.phase == PAID
        assert joint.country(name).system.link_contracts.suspended == [UZ]
    search = joint.cycle(KG).searches[UZ]
    assert search.row == 3  # row 0 has the inputs
    joint.check_replay()


def say(joint: LiveJoint, sender: str, addressee: str, step: JointStep, **fields: object) -> None:
    """A statement that the sender's own code did not make."""
    cycle = joint.cycle(addressee).identifier
    made = JointStatement(cycle, step, sender, addressee, 7, NOON, **fields)  # type: ignore[arg-type]
    proof = {"header": f"{7:016x}", "statements": [{"content": made.to_bytes().decode()}]}
    joint.turn(joint.number(addressee), proofs=(proof,))


def answer_rows(joint: LiveJoint, wrong: JointResult) -> list[int]:
    """Answer the questions about the rows of a wrong result; their numbers of rows."""
    asked: list[int] = []
    while True:
        waiting = [
            json.loads(proof["statements"][0]["content"]) for to, proof in joint.waiting if to == UZ
        ]
        questions = [one for one in waiting if one["step"] == "rows_asked"]
        if len(questions) <= len(asked):
            return asked
        one = questions[-1]
        asked.append(one["rows"])
        root = wrong.prefix_root(one["rows"]).hex()
        say(joint, UZ, one["sender"], JointStep.ROWS, rows=one["rows"], root=root)


def test_two_publications_of_one_member_convict_it() -> None:
    joint = owing()
    joint.instruct_debt(KG, 50, "KGS", KZ)
    joint.go(CUT_OFF)
    for name in SYSTEMS:
        joint.drive(name)
    other = joint.sign(UZ)
    assert other == ()
    joint.deliver()
    known = joint.cycle(UZ).publications[UZ].publication
    forged = SignedPublication.of(attrs.evolve(known, obligations=known.obligations[:1]), KEYS[UZ])
    joint.silent = [UZ]
    say(joint, UZ, KG, JointStep.DOCUMENT, document=forged)
    assert joint.cycle(KG).evidence == {UZ: (joint.cycle(UZ).publications[UZ], forged)}
    joint.run()
    assert phases(joint, KG, KZ) == [PAID] * 2
    assert joint.cycle(KZ).taking_part == (KG, KZ)
    assert joint.country(KZ).system.link_contracts.suspended == [UZ]
    joint.check_replay()


def test_a_payer_without_cover_lets_all_obligations_wait() -> None:
    joint = owing()
    uz = joint.country(UZ)
    clearing, bank = (uz.account(bic, "UZS") for bic in (uz.clearing, uz.banks[0]))
    order = command(
        CommandKind.SUBMIT, 0, payer=clearing, payee=bank, amount=44_000, payment_class=2
    )
    uz.submit(order.evolve(uetr=bytes(15) + b"7"))
    joint.go(CUT_OFF)
    joint.run()
    assert phases(joint) == [CyclePhase.PAYING] * 3
    joint.go(CUT_OFF + 3000 * SECOND + 1)
    joint.run()
    assert phases(joint) == [NOT_PAID] * 3
    assert {one.reason for one in joint.cycles()} <= {
        ReasonCode.LINK_LAPSED,
        ReasonCode.LINK_LEG_ENDED,
    }
    for country in joint.joint:
        stages = {one.stage for one in country.system.joint.obligations.page(0, 10)}
        assert stages == {ObligationStage.FUNDED}
    joint.check_replay()


def test_where_nothing_is_to_pay_the_first_member_says_that_it_is_paid() -> None:
    joint = LiveJoint()
    first = joint.instruct_debt(KZ, 30_000, "KZT", KG)
    second = joint.instruct_debt(KG, 30_000, "KZT", KZ)
    joint.go(CUT_OFF)
    joint.run()
    assert phases(joint) == [PAID] * 3
    assert joint.cycle(UZ).terms is None
    assert joint.cycle(UZ).coordinator == KG
    assert joint.obligation(KZ, first).stage == ObligationStage.NETTED
    assert joint.obligation(KG, second).stage == ObligationStage.NETTED
    kg = joint.country(KG)
    assert kg.balance(kg.banks[1], "KZT") == FUNDS + 30_000
    joint.check_replay()


def test_a_member_whose_banks_owe_as_much_as_they_are_owed_hears_the_end_from_the_decider() -> None:
    joint = LiveJoint()
    joint.instruct_debt(KZ, 100, "KZT", KG)
    joint.instruct_debt(UZ, 70, "KZT", KZ)
    joint.instruct_debt(KZ, 70, "KZT", UZ)
    joint.instruct_debt(KG, 5, "KGS", KZ)
    joint.go(CUT_OFF)
    joint.run()
    state = joint.cycle(UZ)
    assert state.terms is not None
    assert state.terms.systems == (KG, KZ)
    assert phases(joint) == [PAID] * 3
    uz = joint.country(UZ)
    assert uz.balance(uz.banks[1], "KZT") == FUNDS + 70
    assert [one.obligation for one in uz.system.joint.own_orders.of_cycle(state.identifier)] != [""]
    joint.check_replay()


def test_without_one_result_in_time_nothing_is_paid() -> None:
    joint = owing()
    joint.go(CUT_OFF)
    for name in SYSTEMS:
        joint.drive(name)
    joint.deliver()
    joint.silent = [KG]
    for name in (KZ, UZ):
        joint.drive(name)
    joint.run()
    assert phases(joint, KZ, UZ) == [CyclePhase.COMPARING] * 2
    joint.go(CUT_OFF + 30 * SECOND - 2)
    joint.run()
    assert CyclePhase.NOT_PAID not in phases(joint, KZ, UZ)
    joint.go(CUT_OFF + 30 * SECOND)
    joint.run()
    assert phases(joint, KZ, UZ) == [NOT_PAID] * 2
    assert {one.reason for one in joint.cycles()[1:]} == {ReasonCode.CYCLE_NOT_AGREED}
    joint.silent = []
    joint.run()
    assert phases(joint) == [NOT_PAID] * 3


def test_what_was_lost_is_stated_again() -> None:
    joint = owing()
    joint.go(CUT_OFF)
    for _ in range(12):
        for name in SYSTEMS:
            joint.drive(name)
        joint.waiting = []  # lost
        joint.silent = []
        for name in SYSTEMS:
            cycle = joint.cycle(name).identifier
            joint.turn(joint.number(name), repeated=(cycle,))
        waiting, joint.waiting = joint.waiting, []
        for addressee, proof in waiting:
            joint.turn(joint.number(addressee), proofs=(proof,))
        if phases(joint) == [CyclePhase.PAYING] * 3:
            break
    joint.waiting = []
    joint.run()
    repeat_links(joint)
    assert phases(joint) == [PAID] * 3
    joint.turn(0, repeated=("CIS.unknown",))
    assert joint.refused[-1] == ["CIS.unknown", "repeat", "LINK_UNKNOWN"]
    joint.check_replay()


def repeat_links(joint: LiveJoint) -> None:
    for _ in range(4):
        for number, country in enumerate(joint.joint):
            joint.turn(number, repeated=tuple(one.terms.link for one in country.system.links.open))
        joint.run()


def test_obligations_are_refused_with_reasons() -> None:
    joint = LiveJoint()
    for fields in (
        {"agreement": "OTHER"},
        {"creditor_system": KZ},
        {"creditor_system": "BY-RTGS"},
        {"currency": "USD", "amount": 1},
    ):
        joint.instruct_debt(KZ, 1, "KZT", KG, fields=fields)
        assert joint.refused.pop()[1:] == ["obligation", "CYCLE_NOT_AVAILABLE"]
    joint.instruct_debt(KZ, 1, "KZT", KG, fields={"payer": "CLRGKG22"}, order=False)
    assert joint.refused.pop()[1:] == ["obligation", "NO_SETTLEMENT_ACCOUNT"]
    for fields in ({"amount": 2}, {"payer": "BBBBKZKB"}, {"valid_until": UNTIL + 1}):
        joint.instruct_debt(KZ, 1, "KZT", KG, fields=fields)
        assert joint.refused.pop()[1:] == ["obligation", "LINK_TERMS_DIFFER"]
    assert joint.refused == []
    terms = joint.instruct_debt(KZ, 1, "KZT", KG)
    joint.turn(1 - 1, obligations=())
    joint.turn(joint.number(KZ), obligations=(terms,))  # repeated
    assert joint.refused == []
    joint.turn(joint.number(KZ), obligations=(attrs.evolve(terms, creditor="AAAAKG22"),))
    assert joint.refused.pop()[1:] == ["obligation", "LINK_TERMS_DIFFER"]
    joint.turn(joint.number(KZ), obligations=(attrs.evolve(terms, creditor_system=UZ),))
    assert joint.refused.pop()[1:] == ["obligation", "LINK_TERMS_DIFFER"]


def test_terms_wait_for_their_order() -> None:
    joint = LiveJoint()
    terms = joint.instruct_debt(KZ, 300, "KZT", KG, order=False)
    kz = joint.country(KZ).system
    assert len(kz.joint.waiting) == 1
    assert not kz.joint.has_work(kz.last_time + 1, kz.links)
    joint.fund(terms, KZ)
    assert kz.joint.has_work(kz.last_time + 1, kz.links)
    joint.turn(joint.number(KZ))
    assert joint.obligation(KZ, terms).stage == ObligationStage.FUNDED
    assert not kz.joint.has_work(kz.last_time + 1, kz.links)
    late = joint.instruct_debt(KZ, 1, "KZT", KG, order=False)
    joint.country(KZ).go_to(UNTIL)
    joint.turn(joint.number(KZ))
    assert joint.refused.pop() == [late.uetr, "obligation", "ORDER_UNKNOWN"]
    joint.check_replay()


def test_an_order_that_ends_without_settlement_funds_nothing() -> None:
    joint = LiveJoint()
    terms = joint.instruct_debt(KZ, FUNDS + 1, "KZT", KG)
    assert joint.obligation(KZ, terms).stage == ObligationStage.INSTRUCTED
    joint.go(UNTIL + MINUTE)
    joint.country(KZ).pay(1)
    assert joint.obligation(KZ, terms).stage == ObligationStage.NOT_FUNDED
