"""Quotes that a market maker signed: accepted by a bank with its terms, checked and recorded."""

import hashlib
import json
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.model import InputError, ReasonCode
from skontro.system import Credentials, Key
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.phases import Phase
from skontro.system.links.signed_quote import SignedQuote, check_instructed, refusal_of_quote
from tests.system.links.linked_systems import CREDENTIALS, Linked, leg_order
from tests.system.links.test_conversion import END, GIVES, TAKES, quoted


def key_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


MAKER = key_of("the market maker")


def with_maker() -> Linked:
    """Both systems know the market maker's person, and another bank's."""
    linked = Linked()
    for place, side in enumerate((TAKES, GIVES)):
        keys = [
            Key(f"k{number}", bic, "Mia", key.public_key().public_bytes_raw().hex())
            for number, (bic, key) in enumerate(
                [(side.market_maker, MAKER), (linked[place].banks[2], key_of("another"))]
            )
        ]
        linked[place].system.set_credentials(Credentials(tuple(keys), CREDENTIALS.operators))
    return linked


@pytest.mark.parametrize("place", [0, 1])
def test_both_systems_accept_terms_at_a_signed_quote(place: int) -> None:
    linked = with_maker()
    terms = linked.terms(489, 90, until=END)
    one = linked[place]
    signed = SignedQuote.of(quoted(), MAKER)
    assert refusal_of_quote(one.system, terms, signed, one.now) == ReasonCode.NONE
    one.submit(leg_order(one, terms))
    batch = one.link(terms=(terms,), quotes=((terms.link, signed),))
    assert batch.refused == ()
    assert linked.phases(terms)[place] == Phase.INSTRUCTED
    # The record has the quote, and is read back to the same inputs.
    body = json.loads(batch.body)
    assert body["quotes"] == [[terms.link, signed.to_document()]]
    assert LinkInputs.from_document(body).quotes == ((terms.link, signed),)


@pytest.mark.parametrize(
    ("changed", "amounts", "reason"),
    [
        ({"valid_from": END - 1}, (489, 90), "NO_QUOTE"),
        ({"valid_until": END - 1}, (489, 90), "NO_QUOTE"),
        ({"most": 89}, (489, 90), "QUOTE_LIMIT_REACHED"),
        ({}, (488, 90), "AMOUNT_OFF_QUOTE"),
    ],
)
def test_terms_off_the_quote_are_refused(
    changed: dict[str, Any], amounts: tuple[int, int], reason: str
) -> None:
    linked = with_maker()
    terms = linked.terms(*amounts, until=END)
    linked[0].submit(leg_order(linked[0], terms))
    quotes = ((terms.link, SignedQuote.of(quoted(**changed), MAKER)),)
    batch = linked[0].link(terms=(terms,), quotes=quotes)
    assert batch.refused == ((terms.link, "instruction", reason),)
    assert linked.phases(terms)[0] == Phase.UNKNOWN
    # The order is still set aside; the terms may be instructed without a quote.
    assert linked[0].link(terms=(terms,)).refused == ()


def test_a_quote_counts_for_its_own_link_only() -> None:
    linked = with_maker()
    terms, other = linked.terms(488, 90, until=END), linked.terms(489, 90, until=END)
    linked[0].submit(leg_order(linked[0], terms))
    batch = linked[0].link(terms=(terms,), quotes=((other.link, SignedQuote.of(quoted(), MAKER)),))
    assert batch.refused == ()


def test_only_a_key_of_the_market_maker_in_this_system_counts() -> None:
    linked, quote = with_maker(), quoted()
    terms = linked.terms(489, 90, until=END)
    signed, system = SignedQuote.of(quote, MAKER), linked[0].system
    others = [
        SignedQuote.of(quote, key_of("nobody")),
        SignedQuote.of(quote, key_of("another")),  # of another participant
        attrs.evolve(signed, quote=quoted(rate="5.4322")),
        attrs.evolve(signed, signature=bytes(64)),
        attrs.evolve(signed, public_key="ab" * 32),
    ]
    for one in others:
        assert refusal_of_quote(system, terms, one, linked[0].now) == ReasonCode.NO_QUOTE
    elsewhere = attrs.evolve(TAKES, system="UZ-RTGS")
    foreign = SignedQuote.of(quoted(takes=elsewhere), MAKER)
    assert refusal_of_quote(system, terms, foreign, linked[0].now) == ReasonCode.NO_QUOTE


def test_documents() -> None:
    signed = SignedQuote.of(quoted(), MAKER)
    document = signed.to_document()
    assert SignedQuote.from_document(json.loads(json.dumps(document))) == signed
    assert signed.is_signed
    assert not attrs.evolve(signed, public_key="f" * 64).is_signed
    for field, value, message in (
        ("signature", "ab" * 63, "signature: must be 128"),
        ("public_key", "ab", "public_key"),
        ("quote", {}, "quote"),
    ):
        with pytest.raises(InputError, match=message):
            SignedQuote.from_document(document | {field: value})
    for wrong in ("x", [1], ["link", document, 1]):
        with pytest.raises(InputError, match="quotes: each is a link and a signed quote"):
            check_instructed(wrong)
    assert check_instructed(["link", document]) == ("link", signed)
