"""Contracts between systems: their form, their digest, and each refusal."""

import copy
import json
from typing import Any

import attrs
import pytest

from skontro.model import MAX_AMOUNT, InputError
from skontro.system.links.contract import (
    CLOSES_FIRST,
    ContractSide,
    LinkContract,
    LinkedCurrency,
    LinkTimers,
    Officer,
    check_system_id,
)
from skontro.system.links.contract_reading import read_contract
from tests.system.links.contracts import OWN, PEER, contract, side

BANK = "AAAAKZK0"


def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(contract(BANK).to_document()))
    return made


def test_a_contract_survives_its_document_and_keeps_its_digest() -> None:
    made = contract(BANK, 7, decider=PEER, timers=LinkTimers(2, 3, 4), law="Law of the AIFC")
    again = read_contract(json.loads(json.dumps(made.to_document())))
    assert again == made
    assert again.digest == made.digest
    assert made.to_document()["sides"][1]["currencies"] == [
        {
            "currency": "KZT",
            "earmark_account": BANK,
            "cap": "10000000.00",
            "vostro_account": "",
            "nostro_account": "",
        }
    ]


def test_both_sides_have_the_same_bytes_in_whatever_order_they_name_their_parts() -> None:
    one = contract(BANK)
    sides = [
        attrs.evolve(s, officers=s.officers[::-1], currencies=s.currencies[::-1])
        for s in one.sides[::-1]
    ]
    assert LinkContract(1, sides).digest == one.digest
    assert [s.system for s in LinkContract(1, sides).sides] == [PEER, OWN]


@pytest.mark.parametrize("field", ["version", "decider", "timers", "compensation", "law"])
def test_every_term_is_in_the_digest(field: str) -> None:
    others: dict[str, Any] = {
        "version": 2,
        "decider": OWN,
        "timers": LinkTimers(alarm_after=61),
        "compensation": "another",
        "law": "another",
    }
    one = contract(BANK)
    assert attrs.evolve(one, **{field: others[field]}).digest != one.digest
    changed = attrs.evolve(one, sides=[one.sides[0], attrs.evolve(one.sides[1], name="Another")])
    assert changed.digest != one.digest


def test_sides_are_found_by_identifier() -> None:
    made = contract(BANK)
    assert made.side(PEER).currencies[0].currency == "KGS"
    assert made.other(PEER).system == OWN
    assert made.other(OWN).system == PEER
    for ask in (made.side, made.other):
        with pytest.raises(KeyError):
            ask("UZ-RTGS")
    assert made.side(PEER).linked("KGS") == made.side(PEER).currencies[0]
    assert made.side(PEER).linked("KZT") is None


@pytest.mark.parametrize("text", ["A", "KZ-RTGS", "7", "A" * 35, "A-" * 17 + "B"])
def test_identifiers_of_systems(text: str) -> None:
    assert check_system_id(text) == text


@pytest.mark.parametrize("text", ["", "kz", "-A", "A-", "A" * 36, "A B", "A\n", "Ä"])
def test_other_identifiers_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="identifier of a system"):
        check_system_id(text)


def test_a_link_is_decided_before_the_cut_off() -> None:
    assert LinkTimers(1, 1, 1) == LinkTimers(1, 1, 1)
    assert LinkTimers(86_400, 86_400, 86_400).alarm_after == 86_400
    with pytest.raises(InputError, match="after the cut-off"):
        LinkTimers(3, 2)
    for name in ("decide_within", "stop_before_cut_off", "alarm_after"):
        for seconds in (0, 86_401):
            with pytest.raises(InputError, match=f"{name}: {seconds} is not a number of seconds"):
                LinkTimers(**{name: seconds})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cap": 0}, "cap: 0"),
        ({"cap": MAX_AMOUNT + 1}, "cap: "),
        ({"currency": "XXX"}, "XXX"),
        ({"earmark_account": "bank"}, "not a BIC"),
        ({"vostro_account": "bank"}, "not a BIC"),
        ({"vostro_account": BANK}, "holds the earmark account"),
        ({"nostro_account": BANK}, "nostro_account: it mirrors a vostro_account"),
        ({"vostro_account": "BBBBKZKB", "nostro_account": "bank"}, "not a BIC"),
    ],
)
def test_a_currency_is_refused(values: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"currency": "KZT", "earmark_account": BANK, "cap": 1}
    assert LinkedCurrency(**fields).cap == 1
    assert LinkedCurrency(**fields | {"cap": MAX_AMOUNT}).cap == MAX_AMOUNT
    with pytest.raises(InputError, match=message):
        LinkedCurrency(**fields | values)


def test_two_officers_with_keys_of_their_own_sign_for_a_side() -> None:
    good = side(OWN, 1, "KZT", BANK)
    ada, ben = good.officers
    for officers, message in [
        ([ada], "takes two people"),
        ([ada, attrs.evolve(ben, name=ada.name)], "same name or key"),
        ([ada, attrs.evolve(ben, public_key=ada.public_key)], "same name or key"),
        ([ada, attrs.evolve(ben, public_key=good.public_key)], "same name or key"),
    ]:
        with pytest.raises(InputError, match=message):
            attrs.evolve(good, officers=officers)
    with pytest.raises(InputError, match="public_key"):
        Officer("Ada", "F" * 64)
    with pytest.raises(InputError, match="name"):
        Officer("", "f" * 64)
    with pytest.raises(InputError, match="none, or one of them twice"):
        attrs.evolve(good, currencies=[])
    with pytest.raises(InputError, match="none, or one of them twice"):
        attrs.evolve(good, currencies=[good.currencies[0]] * 2)


def test_sides_that_do_not_fit_are_refused() -> None:
    own, peer = side(OWN, 100, "KZT", BANK), side(PEER, 200, "KGS", "NBKGKG22")
    refused: list[tuple[list[ContractSide], str]] = [
        ([own], "two different systems"),
        ([own, own], "two different systems"),
        ([own, peer, side("UZ-RTGS", 300, "UZS", BANK)], "two different systems"),
        ([own, attrs.evolve(peer, public_key=own.public_key)], "same key"),
        ([own, side(PEER, 200, "KZT", BANK)], "settle the same one"),
    ]
    for sides, message in refused:
        with pytest.raises(InputError, match=message):
            LinkContract(1, sides)
    for version in (0, 2**31):
        with pytest.raises(InputError, match="version"):
            LinkContract(version, [own, peer])
    for decider in (CLOSES_FIRST, OWN, PEER):
        assert LinkContract(2**31 - 1, [own, peer], decider).decider == decider
    with pytest.raises(InputError, match="neither of the two systems"):
        LinkContract(1, [own, peer], "UZ-RTGS")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("version",), "1"),
        (("version",), True),
        (("law",), 7),
        (("extra",), 1),
        (("sides",), None),
        (("sides", 0, "extra"), 1),
        (("sides", 0, "officers"), []),
        (("sides", 0, "currencies", 0, "cap"), 5),
        (("sides", 0, "currencies", 0, "cap"), "1.001"),
        (("sides", 0, "currencies", 0, "extra"), "1"),
        (("sides", 0, "currencies", 0), "KGS"),
        (("timers", "decide_within"), 1.0),
        (("timers", "extra"), 1),
    ],
)
def test_documents_are_read_strictly(place: tuple[Any, ...], value: object) -> None:
    changed = copy.deepcopy(document())
    inner: Any = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(InputError, match=r"^contract: "):
        read_contract(changed)


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_other_values_are_no_contract(value: object) -> None:
    with pytest.raises(InputError, match=r"^contract: "):
        read_contract(value)
