"""Messages about cases read from XML: validated by schema, then mapped field by field."""

from collections.abc import Sequence
from typing import Any

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.cases.layouts import LAYOUTS
from skontro.messages.cases.places import Form, Layout, Place
from skontro.messages.content import Content, Findings, Money, content_of, copied
from skontro.messages.envelope import open_envelope
from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.parsing import DEFAULT_LIMITS, Refused, parse
from skontro.messages.payment_requests import note_unused
from skontro.messages.requests import Request
from skontro.messages.schema_validation import schema_findings
from skontro.messages.system_view import SystemView
from skontro.messages.values import date as read_date
from skontro.messages.values import has_offset, minor_units, timestamp_of
from skontro.model import Currency, InputError, find_currency
from skontro.model.text import none_of

#: Elements that only repeat what others say: totals, roles of agents, types of statuses.
_REDUNDANT = ("CtrlData", "NbOfTxs", "SttlmMtd", "TxCxlSts", "TtlChrgs", "CdtDbtInd")


def read_case_messages(content: bytes) -> list[CaseMessage]:
    """The messages about cases in an input, one for each payment that they name.

    Args:
        content: of a file or a request, in UTF-8: messages with or without business headers.

    Raises:
        InputError: it cannot be used; names the first fault with its place.

    Example:
        >>> read_case_messages(b"<a/>")
        Traceback (most recent call last):
        skontro.model.errors.InputError: line 1: /a: FF01: holds no message: no Document or ...
    """
    try:
        enveloped, faults = open_envelope(parse(content, DEFAULT_LIMITS))
    except Refused as refusal:
        raise InputError(str(refusal.finding)) from None
    _refuse(faults)
    found = []
    for one in enveloped:
        if one.document is None or one.name[:8] not in LAYOUTS:
            raise InputError(f"{one.name or 'the input'}: {none_of(one.name[:8], LAYOUTS)}")
        _refuse(schema_findings(one.document, one.name))
        body = one.document[0]
        findings = Findings(body)
        found += case_messages(content_of(body, one.name), one.name, findings)
        _refuse(findings.located())
    return found


def _refuse(findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.refuses:
            raise InputError(str(finding))


def case_requests(
    content: Content, name: str, findings: Findings, _view: SystemView
) -> list[Request]:
    """Requests of messages about cases, which name one payment each."""
    return [*case_messages(content, name, findings)]


def case_messages(content: Content, name: str, findings: Findings) -> list[CaseMessage]:
    """The messages about cases in one message, one for each payment that it names.

    Args:
        content: of the schema-valid message.
        name: of the message, with version.
        findings: get values that cannot be used, and notes on elements that were not used.
    """
    layout = LAYOUTS[name[:8]]
    found = []
    for prefix, one in _split(copied(content), layout.repeated):
        message = _read_one(one, name, layout, prefix, findings)
        if message is not None:
            found.append(message)
    return found


def _split(content: Content, repeated: tuple[str, ...]) -> list[tuple[dict[str, str], Content]]:
    """A content for each repeated element, with the number of the element in its path."""
    parts: list[tuple[dict[str, str], Content]] = [({}, content)]
    for path in repeated:
        *above, last = path.split("/")
        divided = []
        for numbers, part in parts:
            parent = part
            for tag in above:
                parent = parent.get(tag, {})
            several = parent.get(last)
            if not isinstance(several, list):
                divided.append((numbers, part))
                continue
            for place, one in enumerate(several, start=1):
                parent[last] = one
                numbered = {path: f"{numbers.get('/'.join(above), '/'.join(above))}"}
                where = f"{numbered[path]}/{last}[{place}]".lstrip("/")
                divided.append(({**numbers, path: where}, copied(part)))
        parts = divided
    return parts


def _located(path: str, numbers: dict[str, str]) -> str:
    """A path with the numbers of repeated elements."""
    for repeated in sorted(numbers, key=len, reverse=True):
        if path == repeated or path.startswith(f"{repeated}/"):
            return numbers[repeated] + path[len(repeated) :]
    return path


def _read_one(
    content: Content, name: str, layout: Layout, numbers: dict[str, str], findings: Findings
) -> CaseMessage | None:
    fields: dict[str, Any] = {}
    for place in layout.places:
        for path in (place.path, *place.also):
            raw = _take(content, path, place)
            if raw is None or not place.field or not place.is_read or place.field in fields:
                continue
            where = _located(path, numbers)
            value = _value(raw, place, where, fields, findings)
            if value is not None:
                fields[place.field] = value
    if layout.adds_compensation:
        _subtract_compensation(fields, findings, numbers)
    for tag in _REDUNDANT:
        _drop(content, tag)
    note_unused(content, "", findings)
    if findings.refuse:
        return None
    try:
        return CaseMessage(name=name, **({"message_id": ""} | fields))
    except InputError as error:
        findings.add(Step.SEMANTICS, "", FindingCode.INVALID_FORMAT_OF_ELEMENT, str(error))
        return None


def _take(content: Content, path: str, place: Place) -> Any:  # noqa: ANN401  text, money or lines
    """The value at a path, taken out; the first where elements repeat. None for nothing."""
    *above, last = path.split("/")
    parent: Any = content
    for tag in above:
        parent = _first(parent.get(tag)) if isinstance(parent, dict) else None
    if not isinstance(parent, dict) or last not in parent:
        return None
    if place.form == Form.LINES:
        value = parent.pop(last)
        return value if isinstance(value, list) else [value]
    if place.form == Form.CODE:
        inner = _first(parent[last])
        for tag in ("Cd", *place.proprietary.split("/")):
            if isinstance(inner, dict) and isinstance(inner.get(tag), str):
                return inner.pop(tag)
            if isinstance(inner, dict) and isinstance(inner.get(tag), dict):
                inner = inner[tag]
        return None
    value = parent.pop(last)
    if isinstance(value, list):
        value, parent[last] = value[0], value[1:]
    return value if isinstance(value, (str, Money)) else None


def _first(value: Any) -> Any:  # noqa: ANN401  any content
    return value[0] if isinstance(value, list) and value else value


def _value(
    raw: Any,  # noqa: ANN401  as `_take` gives it
    place: Place,
    where: str,
    fields: dict[str, Any],
    findings: Findings,
) -> Any:  # noqa: ANN401  as the field has it
    if place.form == Form.AMOUNT:
        return _amount(raw, where, fields, findings)
    if place.form == Form.LINES:
        return tuple(" ".join(line.split()) for line in raw if isinstance(line, str)) or None
    if place.form == Form.DATE:
        return findings.read(where, FindingCode.INVALID_DATE, lambda: read_date(raw), None)
    if place.form == Form.TIME:
        if not has_offset(raw):
            text = "has no offset from UTC and is not used"
            findings.add(Step.SEMANTICS, where, FindingCode.NARRATIVE, text, refuses=False)
            return None
        code = FindingCode.INVALID_CREATION_DATE
        return findings.read(where, code, lambda: timestamp_of(raw), None)
    return raw.strip() or None if isinstance(raw, str) else None


def _amount(
    raw: Any,  # noqa: ANN401  as `_take` gives it
    where: str,
    fields: dict[str, Any],
    findings: Findings,
) -> int | None:
    if not isinstance(raw, Money):
        return None
    known: Currency | None = fields.get("currency")
    currency = findings.read(
        where, FindingCode.NOT_ALLOWED_CURRENCY, lambda: find_currency(raw.currency), None
    )
    if currency is None:
        return None
    if known is not None and currency != known:
        text = f"is in {currency.code}, another amount of the message in {known.code}"
        findings.add(Step.SEMANTICS, where, FindingCode.INVALID_TRANSACTION_CURRENCY, text)
        return None
    fields["currency"] = currency
    return findings.read(where, FindingCode.INVALID_AMOUNT, lambda: minor_units(raw), None)


def _subtract_compensation(
    fields: dict[str, Any], findings: Findings, numbers: dict[str, str]
) -> None:
    """Take the compensation out of the amount that includes it."""
    total, compensation = fields.get("principal"), fields.get("compensation")
    if total is None or compensation is None:
        return
    if compensation > total:
        text = "is more than the amount that includes it"
        where = _located("TxInf/CompstnAmt", numbers)
        findings.add(Step.SEMANTICS, where, FindingCode.INVALID_AMOUNT, text)
    fields["principal"] = total - compensation or None


def _drop(content: Any, tag: str) -> None:  # noqa: ANN401  any content
    """Take out elements of a name, wherever they are."""
    if isinstance(content, dict):
        content.pop(tag, None)
        for value in content.values():
            _drop(value, tag)
    elif isinstance(content, list):
        for value in content:
            _drop(value, tag)
