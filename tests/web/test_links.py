"""Pages of links with other systems: who sees which, the steps, and money in doubt."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from skontro.model import find_currency
from skontro.service.api import links as api
from skontro.system.links.link_book import PhaseEntry
from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import Phase
from skontro.web import overview_content
from skontro.web.app import make_pages
from tests.service.linked_services import (
    SYSTEMS,
    LinkedServices,
    instruct_alone,
    write_linked_folder,
)
from tests.service.systems import NOON, TOKENS, LiveSystem, live_system
from tests.web.conftest import Pages
from tests.web.test_orders_and_proposals import hidden


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("linked")
    write_linked_folder(folder)
    with live_system(folder, make_pages=make_pages) as running:
        instruct_alone(running)
        yield running


@pytest.fixture
def state(system: LiveSystem) -> LinkState:
    """The link that the first bank has instructed, to pay the second."""
    return system.service.sequencer.view.links_under_way[0]


def test_links_are_listed_for_their_banks_and_the_operator(
    system: LiveSystem, operator: Pages, bank: Pages, state: LinkState
) -> None:
    third = Pages(system)
    third.sign_in_with_code(2)
    link = state.terms.link
    for path in ("/links", "/links?which=all"):
        for browser in (operator, bank):
            text = browser.text(path)
            assert f"{link[:8]}… Instructed Decides KZ-RTGS 7.00 KZT AAAAKZK0 → BBBBKGK0" in text
            assert f"{SYSTEMS[1]} Does not answer 1 – " in text
        assert link[:8] not in third.text(path)
        assert "There is no link here." in third.text(path)
    assert "no address" in operator.text("/links")
    assert "no address" not in bank.text("/links")
    assert third.get(f"/links/{link}").status_code == 404
    assert operator.get("/links?which=none").status_code == 422


def test_a_link_has_its_steps_legs_and_the_request_to_end_it(
    operator: Pages, bank: Pages, state: LinkState
) -> None:
    path = f"/links/{state.terms.link}"
    own, other = state.terms.legs
    for browser in (operator, bank):
        text = browser.text(path)
        assert "Instructed Batch" in text
        assert f"KZ-RTGS AAAAKZK0 BBBBKGK0 7.00 KZT {own.uetr[:8]}…" in text
        assert state.terms.digest in text
        assert f'href="/orders/{own.uetr}"' in browser.get(path).text
        assert f'href="/orders/{other.uetr}"' not in browser.get(path).text
        assert "Propose its end" not in text
    assert "Ask to end the link" not in operator.text(path)
    assert "Ask to end the link" in bank.text(path)


def doubtful(state: LinkState, monkeypatch: pytest.MonkeyPatch) -> LinkState:
    """The link as a follower has it that has earmarked, for the pages."""
    changed = state.changed(phase=Phase.PREPARED)
    history = (PhaseEntry(Phase.PREPARED, 5, NOON - 61_000_000),)

    async def find(_context: object, _link: str) -> Any:
        return api._Found(changed, history)

    monkeypatch.setattr(api, "_find", find)
    return changed


def test_money_in_doubt_leads_the_operator_to_the_certificate(
    system: LiveSystem,
    operator: Pages,
    bank: Pages,
    state: LinkState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doubtful(state, monkeypatch)
    path = f"/links/{state.terms.link}"
    text = operator.text(path)
    assert "In doubt 7.00 KZT Since 24 Nov 2026, 11:58:59 (61 seconds) Decider KZ-RTGS" in text
    form = f"/proposals/new/end_link_in_doubt?link={state.terms.link}"
    assert form in operator.get(path).text
    assert f'href="{path}"' in operator.get(form).text
    assert "In doubt 7.00 KZT" in bank.text(path)
    viewer = Pages(system)
    viewer.sign_in(TOKENS[2])
    for browser in (bank, viewer):
        assert "Propose its end" not in browser.text(path)


def test_the_overview_has_links_and_names_those_in_doubt(
    system: LiveSystem, operator: Pages, bank: Pages, state: LinkState
) -> None:
    text = operator.text()
    assert "Links with other systems 1 link under way" in text
    assert f"{SYSTEMS[1]} Does not answer 1 –" in text
    assert "Links with other systems 1 link under way" in bank.text()
    assert SYSTEMS[1] not in bank.text()
    changed = state.changed(phase=Phase.PREPARED)
    context: Any = system.service.context
    view = attrs.evolve(
        context.sequencer.view,
        links_under_way=(changed,) * 7 + (state,),
        in_doubt={("KZ-RTGS", "RUB"): 5, ("KZ-RTGS", "KZT"): 4_900},
    )
    fake: Any = SimpleNamespace(sequencer=SimpleNamespace(view=view), peers=context.peers)
    identity = context.authenticator.holder_of_token(TOKENS[0])
    part = overview_content._links(fake, identity)
    assert (part.under_way, part.more_in_doubt) == (8, 2)
    assert part.in_doubt == (state.terms.link,) * 5
    tenge, rouble = find_currency("KZT"), find_currency("RUB")
    assert part.values_of("KZ-RTGS") == [(tenge, 4_900), (rouble, 5)]
    assert part.values_of("KG-RTGS") == []


def test_money_in_doubt_and_silence_are_alarms(system: LiveSystem) -> None:
    peer = SimpleNamespace(peer="B", silent=True, url="https://b.example")
    quiet = SimpleNamespace(peer="C", silent=True, url=None)
    view = SimpleNamespace(
        screening_holds=0, suspended=(), in_doubt={("K", "KZT"): 1, ("K", "RUB"): 1, ("A", "X"): 1}
    )
    context: Any = SimpleNamespace(
        sequencer=SimpleNamespace(view=view, clock=SimpleNamespace(trouble=None)),
        readiness=SimpleNamespace(why_not=lambda: None),
        screening=SimpleNamespace(lists=None),
        peers=SimpleNamespace(health=lambda: [peer, quiet]),
    )
    found = [(one.title, one.detail) for one in overview_content.alarms(context)]
    assert found == [
        ("Money is locked for links in doubt", "A, K"),
        ("Another system does not answer", "B"),
    ]


def test_lists_of_links_are_paged(
    system: LiveSystem, operator: Pages, state: LinkState, monkeypatch: pytest.MonkeyPatch
) -> None:
    legs = [attrs.evolve(leg, uetr=str(uuid.uuid4())) for leg in state.terms.legs]
    terms = attrs.evolve(state.terms, link=str(uuid.uuid4()), legs=tuple(legs))
    alone = LinkedServices([], [], [system])
    alone.order(0, terms)
    assert alone.inputs(0, terms=(terms,)).refused == ()
    marks = [one.link[:8] + "…" for one in (state.terms, terms)]
    for which in ("open", "all"):
        monkeypatch.setattr("skontro.web.links.PAGE", 1)
        pages = [operator.get(f"/links?which={which}&after={n}").text for n in (0, 1)]
        assert [[mark in page for mark in marks] for page in pages] == [
            [True, False],
            [False, True],
        ]
        assert f'href="/links?which={which}&amp;after=1"' in pages[0]
        assert f'href="/links?which={which}"' in pages[1]
        assert "First page" not in pages[0]
        monkeypatch.setattr("skontro.web.links.PAGE", 3)
        assert "Next page" not in operator.get(f"/links?which={which}").text
    monkeypatch.setattr("skontro.web.links.PAGE", 2)
    assert "Next page" not in operator.get("/links").text


def test_the_payer_asks_to_end_its_link(
    system: LiveSystem, operator: Pages, bank: Pages, state: LinkState
) -> None:
    path = f"/links/{state.terms.link}"
    fields = hidden(bank, path)
    refused = operator.send(f"{path}/cancellation", **fields | {"csrf": operator.csrf()})
    assert refused.status_code == 403
    assert bank.send(f"{path}/cancellation", request_id="x").status_code == 403
    assert bank.send(f"{path}/cancellation", **fields).status_code == 303
    assert "Aborted" in bank.text(path)
    assert "Ask to end the link" not in bank.text(path)
    assert state.terms.link[:8] not in operator.text("/links")
    assert "Aborted" in operator.text("/links?which=all")
