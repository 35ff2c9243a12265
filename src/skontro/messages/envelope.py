"""Envelopes: the messages and business headers of an input, in envelopes of any form."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import attrs

from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.places import line_of, local_name, xpath_of
from skontro.messages.schema_store import Element, message_name_of
from skontro.model import InputError
from skontro.model.text import quoted

#: Most elements of an envelope around a message.
MAX_ENVELOPE_DEPTH: Final = 8
#: Most messages in one input.
MAX_MESSAGES: Final = 1_000

_DOCUMENT, _HEADER = "Document", "AppHdr"


@attrs.frozen
class Enveloped:
    """One message of an input, with the business header that belongs to it.

    Attributes:
        name: of the message, for example ``pacs.008.001.08``; empty for a header alone.
        document: its element ``Document``; None for a header alone.
        header_name: of the header, for example ``head.001.001.02``; empty without one.
        header: its element ``AppHdr``, or None.
    """

    name: str = ""
    document: Element = None
    header_name: str = ""
    header: Element = None


def open_envelope(root: Element) -> tuple[list[Enveloped], list[Finding]]:
    """The messages of an input in their order, and the faults of its envelope.

    An envelope may have any names and namespaces. In it, a header belongs to the next document
    after it. A namespace outside ISO 20022, or of a message without a schema, is a finding.
    """
    messages: list[Enveloped] = []
    findings: list[Finding] = []
    waiting = Enveloped()
    for element in _parts(root, MAX_ENVELOPE_DEPTH):
        kind, name, fault = _kind(element.tag)
        if fault:
            findings.append(_wrong(element, fault))
            continue
        if kind == _HEADER:
            if waiting.header is not None:
                messages.append(waiting)
            waiting = Enveloped(header_name=name, header=element)
        else:
            messages.append(Enveloped(name, element, waiting.header_name, waiting.header))
            waiting = Enveloped()
    if waiting.header is not None:
        messages.append(waiting)
    if not messages and not findings:
        findings.append(_wrong(root, f"holds no message: no {_DOCUMENT} or {_HEADER} was found"))
    if len(messages) > MAX_MESSAGES:
        findings.append(_wrong(root, f"holds {len(messages):,} messages; {MAX_MESSAGES:,} at most"))
    return messages, findings


def _parts(element: Element, depth: int) -> Iterator[Element]:
    """Documents and headers, in their order; nothing inside of them."""
    if local_name(element) in {_DOCUMENT, _HEADER}:
        yield element
    elif depth:
        for child in element:
            yield from _parts(child, depth - 1)


@lru_cache(maxsize=1_024)
def _kind(tag: str) -> tuple[str, str, str]:
    """Local name and message of a document or header by its tag; or the fault of its namespace."""
    namespace, _, kind = tag.rpartition("}")
    try:
        name = message_name_of(namespace.removeprefix("{"))
    except InputError as error:
        return kind, "", str(error)
    if (kind == _HEADER) != name.startswith("head."):
        return kind, "", f"{kind} has the namespace of {name}"
    return kind, name, ""


def _wrong(element: Element, text: str) -> Finding:
    shown = text if len(text) < 400 else quoted(text)
    return Finding(
        Step.INPUT, xpath_of(element), line_of(element), FindingCode.INVALID_FILE_FORMAT, shown
    )
