"""Joint cycles in the settled value of their members: each netted obligation once in the group."""

import datetime
from collections import Counter
from types import SimpleNamespace

import attrs

from skontro.ledger.member_statistics import SettledValue
from skontro.ledger.settled_turnover import SettledTurnover
from skontro.model import find_country
from skontro.statistics.group_share import group_share
from skontro.system import SettlementSystem
from skontro.system.joint.cycle_state import CyclePhase
from skontro.system.joint.obligations import ObligationStage, ObligationTerms
from tests.ledger.test_member_statistics import DATE, PUBLIC
from tests.service.systems import DAY
from tests.statistics.settled_period import rate_table
from tests.system.joint.joint_countries import SYSTEMS
from tests.system.joint.live_cycles import CUT_OFF, SECOND, LiveJoint
from tests.system.joint.test_live_cycles import owing

KG, KZ, UZ = SYSTEMS
COUNTRY = {KG: "KGZ", KZ: "KAZ", UZ: "UZB"}
RATES = rate_table({"KZT": "500", "KGS": "100", "UZS": "12000", "USD": "1"})


def turnover_of(joint: LiveJoint, system: str, *, restored: bool = False) -> SettledTurnover:
    """The settled value, gathered from the batches of one system's record."""
    country, turnover = joint.country(system), SettledTurnover()
    replayed = SettlementSystem(country.rules)
    for other in joint.joint:
        if other is not country:
            replayed.link_contracts.put(other.id, joint.contracts[system, other.id])
    for number, batch in enumerate(country.batches):
        replayed.replay(batch)
        if restored:
            state, replayed = replayed.snapshot(), SettlementSystem(country.rules)
            replayed.restore(state)
        entry = SimpleNamespace(number=number, hash=bytes(32), batch=batch)
        turnover.observe(entry, [], replayed)  # type: ignore[arg-type]
    return turnover


def rows_of(joint: LiveJoint, system: str) -> tuple[SettledValue, ...]:
    return tuple(turnover_of(joint, system).statistics(PUBLIC).rows)


def slowly(joint: LiveJoint) -> list[SettledValue]:
    """All cells of the group from the terms of all obligations, one at a time."""
    counts, amounts = Counter[tuple[datetime.date, str, str, str]](), Counter[object]()
    for system in SYSTEMS:
        for one in joint.country(system).system.joint.obligations.page(0, 1_000):
            if one.stage != ObligationStage.NETTED:
                continue
            terms: ObligationTerms = one.terms
            payer, payee = (find_country(bic[4:6]).alpha3 for bic in (terms.payer, terms.creditor))
            counts[DATE, payer, payee, terms.currency] += 1
            amounts[DATE, payer, payee, terms.currency] += terms.amount
    return [SettledValue(*key, number, amounts[key]) for key, number in sorted(counts.items())]


def test_what_a_cycle_nets_counts_once_between_payer_and_creditor() -> None:
    joint = owing()
    assert [rows_of(joint, one) for one in SYSTEMS] == [(), (), ()]  # nothing is netted yet
    joint.go(CUT_OFF)
    joint.run()
    assert rows_of(joint, KZ) == (
        SettledValue(DATE, "KAZ", "KGZ", "KZT", 1, 70_000),
        SettledValue(DATE, "KAZ", "UZB", "KZT", 1, 5_000),
    )
    assert rows_of(joint, KG) == (
        SettledValue(DATE, "KGZ", "KAZ", "KZT", 1, 30_000),
        SettledValue(DATE, "KGZ", "UZB", "KGS", 1, 900),
    )
    assert rows_of(joint, UZ) == (
        SettledValue(DATE, "UZB", "KAZ", "UZS", 1, 44_000),
        SettledValue(DATE, "UZB", "KGZ", "KGS", 1, 1_200),
    )
    everything = sorted(
        (row for one in SYSTEMS for row in rows_of(joint, one)),
        key=lambda row: (row.payer_country, row.payee_country, row.currency),
    )
    assert everything == slowly(joint)
    for one in SYSTEMS:
        restored = turnover_of(joint, one, restored=True).statistics(PUBLIC)
        assert restored.rows == rows_of(joint, one)


def test_national_payments_in_a_cycle_leave_the_share_whole() -> None:
    joint = owing()
    joint.go(CUT_OFF)
    joint.run()
    members = [
        ([COUNTRY[one]], [attrs.astuple(row) for row in rows_of(joint, one)]) for one in SYSTEMS
    ]
    found = group_share(members, RATES)
    assert found.total == found.cross_border
    assert found.total.orders == 6
    assert found.total.by_corridor.share == found.total.by_member.share == 1


def test_ordinary_orders_on_a_clearing_account_still_count() -> None:
    joint = owing()
    kz = joint.country(KZ)
    place = kz.banks.index(kz.clearing)
    payer, payee = kz.account(kz.banks[0], "KZT"), kz.account(kz.clearing, "KZT")
    assert place > 0
    kz.pay(11, payer, payee)
    joint.go(CUT_OFF)
    joint.run()
    assert rows_of(joint, KZ)[0] == SettledValue(DATE, "KAZ", "KAZ", "KZT", 1, 11)
    assert len(rows_of(joint, KZ)) == 3


def test_obligations_that_no_cycle_pays_do_not_count() -> None:
    joint = LiveJoint()
    waits = joint.instruct_debt(KZ, 70_000, "KZT", KG)
    joint.go(CUT_OFF)
    joint.run()
    assert joint.cycle(KZ).phase == CyclePhase.NOT_PAID  # a payment in one system alone
    assert joint.obligation(KZ, waits).stage == ObligationStage.FUNDED
    assert [rows_of(joint, one) for one in SYSTEMS] == [(), (), ()]


def test_an_obligation_to_a_silent_member_does_not_count() -> None:
    joint = owing()
    joint.silent = [UZ]
    for wait in (0, 10, 20):
        joint.go(CUT_OFF + wait * SECOND + 1)
        joint.run()
    assert joint.cycle(KZ).taking_part == (KG, KZ)
    joint.instruct_debt(KG, 50, "KGS", KZ)
    joint.silent = []
    joint.go(CUT_OFF + DAY)
    joint.run()
    later = DATE + datetime.timedelta(1)
    assert {row.date for one in SYSTEMS for row in rows_of(joint, one)} == {later}


def test_an_obligation_counts_on_the_day_on_which_its_cycle_is_paid() -> None:
    joint = owing()
    joint.go(CUT_OFF + DAY)
    joint.run()
    later = DATE + datetime.timedelta(1)
    rows = [row for one in SYSTEMS for row in rows_of(joint, one)]
    assert len(rows) == 6
    assert {row.date for row in rows} == {later}
