"""Batches of links while a peer has not confirmed the own record."""

import json
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from skontro.model import InputError
from skontro.service.sequencer import link_batches as module
from skontro.service.sequencer.link_batches import LinkBatches, Shut
from skontro.service.sequencer.requests import NO_KEY, Caller, LinkRequest, LinksShut
from skontro.system import Batch
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.system.links.linked_systems import Country, Linked, leg_order

KZ, KG, UZ = "KZ-RTGS", "KG-RTGS", "UZ-RTGS"
SHUT = Shut(frozenset({UZ, KG}), "KG-RTGS has not confirmed this record yet")
ANYBODY = Caller(0, bytes(32), NO_KEY, bytes(32))


@attrs.define
class Batches:
    """The batches of links of one country, as its sequencer makes them."""

    country: Country
    shut: Shut = attrs.field(factory=Shut)
    outcomes: list[Any] = attrs.field(factory=list)
    made: list[Batch] = attrs.field(factory=list)
    links: Any = None

    def __attrs_post_init__(self) -> None:
        self.links = LinkBatches(
            self.country.system,
            None,  # type: ignore[arg-type]  no request has an id
            None,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            SimpleNamespace(held=False),  # type: ignore[arg-type]
            lambda: self.country.now,
            lambda: self.shut,
        )

    @property
    def head(self) -> Any:
        return SimpleNamespace(number=len(self.country.batches) - 1)

    def add(self, _group: object, batch: Batch, _rows: object) -> None:
        self.country.batches.append(batch)
        self.made.append(batch)

    def apply(self, *inputs: LinkInputs) -> list[Any]:
        """The outcomes of inputs that come together."""
        group: Any = SimpleNamespace(answers=[])
        self.outcomes = []
        requests = [LinkRequest(ANYBODY, one, self.outcomes.append) for one in inputs]
        self.links.apply(group, requests)
        for answer in group.answers:
            answer()
        return self.outcomes

    def follow(self) -> int:
        """The number of batches that need no request."""
        before = len(self.made)
        self.links.follow(SimpleNamespace(answers=[]))
        return len(self.made) - before


def instructed() -> tuple[Linked, LinkTerms, Batches]:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked[0].submit(leg_order(linked[0], terms))
    return linked, terms, Batches(linked[0])


def test_inputs_to_links_with_that_peer_are_refused_and_others_are_taken() -> None:
    linked, terms, batches = instructed()
    batches.shut = SHUT
    refused, taken = batches.apply(LinkInputs(terms=(terms,)), LinkInputs(claims=((KG, 5),)))
    assert str(refused) == SHUT.why
    assert isinstance(refused, LinksShut)
    assert taken.refused == ()
    (batch,) = batches.made
    assert json.loads(batch.body)["shut"] == [KG, UZ]
    assert terms.link not in linked[0].system.links
    batches.shut = Shut(frozenset({UZ}), "another")
    (taken,) = batches.apply(LinkInputs(terms=(terms,)))
    assert taken.refused == ()
    assert linked.phases(terms)[0] == Phase.INSTRUCTED
    assert json.loads(batches.made[-1].body)["shut"] == [UZ]


def test_a_malformed_statement_is_refused_while_links_are_shut_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, _, batches = instructed()
    monkeypatch.setattr(module, "check_peer_statements", lambda *_: None)
    batches.shut = SHUT
    (refused,) = batches.apply(LinkInputs(proofs=({"statements": [{"content": "{}"}]},)))
    assert isinstance(refused, InputError)
    assert batches.made == []


def test_no_batch_is_made_if_all_inputs_are_refused() -> None:
    _, terms, batches = instructed()
    batches.shut = SHUT
    (refused,) = batches.apply(LinkInputs(terms=(terms,)))
    assert isinstance(refused, LinksShut)
    assert batches.made == []


def test_no_batch_follows_for_a_link_that_is_shut() -> None:
    linked, terms, batches = instructed()
    batches.apply(LinkInputs(terms=(terms,)))
    linked[0].go_to(terms.valid_until + 1)
    batches.shut = SHUT
    assert batches.follow() == 0
    batches.shut = Shut()
    assert batches.follow() == 1
    assert json.loads(batches.made[-1].body)["shut"] == []


def test_readiness_of_a_link_that_is_shut_leads_to_no_batch() -> None:
    linked, terms, batches = instructed()
    batches.apply(LinkInputs(terms=(terms,)))
    linked[0].pay(1_000_000)
    batches.links._checked = -1.0
    batches.shut = SHUT
    assert batches.follow() == 0
    batches.links._checked, batches.links._checked_at = -1.0, -1
    batches.shut = Shut()
    assert batches.follow() == 1
