"""Links in running services: their batches, their proofs, and a restart in every phase."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import attrs
import pytest

from skontro.ledger import connect
from skontro.ledger.link_evidence import check_peer_statements
from skontro.ledger.reader import last_batch, read_entries
from skontro.ledger.recovery import replay
from skontro.model import InputError, InvariantBroken
from skontro.service.sequencer.requests import (
    CommitGroupBuilder,
    Conflict,
    LinkRequest,
    Query,
)
from skontro.system import BatchKind, SettlementSystem
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.cli.in_process import run_main
from tests.service.linked_services import LinkedServices, caller, linked_services

RATES = """currency,account_currency,units,as_of,source
KZT,USD,100,2026-11-24,test
RUB,USD,100,2026-11-24,test
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkedServices]:
    with linked_services(tmp_path_factory.mktemp("linked")) as running:
        yield running


def test_two_services_settle_a_link_and_their_records_verify(services: LinkedServices) -> None:
    terms = services.terms()
    for place in range(2):
        services.order(place, terms)
        # Nothing else comes: the link goes on when its legs are ready, without a request.
        assert services.inputs(place, terms=(terms,)).refused == ()
    services.until(terms, [Phase.COMMITTED, Phase.COMPLETED])
    assert services.balances(0) == [999_300, 1_000_700, 0]
    assert services.balances(1) == [999_910, 1_000_090, 0]
    for live in services.live:
        verified = live.verified()
        assert verified.difference is None, verified.difference
    outcome = run_main("reconcile", *services.urls, "--json")
    assert outcome.returncode == 0, outcome.stderr
    assert "the key that the record itself names" in outcome.stderr
    found = json.loads(outcome.stdout)
    assert found["agrees"]
    assert found["counts"]["settled"] == 1
    assert [one["system"] for one in found["systems"]] == ["KZ-RTGS", "KG-RTGS"]
    assert found["proofs"] >= 4
    key = services.live[1].service.context.public_key
    outcome = run_main("reconcile", *services.urls, "--public-key", key.upper())
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "1 link: 1 settled\n" in outcome.stdout
    rates = services.folders[0] / "rates.csv"
    rates.write_text(RATES)
    outcome = run_main("group-share", *services.urls, "--rates", rates, "--json")
    assert outcome.returncode == 0, outcome.stderr
    share = json.loads(outcome.stdout)
    assert [one["system"] for one in share["members"]] == ["KG-RTGS", "KZ-RTGS"]
    # No party is of a country that issues RUB, so the link counts with that leg: 0.90 RUB.
    assert (share["total"]["orders"], share["total"]["value_minor"]) == (1, "1")
    signed = services.folders[0] / "kz.json"
    options = ("--database", services.urls[0], "--sign", signed)
    outcome = run_main("group-share", services.folders[0], *options)
    assert outcome.returncode == 0, outcome.stderr
    members = (signed, services.urls[1])
    outcome = run_main("group-share", *members, "--rates", rates, "--json")
    assert json.loads(outcome.stdout) == share


def test_several_legs_of_both_services_settle_and_their_records_verify(
    services: LinkedServices,
) -> None:
    before = [services.balances(place) for place in range(2)]
    terms = services.terms((400, 300), (50, 30, 10))
    for place in range(2):
        # The terms wait until the orders of all own legs have come.
        assert services.inputs(place, terms=(terms,)).refused == ()
        services.order(place, terms)
    services.until(terms, [Phase.COMMITTED, Phase.COMPLETED])
    for place, amount in enumerate((700, 90)):
        payer, payee, holder = before[place]
        assert services.balances(place) == [payer - amount, payee + amount, holder]
    assert [live.verified().difference for live in services.live] == [None, None]
    outcome = run_main("reconcile", *services.urls, "--json")
    assert outcome.returncode == 0, outcome.stderr
    found = json.loads(outcome.stdout)
    assert found["agrees"]
    links = services.submit(0, Query, lambda system: [one.phase for one in system.links])
    assert found["counts"]["settled"] == links.count(Phase.COMMITTED)


@pytest.mark.long
@pytest.mark.parametrize("amounts", [(), ((400, 300), (50, 30, 10))], ids=["one", "several"])
def test_a_restart_in_every_phase_loses_nothing(
    tmp_path: Path, amounts: tuple[tuple[int, ...], ...]
) -> None:
    with linked_services(tmp_path) as services:
        _restart_in_every_phase(services, services.terms(*amounts))


def _restart_in_every_phase(services: LinkedServices, terms: LinkTerms) -> None:
    seen = set()
    for place in range(2):
        services.order(place, terms)
        services.inputs(place, terms=(terms,))
    for _ in range(20):
        before = services.phases(terms)
        seen.add(tuple(before))
        if before == [Phase.COMMITTED, Phase.COMPLETED]:
            break
        services.stop()
        # Statements that were under way are lost.
        services.heard = len(services.sent)
        services.start()
        assert services.phases(terms) == before
        for place in range(2):
            services.inputs(place, repeated=(terms.link,))
        services.deliver()
        if services.phases(terms) == before:
            services.deliver()
    assert services.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert len(seen) >= 3, seen
    assert services.balances(0) == [999_300, 1_000_700, 0]
    assert services.balances(1) == [999_910, 1_000_090, 0]
    assert [live.verified().difference for live in services.live] == [None, None]


def test_the_sequencer_takes_no_statement_without_proof(services: LinkedServices) -> None:
    terms = services.terms()
    services.order(0, terms)
    services.inputs(0, terms=(terms,))
    addressee, proof = services.sent[-1]
    assert addressee == "KG-RTGS"
    document, before = proof.to_document(), services.live[1].service.sequencer.view.batch
    forged = LinkInputs(proofs=(document, document | {"signature": "00" * 64}))
    found = services.submit(1, LinkRequest, caller(), forged)
    assert isinstance(found, InputError)
    assert str(found) == "link proof: the signature is not that of the sender's key"
    assert services.live[1].service.sequencer.view.batch == before
    # A check of the same statements under another signature stands for nothing.
    contracts = services.live[1].service.sequencer.view.link_contracts
    checked = check_peer_statements(document, contracts)
    other = attrs.evolve(checked, key="00" * 32, heard=forged.proofs[1])
    for one in (checked, other):
        request = partial(LinkRequest, checked=(one,))
        found = services.submit(1, request, caller(), forged)
        assert isinstance(found, InputError)
        assert services.live[1].service.sequencer.view.batch == before
    found = services.inputs(1, proofs=(document,))
    assert found.refused == ((terms.link, "match", "LINK_UNKNOWN"),)
    assert found.batch == before + 1


@pytest.mark.parametrize("named", ["other", "text", "none"])
def test_a_batch_of_links_has_its_own_number(services: LinkedServices, named: str) -> None:
    services.inputs(0, repeated=())
    live = services.live[0]
    with connect(live.url) as connection:
        entries = list(read_entries(connection, 0, last_batch(connection)))
    entry = next(one for one in entries if one.batch.kind == BatchKind.LINKS)
    body = json.loads(entry.batch.body)
    assert body["batch"] == entry.number
    body["batch"] = {"other": entry.number + 1, "text": str(entry.number), "none": None}[named]
    broken = attrs.evolve(entry, batch=attrs.evolve(entry.batch, body=json.dumps(body)))
    system = SettlementSystem(live.service.sequencer.system.rules)
    with pytest.raises(InvariantBroken, match=f"batch {entry.number}: its statements name another"):
        replay(system, broken)


def test_requests_are_idempotent_and_joined(tmp_path: Path) -> None:
    with linked_services(tmp_path) as services:
        _repeat_and_join(services)


def _repeat_and_join(services: LinkedServices) -> None:
    terms, others = services.terms(), services.terms()
    first = services.inputs(0, caller(b"k" * 32), terms=(terms,))
    assert first.refused == ()
    assert services.inputs(0, caller(b"k" * 32), terms=(terms,)) == first
    other = services.submit(0, LinkRequest, caller(b"k" * 32, b"c" * 32), LinkInputs())
    assert isinstance(other, Conflict)
    unknown = services.inputs(0, caller(b"x" * 32), cancelled=(others.link,))
    assert unknown.refused == ((others.link, "cancellation", "LINK_UNKNOWN"),)
    assert services.inputs(0, caller(b"x" * 32), cancelled=(others.link,)) == unknown

    sequencer = services.live[0].service.sequencer
    group, answers = CommitGroupBuilder(), list[object]()
    requests = [
        LinkRequest(caller(), LinkInputs(repeated=(others.link,)), answers.append),
        LinkRequest(caller(), LinkInputs(cancelled=(others.link,)), answers.append),
    ]
    sequencer._links.apply(group, requests)
    bad = LinkInputs(proofs=({"statements": [{"content": "no"}]},))
    sequencer._links.apply(group, [LinkRequest(caller(), bad, answers.append), requests[0]])
    for answer in group.answers:
        answer()
    assert [len(entry.rows["request"]) for entry in group.entries] == [3, 2]
    repeated, cancelled = ((others.link, one, "LINK_UNKNOWN") for one in ("repeat", "cancellation"))
    numbers = [entry.number for entry in group.entries]
    assert isinstance(answers[2], InputError)
    assert [(one.batch, one.refused) for one in answers if not isinstance(one, InputError)] == [
        (numbers[0], (repeated,)),
        (numbers[0], (cancelled,)),
        (numbers[1], (repeated,)),
    ]
    sequencer.fail(RuntimeError("its record lacks the batches of this test"))
