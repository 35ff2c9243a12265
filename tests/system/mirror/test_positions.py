"""The mirror of two systems: sums that agree, and each way in which they may not."""

import attrs
import pytest

from skontro.engine import CommandKind, command
from skontro.system.mirror.payment_table import Stage
from skontro.system.mirror.positions import MirrorPosition, mirror_positions
from tests.system.links.linked_systems import Linked
from tests.system.mirror.mirrored_systems import Mirrored, leg_order


def kzt(both: Mirrored) -> MirrorPosition:
    """The mirror of the first country's currency, the same from either side."""
    positions = mirror_positions(both[0].system, both[1].system)
    assert positions == mirror_positions(both[1].system, both[0].system)
    assert [(one.currency, one.home, one.abroad) for one in positions] == [
        ("KGS", "KG-RTGS", "KZ-RTGS"),
        ("KZT", "KZ-RTGS", "KG-RTGS"),
    ]
    assert positions[0].difference == positions[0].under_way == 0
    return positions[1]


def step(both: Mirrored, place: int) -> None:
    """Deliver the one statement that waits."""
    [(to, proof)] = both.waiting
    assert to == place
    both.waiting.clear()
    both.turn(place, proofs=(proof,))


def figures(one: MirrorPosition) -> tuple[int, int, int, int]:
    return one.vostro, one.mirror, one.under_way, one.difference


def test_a_payment_is_under_way_from_one_settlement_to_the_other() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both[0].submit(leg_order(both[0], terms))
    assert figures(kzt(both)) == (0, 0, 0, 0)
    both.turn(0, payments=(terms,))
    assert figures(kzt(both)) == (700, 0, 700, 0)
    [payment] = kzt(both).payments
    assert (payment.terms, payment.sent, payment.paid) == (terms, True, False)
    assert (payment.returned, payment.same_terms, payment.problem) == (False, True, "")
    step(both, 1)
    assert figures(kzt(both)) == (700, 0, 700, 0)
    both.submit_due(1)
    # The order is final, and no batch of links has said so yet.
    assert both.stages(terms)[1] == Stage.RECEIVED
    assert figures(kzt(both)) == (700, 700, 0, 0)
    both.turn(1)
    assert figures(kzt(both)) == (700, 700, 0, 0)
    back = both.terms(1, 300)
    both.pay(back)
    assert figures(kzt(both)) == (700, 400, 300, 0)
    both.deliver()
    assert figures(kzt(both)) == (400, 400, 0, 0)
    assert kzt(both).payments == ()


def test_a_return_is_under_way_until_the_payer_has_the_money() -> None:
    both = Mirrored()
    terms = both.terms(0, 700, payee="ZZZZKG22")
    both.pay(terms)
    step(both, 1)
    step(both, 0)
    assert both.stages(terms) == [Stage.RETURNING, Stage.RETURNED]
    assert figures(kzt(both)) == (700, 0, 700, 0)
    both.submit_due(0)
    assert both.stages(terms)[0] == Stage.RETURNING
    assert figures(kzt(both)) == (0, 0, 0, 0)
    both.turn(0)
    assert figures(kzt(both)) == (0, 0, 0, 0)


def test_a_leg_that_settled_outside_a_batch_of_links_is_under_way() -> None:
    both = Mirrored()
    both[0].pay_at_home(1_000_000)
    terms = both.terms(0, 700)
    both.pay(terms)
    both[0].pay_at_home(800, payer=1, payee=0)
    assert both.stages(terms)[0] == Stage.INSTRUCTED
    assert figures(kzt(both)) == (700, 0, 700, 0)


@pytest.mark.parametrize(("place", "found"), [(0, (5, 0, 0, 5)), (1, (0, 5, 0, -5))])
def test_money_that_no_payment_brought_is_the_difference(
    place: int, found: tuple[int, int, int, int]
) -> None:
    both = Mirrored()
    system = both[place].system
    account = system.directory.account_number(("NBKGKG22", "AAAAKG22")[place], "KZT") or 0
    # No order and no action can do it: the engine is told.
    system.engine.apply(command(CommandKind.TRANSFER_IN, both[place].now, payer=account, amount=5))
    assert figures(kzt(both)) == found
    assert "0.05 KZT" in kzt(both).evidence


def test_the_evidence_has_all_figures() -> None:
    both = Mirrored()
    both.pay(both.terms(0, 70_000))
    assert kzt(both).evidence == (
        "KG-RTGS has 700.00 KZT at KZ-RTGS; its banks hold 0.00 KZT; under way: 700.00 KZT"
    )


def test_what_is_paid_and_not_sent_is_named_and_the_sums_agree() -> None:
    """The record of the origin ends early, or its system lied."""
    both, earlier = Mirrored(), Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    both.deliver()
    [_, position] = mirror_positions(earlier[0].system, both[1].system)
    assert figures(position) == (0, 700, -700, 0)
    [payment] = position.payments
    assert payment.problem == "paid in KG-RTGS, and not sent by KZ-RTGS"


def test_what_is_paid_and_returned_is_named() -> None:
    both, other = Mirrored(), Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    both.deliver()
    other.pay(terms)
    other[1].system.link_contracts.set_suspended("KZ-RTGS", suspended=True)
    other.deliver()
    assert other.stages(terms) == [Stage.RETURNED, Stage.RETURNED]
    [_, position] = mirror_positions(other[0].system, both[1].system)
    [payment] = position.payments
    assert payment.problem == "paid to the payee, and returned to the payer"
    assert figures(position) == (0, 700, -700, 0)


def test_different_terms_are_named() -> None:
    both, other = Mirrored(), Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    both.deliver()
    other.pay(attrs.evolve(terms, payee="BBBBKG22"))
    [_, position] = mirror_positions(other[0].system, both[1].system)
    [payment] = position.payments
    assert (payment.under_way, payment.problem) == (0, "the records have different terms")


def test_systems_without_a_contract_or_mirrors_have_no_positions() -> None:
    linked = Linked(2)
    assert mirror_positions(linked[0].system, linked[1].system) == ()
    both = Mirrored()
    assert mirror_positions(both[0].system, both[0].system) == ()
    del both[0].system.link_contracts._by_peer["KG-RTGS"]
    assert mirror_positions(both[0].system, both[1].system) == ()
