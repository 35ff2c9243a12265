"""Contracts with other systems come into force by two people, and are suspended by one."""

import json
from typing import Any

import pytest

from skontro.model import ReasonCode
from skontro.system import Action, Decision, DecisionKind, SettlementSystem
from skontro.system.links.contract import LinkContract
from tests.service.systems import BANKS, DAY, NOON
from tests.system.links.contracts import OWN, PEER, contract, side
from tests.system.test_membership_actions import ANNA, RULES, Running

EARMARKS = BANKS[2]


def proposed(agreement: LinkContract, **fields: Any) -> Action:
    document = agreement.to_document()
    return Action("set_link_contract", peer=PEER, link_contract=document, **fields)


def agreed(running: Running, agreement: LinkContract) -> None:
    running.agree("set_link_contract", peer=PEER, link_contract=agreement.to_document())


def test_a_contract_comes_into_force_with_the_second_person() -> None:
    running, made = Running(), contract(EARMARKS)
    contracts = running.system.link_contracts
    assert contracts.refusal(PEER) == ReasonCode.LINK_CONTRACT_UNKNOWN
    assert running.propose(proposed(made)) == "NONE"
    assert len(contracts) == 0
    agreed(running, made)
    assert contracts.get(PEER) == made
    assert contracts.refusal(PEER) == ReasonCode.NONE
    assert (contracts.own_system, contracts.peers) == (OWN, (PEER,))
    assert contracts.own_side(PEER).system == OWN


def test_the_approver_sees_the_whole_contract_and_its_digest() -> None:
    running, made = Running(), contract(EARMARKS, vostro=BANKS[1])
    running.propose(proposed(made))
    shown = json.loads(running.system.four_eyes.open[-1].shown)
    assert shown["peer"] == {
        "system": PEER,
        "name": "Central Bank KG-RTGS",
        "public_key": f"{200:064x}",
    }
    assert shown["own_side"]["public_key"] == f"{100:064x}"
    assert shown["accounts"] == [
        {
            "currency": "KZT",
            "earmark_account": {"bic": BANKS[2], "name": "Bank CCCC"},
            "vostro_account": {"bic": BANKS[1], "name": "Bank BBBB"},
        }
    ]
    assert shown["contract_sha256"] == made.digest.hex()
    assert (shown["from"], shown["to"]) == (None, made.to_document())
    agreed(running, made)
    running.propose(proposed(contract(EARMARKS, 2)))
    assert json.loads(running.system.four_eyes.open[-1].shown)["from"] == made.to_document()


def test_contracts_that_do_not_fit_are_refused() -> None:
    running = Running()
    assert running.propose(proposed(contract("ZZZZKZK0"))) == "UNKNOWN_PARTICIPANT"
    assert running.propose(proposed(contract(EARMARKS, vostro="ZZZZKZK0"))) == (
        "UNKNOWN_PARTICIPANT"
    )
    assert running.propose(proposed(contract(EARMARKS, currency="UZS"))) == (
        "NO_SETTLEMENT_ACCOUNT"
    )
    document = contract(EARMARKS).to_document()
    assert running.propose(Action("set_link_contract", peer=PEER)) == "FIELD_MISSING"
    for fields in (
        {"peer": "UZ-RTGS", "link_contract": document},
        {"peer": PEER, "link_contract": document | {"extra": 1}},
        {"peer": PEER, "link_contract": document, "participant": BANKS[0]},
    ):
        assert running.propose(Action("set_link_contract", **fields)) == "FIELD_MALFORMED"


def test_a_later_version_replaces_an_earlier_one_only() -> None:
    running = Running()
    agreed(running, contract(EARMARKS, 3))
    for version in (2, 3):
        refused = running.propose(proposed(contract(EARMARKS, version)))
        assert refused == "LINK_CONTRACT_MISMATCH"
    agreed(running, contract(EARMARKS, 4))
    found = running.system.link_contracts.get(PEER)
    assert found is not None
    assert found.version == 4


def test_a_system_has_one_identifier_in_all_its_contracts() -> None:
    running = Running()
    agreed(running, contract(EARMARKS))
    sides = [side("KZ-OTHER", 100, "KZT", EARMARKS), side("UZ-RTGS", 300, "UZS", "CBUZUZ22")]
    other = Action(
        "set_link_contract", peer="UZ-RTGS", link_contract=LinkContract(1, sides).to_document()
    )
    assert running.propose(other) == "LINK_CONTRACT_MISMATCH"


def test_a_dated_contract_begins_with_its_day() -> None:
    running = Running()
    document = contract(EARMARKS).to_document()
    running.agree("set_link_contract", peer=PEER, link_contract=document, effective_on="2026-11-25")
    assert PEER not in running.system.link_contracts
    running.go_to(NOON + DAY)
    assert PEER in running.system.link_contracts


def test_one_person_suspends_and_two_resume() -> None:
    running = Running()
    for kind in ("suspend_links", "resume_links"):
        assert running.propose(Action(kind, peer=PEER)) == "LINK_CONTRACT_UNKNOWN"
    agreed(running, contract(EARMARKS))
    contracts = running.system.link_contracts
    assert running.propose(Action("resume_links", peer=PEER)) == "NOTHING_TO_CHANGE"
    revoke = Decision(DecisionKind.REVOKE, ANNA, Action("suspend_links", peer=PEER))
    body = json.loads(running.system.decide(running.now, revoke).body)
    assert (body["shown"]["from"], body["shown"]["to"]) == ("links may start", "suspended")
    assert body["shown"]["peer"] == {"system": PEER, "name": "Central Bank KG-RTGS"}
    assert contracts.refusal(PEER) == ReasonCode.LINK_SUSPENDED
    assert running.propose(Action("suspend_links", peer=PEER)) == "NOTHING_TO_CHANGE"
    running.agree("resume_links", peer=PEER)
    assert contracts.suspended == []


@pytest.mark.parametrize("suspended", [False, True])
def test_contracts_are_part_of_the_snapshot(suspended: bool) -> None:
    running = Running()
    agreed(running, contract(EARMARKS))
    running.system.link_contracts.set_suspended(PEER, suspended=suspended)
    again = SettlementSystem(RULES)
    again.restore(running.system.snapshot())
    assert again.link_contracts.to_document() == running.system.link_contracts.to_document()
    assert again.link_contracts.suspended == [PEER] * suspended
    assert again.snapshot() == running.system.snapshot()
