"""The documents by which people open cases and act in them, read strictly."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any, Final

import attrs
from cattrs import Converter

from skontro.model import MAX_AMOUNT, InputError, OrderStatus
from skontro.model.identity import check_uetr
from skontro.model.text import is_line
from skontro.system.cases.case import CaseOrder, CaseTerms
from skontro.system.cases.case_table import OF_SYSTEM, CaseAct
from skontro.system.cases.case_types import CaseType
from skontro.system.strict_documents import check_string, read_document, strict_converter

#: Most characters of a reference or reason, as in ISO 20022, and of a text.
MAX_REFERENCE, MAX_TEXT = 35, 1_000
#: Most documents that one act names, and most delays in one case.
MAX_EVIDENCE, MAX_DELAYS = 20, 10_000


def _converter() -> Converter:
    """Reads words as their kind: as text alone, an unknown one would be taken."""
    converter = strict_converter()
    for words in (CaseType, CaseAct, OrderStatus):
        converter.register_structure_hook(words, lambda value, kind: kind(check_string(value)))
    return converter


_CONVERTER: Final = _converter()
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def _check_lines(reason: str, text: str, evidence: tuple[str, ...]) -> None:
    if reason and not is_line(reason, MAX_REFERENCE):
        raise InputError(f"reason: one line of up to {MAX_REFERENCE} characters")
    if text and not is_line(text, MAX_TEXT):
        raise InputError(f"text: one line of up to {MAX_TEXT} characters")
    if len(evidence) > MAX_EVIDENCE or not all(_SHA256.fullmatch(one) for one in evidence):
        raise InputError(f"evidence: up to {MAX_EVIDENCE} SHA-256 in hexadecimal digits")


def _check_terms(terms: CaseTerms | None) -> None:
    if terms is None:
        return
    for name in ("principal", "compensation"):
        if not 0 <= getattr(terms, name) <= MAX_AMOUNT:
            raise InputError(f"{name}: 0 to {MAX_AMOUNT} minor units")
    if terms.scheme and not is_line(terms.scheme, MAX_REFERENCE):
        raise InputError(f"scheme: one line of up to {MAX_REFERENCE} characters")
    if len(terms.delays) > MAX_DELAYS:
        raise InputError(f"delays: up to {MAX_DELAYS}; open one more case for the others")
    for delay in terms.delays:
        check_uetr(delay.uetr)
        if date_of(delay.settled_on) < date_of(delay.due_on):
            raise InputError("delays: settled_on is before due_on")


def date_of(text: str) -> datetime.date:
    """A date written as ISO 8601, and in no other way.

    Raises:
        InputError: it is written otherwise.
    """
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        date = datetime.date.min
    if date.isoformat() != text or not 1970 <= date.year < 9999:
        raise InputError(f"{text!r} is not a date such as 2027-01-04")
    return date


@attrs.frozen
class Opening:
    """The opening of a case.

    Attributes:
        reference: unique for the side that opens.
        type: of the case.
        claimant: BIC; empty for the side that opens.
        currency: of a case without order.
        order: that it is about; None for an outage.
        terms: money that is claimed; None for none.
        reason, text, evidence: as in `CaseEvent`.
    """

    reference: str
    type: CaseType
    claimant: str = ""
    currency: str = ""
    order: CaseOrder | None = None
    terms: CaseTerms | None = None
    reason: str = ""
    text: str = ""
    evidence: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not is_line(self.reference, MAX_REFERENCE):
            raise InputError(f"reference: one line of 1 to {MAX_REFERENCE} characters")
        _check_lines(self.reason, self.text, self.evidence)
        _check_terms(self.terms)
        if self.order is not None:
            check_uetr(self.order.uetr)
            date_of(self.order.date)
            if not 0 < self.order.amount <= MAX_AMOUNT:
                raise InputError(f"order: amount: 1 to {MAX_AMOUNT} minor units")


@attrs.frozen
class ActInCase:
    """An act in an open case.

    Attributes:
        case: its number.
        act: no act of the system, and not the opening.
        seen: number of acts that the person has seen; see `Case.seen`.
        terms: money that the act names.
        reason, text, evidence: as in `CaseEvent`.
    """

    case: int
    act: CaseAct
    seen: int
    terms: CaseTerms | None = None
    reason: str = ""
    text: str = ""
    evidence: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.act in (*OF_SYSTEM, CaseAct.OPEN):
            raise InputError(f"act: {self.act} is no act of a party in an open case")
        _check_lines(self.reason, self.text, self.evidence)
        _check_terms(self.terms)


def read_opening(document: object) -> Opening:
    """The opening in a document.

    Raises:
        InputError: it cannot be read; the message names the field.
    """
    return read_document(_CONVERTER, document, Opening, "case")


def read_act(document: object) -> ActInCase:
    """The act in a document.

    Raises:
        InputError: it cannot be read; the message names the field.
    """
    return read_document(_CONVERTER, document, ActInCase, "case")


def input_document(given: Opening | ActInCase) -> dict[str, Any]:
    """The inverse of `read_opening` and `read_act`, as JSON values."""
    return {name: value for name, value in _plain(attrs.asdict(given)) if value is not None}


def _plain(document: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in document.items():
        yield name, _json(value)


def _json(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return {name: _json(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(one) for one in value]
    return str(value) if isinstance(value, str) else value
