"""Days with links, read back from the batches of real systems."""

from pathlib import Path

import attrs
import pytest

from skontro.files import read_results, write_results
from skontro.model import InputError
from skontro.simulation.explanation.replayed_day import ReplayedDay
from skontro.simulation.live_day import LiveDay, as_live_day
from skontro.simulation.recorded_day import recorded_day
from skontro.system import SettlementSystem
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.service.systems import DAY, NOON
from tests.simulation.drawn_lives import days_of
from tests.system.links.linked_systems import Linked


def _entries(day: LiveDay) -> list[tuple[int, str | None, str | None, int]]:
    """Account, UETR, counterparty and change of each entry."""
    columns = ("account", "uetr", "counterparty", "debit_minor", "credit_minor")
    rows = day.results.statements.select(columns).iter_rows()
    return [
        (account, uetr, other, (credit or 0) - (debit or 0))
        for account, uetr, other, debit, credit in rows
    ]


def _days(linked: Linked, number: int, until: int) -> list[LiveDay]:
    country = linked[number]
    country.go_to(until)
    found = []
    for date, opened, closed in days_of(country.batches):
        system = SettlementSystem(country.rules)
        for peer in linked.countries:
            if peer is not country:
                system.link_contracts.put(peer.id, linked.contracts[country.id, peer.id])
        for batch in country.batches[:opened]:
            system.replay(batch)
        replayed = (system.replay(batch) for batch in country.batches[opened : closed + 1])
        found.append(as_live_day(recorded_day(system, date, replayed)))
    return found


def _prepared() -> tuple[Linked, LinkTerms]:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    for _ in range(30):
        if linked.phases(terms)[1] == Phase.PREPARED:
            break
        waiting, linked.waiting = linked.waiting, []
        if not waiting:
            linked.poll()
        for addressee, proof in waiting:
            linked.turn([one.id for one in linked.countries].index(addressee), proofs=(proof,))
    assert linked.phases(terms)[1] == Phase.PREPARED
    return linked, terms


def test_a_completed_earmark_has_two_postings() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    linked.deliver()
    payer, payee, holder = linked[1].banks
    uetr = terms.legs[1].uetr
    day = _days(linked, 1, NOON + DAY)[-1]
    assert _entries(day) == [
        (0, uetr, holder, -90),
        (1, uetr, holder, 90),
        (2, uetr, payer, 90),
        (2, uetr, payee, -90),
    ]
    [order] = day.results.orders.to_dicts()
    assert (order["status"], order["reason"], order["mechanism"]) == ("settled", None, "entry")
    assert order["entered_at"] < order["final_at"]
    assert order["queued_at"] is None
    assert day.scenario.instructions.is_empty()
    assert day.linked == 1
    with pytest.raises(InputError, match=r"^these results are of a recorded day with links to"):
        ReplayedDay(day.results)
    ReplayedDay(attrs.evolve(day.results, provenance=day.scenario.provenance))
    [order] = _days(linked, 0, NOON + DAY)[-1].results.orders.to_dicts()
    assert (order["status"], order["mechanism"]) == ("settled", "entry")


def test_an_earmark_over_the_close_ends_on_a_later_day(tmp_path: Path) -> None:
    linked, terms = _prepared()
    linked.waiting = []
    payer, _, holder = linked[1].banks
    uetr = terms.legs[1].uetr
    first = _days(linked, 1, NOON + DAY)[-1]
    [order] = first.results.orders.to_dicts()
    assert (order["status"], order["reason"]) == ("earmarked", None)
    assert (order["mechanism"], order["final_at"]) == (None, None)
    assert order["entered_at"] is not None
    write_results(tmp_path, first.results)
    assert read_results(tmp_path).orders.equals(first.results.orders)
    assert _entries(first) == [(0, uetr, holder, -90), (2, uetr, payer, 90)]
    assert first.results.accounts["closing_balance_minor"].to_list() == [999_910, 1_000_000, 90]
    linked[0].go_to(NOON + DAY)
    linked.turn(1, repeated=(terms.link,))
    linked.deliver()
    assert linked.phases(terms)[1] == Phase.RELEASED
    later = _days(linked, 1, NOON + 2 * DAY)[-1]
    assert later.results.orders.is_empty()
    assert later.linked == 1
    assert _entries(later) == [(0, uetr, holder, 90), (2, uetr, payer, -90)]
    assert later.results.accounts["opening_balance_minor"].to_list() == [999_910, 1_000_000, 90]
    assert later.results.accounts["closing_balance_minor"].to_list() == [1_000_000, 1_000_000, 0]


def test_a_released_earmark_returns_the_order() -> None:
    linked, terms = _prepared()
    linked[0].go_to(NOON + 31 * 1_000_000)
    linked.deliver()
    assert linked.phases(terms)[1] == Phase.RELEASED
    day = _days(linked, 1, NOON + DAY)[-1]
    [order] = day.results.orders.to_dicts()
    assert (order["status"], order["reason"]) == ("returned", "LINK_NOT_COMMITTED")
    assert order["mechanism"] is None
    payer, _, holder = linked[1].banks
    uetr = terms.legs[1].uetr
    assert _entries(day) == [
        (0, uetr, holder, -90),
        (0, uetr, holder, 90),
        (2, uetr, payer, 90),
        (2, uetr, payer, -90),
    ]


def test_an_earmark_over_the_close_completes_on_a_later_day_beside_other_payments() -> None:
    linked, terms = _prepared()
    # The decider commits, and its word comes a day later.
    waiting, linked.waiting = linked.waiting, []
    for addressee, proof in waiting:
        assert addressee == linked[0].id
        linked.turn(0, proofs=(proof,))
    while linked.phases(terms)[0] != Phase.COMMITTED:
        linked.turn(0)
    held, linked.waiting = linked.waiting, []
    linked[1].go_to(NOON + DAY)
    linked[1].pay(5)
    linked.waiting = held
    linked.deliver()
    assert linked.phases(terms)[1] == Phase.COMPLETED
    day = _days(linked, 1, NOON + 2 * DAY)[-1]
    payer, payee, holder = linked[1].banks
    uetr, own = terms.legs[1].uetr, day.results.orders["uetr"][0]
    assert _entries(day) == [
        (0, own, payee, -5),
        (1, own, payer, 5),
        (1, uetr, holder, 90),
        (2, uetr, payee, -90),
    ]
    assert day.results.orders["status"].to_list() == ["settled"]
    assert day.linked == 1


def test_an_ordinary_day_of_a_linked_system_is_not_linked() -> None:
    linked = Linked()
    linked[1].pay(5)
    [*_, day] = _days(linked, 1, NOON + DAY)
    assert day.linked == 0
    assert day.results.provenance == day.scenario.provenance
