"""Rulebooks as JSON values: read back as they were, in the words of system.yaml, strictly."""

import datetime
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.files.rulebook import rulebook_document
from skontro.model import BusinessDay, InputError, Rulebook
from skontro.system.rulebook_document import rulebook_from_document, rulebook_to_document
from tests.files.random_requests import rulebooks

_ZONE = ZoneInfo("Asia/Almaty")
_DAYS = (BusinessDay.at(datetime.date(2026, 11, 24), datetime.time(9), datetime.time(18), _ZONE),)


@given(rulebook=rulebooks(_DAYS, _ZONE))
def test_what_is_written_is_read_back(rulebook: Rulebook) -> None:
    text = json.dumps(rulebook_to_document(rulebook))
    assert rulebook_from_document(json.loads(text)) == rulebook


@given(rulebook=rulebooks(_DAYS, _ZONE))
def test_the_words_of_a_file_are_read_too(rulebook: Rulebook) -> None:
    assert rulebook_from_document(json.loads(json.dumps(rulebook_document(rulebook)))) == rulebook


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"bypas": {}}, "bypas"),
        ({"bypass": {"depth": "3"}}, "'3' is not a whole number"),
        ({"offset_on_entry": 1}, "1 is neither true nor false"),
        ({"offsetting": [{"algorithm": "guess", "at": ["12:00"]}]}, "'guess' is not one of"),
        ({"offsetting": [{"algorithm": "all_or_nothing"}]}, "give either the times"),
        ({"offsetting": [{"algorithm": "all_or_nothing", "every": "15"}]}, "not an interval"),
        ({"offsetting": 3}, "not iterable"),
        ({"when_queued": {"orders": 0}}, "outside"),
        ({"position_limits": {"currency": "KZT", "prices": []}}, "aggregate_short_position"),
        ([], "list"),
    ],
)
def test_what_is_no_rulebook_is_refused(document: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        rulebook_from_document(document)


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    )
)
def test_whatever_comes_is_read_or_refused(document: Any) -> None:
    for place in ("bypass", "when_queued", "offsetting", "position_limits"):
        try:
            rulebook_from_document({place: document})
        except InputError:
            continue
