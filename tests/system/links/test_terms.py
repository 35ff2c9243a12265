"""Terms of links: one form for each, exact limits, refusals with the field."""

import hashlib
import json
from typing import Any

import attrs
import pytest

from skontro.model import MAX_AMOUNT, InputError
from skontro.system.links.terms import MAX_LEGS, MAX_SYSTEMS, LinkLeg, LinkTerms
from tests.system.links.instructed import CONTRACT, LINK, VALID_UNTIL, D, F, G, leg, terms, uetr

DOCUMENT: dict[str, Any] = {
    "format": "skontro link terms 1",
    "link": LINK,
    "decider": "KZ-RTGS",
    "legs": [
        {
            "system": "KZ-RTGS",
            "uetr": "00000000-0000-4000-8000-000000000000",
            "payer": "ALFAKZ22",
            "payee": "BETAUZ22",
            "currency": "KZT",
            "amount": "100000.00",
            "contract": "",
        },
        {
            "system": "UZ-RTGS",
            "uetr": "00000000-0000-4000-8000-000000000001",
            "payer": "ALFAKZ22",
            "payee": "BETAUZ22",
            "currency": "UZS",
            "amount": "100000.00",
            "contract": CONTRACT,
        },
    ],
    "valid_until": 1_800_000_000_000_000,
}


def test_the_document_and_its_digest() -> None:
    assert terms().to_document() == DOCUMENT
    text = json.dumps(DOCUMENT, sort_keys=True, separators=(",", ":"))
    assert terms().digest == hashlib.sha256(text.encode()).hexdigest()
    assert LinkTerms.from_document(json.loads(text)) == terms()


def test_terms_of_three_systems() -> None:
    three = terms(F, G)
    assert LinkTerms.from_document(three.to_document()) == three
    assert three.systems == (D, F, G)
    assert three.followers == (F, G)
    assert three.leg_of(G) == leg(G, 2)
    assert three.digest != terms().digest
    with pytest.raises(InputError, match=rf"^link {LINK} has no leg in RU-RTGS$"):
        three.leg_of("RU-RTGS")


@pytest.mark.parametrize(
    "changed",
    [
        {"link": uetr(9)},
        {"valid_until": VALID_UNTIL + 1},
        *(
            {"legs": (leg(D, 0), leg(F, 1, **one))}
            for one in [
                {"uetr": uetr(9)},
                {"payer": "ALFAKZ23"},
                {"payee": "ALFAKZ23"},
                {"currency": "KGS"},
                {"amount": 1},
                {"contract": "c1" * 32},
                {"system": G},
            ]
        ),
    ],
)
def test_every_field_is_in_the_digest(changed: dict[str, Any]) -> None:
    assert terms(**changed).digest != terms().digest


def test_one_payment_through_two_systems_keeps_its_uetr_and_currency() -> None:
    legs = (leg(D, 5), leg(F, 5, currency="KZT"))
    assert terms(legs=legs).leg_of(F).currency == "KZT"


def test_the_number_of_systems_is_limited() -> None:
    many = [leg(F, number, system=f"S{number}") for number in range(MAX_SYSTEMS)]
    most = (leg(D, 99), *many[: MAX_SYSTEMS - 1])
    assert len(terms(legs=most).followers) == MAX_SYSTEMS - 1 == 31
    with pytest.raises(InputError, match=r"^legs: a link has 2 to 32 systems, not 33$"):
        terms(legs=(*most, many[-1]))
    with pytest.raises(InputError, match=r"^legs: a link has 2 to 32 systems, not 1$"):
        terms(legs=(leg(D, 1), leg(D, 2)))


def test_the_number_of_legs_is_limited() -> None:
    most = (leg(D, 0), *(leg(F, number) for number in range(1, MAX_LEGS)))
    assert len(terms(legs=most).legs) == MAX_LEGS == 1000
    for legs in (most[:1], (*most, leg(F, MAX_LEGS))):
        message = rf"^legs: a link has 2 to 1000 legs, not {len(legs)}$"
        with pytest.raises(InputError, match=message):
            terms(legs=legs)


def test_a_system_may_have_several_legs() -> None:
    legs = (leg(D, 0), leg(D, 1), leg(F, 0), leg(F, 2, currency="KGS"), leg(G, 3))
    several = terms(legs=legs)
    assert several.systems == (D, F, G)
    assert several.followers == (F, G)
    assert several.legs_of(D) == legs[:2]
    assert several.legs_of(F) == legs[2:4]
    assert several.leg_of(F) == legs[2]
    assert several.legs_of("RU-RTGS") == ()
    assert LinkTerms.from_document(several.to_document()) == several


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"link": LINK.upper()}, "link: must be a lower-case UUID of version 4"),
        ({"link": 5}, "link: must be a lower-case UUID of version 4"),
        ({"valid_until": -1}, "valid_until: must be a whole number from 0 to 9007199254740991"),
        ({"valid_until": 2**53}, "valid_until: must be a whole number from 0 to 9007199254740991"),
        ({"valid_until": True}, "valid_until: must be a whole number from 0 to 9007199254740991"),
        ({"decider": F}, "legs: the first leg is that of the decider"),
        ({"legs": (leg(D), leg(F), leg(G), leg(F, 2))}, "legs: those of one system are not toge"),
        ({"legs": (leg(D), leg(F), leg(D, 2))}, "legs: those of one system are not together"),
        ({"legs": (leg(D), leg(F, 5), leg(F, 5))}, f"legs: two of {F} have the same UETR"),
        ({"legs": (leg(D, 5), leg(D, 5), leg(F))}, f"legs: two of {D} have the same UETR"),
        ({"legs": (leg(D), leg(F, 1, ""))}, "legs: each leg of a follower has the digest"),
        ({"legs": (leg(D), leg(F), leg(F, 2, "c1" * 32))}, "legs: each leg of a follower has the"),
        ({"legs": (leg(D), leg(F), leg(F, 2, ""))}, "legs: each leg of a follower has the digest"),
        (
            {"legs": (attrs.evolve(leg(D), contract=CONTRACT), leg(F))},
            "legs: each leg of a follower has the digest",
        ),
    ],
)
def test_terms_that_cannot_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        terms(**changed)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("valid_until", [0, 2**53 - 1])
def test_the_ends_of_times(valid_until: int) -> None:
    assert terms(valid_until=valid_until).valid_until == valid_until


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"system": "kz"}, "system: 'kz' is not the identifier of a system"),
        ({"system": 1}, "system: it: must be text"),
        ({"uetr": "x"}, "uetr: 'x' is not a UETR"),
        ({"payer": "ALFA"}, "payer: 'ALFA' is not a BIC"),
        ({"payee": "BETA"}, "payee: 'BETA' is not a BIC"),
        ({"payee": "ALFAKZ22"}, "payee: ALFAKZ22 is the payer too"),
        ({"currency": "XAU"}, "currency: XAU has no minor unit"),
        ({"amount": 0}, "amount: 0 minor units are outside 1..999999999999999999"),
        ({"amount": MAX_AMOUNT + 1}, "amount: 1000000000000000000 minor units are outside"),
        ({"amount": 1.0}, "amount: 1.0 minor units are outside"),
        ({"contract": "c0" * 31}, "contract: must be a SHA-256 digest of 64 lower-case"),
        ({"contract": 0}, "contract: must be a SHA-256 digest of 64 lower-case"),
    ],
)
def test_legs_that_cannot_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        leg(F, **changed)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("amount", [1, MAX_AMOUNT])
def test_the_ends_of_amounts(amount: int) -> None:
    one = leg(F, amount=amount)
    assert LinkLeg.from_document(one.to_document()) == one


def test_amounts_are_in_units_of_the_currency() -> None:
    assert leg(F, currency="XOF", amount=5).to_document()["amount"] == "5"
    assert leg(F, currency="KWD", amount=5).to_document()["amount"] == "0.005"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("format", "skontro link terms 2", "format: must be 'skontro link terms 1'"),
        ("decider", None, "decider: must be text"),
        ("legs", {}, "legs: must be a list"),
        ("more", 1, "terms of a link: 'more' is no field of it"),
        ("valid_until", 5.0, "valid_until: must be a whole number"),
    ],
)
def test_documents_are_read_strictly(name: str, value: object, message: str) -> None:
    with pytest.raises(InputError) as refused:
        LinkTerms.from_document({**DOCUMENT, name: value})
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("name", DOCUMENT)
def test_no_field_may_be_missing(name: str) -> None:
    rest = {key: value for key, value in DOCUMENT.items() if key != name}
    with pytest.raises(InputError, match=f"^terms of a link: {name} is missing$"):
        LinkTerms.from_document(rest)


@pytest.mark.parametrize("name", DOCUMENT["legs"][0])
def test_no_field_of_a_leg_may_be_missing(name: str) -> None:
    rest = {key: value for key, value in DOCUMENT["legs"][1].items() if key != name}
    with pytest.raises(InputError, match=f"^leg 2: leg: {name} is missing$"):
        LinkTerms.from_document({**DOCUMENT, "legs": [DOCUMENT["legs"][0], rest]})


@pytest.mark.parametrize("document", [None, [], "terms"])
def test_a_document_is_an_object(document: object) -> None:
    with pytest.raises(InputError, match=r"^terms of a link: must be an object$"):
        LinkTerms.from_document(document)


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("100000.0", "amount: has another form than this system writes"),
        ("0100000.00", "amount: has another form than this system writes"),
        ("1.005", "leg 1: '1.005' has 3 decimals"),
        (100000, "leg 1: amount: must be text"),
    ],
)
def test_an_amount_has_one_form(amount: object, message: str) -> None:
    legs = [{**DOCUMENT["legs"][0], "amount": amount}, DOCUMENT["legs"][1]]
    with pytest.raises(InputError) as refused:
        LinkTerms.from_document({**DOCUMENT, "legs": legs})
    assert str(refused.value).startswith(message)


def test_terms_do_not_change() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        terms().valid_until = 5  # type: ignore[misc]
