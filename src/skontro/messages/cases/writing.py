"""Messages about cases written as XML that the schema accepts."""

from typing import Any

import attrs
from lxml import etree

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.cases.layouts import LAYOUTS
from skontro.messages.cases.places import Form, Layout, Place, is_code
from skontro.messages.schema_store import Element
from skontro.messages.schema_validation import schema_findings
from skontro.messages.writers.elements import add_amount, add_timestamp, root
from skontro.messages.writers.heading import Heading, written
from skontro.model import InputError


def write_case_message(message: CaseMessage, heading: Heading | None = None) -> bytes:
    """Write a message about a case.

    Args:
        message: of the version that is written for its kind.
        heading: for a business header and an envelope around it; None for the message alone.

    Raises:
        InputError: a field is missing that the message needs, or given that it has no place for;
            begins with the name of the field.

    Example:
        >>> message = CaseMessage(
        ...     name="pacs.028.001.06",
        ...     message_id="M-1",
        ...     created_at=0,
        ...     uetr="8a562c67-ca16-48ba-b074-65581be6f011",
        ... )
        >>> b"<MsgId>M-1</MsgId>" in write_case_message(message)
        True
    """
    layout = LAYOUTS[message.kind]
    if message.name != layout.version:
        raise InputError(f"name: {message.name} is not written, {layout.version} is")
    values = _values(message, layout)
    document = root(message.name)
    body = _child(document, layout.root)
    for place in layout.places:
        if not place.only_with or values[place.only_with] is not None:
            _write(body, place, values)
    for finding in schema_findings(document, message.name):
        raise InputError(f"{finding.xpath}: {finding.text}")
    if heading is not None:
        return written(heading, document, message.name)
    content: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8")
    return content + b"\n"


def _values(message: CaseMessage, layout: Layout) -> dict[str, Any]:
    """The fields as they are written; None for those that are not given."""
    given: dict[str, Any] = {}
    for field in attrs.fields(CaseMessage):
        value = getattr(message, field.name)
        given[field.name] = None if value in ("", ()) else value
    if layout.adds_compensation:
        total = (message.principal or 0) + (message.compensation or 0)
        given["principal"] = total or None
    for name in layout.required:
        if given[name] is None:
            raise InputError(f"{name}: is missing; {message.kind} needs it")
    places = {place.field for place in layout.places}
    for name, value in given.items():
        if value is not None and name not in places | {"name", "currency"}:
            raise InputError(f"{name}: {message.kind} has no place for it")
    return given


def _write(body: Element, place: Place, values: dict[str, Any]) -> None:
    value: Any = values[place.field] if place.field else place.constant
    if place.codes:
        value = dict(place.codes).get(value)
    if value is None:
        return
    *above, last = place.path.split("/")
    parent = body
    for tag in above:
        parent = _child(parent, tag)
    if place.form == Form.AMOUNT:
        add_amount(parent, last, value, values["currency"])
    elif place.form == Form.TIME:
        add_timestamp(parent, last, value)
    elif place.form == Form.DATE:
        _child(parent, last).text = value.isoformat()
    elif place.form == Form.LINES:
        _write_lines(parent, last, place, value)
    elif place.form == Form.CODE:
        inner = _child(parent, last)
        for tag in ["Cd"] if is_code(value) else place.proprietary.split("/"):
            inner = _child(inner, tag)
        inner.text = value
    else:
        _child(parent, last).text = value


def _write_lines(parent: Element, tag: str, place: Place, value: tuple[str, ...]) -> None:
    if len(value) > place.lines:
        raise InputError(f"{place.field}: has {len(value)} lines; {place.lines} at most")
    prefix = parent.tag[: parent.tag.index("}") + 1]
    for line in value:
        if len(line) > place.most:
            raise InputError(
                f"{place.field}: a line has {len(line)} characters; {place.most} at most"
            )
        etree.SubElement(parent, prefix + tag).text = line


def _child(parent: Element, tag: str) -> Element:
    """The child of this name; a new one if there is none."""
    prefix = parent.tag[: parent.tag.index("}") + 1]
    found = parent.find(prefix + tag)
    return etree.SubElement(parent, prefix + tag) if found is None else found
