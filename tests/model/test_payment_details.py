"""Details of orders: one canonical form, limits of each field, nothing lost or taken loosely."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model import (
    MAX_DETAILS_BYTES,
    NO_DETAILS,
    NO_DIGEST,
    PARTY_ROLES,
    InputError,
    Party,
    PaymentDetails,
    ScreeningOutcome,
    content_digest,
)
from tests.draws import examples

LINES = st.text(st.sampled_from('aZ9 ßЯ中ب"\\/=é'), min_size=1, max_size=8).filter(str.strip)
PARTIES = st.builds(
    Party,
    name=st.just("") | LINES,
    country=st.sampled_from(["", "KZ", "RU", "XK"]),
    address=st.lists(LINES, max_size=3),
    account=st.just("") | LINES,
    identifiers=st.lists(
        st.tuples(st.sampled_from(["BIC", "LEI"]), LINES), max_size=3, unique=True
    ),
    birth_date=st.sampled_from(["", "1970-02-28"]),
    birth_place=st.just("") | LINES,
)
DETAILS = st.builds(
    PaymentDetails,
    instruction_id=st.just("") | LINES,
    end_to_end_id=st.just("") | LINES,
    message_id=st.just("") | LINES,
    message_name=st.sampled_from(["", "pacs.008.001.08"]),
    purpose=st.sampled_from(["", "GDDS"]),
    category_purpose=st.sampled_from(["", "TRAD"]),
    charge_bearer=st.sampled_from(["", "DEBT", "CRED", "SHAR", "SLEV"]),
    remittance=st.lists(LINES, max_size=3),
    parties=st.dictionaries(st.sampled_from(PARTY_ROLES), PARTIES, max_size=4).map(
        lambda parties: list(parties.items())
    ),
)
FULL = PaymentDetails(
    instruction_id="I-1",
    end_to_end_id="E-1",
    message_id="M-1",
    message_name="pacs.008.001.08",
    purpose="GDDS",
    category_purpose="TRAD",
    charge_bearer="SHAR",
    remittance=["Rechnung 7", "RF=RF18"],
    parties=[
        ("creditor", Party(name="ЖШС «Жұлдыз»", country="RU")),
        (
            "debtor",
            Party(
                name="Анна Ким",
                country="KZ",
                address=["Abai 1", "Almaty"],
                account="KZ75125KZT2069100100",
                identifiers=[("PASSPORT", "N1"), ("LEI", "X")],
                birth_date="1970-02-28",
                birth_place="Almaty, KZ",
            ),
        ),
    ],
)
FULL_BYTES = (
    '{"category_purpose":"TRAD","charge_bearer":"SHAR","end_to_end_id":"E-1",'
    '"instruction_id":"I-1","message_id":"M-1","message_name":"pacs.008.001.08",'
    '"parties":{"creditor":{"country":"RU","name":"ЖШС «Жұлдыз»"},'
    '"debtor":{"account":"KZ75125KZT2069100100","address":["Abai 1","Almaty"],'
    '"birth_date":"1970-02-28","birth_place":"Almaty, KZ","country":"KZ",'
    '"identifiers":[["PASSPORT","N1"],["LEI","X"]],"name":"Анна Ким"}},'
    '"purpose":"GDDS","remittance":["Rechnung 7","RF=RF18"]}'
).encode()


def test_the_canonical_bytes_are_these() -> None:
    assert FULL.to_bytes() == FULL_BYTES
    assert FULL.digest == hashlib.sha256(FULL_BYTES).digest()
    assert PaymentDetails.from_bytes(FULL_BYTES) == FULL


def test_no_details_have_no_bytes_and_a_digest_of_zeros() -> None:
    assert NO_DETAILS.to_bytes() == b""
    assert NO_DETAILS.digest == NO_DIGEST == bytes(32) == content_digest(b"")
    assert PaymentDetails.from_bytes(b"") == NO_DETAILS == PaymentDetails()
    assert content_digest(b"x") == hashlib.sha256(b"x").digest()


def test_numbers_of_outcomes_are_those_of_the_record() -> None:
    assert [(one.name, one.value) for one in ScreeningOutcome] == [
        ("NOT_SCREENED", 0),
        ("PASSED", 1),
        ("HELD", 2),
        ("REJECTED", 3),
        ("RELEASED", 4),
    ]


def test_parties_are_kept_in_the_order_of_their_roles() -> None:
    roles = [role for role, _ in FULL.parties]
    assert roles == ["debtor", "creditor"]
    assert FULL.party("debtor") == FULL.parties[0][1]
    assert FULL.party("creditor") == FULL.parties[1][1]
    assert FULL.party("ultimate_debtor") is None
    assert len(set(PARTY_ROLES)) == len(PARTY_ROLES) == 30
    for role in ("debtor_agent", "intermediary_agent_3", "underlying_debtor", "ultimate_creditor"):
        assert role in PARTY_ROLES


def test_the_first_identifier_of_a_scheme_is_found() -> None:
    party = Party(identifiers=[("LEI", "A"), ("BIC", "B"), ("LEI", "C")])
    assert (party.identifier("LEI"), party.identifier("BIC")) == ("A", "B")
    assert party.identifier("PASSPORT") == ""


@given(DETAILS, DETAILS)
@settings(max_examples=examples(50))
def test_bytes_and_details_are_one_to_one(one: PaymentDetails, other: PaymentDetails) -> None:
    assert PaymentDetails.from_bytes(one.to_bytes()) == one
    assert (one == other) == (one.to_bytes() == other.to_bytes()) == (one.digest == other.digest)


LIMITS = {
    "instruction_id": 35,
    "end_to_end_id": 35,
    "message_id": 35,
    "message_name": 35,
    "purpose": 35,
    "category_purpose": 35,
}


@pytest.mark.parametrize(("field", "most"), LIMITS.items())
def test_references_have_a_longest_length(field: str, most: int) -> None:
    fitting = PaymentDetails(**{field: "x" * most})  # type: ignore[arg-type]
    assert getattr(fitting, field) == "x" * most
    with pytest.raises(InputError, match=f"^{field} has {most + 1} characters; {most} is the most"):
        PaymentDetails(**{field: "x" * (most + 1)})  # type: ignore[arg-type]


@pytest.mark.parametrize(("field", "most"), [("name", 140), ("account", 34), ("birth_place", 140)])
def test_texts_of_a_party_have_a_longest_length(field: str, most: int) -> None:
    assert getattr(Party(**{field: "x" * most}), field) == "x" * most  # type: ignore[arg-type]
    with pytest.raises(InputError, match=f"^{field} has {most + 1} characters; {most} is the most"):
        Party(**{field: "x" * (most + 1)})  # type: ignore[arg-type]


def test_lines_and_identifiers_have_limits() -> None:
    assert len(Party(address=["x" * 200] * 24).address) == 24
    assert len(Party(identifiers=[("A" * 35, str(n) * 256) for n in range(9)]).identifiers) == 9
    assert len(Party(identifiers=[("A", str(n)) for n in range(20)]).identifiers) == 20
    assert PaymentDetails(remittance=["x" * 300]).remittance == ("x" * 300,)


REFUSED_PARTIES: dict[str, dict[str, Any]] = {
    "address has 25 lines; 24 is the most": {"address": ["x"] * 25},
    "address 2 has 201 characters; 200 is the most": {"address": ["x", "x" * 201]},
    "address 1 is empty": {"address": [""]},
    "address 1 is no text": {"address": [7]},
    "name is no text": {"name": None},
    "name is empty": {"name": " "},
    "name must be one line of readable text": {"name": "a\nb"},
    "country 'ZZ' is no country code of ISO 3166": {"country": "ZZ"},
    "country 'kz' is no country code": {"country": "kz"},
    "country is no text": {"country": 1},
    "birth_date '1970-2-1' is not a date": {"birth_date": "1970-2-1"},
    "identifiers are 21; 20 is the most": {"identifiers": [("A", str(n)) for n in range(21)]},
    "identifier 2 needs a scheme and a value": {"identifiers": [("A", "1"), ("A", "")]},
    "identifier 1 needs a scheme and a value": {"identifiers": [("A",)]},
    "identifier 1: scheme has 36 characters; 35 is": {"identifiers": [("A" * 36, "1")]},
    "identifier 1: value has 257 characters; 256 is": {"identifiers": [("A", "1" * 257)]},
    "identifier 1: value is no text": {"identifiers": [("A", 1)]},
    "identifiers name the same one twice": {"identifiers": [("A", "1"), ("A", "1")]},
}


@pytest.mark.parametrize("message", REFUSED_PARTIES)
def test_malformed_parties_are_refused_by_field(message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        Party(**REFUSED_PARTIES[message])


NOBODY = Party()
REFUSED: dict[str, dict[str, Any]] = {
    "charge_bearer 'OUR' is not one of DEBT, CRED, SHAR, SLEV": {"charge_bearer": "OUR"},
    "remittance 2 has 301 characters; 300 is the most": {"remittance": ["x", "x" * 301]},
    "remittance 1 is empty": {"remittance": [""]},
    "end_to_end_id is no text": {"end_to_end_id": 7},
    "parties: debtor is given twice": {"parties": [("debtor", NOBODY)] * 2},
    "parties: 'payer' is not one of ultimate_debtor, ": {"parties": [("payer", NOBODY)]},
    "parties: each has a role and a party": {"parties": [("debtor", {})]},
    "parties: each has a role and a part.$": {"parties": [("debtor",)]},
}


@pytest.mark.parametrize("message", REFUSED)
def test_malformed_details_are_refused_by_field(message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        PaymentDetails(**REFUSED[message])


def test_all_details_together_have_a_most() -> None:
    # {"remittance":["…","…"]} has 18 characters beside the lines, and 3 for each further line.
    lines = ["x" * 297] * 54
    room = MAX_DETAILS_BYTES - len(PaymentDetails(remittance=lines).to_bytes()) - 3
    fitting = PaymentDetails(remittance=[*lines, "x" * room])
    assert len(fitting.to_bytes()) == MAX_DETAILS_BYTES == 16_384
    assert PaymentDetails.from_bytes(fitting.to_bytes()) == fitting
    with pytest.raises(InputError, match=r"^details have 16,385 bytes; 16,384 is the most"):
        PaymentDetails(remittance=[*lines, "x" * (room + 1)])
    with pytest.raises(InputError, match=r"^details have 16,385 bytes; 16,384 is the most"):
        PaymentDetails.from_bytes(fitting.to_bytes() + b" ")


NOT_CANONICAL = {
    "spaces": FULL_BYTES.replace(b":", b": ", 1),
    "an absent field": b'{"purpose":""}',
    "another order": b'{"remittance":["x"],"purpose":"GDDS"}',
    "escapes": b'{"purpose":"\\u0041"}',
    "a field twice": b'{"purpose":"A","purpose":"A"}',
    "nothing": b"{}",
    "an empty party field": b'{"parties":{"debtor":{"name":""}}}',
}


@pytest.mark.parametrize("content", NOT_CANONICAL.values(), ids=NOT_CANONICAL)
def test_other_forms_of_the_same_details_are_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^details are not in their canonical form"):
        PaymentDetails.from_bytes(content)


NO_PAYMENT = {
    "no JSON": b"{",
    "no UTF-8": b'{"purpose":"\xff"}',
    "a list": b"[]",
    "a number": b"7",
    "an unknown field": b'{"amount":"7"}',
    "an unknown field of a party": b'{"parties":{"debtor":{"nom":"x"}}}',
    "parties as a list": b'{"parties":[]}',
    "a party as text": b'{"parties":{"debtor":"x"}}',
    "depth": b"[" * MAX_DETAILS_BYTES,
    "the bytes themselves": b'{"_content":"x"}',
}


@pytest.mark.parametrize("content", NO_PAYMENT.values(), ids=NO_PAYMENT)
def test_other_json_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^details are not the JSON that describes a payment"):
        PaymentDetails.from_bytes(content)


def test_a_malformed_field_of_stored_details_is_named() -> None:
    content = json.dumps({"parties": {"debtor": {"country": "ZZ"}}}).encode()
    with pytest.raises(
        InputError, match=r"^details: parties: debtor: country 'ZZ' is no country code"
    ):
        PaymentDetails.from_bytes(content)
