"""Records of linked systems reconciled: agreement, doubt, and every kind of difference."""

from collections import Counter

import attrs
import numpy as np
import pytest

from skontro.ledger.link_records import Fact, LinkRecord, Money
from skontro.ledger.reconciled import Difference, InDoubt, Kind, Outcome, Reconciliation
from skontro.ledger.reconciliation import reconcile
from skontro.model import InputError
from skontro.system.batch import OUTSIDE, POSTING
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.ledger.linked_records import RecordedLinks, signed
from tests.system.links.linked_systems import SECOND, leg_order


def settled(count: int = 2, *amounts: int) -> tuple[RecordedLinks, LinkTerms]:
    linked = RecordedLinks(count)
    terms = linked.terms(*(amounts or (700, 90, 40)[:count]))
    linked.instruct(terms)
    linked.deliver()
    return linked, terms


def prepared() -> tuple[RecordedLinks, LinkTerms]:
    """The follower has earmarked; the decider has not heard it."""
    linked = RecordedLinks()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    while Phase.PREPARED not in linked.phases(terms):
        waiting, linked.waiting = linked.waiting, []
        if not waiting:
            linked.poll()
        for addressee, proof in waiting:
            linked.turn([one.id for one in linked.countries].index(addressee), proofs=(proof,))
    return linked, terms


def kinds(found: tuple[Difference, ...]) -> list[Kind]:
    return [one.kind for one in found]


@pytest.mark.parametrize("count", [2, 3])
def test_records_of_a_settled_link_agree(count: int) -> None:
    linked, terms = settled(count)
    found = linked.reconcile()
    assert found.agrees
    assert not found.only_behind
    [link] = found.links
    assert (link.terms, link.outcome, link.absent) == (terms, Outcome.SETTLED, ())
    assert [leg.system for leg in link.legs] == list(terms.systems)
    assert [leg.money for leg in link.legs] == [Money.PAYEE] * count
    assert [leg.phase for leg in link.legs] == [Phase.COMMITTED, *[Phase.COMPLETED] * (count - 1)]
    assert [leg.locked for leg in link.legs] == [()] * count
    assert [leg.age for leg in link.legs] == [0] * count
    assert found.counts == {**dict.fromkeys(Outcome, 0), Outcome.SETTLED: 1}
    assert found.in_doubt == ()


def test_batches_that_state_the_steps_are_named() -> None:
    linked, _ = settled()
    [link] = linked.reconcile().links
    decider, follower = link.legs
    assert decider.prepared is None
    assert follower.decided is None
    assert decider.decided is not None
    assert follower.prepared is not None
    batch = linked[0].batches[decider.decided.batch]
    assert decider.decided == Fact(linked[0].batches.index(batch), batch.time)
    assert b'"committed"' in b"".join(batch.statement_texts)
    assert b'"prepared"' in b"".join(linked[1].batches[follower.prepared.batch].statement_texts)


def test_every_batch_heard_of_is_looked_for_once() -> None:
    linked, _ = settled()
    heard = [len(record.heard) for record in linked.records.values()]
    found = linked.reconcile()
    assert found.proofs == sum(heard)
    assert min(heard) >= 2
    one, other = linked.records.values()
    assert {peer for peer, _, _ in one.heard} == {other.name}
    first = min(one.heard.values(), key=lambda each: each.own_batch)
    assert linked[0].batches[first.own_batch].body.find(first.peer) > 0


def test_value_in_doubt_is_named_with_its_age() -> None:
    linked, _ = prepared()
    linked[1].go_to(linked[1].now + 5 * SECOND)
    linked.turn(1)
    found = linked.reconcile()
    assert found.agrees
    [link] = found.links
    assert link.outcome == Outcome.IN_DOUBT
    follower = link.legs[1]
    assert (follower.money, follower.locked) == (Money.EARMARKED, (("KGS", 90),))
    assert follower.prepared is not None
    assert follower.age == linked[1].batches[-1].time - follower.prepared.time
    assert follower.age > 5 * SECOND
    age = follower.age
    assert found.in_doubt == (InDoubt("KG-RTGS", "KZ-RTGS", "KGS", 90, 1, age),)
    linked.deliver()
    assert linked.reconcile().counts[Outcome.SETTLED] == 1


def test_value_in_doubt_is_summed() -> None:
    linked, _ = prepared()
    [link] = linked.reconcile().links
    decider, follower = link.legs
    older = attrs.evolve(follower, age=follower.age + 7, locked=(("KGS", 5), ("USD", 3)))
    links = [attrs.evolve(link, legs=(decider, one)) for one in (follower, older, follower)]
    assert Reconciliation(tuple(links), (), 0).in_doubt == (
        InDoubt("KG-RTGS", "KZ-RTGS", "KGS", 185, 3, follower.age + 7),
        InDoubt("KG-RTGS", "KZ-RTGS", "USD", 3, 1, follower.age + 7),
    )


def test_a_decision_that_a_follower_has_not_heard_leaves_doubt() -> None:
    linked, terms = prepared()
    waiting, linked.waiting = linked.waiting, []
    for _, proof in waiting:
        linked.turn(0, proofs=(proof,))
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.PREPARED]
    found = linked.reconcile()
    assert found.agrees
    assert found.links[0].outcome == Outcome.IN_DOUBT
    assert [leg.money for leg in found.links[0].legs] == [Money.PAYEE, Money.EARMARKED]


def test_links_that_ended_and_links_that_are_open() -> None:
    linked = RecordedLinks()
    alone, ended = linked.terms(1, 2), linked.terms(3, 4)
    linked.instruct(alone, 0)
    linked.instruct(ended)
    linked.turn(0, cancelled=(ended.link,))
    linked.deliver()
    found = linked.reconcile()
    assert found.agrees
    outcomes = {link.terms.link: link.outcome for link in found.links}
    assert outcomes == {alone.link: Outcome.OPEN, ended.link: Outcome.ENDED}
    assert [len(link.legs) for link in found.links] == [1, 2]


def test_a_record_that_was_not_given_is_named() -> None:
    linked, _ = settled(3)
    found = linked.reconcile(0, 2)
    assert found.agrees
    assert found.links[0].absent == ("KG-RTGS",)
    assert [leg.system for leg in found.links[0].legs] == ["KZ-RTGS", "UZ-RTGS"]
    found = linked.reconcile(1, 2)
    assert (found.links[0].absent, found.links[0].outcome) == (("KZ-RTGS",), Outcome.SETTLED)
    assert found.proofs == 0


def test_records_that_cannot_be_reconciled() -> None:
    linked, _ = settled()
    one = linked.records["KZ-RTGS"]
    with pytest.raises(InputError, match="two records or more"):
        reconcile([one])
    with pytest.raises(InputError, match="two of the records are of KZ-RTGS"):
        reconcile([one, one])
    with pytest.raises(InputError, match="record 2 has no contract"):
        reconcile([one, LinkRecord()])
    with pytest.raises(InputError, match="no batch"):
        _ = LinkRecord().system


def test_another_key_is_a_difference() -> None:
    linked, _ = settled()
    linked.records["KZ-RTGS"].key = "ab" * 32
    [found] = linked.reconcile().differences
    assert (found.kind, found.systems, found.link) == (Kind.KEY, ("KZ-RTGS", "KG-RTGS"), "")
    assert "abab" in found.evidence
    assert linked[0].side.public_key in found.evidence


def two_worlds() -> tuple[RecordedLinks, RecordedLinks, LinkTerms]:
    """A link that settled, and the same systems in a world in which its follower was cancelled."""
    linked, terms = settled()
    other = RecordedLinks()
    other.instruct(terms)
    other.turn(1, cancelled=(terms.link,))
    other.deliver()
    return linked, other, terms


def test_a_system_with_two_records_is_found() -> None:
    linked, other, terms = two_worlds()
    assert linked.reconcile().agrees
    assert other.reconcile().agrees
    one, lied = linked.records["KZ-RTGS"], other.records["KG-RTGS"]
    found = reconcile([one, lied])
    assert {*kinds(found.differences)} >= {Kind.FORK, Kind.ATOMICITY}
    assert found.links[0].outcome == Outcome.CONTRADICTED
    [parted] = [each for each in found.differences if each.kind == Kind.ATOMICITY]
    assert (parted.systems, parted.link) == (("KZ-RTGS", "KG-RTGS"), terms.link)
    assert parted.evidence == (
        "KZ-RTGS: the leg is final; KG-RTGS: it is refused, and its leg is not final"
    )
    forked = next(each for each in found.differences if each.kind == Kind.FORK)
    heard = next(each for each in one.heard.values() if each.hash != lied.hash_of(each.batch))
    recorded = lied.hash_of(heard.batch)
    assert recorded is not None
    assert forked.systems == ("KZ-RTGS", "KG-RTGS")
    for text in (heard.hash.hex(), recorded.hex(), f"batch {heard.own_batch} of KZ-RTGS has"):
        assert text in forked.evidence


def test_a_leg_final_without_the_decider_is_found() -> None:
    linked, other, _ = two_worlds()
    found = reconcile([other.records["KZ-RTGS"], linked.records["KG-RTGS"]])
    [parted] = [each for each in found.differences if each.kind == Kind.ATOMICITY]
    assert parted.systems == ("KG-RTGS", "KZ-RTGS")
    assert "KZ-RTGS: it is aborted" in parted.evidence


def test_a_link_that_the_other_record_does_not_know() -> None:
    linked, _ = settled()
    other = RecordedLinks()
    other.poll()
    found = reconcile([other.records["KG-RTGS"], linked.records["KZ-RTGS"]])
    parted = [each for each in found.differences if each.kind == Kind.ATOMICITY]
    # The record ends before what was heard, so it may only be too old.
    assert parted == []
    assert found.links[0].outcome == Outcome.UNPROVED
    for _ in range(40):
        other.poll()
    found = reconcile([other.records["KG-RTGS"], linked.records["KZ-RTGS"]])
    [parted_now] = [each for each in found.differences if each.kind == Kind.ATOMICITY]
    assert "KG-RTGS: the link is unknown, and its leg is not final" in parted_now.evidence


def test_a_record_that_ends_too_early_is_behind() -> None:
    linked, terms = settled()
    latest = max(heard.batch for heard in linked.records["KZ-RTGS"].heard.values())
    linked.records["KG-RTGS"] = linked.read_again(1, latest + 1)
    found = linked.reconcile_as_read()
    assert found.agrees
    linked.records["KG-RTGS"] = linked.read_again(1, latest)
    found = linked.reconcile_as_read()
    assert found.only_behind
    assert not found.agrees
    [behind] = found.differences
    assert (behind.kind, behind.systems) == (Kind.BEHIND, ("KZ-RTGS", "KG-RTGS"))
    assert f"heard of batch {latest} of KG-RTGS, whose record ends at batch {latest - 1}" in (
        behind.evidence
    )
    linked.records["KG-RTGS"] = linked.read_again(1, 3)
    found = linked.reconcile_as_read()
    assert found.only_behind
    assert [link.outcome for link in found.links if link.terms == terms] == [Outcome.UNPROVED]


def test_other_terms_with_money_at_stake_are_found() -> None:
    linked, terms = settled()
    state = linked[1].system.links.get(terms.link)
    assert state is not None
    other = attrs.evolve(terms, valid_until=terms.valid_until + 1)
    linked[1].system.links.put(attrs.evolve(state, terms=other), 1, 0)
    [found] = linked.reconcile().differences
    assert (found.kind, found.systems) == (Kind.TERMS, ("KZ-RTGS", "KG-RTGS"))
    assert found.evidence == f"KZ-RTGS: terms {terms.digest}; KG-RTGS: terms {other.digest}"


def test_other_terms_that_no_system_matched_are_no_difference() -> None:
    linked = RecordedLinks()
    terms = linked.terms(700, 90)
    other = attrs.evolve(terms, valid_until=terms.valid_until + 1)
    linked.instruct(terms, 0)
    linked[1].submit(leg_order(linked[1], other))
    linked.turn(1, terms=(other,))
    linked.deliver()
    found = linked.reconcile()
    assert found.agrees
    assert [link.outcome for link in found.links] == [Outcome.OPEN]


@pytest.mark.parametrize("place", [0, 1])
def test_a_contract_that_a_record_never_had_is_found(place: int) -> None:
    linked, terms = settled()
    name = terms.systems[place]
    linked.records[name].contracts.clear()
    found = [one for one in linked.reconcile().differences if one.kind == Kind.CONTRACT]
    assert [one.systems for one in found] == [(name,)]
    assert found[0].evidence == f"{name}: contract {terms.legs[1].contract} was never in force"


def test_another_decide_by_is_found() -> None:
    linked, terms = settled()
    state = linked[1].system.links.get(terms.link)
    assert state is not None
    assert state.decide_by is not None
    by = state.decide_by
    linked[1].system.links.put(attrs.evolve(state, decide_by=by + 1), 1, 0)
    [found] = linked.reconcile().differences
    assert (found.kind, found.link) == (Kind.DECIDE_BY, terms.link)
    assert found.evidence == f"KZ-RTGS: decide-by {by}; KG-RTGS: {by + 1}"
    linked[1].system.links.put(attrs.evolve(state, decide_by=None), 1, 0)
    assert linked.reconcile().agrees


@pytest.mark.parametrize(
    ("phase", "wrong"),
    [
        (Phase.COMPLETED, False),
        (Phase.PREPARED, True),
        (Phase.RELEASED, True),
        (Phase.MATCHED, True),
        (Phase.REFUSED, True),
    ],
)
def test_money_is_where_the_phase_says(phase: Phase, wrong: bool) -> None:
    linked, terms = settled()
    state = linked[1].system.links.get(terms.link)
    assert state is not None
    linked[1].system.links.put(attrs.evolve(state, phase=phase), 1, 0)
    found = linked.reconcile().differences
    assert kinds(found) == [Kind.MONEY] * wrong
    if wrong:
        assert found[0].evidence == (
            f"KG-RTGS: the link is {phase}, and its postings left the money: payee"
        )


def test_a_decider_may_have_settled_before_it_says_so() -> None:
    linked, terms = settled()
    state = linked[0].system.links.get(terms.link)
    assert state is not None
    for phase, agrees in ((Phase.PERMITTED, True), (Phase.ASKED, False), (Phase.ABORTED, False)):
        linked[0].system.links.put(attrs.evolve(state, phase=phase), 1, 0)
        assert linked.reconcile().agrees == agrees


def test_money_elsewhere_is_found() -> None:
    linked, terms = settled()
    record = linked.records["KG-RTGS"]
    record._moved[terms.link] = Counter({0: -90, 1: 89, 2: 1})
    found = linked.reconcile().differences
    assert kinds(found) == [Kind.MONEY, Kind.ATOMICITY]
    assert found[0].evidence.endswith("the money: elsewhere")
    # A payment back and forth leaves nothing.
    record._moved[terms.link] = Counter({0: 0, 1: 0})
    assert Kind.ATOMICITY in kinds(linked.reconcile().differences)


def test_earmark_accounts_have_their_open_earmarks() -> None:
    linked, terms = prepared()
    assert linked.reconcile().agrees
    record = linked.records["KG-RTGS"]
    del record._moved[terms.link]
    found = linked.reconcile().differences
    assert kinds(found) == [Kind.MONEY, Kind.EARMARKS]
    assert found[1].evidence == "KG-RTGS: NBKGKG22 has 0.90 KGS; open earmarks: 0.00 KGS"
    assert (found[1].systems, found[1].link) == (("KG-RTGS",), "")


def test_earmarks_made_under_an_earlier_contract_are_known() -> None:
    linked, _ = prepared()
    contracts = linked[1].system.link_contracts
    before = contracts.get("KZ-RTGS")
    assert before is not None
    sides = [
        attrs.evolve(
            side,
            currencies=tuple(
                attrs.evolve(one, earmark_account="AAAAKG22") for one in side.currencies
            ),
        )
        if side.system == "KG-RTGS"
        else side
        for side in before.sides
    ]
    contracts.put("KZ-RTGS", attrs.evolve(before, version=2, sides=sides))
    found = linked.reconcile()
    assert found.agrees
    assert found.in_doubt[0].value == 90


def test_payments_and_transfers_with_the_number_of_a_leg_are_not_of_the_link() -> None:
    linked, terms = settled()
    linked[0].pay(5)
    linked[0].pay(6, 1, 0)
    assert linked.reconcile().agrees
    record, system = linked.records["KZ-RTGS"], linked[0].system
    batch = linked[0].batches[-1]
    [order] = system.links.orders_of(terms.link)
    rows = np.zeros(2, POSTING)
    rows["subject"], rows["amount"] = order, 7
    rows["debit"], rows["credit"] = [0, OUTSIDE], [OUTSIDE, 1]
    entry = signed("KZ-RTGS", record.head.batch + 1, attrs.evolve(batch, postings=rows), None)
    record.observe(entry, [], system)
    assert reconcile([*linked.records.values()]).agrees


def test_further_comparisons_see_each_pair_once() -> None:
    linked, _ = settled(3)
    seen: list[tuple[str, str]] = []

    def check(one: LinkRecord, other: LinkRecord) -> list[Difference]:
        seen.append((one.name, other.name))
        return [Difference(Kind.MIRROR, (one.name, other.name), "1 and 2")]

    linked.reconcile()
    found = reconcile([*reversed(linked.records.values())], [check])
    pairs = [("KG-RTGS", "KZ-RTGS"), ("KG-RTGS", "UZ-RTGS"), ("KZ-RTGS", "UZ-RTGS")]
    assert seen == pairs
    assert [one.systems for one in found.differences] == pairs
    assert not found.agrees
    assert not found.only_behind
