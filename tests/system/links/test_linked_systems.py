"""Payment versus payment between real settlement systems, without a network between them."""

import json
import uuid
from typing import Any

import attrs
import pytest

from skontro.model import InputError, ReasonCode, Rulebook
from skontro.system import Action
from skontro.system.links import link_batch
from skontro.system.links.certificate import Certificate
from skontro.system.links.contract import LinkContract, LinkedCurrency
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.peer_records import Fork
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.service.systems import DAY, MINUTE, NOON
from tests.system.links.linked_systems import HEADER, SECOND, Linked, leg_order, officer_keys


def test_two_legs_settle_together() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert linked[0].balances == [999_300, 1_000_700, 0]
    assert linked[1].balances == [999_910, 1_000_090, 0]
    assert not linked.refused
    linked.check_replay()


def test_a_cycle_through_three_currencies_settles_together() -> None:
    linked = Linked(3)
    terms = linked.terms(700, 90, 12_000)
    linked.instruct(terms, 2, 0, 1)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED, Phase.COMPLETED]
    assert [country.balances[1] for country in linked.countries] == [
        1_000_700,
        1_000_090,
        1_012_000,
    ]
    linked.check_replay()


@pytest.mark.parametrize("poor", [0, 1])
def test_nothing_is_locked_before_all_legs_have_cover(poor: int) -> None:
    linked = Linked()
    linked[poor].pay(1_000_000)
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    linked.deliver()
    assert linked.phases(terms) == [Phase.MATCHED, Phase.MATCHED]
    assert [country.balances[2] for country in linked.countries] == [0, 0]
    # Cover comes, and the link goes on by itself.
    linked[poor].pay(1_000, payer=1, payee=0)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    linked.check_replay()


def _until_prepared(linked: Linked, amounts: tuple[int, ...] = (700, 90)) -> Any:
    """A link whose follower is prepared, and whose decider does not know it yet."""
    terms = linked.terms(*amounts)
    linked.instruct(terms)
    for _ in range(30):
        if linked.phases(terms)[1] == Phase.PREPARED:
            return terms
        waiting, linked.waiting = linked.waiting, []
        if not waiting:
            linked.poll()
        for addressee, proof in waiting:
            linked.turn([one.id for one in linked.countries].index(addressee), proofs=(proof,))
    raise AssertionError(linked.phases(terms))


def test_a_decision_after_its_time_is_an_abort() -> None:
    linked = Linked(decide_within=10)
    terms = _until_prepared(linked)
    assert linked[1].balances == [999_910, 1_000_000, 90]
    follower = linked[1].system.links
    assert follower.value_in_doubt("KZ-RTGS", "KGS") == 90
    linked[0].go_to(NOON + 11 * SECOND)
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    assert linked[0].balances == linked[1].balances == [1_000_000, 1_000_000, 0]
    assert follower.value_in_doubt("KZ-RTGS", "KGS") == 0
    state = follower.get(terms.link)
    assert state is not None
    assert state.reason == ReasonCode.LINK_LAPSED
    linked.check_replay()


def test_a_silent_decider_keeps_the_follower_in_doubt_until_it_speaks() -> None:
    linked = Linked()
    terms = _until_prepared(linked)
    lost, linked.waiting = linked.waiting, []
    # No clock of the follower ends the doubt, not even the close of its day.
    linked[1].go_to(NOON + DAY)
    linked.turn(1)
    assert linked.phases(terms)[1] == Phase.PREPARED
    assert linked[1].balances == [999_910, 1_000_000, 90]
    assert lost
    linked[0].go_to(NOON + DAY)
    linked.turn(1, repeated=(terms.link,))
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    assert linked[1].balances == [1_000_000, 1_000_000, 0]
    linked.check_replay()


def test_statements_may_come_twice_and_late() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    seen: list[tuple[str, dict[str, Any]]] = []
    for _ in range(20):
        waiting, linked.waiting = linked.waiting, []
        seen += waiting
        for addressee, proof in [*waiting, *seen]:
            linked.turn([one.id for one in linked.countries].index(addressee), proofs=(proof,))
        if linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]:
            break
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert linked[0].balances == [999_300, 1_000_700, 0]
    assert linked[1].balances == [999_910, 1_000_090, 0]


def test_the_deciders_leg_may_settle_from_its_queue() -> None:
    linked = Linked()
    terms = _until_prepared(linked)
    # The payer spends its cover between the request for earmarks and the permission.
    linked[0].pay(999_500)
    waiting, linked.waiting = linked.waiting, []
    for _, proof in waiting:
        linked.turn(0, proofs=(proof,))
    assert linked.phases(terms) == [Phase.PERMITTED, Phase.PREPARED]
    linked.turn(0, cancelled=(terms.link,))
    assert linked.refused[-1] == [terms.link, "cancellation", "LINK_BEING_DECIDED"]
    # A credit settles the leg in a batch of orders; the next batch of links states it.
    linked[0].pay(1_000, payer=1, payee=0)
    assert linked[0].balances[:2] == [999_800 - 999_000, 1_999_200 - 1_000 + 1_000]
    assert linked[0].system.links.has_work(linked[0].now)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    linked.check_replay()


def test_a_permitted_leg_ends_after_decide_by_without_any_other_order() -> None:
    """The follower's money is locked, and nothing else has the engine look at its clock."""
    linked = Linked(decide_within=10)
    terms = _until_prepared(linked)
    linked[0].pay(999_500)
    for _, proof in linked.waiting:
        linked.turn(0, proofs=(proof,))
    linked.waiting = []
    state = linked[0].system.links.get(terms.link)
    assert state is not None
    assert state.phase == Phase.PERMITTED
    assert state.decide_by is not None
    book = linked[0].system.links
    assert not book.has_work(state.decide_by)
    linked[0].go_to(state.decide_by - 1)
    linked.turn(0)
    assert linked.phases(terms) == [Phase.PERMITTED, Phase.PREPARED]
    assert book.has_work(linked[0].now)
    batch = linked.turn(0)
    assert batch.time == state.decide_by + 1
    assert linked.phases(terms) == [Phase.ABORTED, Phase.PREPARED]
    (text,) = batch.statement_texts
    assert json.loads(text)["step"] == "not_committed"
    assert not book.has_work(linked[0].now)
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    assert linked[0].balances == [500, 1_999_500, 0]
    assert linked[1].balances == [1_000_000, 1_000_000, 0]
    linked.check_replay()


@pytest.mark.parametrize("number", [0, 1])
def test_a_link_ends_after_its_latest_time_without_any_other_order(number: int) -> None:
    linked = Linked()
    linked[1].pay(1_000_000)
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    linked.deliver()
    country, book = linked[number], linked[number].system.links
    country.go_to(terms.valid_until - 1)
    assert not book.has_work(country.now)
    linked.turn(number)
    assert linked.phases(terms) == [Phase.MATCHED, Phase.MATCHED]
    assert book.has_work(country.now)
    linked.turn(number)
    assert linked.phases(terms)[number] == (Phase.ABORTED, Phase.REFUSED)[number]
    assert not book.has_work(country.now)
    state = book.get(terms.link)
    assert state is not None
    assert state.reason == ReasonCode.LINK_LEG_ENDED
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.REFUSED]
    assert linked.refused == []
    linked.check_replay()


def test_the_deciders_leg_may_settle_in_offsetting() -> None:
    linked = Linked(rulebook=Rulebook(offset_on_entry=True))
    terms = _until_prepared(linked)
    linked[0].pay(999_500)
    linked[0].pay(1_999_800, payer=1, payee=0)
    waiting, linked.waiting = linked.waiting, []
    for _, proof in waiting:
        linked.turn(0, proofs=(proof,))
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    linked.check_replay()


def test_a_peer_that_states_other_terms_is_refused() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    (batch,) = linked.instruct(terms, 0)
    document = json.loads(batch.statement_texts[0])
    linked.instruct(terms, 1)
    linked.waiting = []
    wrong = json.dumps(document | {"terms": "ab" * 32})
    linked.turn(1, proofs=({"header": HEADER, "statements": [{"content": wrong}]},))
    assert linked.refused[-1] == [terms.link, "match", "LINK_TERMS_DIFFER"]
    unknown = json.dumps(document | {"link": "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"})
    linked.turn(1, proofs=({"header": HEADER, "statements": [{"content": unknown}]},))
    assert linked.refused[-1][2] == "LINK_UNKNOWN"


def _instructed(linked: Linked, number: int, terms: LinkTerms, **fields: int) -> str:
    """The refusal of terms, or NONE."""
    linked[number].submit(leg_order(linked[number], terms).evolve(**fields))
    linked.refused = []
    linked.turn(number, terms=(terms,))
    return linked.refused[0][2] if linked.refused else "NONE"


def test_orders_that_differ_from_their_terms_are_not_linked() -> None:
    linked = Linked()
    for fields in (
        {"amount": 701},
        {"payer": 1, "payee": 0},
        {"payee": 2},
        {"latest": NOON + 60 * MINUTE - 1},
    ):
        assert _instructed(linked, 0, linked.terms(700, 90), **fields) == "LINK_TERMS_DIFFER"
    assert len(linked[0].system.links) == 0
    terms = linked.terms(700, 90)
    assert _instructed(linked, 0, terms) == "NONE"
    linked.turn(0, terms=(attrs.evolve(terms, valid_until=terms.valid_until - 1),))
    assert linked.refused[-1] == [terms.link, "instruction", "LINK_TERMS_DIFFER"]
    linked.check_replay()


def test_the_same_terms_again_change_nothing() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms, 0)
    state = linked[0].system.links.get(terms.link)
    batch = linked.turn(0, terms=(terms,))
    assert linked.refused == []
    assert batch.statement_texts == ()
    assert linked[0].system.links.get(terms.link) == state
    linked.check_replay()


def test_the_way_of_a_link_is_kept_with_the_batch_of_each_phase() -> None:
    linked = Linked()
    terms, other = linked.terms(700, 90), linked.terms(1, 1)
    linked.instruct(terms)
    linked.deliver()
    linked.instruct(other, 0)
    ways = [country.system.links.history(terms.link) for country in linked.countries]
    assert [[one.phase for one in way] for way in ways] == [
        ["instructed", "matched", "asked", "permitted", "committed"],
        ["instructed", "matched", "earmarking", "prepared", "completed"],
    ]
    for way, country in zip(ways, linked.countries, strict=True):
        assert [country.batches[one.batch].time for one in way] == [one.time for one in way]
        assert [one.batch for one in way] == sorted(one.batch for one in way)
    assert way[2].batch == way[3].batch
    books = [country.system.links for country in linked.countries]
    assert books[0].history(str(uuid.uuid4())) == ()
    assert [[one.terms for one in book.open] for book in books] == [[other], []]
    linked.check_replay()


def test_a_permitted_leg_is_returned_after_decide_by_without_other_orders() -> None:
    linked = Linked(decide_within=10)
    terms = _until_prepared(linked)
    linked[0].pay(999_500)
    waiting, linked.waiting = linked.waiting, []
    for _, proof in waiting:
        linked.turn(0, proofs=(proof,))
    assert linked.phases(terms) == [Phase.PERMITTED, Phase.PREPARED]
    book = linked[0].system.links
    state = book.get(terms.link)
    assert state is not None
    assert state.decide_by is not None
    linked[0].go_to(state.decide_by - 1)
    assert book.late(state.decide_by) == ()
    assert not book.has_work(state.decide_by)
    assert [one.terms for one in book.late(state.decide_by + 1)] == [terms]
    assert book.has_work(state.decide_by + 1)
    linked.turn(0)
    assert linked.phases(terms)[0] == Phase.PERMITTED
    linked.turn(0)
    assert linked.phases(terms)[0] == Phase.ABORTED
    assert book.late(state.decide_by + 9) == ()
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    assert linked[1].balances == [1_000_000, 1_000_000, 0]
    linked.check_replay()


def test_terms_wait_for_their_order_and_lapse_without_it() -> None:
    linked = Linked()
    terms, never = linked.terms(700, 90), linked.terms(700, 90)
    book = linked[0].system.links
    linked.turn(0, terms=(terms, never))
    assert [*book.waiting_terms] == [terms.link, never.link]
    assert not book.has_work(linked[0].now)
    linked[0].submit(leg_order(linked[0], terms))
    assert book.has_work(linked[0].now)
    linked.turn(0)
    assert linked.phases(terms)[0] == Phase.INSTRUCTED
    assert [*book.waiting_terms] == [never.link]
    linked[0].go_to(never.valid_until)
    linked.turn(0)
    assert [*book.waiting_terms] == []
    assert linked.refused[-1] == [never.link, "instruction", "ORDER_UNKNOWN"]
    linked.check_replay()


def test_only_the_order_of_the_own_leg_ends_the_wait_of_terms() -> None:
    """An order with the UETR of a leg of the other system is no work for ever."""
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.turn(0, terms=(terms,))
    country, foreign = linked[0], uuid.UUID(terms.leg_of(linked[1].id).uetr).bytes
    country.submit(leg_order(country, terms).evolve(uetr=foreign))
    assert not country.system.links.has_work(country.now)
    country.submit(leg_order(country, terms))
    assert country.system.links.has_work(country.now)


def test_the_number_of_waiting_terms_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert link_batch.MAX_WAITING_TERMS == 10_000
    monkeypatch.setattr(link_batch, "MAX_WAITING_TERMS", 2)
    linked = Linked()
    linked.turn(0, terms=(linked.terms(1, 1), linked.terms(1, 1)))
    before = linked[0].system.snapshot()
    with pytest.raises(InputError, match="more than 2 terms"):
        linked.turn(0, terms=(linked.terms(1, 1),))
    assert linked[0].system.snapshot() == before


def test_a_leg_without_terms_is_returned_at_its_latest_time() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked[0].submit(leg_order(linked[0], terms))
    assert linked[0].system.links.set_aside(terms.legs[0].uetr) is not None
    linked[0].go_to(terms.valid_until)
    linked[0].pay(1)
    assert linked[0].system.links.set_aside(terms.legs[0].uetr) is None
    linked.check_replay()


def test_each_leg_is_watched_until_it_ends() -> None:
    linked = Linked()
    country, book = linked[0], linked[0].system.links
    early, late = linked.terms(1, 1, until=NOON + MINUTE), linked.terms(1, 1)
    middle = linked.terms(1, 1, until=NOON + 2 * MINUTE)
    for terms in (late, early, middle):
        country.submit(leg_order(country, terms))
        country.pay(1)
    for gone in (early, middle, late):
        assert book.set_aside(gone.legs[0].uetr) is not None
        country.go_to(gone.valid_until)
        country.pay(1)
        assert book.set_aside(gone.legs[0].uetr) is None
    # A leg ends in one batch with domestic orders of higher and lower numbers.
    linked = Linked()
    country, book = linked[0], linked[0].system.links
    country.pay(1_000_000)
    country.pay(1)
    terms = linked.terms(1, 1)
    country.submit(leg_order(country, terms))
    country.go_to(terms.valid_until)
    country.pay(1, payer=1, payee=0)
    assert book.set_aside(terms.legs[0].uetr) is None
    assert not book._watched
    linked.check_replay()


def test_no_leg_is_watched_after_its_link() -> None:
    linked = Linked()
    settled, ended = linked.terms(700, 90), linked.terms(700, 90)
    linked.instruct(settled)
    linked.deliver()
    linked.instruct(ended, 0)
    linked.turn(0, cancelled=(ended.link,))
    linked.deliver()
    for country in linked.countries:
        assert not country.system.links._watched
    linked.check_replay()


def test_terms_outside_the_contracts_are_rejected() -> None:
    linked = Linked()
    contracts = linked[0].system.link_contracts
    terms = linked.terms(700, 90)
    newer = LinkContract(2, [linked[0].side, linked[1].side])
    contracts.put("KG-RTGS", newer)
    assert _instructed(linked, 0, terms) == "LINK_CONTRACT_MISMATCH"
    contracts.put("KG-RTGS", LinkContract(2, [linked[0].side, linked[1].side], "KG-RTGS"))
    linked.contracts["KZ-RTGS", "KG-RTGS"] = contracts.get("KG-RTGS")  # type: ignore[assignment]
    assert _instructed(linked, 0, linked.terms(700, 90)) == "LINK_CONTRACT_MISMATCH"
    del contracts._by_peer["KG-RTGS"]
    assert _instructed(linked, 0, terms) == "LINK_CONTRACT_UNKNOWN"


def test_links_stop_with_a_suspended_contract_and_participant() -> None:
    for number, phases in (
        (0, [Phase.MATCHED, Phase.MATCHED]),
        (1, [Phase.ABORTED, Phase.REFUSED]),
    ):
        linked = Linked()
        linked[number].system.link_contracts.set_suspended(linked[1 - number].id, suspended=True)
        terms = linked.terms(700, 90)
        linked.instruct(terms)
        linked.deliver()
        assert linked.phases(terms) == phases
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    linked[1].system.set_suspended(linked[1].banks[1], suspended=True)
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.REFUSED]


def test_the_value_in_doubt_keeps_its_cap() -> None:
    linked = Linked()
    side = linked[1].side
    capped = LinkedCurrency("KGS", linked[1].banks[2], 100)
    contract = LinkContract(1, [linked[0].side, attrs.evolve(side, currencies=[capped])])
    for one, other in ((0, 1), (1, 0)):
        linked[one].system.link_contracts.put(linked[other].id, contract)
        linked.contracts[linked[one].id, linked[other].id] = contract
    both = [linked.terms(1, 60), linked.terms(1, 60)]
    for terms in both:
        linked.instruct(terms)
    # All statements to the follower in one batch: only one of the two fits under the cap.
    for _ in range(10):
        waiting, linked.waiting = linked.waiting, []
        for number, country in enumerate(linked.countries):
            proofs = tuple(proof for addressee, proof in waiting if addressee == country.id)
            linked.turn(number, proofs=proofs)
        doubt = linked[1].system.links.value_in_doubt("KZ-RTGS", "KGS")
        assert doubt <= 100
    linked.deliver()
    assert sorted(phase for terms in both for phase in linked.phases(terms)) == [
        Phase.ASKED,
        Phase.COMMITTED,
        Phase.COMPLETED,
        Phase.MATCHED,
    ]
    # There is room under the cap again, and the decider asks again.
    linked.turn(0, repeated=tuple(terms.link for terms in both))
    linked.deliver()
    assert [linked.phases(terms) for terms in both] == [[Phase.COMMITTED, Phase.COMPLETED]] * 2


@pytest.mark.parametrize("unfit", ["another use", "a party", "none"])
def test_an_account_that_cannot_hold_earmarks_ends_the_link(unfit: str) -> None:
    """Else the follower would say again at once that its leg is ready, and be asked again."""
    linked = Linked()
    terms, expected = linked.terms(700, 90), ReasonCode.EARMARK_ACCOUNT
    if unfit == "another use":
        linked[1].pay(1, payee=2)
    else:
        holder = linked[1].banks[1] if unfit == "a party" else "NONEKG22"
        side = attrs.evolve(linked[1].side, currencies=[LinkedCurrency("KGS", holder, 10**9)])
        contract = LinkContract(1, [linked[0].side, side])
        for one, other in ((0, 1), (1, 0)):
            linked[one].system.link_contracts.put(linked[other].id, contract)
            linked.contracts[linked[one].id, linked[other].id] = contract
        terms = linked.terms(700, 90)
        expected = ReasonCode.SAME_ACCOUNT if unfit == "a party" else expected
        expected = ReasonCode.NO_SETTLEMENT_ACCOUNT if unfit == "none" else expected
    linked.instruct(terms)
    batches = len(linked[1].batches)
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.REFUSED]
    state = linked[1].system.links.get(terms.link)
    assert state is not None
    assert state.reason == expected
    # One `ready`, one request for the earmark, and one answer.
    assert len(linked[1].batches) - batches < 8
    linked.check_replay()


def test_no_link_starts_shortly_before_the_own_cut_off() -> None:
    # The day of both ends at 18:00; links stop five minutes before.
    linked = Linked()
    for country in linked.countries:
        country.go_to(NOON + 355 * MINUTE + 1)
    terms = linked.terms(700, 90, until=NOON + 360 * MINUTE)
    linked.instruct(terms)
    linked.deliver()
    assert [country.balances[2] for country in linked.countries] == [0, 0]
    assert Phase.COMMITTED not in linked.phases(terms)


def test_a_bank_ends_its_link_before_the_earmark_only() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms, 0)
    linked.turn(0, cancelled=(terms.link,))
    linked.instruct(terms, 1)
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.REFUSED]
    linked = Linked()
    terms = _until_prepared(linked)
    for number in (0, 1):
        linked.turn(number, cancelled=(terms.link,))
        assert linked.refused[-1] == [terms.link, "cancellation", "LINK_BEING_DECIDED"]
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]


def _certified(of: LinkTerms, signer: str = "KZ-RTGS", **fields: str) -> Action:
    values = {"link": of.link, "terms": of.digest, "decider": of.decider} | fields
    made = Certificate(**values, remark="The record of the decider is lost")
    for key in officer_keys(signer):
        made = made.signed(key)
    return Action("end_link_in_doubt", certificate=made.to_document())


def test_a_certificate_ends_the_doubt() -> None:
    linked = Linked()
    terms = _until_prepared(linked)
    action = _certified(terms)
    assert linked[1].agree(action) == ReasonCode.NONE
    assert linked[1].system.links.has_work(linked[1].now)
    linked.turn(1)
    assert linked.phases(terms)[1] == Phase.RELEASED
    assert linked[1].balances == [1_000_000, 1_000_000, 0]
    assert linked[1].propose(action) == ReasonCode.LINK_ENDED
    # The decider loads it before it hears anybody: its leg can settle no more.
    assert linked[0].agree(action) == ReasonCode.NONE
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    linked.check_replay()


def test_a_certificate_comes_before_a_statement_of_the_same_batch() -> None:
    """The statement would have the decider's leg settle in this batch."""
    linked = Linked()
    terms = _until_prepared(linked)
    assert linked[0].agree(_certified(terms)) == ReasonCode.NONE
    prepared = [proof for addressee, proof in linked.waiting if addressee == "KZ-RTGS"]
    assert prepared
    linked.turn(0, proofs=tuple(prepared))
    assert linked.phases(terms)[0] == Phase.ABORTED
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    assert linked[0].balances == linked[1].balances == [1_000_000, 1_000_000, 0]
    linked.check_replay()


def test_an_abort_in_the_batch_of_the_earmark_releases_it_later() -> None:
    linked = Linked(decide_within=10)
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    for _ in range(30):
        if linked.phases(terms)[0] == Phase.ASKED:
            break
        waiting, linked.waiting = linked.waiting, []
        if not waiting:
            linked.poll()
        for addressee, proof in waiting:
            linked.turn([one.id for one in linked.countries].index(addressee), proofs=(proof,))
    linked[0].go_to(NOON + 11 * SECOND)
    linked.turn(0)
    assert linked.phases(terms) == [Phase.ABORTED, Phase.MATCHED]
    both = [proof for addressee, proof in linked.waiting if addressee == "KG-RTGS"]
    assert len(both) == 2
    linked.waiting = []
    linked.turn(1, proofs=tuple(both))
    assert linked.phases(terms)[1] == Phase.PREPARED
    assert linked[1].balances == [999_910, 1_000_000, 90]
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    assert linked[1].balances == [1_000_000, 1_000_000, 0]
    linked.check_replay()


def test_the_approver_of_a_certificate_sees_who_signed_and_what_ends() -> None:
    linked = Linked()
    terms = _until_prepared(linked)
    assert linked[1].propose(_certified(terms)) == ReasonCode.NONE
    shown = json.loads(linked[1].system.four_eyes.open[-1].shown)
    assert (shown["link"], shown["decider"]) == (terms.link, "KZ-RTGS")
    assert shown["officers"] == ["Ada", "Ben"]
    assert shown["remark"] == "The record of the decider is lost"
    assert shown["legs"] == [
        {
            "uetr": terms.legs[1].uetr,
            "amount": "0.90 KGS",
            "payer": {"bic": "AAAAKG22", "name": "Bank AAAAKG22"},
            "payee": {"bic": "BBBBKG22", "name": "Bank BBBBKG22"},
        }
    ]
    assert shown["from"] == "prepared"


def test_other_certificates_are_refused() -> None:
    linked = Linked()
    terms = _until_prepared(linked)
    stranger = "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"
    for action, reason in (
        (_certified(terms, link=stranger), ReasonCode.LINK_UNKNOWN),
        (_certified(terms, terms="ab" * 32), ReasonCode.LINK_TERMS_DIFFER),
        (_certified(terms, decider="KG-RTGS"), ReasonCode.LINK_TERMS_DIFFER),
        (_certified(terms, "KG-RTGS"), ReasonCode.LINK_CERTIFICATE_INVALID),
        (Action("end_link_in_doubt", certificate={}), ReasonCode.FIELD_MALFORMED),
        (Action("end_link_in_doubt"), ReasonCode.FIELD_MISSING),
    ):
        assert linked[1].propose(action) == reason
    assert linked.phases(terms)[1] == Phase.PREPARED


def test_inputs_of_a_batch_survive_their_document() -> None:
    terms = Linked().terms(700, 90)
    given = LinkInputs(
        (terms,),
        ({"statements": []},),
        (terms.link,),
        ("a",),
        claims=(("KG-RTGS", 5),),
        forks=(Fork("KG-RTGS", {"header": "1"}, {"header": "2"}, 3),),
    )
    shut = LinkInputs(claims=given.claims, forks=given.forks, shut=("KG-RTGS", "UZ-RTGS"))
    assert LinkInputs.from_document(json.loads(json.dumps(shut.to_document()))) == shut
    assert LinkInputs.from_document(json.loads(json.dumps(given.to_document()))) == given
