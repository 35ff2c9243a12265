"""Two gates, one rule: what a file of participants refuses, an admission to the service refuses."""

from typing import Any

import pytest
from pydantic import ValidationError

from skontro.files.documents import fit
from skontro.files.participants import DirectorySchema
from skontro.files.rulebook import RulebookSchema, to_rulebook
from skontro.model import InputError, Participant, find_country, find_currency
from skontro.service.api.proposal_schemas import ActionIn
from skontro.system.rulebook_document import rulebook_from_document
from tests.fuzz.hostile import HALF_SURROGATES, TEXTS, VALUES

GOOD = {"participant": "BANKKZKA", "name": "Bank", "country": "KAZ", "lei": "5493006MHB84DD0ZWV18"}
KEYS = {"participant": "bic", "name": "name", "country": "country", "lei": "lei"}
MORE = [
    "Bank \u202e",
    "Ba\u200bnk",
    "بانک\u200cملی",
    "x" * 140,
    "x" * 141,
    "KZ",
    "KAZ",
    "XK",
    "UZBEK",
]
ALL = (*TEXTS, *HALF_SURROGATES, *MORE)


def service_takes(field: str, text: str) -> bool:
    """The form of the request, and what the system then looks at (`_check_admission`)."""
    given: dict[str, Any] = {**GOOD, "currencies": ["KZT"]}
    given |= {"currencies": [text]} if field == "currency" else {field: text}
    try:
        action = ActionIn.model_validate({"kind": "admit", **given})
        country = find_country(action.country or "")
        Participant(action.participant or "", action.name or "", country, action.lei)
        find_currency((action.currencies or [""])[0])
    except (ValidationError, InputError):
        return False
    return True


def file_takes(field: str, text: str) -> bool:
    account = {"currency": "KZT", "opening_balance": "0"}
    participant = {KEYS[name]: value for name, value in GOOD.items()}
    if field == "currency":
        account["currency"] = text
    else:
        participant[KEYS[field]] = text
    shape, _ = fit({"participants": [{**participant, "accounts": [account]}]}, DirectorySchema)
    return shape is not None


@pytest.mark.parametrize("field", [*KEYS, "currency"])
def test_a_text_is_taken_by_both_or_by_neither(field: str) -> None:
    differing = [text[:40] for text in ALL if service_takes(field, text) != file_takes(field, text)]
    assert not differing


RUN = {"algorithm": "greatest_fifo_set"}
RULEBOOKS: dict[str, Any] = {
    "at": lambda value: {"offsetting": [{**RUN, "at": [value]}]},
    "every": lambda value: {"offsetting": [{**RUN, "every": value}]},
    "depth": lambda value: {"bypass": {"depth": value}},
    "orders": lambda value: {"when_queued": {"orders": value}},
    "price": lambda value: _limits(price=value),
    "haircut": lambda value: _limits(haircut=value),
    "aggregate": lambda value: _limits(aggregate=value),
}


def _limits(price: Any = "1", haircut: Any = "0", aggregate: Any = "5.00") -> dict[str, Any]:
    prices = [{"currency": "USD", "price": price, "haircut": haircut}]
    limits = {"currency": "USD", "aggregate_short_position": aggregate, "prices": prices}
    return {"position_limits": limits}


@pytest.mark.parametrize("place", RULEBOOKS)
def test_a_value_of_a_rulebook_is_taken_by_both_or_by_neither(place: str) -> None:
    times = [
        "12:00",
        "12:00:30",
        "12:00:30.5",
        "T12:00",
        "1200",
        "00:15",
        "00:00:01",
        "0.5",
        "12.5",
    ]
    differing = []
    for value in (*TEXTS, *HALF_SURROGATES, *times, *(v for v in VALUES if v is not None)):
        document = RULEBOOKS[place](value)
        shape, _ = fit(document, RulebookSchema)
        try:
            by_file = shape is not None and to_rulebook(shape) is not None
        except InputError:
            by_file = False
        try:
            by_service = rulebook_from_document(document) is not None
        except InputError:
            by_service = False
        if by_file != by_service:
            differing.append((str(value)[:40], by_file, by_service))
    assert not differing
