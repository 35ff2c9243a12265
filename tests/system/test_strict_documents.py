"""Strict conversion of JSON values."""

from typing import Any

import attrs
import pytest

from skontro.model import InputError
from skontro.system.strict_documents import (
    check_string,
    check_whole,
    read_document,
    strict_converter,
)


@attrs.frozen
class Inner:
    number: int
    text: str = "default"

    def __attrs_post_init__(self) -> None:
        if self.number == 13:
            raise KeyError
        if self.number == 14:
            raise InputError("number: 14 is refused")


@attrs.frozen
class Outer:
    inner: tuple[Inner, ...]


def read(document: object) -> Outer:
    return read_document(strict_converter(), document, Outer, "outer")


def test_a_document_becomes_an_object() -> None:
    document = {"inner": [{"number": 2**70}, {"number": -1, "text": ""}]}
    assert read(document) == Outer((Inner(2**70), Inner(-1, "")))


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ({"number": "7"}, "outer: '7' is not a whole number"),
        ({"number": 7.0}, "outer: 7.0 is not a whole number"),
        ({"number": True}, "outer: True is not a whole number"),
        ({"number": 7, "text": 7}, "outer: 7 is not text"),
        ({"number": 7, "text": None}, "outer: None is not text"),
        ({"number": 7, "other": 1}, "outer: Extra fields in constructor for Inner: other"),
        ({"text": "a"}, "outer: 'number'"),
        ({"number": 13}, "outer: KeyError"),
        ({"number": 14}, "outer: number: 14 is refused"),
    ],
)
def test_the_first_fault_is_named(inner: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        read({"inner": [{"number": 1}, inner]})
    assert str(refused.value) == message


@pytest.mark.parametrize("document", [None, [], "text", 7, {"inner": 7}, {}])
def test_other_values_are_refused(document: object) -> None:
    with pytest.raises(InputError, match=r"^outer: ."):
        read(document)


def test_values_of_their_type_are_kept() -> None:
    assert (check_whole(0), check_string("")) == (0, "")
