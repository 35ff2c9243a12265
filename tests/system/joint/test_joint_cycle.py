"""Systems net the same obligations to the same payments, and find the member that does not."""

import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import InputError, Netting
from skontro.system.joint.joint_cycle import (
    JointObligation,
    JointResult,
    NetPayment,
    Publication,
    first_difference,
    net_jointly,
    wrong_members,
)

SYSTEMS = ("KG-RTGS", "KZ-RTGS", "TJ-RTGS", "UZ-RTGS")
CURRENCIES = ("KGS", "KZT", "UZS")


def owed(debtor: int, creditor: int, amount: int, reference: str, currency: int = 0) -> Any:
    return JointObligation(
        CURRENCIES[currency],
        SYSTEMS[debtor],
        f"AAAA{SYSTEMS[debtor][:2]}22",
        SYSTEMS[creditor],
        f"BBBB{SYSTEMS[creditor][:2]}22",
        amount,
        reference,
    )


def published(*obligations: JointObligation) -> list[Publication]:
    return [
        Publication("1", system, [one for one in obligations if one.debtor_system == system])
        for system in SYSTEMS
    ]


@st.composite
def drawn(draw: st.DrawFn) -> list[Publication]:
    rows = []
    for number in range(draw(st.integers(0, 30))):
        debtor = draw(st.integers(0, 3))
        creditor = (debtor + draw(st.integers(1, 3))) % 4
        amount, currency = draw(st.integers(1, 10**17)), draw(st.integers(0, 2))
        rows.append(owed(debtor, creditor, amount, f"r{number}", currency))
    return published(*rows)


@given(drawn(), st.sampled_from(list(Netting)), st.randoms())
def test_net_payments_settle_what_is_owed(
    publications: list[Publication], netting: Netting, random: Any
) -> None:
    result = net_jointly(publications, netting)
    positions: dict[tuple[str, str], int] = {}
    for publication in publications:
        for one in publication.obligations:
            for system, amount in (
                (one.debtor_system, -one.amount),
                (one.creditor_system, one.amount),
            ):
                key = (one.currency, system)
                positions[key] = positions.get(key, 0) + amount
    for payment in result.payments:
        assert payment.amount > 0
        assert payment.payer != payment.payee
        positions[payment.currency, payment.payer] += payment.amount
        positions[payment.currency, payment.payee] -= payment.amount
    assert set(positions.values()) <= {0}
    # In whatever order they come, and with their rows in whatever order.
    mixed = [
        attrs.evolve(one, obligations=random.sample(one.obligations, len(one.obligations)))
        for one in random.sample(publications, len(publications))
    ]
    assert net_jointly(mixed, netting).root == result.root


def test_three_systems_net_a_circle_to_nothing() -> None:
    circle = published(owed(0, 1, 70, "a"), owed(1, 2, 70, "b"), owed(2, 0, 70, "c"))
    assert net_jointly(circle).payments == ()
    assert net_jointly(circle, Netting.BILATERAL).payments == (
        NetPayment("KGS", "KG-RTGS", "KZ-RTGS", 70),
        NetPayment("KGS", "KZ-RTGS", "TJ-RTGS", 70),
        NetPayment("KGS", "TJ-RTGS", "KG-RTGS", 70),
    )


def test_currencies_are_netted_apart_and_the_payments_are_in_order() -> None:
    rows = published(owed(3, 0, 5, "a", 1), owed(0, 3, 9, "b", 0), owed(3, 0, 2, "c", 0))
    assert net_jointly(rows).payments == (
        NetPayment("KGS", "KG-RTGS", "UZ-RTGS", 7),
        NetPayment("KZT", "UZ-RTGS", "KG-RTGS", 5),
    )


FIELDS: dict[str, Any] = {
    "currency": "KZT",
    "debtor": "CCCCKG22",
    "creditor_system": "TJ-RTGS",
    "creditor": "CCCCKZ22",
    "amount": 71,
    "reference": "z",
}


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_under_the_published_root(field: str) -> None:
    row = owed(0, 1, 70, "a")
    changed = attrs.evolve(row, **{field: FIELDS[field]})
    assert Publication("1", "KG-RTGS", [changed]).root != Publication("1", "KG-RTGS", [row]).root


def test_cycle_system_and_number_are_under_the_published_root() -> None:
    roots = {Publication(cycle, system, []).root for cycle in ("1", "2") for system in SYSTEMS[:2]}
    assert len(roots) == 4
    assert Publication("1", "KG-RTGS", [owed(0, 1, 70, "a")]).root not in roots


def test_wrong_publications_are_refused() -> None:
    with pytest.raises(InputError, match="a: both banks are of KG-RTGS"):
        owed(0, 0, 70, "a")
    with pytest.raises(InputError, match="a: amount 0 is not above zero"):
        owed(0, 1, 0, "a")
    with pytest.raises(InputError, match="a: KZ-RTGS publishes an obligation of KG-RTGS"):
        Publication("1", "KZ-RTGS", [owed(0, 1, 1, "a")])
    with pytest.raises(InputError, match="a: KG-RTGS publishes the obligation twice"):
        Publication("1", "KG-RTGS", [owed(0, 1, 1, "b"), owed(0, 1, 1, "a"), owed(0, 2, 2, "a")])
    both = published(owed(0, 1, 1, "a"))
    with pytest.raises(InputError, match="one publication of each system"):
        net_jointly([*both, both[0]])
    with pytest.raises(InputError, match="of 2 cycles"):
        net_jointly([*both[1:], attrs.evolve(both[0], cycle="2")])
    with pytest.raises(InputError, match="of 0 cycles"):
        net_jointly([])


def _result(amounts: list[int]) -> JointResult:
    payments = [NetPayment("KGS", "KG-RTGS", "KZ-RTGS", amount) for amount in amounts]
    return JointResult("1", (("KG-RTGS", bytes(32)),), tuple(payments))


@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 8, 20])
def test_the_first_row_that_differs_is_found(length: int) -> None:
    own = _result([*range(1, length + 1)])
    rows = length + 1
    for place in range(length):
        amounts = [*range(1, length + 1)]
        amounts[place] += 1_000
        for extra in ([], [5]):
            other = _result([*amounts, *extra])
            asked: list[int] = []

            def ask(number: int, other: JointResult = other, asked: list[int] = asked) -> bytes:
                asked.append(number)
                return other.prefix_root(number)

            assert first_difference(own, len(other.rows), ask) == place + 1
            assert len(asked) <= math.log2(rows) + 2
    assert first_difference(own, rows, own.prefix_root) is None
    longer = _result([*range(1, length + 2)])
    assert first_difference(own, rows + 1, longer.prefix_root) == rows
    assert first_difference(longer, rows, own.prefix_root) == rows
    other = attrs.evolve(own, cycle="2")
    assert first_difference(own, rows, other.prefix_root) == 0


def test_the_members_that_computed_wrongly_are_named() -> None:
    rows = published(owed(0, 1, 70, "a"), owed(1, 0, 30, "b"))
    right = net_jointly(rows).root
    signed = {"UZ-RTGS": b"x" * 32, "KG-RTGS": right, "KZ-RTGS": b"y" * 32}
    assert wrong_members(rows, signed, Netting.MULTILATERAL) == ("KZ-RTGS", "UZ-RTGS")
    assert wrong_members(rows, {"KG-RTGS": right}, Netting.MULTILATERAL) == ()
