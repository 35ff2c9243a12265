"""The first step of validation: the published schema, with every fault it finds."""

import copy
import re
import threading
from itertools import islice
from typing import Final

from skontro.messages.content_model import repair
from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.places import Places, line_of
from skontro.messages.schema_store import Element, find_schema

#: Most findings of one message; further ones are counted only.
MAX_FINDINGS: Final = 200

#: Most errors of the library that are looked at: two or three are about one value.
_MAX_ERRORS: Final = 4 * MAX_FINDINGS

#: The log of errors belongs to the schema, which threads share.
_LOGGING: Final = threading.Lock()

_NAMESPACE: Final = re.compile(r"\{(?:urn|http)[^}]*\}")
_SUBJECT: Final = re.compile(r"^Element '[^']*'(?:, attribute '([^']*)')?: ")
_LACKING: Final = re.compile(r"^The attribute '(\w+)' is required but missing\.$")
_VALUE: Final = re.compile(r"^The value ('.*?') ", re.DOTALL)
_FACET: Final = re.compile(r"^\[facet '\w+'\] ")


def schema_findings(element: Element, name: str) -> list[Finding]:
    """All faults of a message by its schema; none for a valid message.

    Args:
        element: ``Document`` or ``AppHdr``.
        name: the message, whose schema is known.
    """
    schema = find_schema(name)
    if schema.validate(element):
        return []
    trial = copy.deepcopy(element)
    originals = dict(zip(trial.iter(), element.iter(), strict=True))
    places = Places()
    findings: dict[tuple[str, FindingCode], Finding] = {}
    for fault in islice(repair(trial, name, originals, places), MAX_FINDINGS):
        found = Finding(Step.SCHEMA, fault.xpath, fault.line, fault.code, fault.text)
        findings.setdefault((found.xpath, found.code), found)
    for place, kind, message in _errors(schema, trial):
        if place in originals and len(findings) < MAX_FINDINGS:
            found = _finding(originals[place], kind, message, name, places)
            # A facet and its type are reported one after the other; the facet says more.
            findings.setdefault((found.xpath, found.code), found)
    if not findings:
        findings = _as_reported(schema, element, name, places)
    return sorted(findings.values(), key=lambda one: (one.line, one.xpath))


def _as_reported(
    schema: Element, element: Element, name: str, places: Places
) -> dict[tuple[str, FindingCode], Finding]:
    """Faults as the library reports them, where no other check names the fault."""
    found = [
        _finding(element if place is None else place, kind, message, name, places)
        for place, kind, message in _errors(schema, element)
    ]
    return {(one.xpath, one.code): one for one in found}


def _errors(schema: Element, element: Element) -> list[tuple[Element, str, str]]:
    """Element, kind and message of each error."""
    with _LOGGING:
        schema.validate(element)
        log = [
            (error.path, error.type_name, error.message)
            for error in islice(schema.error_log, _MAX_ERRORS)
        ]
    return [(_at(element, path), kind, message) for path, kind, message in log]


def _at(root: Element, path: str | None) -> Element:
    """The element of a path as libxml2 writes it, ``/*/*[2]`` or ``/p:Document/p:GrpHdr``."""
    steps = (path or "").strip("/").split("/")[1:]
    place = root
    for step in steps:
        name, _, position = step.rstrip("]").partition("[")
        plain = name.rpartition(":")[2]
        index = int(position or 1) - 1
        children = place.iterchildren("*" if plain == "*" else f"{{*}}{plain}")
        place = next(islice(children, index, None), None)
        if place is None:
            return None
    return place


def _finding(element: Element, kind: str, message: str, name: str, places: Places) -> Finding:
    subject = _SUBJECT.match(message)
    attribute = subject[1] if subject is not None else None
    place = places.xpath_of(element) + (f"/@{attribute}" if attribute else "")
    plain = _FACET.sub("", _NAMESPACE.sub("", _SUBJECT.sub("", message))).strip()
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        code = FindingCode.ELEMENT_NOT_ADMITTED
    elif kind == "SCHEMAV_CVC_COMPLEX_TYPE_4":
        code = FindingCode.REQUIRED_ELEMENT_MISSING
    elif kind == "SCHEMAV_CVC_ELT_1":
        code, plain = FindingCode.INVALID_FILE_FORMAT, f"is not the element that {name} begins with"
    else:
        code = FindingCode.INVALID_FORMAT_OF_ELEMENT
    return Finding(Step.SCHEMA, place, line_of(element), code, _sentence(plain))


def _sentence(text: str) -> str:
    """The message of the library as the end of a sentence that begins with the element."""
    lacking = _LACKING.match(text)
    if lacking is not None:
        return f"lacks the attribute {lacking[1]}"
    return _VALUE.sub(r"has the value \1, which ", text).removeprefix("The value ")
