"""The first step of validation: the published schema, with every fault it finds."""

import copy
import re
import threading
from typing import Final

from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.places import line_of, local_name, xpath_of
from skontro.messages.schema_store import Element, element_names, find_schema
from skontro.model.text import did_you_mean

#: Most findings of one message; further ones are counted only.
MAX_FINDINGS: Final = 200
#: Most rounds in which misplaced elements are taken out to see what is behind them.
_MAX_ROUNDS: Final = 50

#: The log of errors belongs to the schema, which threads share.
_LOGGING: Final = threading.Lock()

_NAMESPACE: Final = re.compile(r"\{(?:urn|http)[^}]*\}")
_SUBJECT: Final = re.compile(r"^Element '[^']*'(?:, attribute '([^']*)')?: ")
_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( (.*) \)")
_FACET: Final = re.compile(r"^\[facet '\w+'\] ")


def schema_findings(element: Element, name: str) -> list[Finding]:
    """All faults of a message by its schema; none for a valid message.

    The library reports one misplaced element of a parent and skips the rest of it. So misplaced
    elements are taken out of a copy, which is then validated again.

    Args:
        element: ``Document`` or ``AppHdr``.
        name: the message, whose schema is known.
    """
    schema = find_schema(name)
    if schema.validate(element):
        return []
    return _all_faults(schema, element, name)


def _all_faults(schema: Element, element: Element, name: str) -> list[Finding]:
    trial = copy.deepcopy(element)
    originals = dict(zip(trial.iter(), element.iter(), strict=True))
    findings: dict[tuple[str, str], Finding] = {}
    taken_out: set[tuple[Element, str]] = set()
    for _ in range(_MAX_ROUNDS):
        misplaced = []
        for place, kind, message in _errors(schema, trial):
            if place is None or place not in originals:
                continue
            if kind == "SCHEMAV_ELEMENT_CONTENT" and "not expected" in message:
                misplaced.append(place)
            elif _follows_from(taken_out, place, message):
                continue
            found = _finding(originals[place], kind, message, name)
            # A facet and its type are reported one after the other; the facet says more.
            findings.setdefault((found.xpath, found.code), found)
            if len(findings) >= MAX_FINDINGS:
                return list(findings.values())
        misplaced = [place for place in misplaced if place.getparent() is not None]
        if not misplaced:
            break
        for place in misplaced:
            parent = place.getparent()
            taken_out.add((parent, local_name(place)))
            parent.remove(place)
    return sorted(findings.values(), key=lambda one: (one.line, one.xpath))


def _errors(schema: Element, element: Element) -> list[tuple[Element, str, str]]:
    """Element, kind and message of each error."""
    with _LOGGING:
        schema.validate(element)
        log = [(error.path, error.type_name, error.message) for error in schema.error_log]
    return [(_at(element, path), kind, message) for path, kind, message in log]


def _at(root: Element, path: str | None) -> Element:
    """The element of a path as libxml2 writes it, ``/*/*[2]`` or ``/p:Document/p:GrpHdr``."""
    steps = (path or "").strip("/").split("/")[1:]
    place = root
    for step in steps:
        name, _, position = step.rstrip("]").partition("[")
        plain = name.rpartition(":")[2]
        same = [one for one in place if plain == "*" or local_name(one) == plain]
        index = int(position or 1) - 1
        if index >= len(same):
            return None
        place = same[index]
    return place


def _follows_from(taken_out: set[tuple[Element, str]], place: Element, message: str) -> bool:
    """Whether an element is missing only because it was taken out of its place."""
    expected = _expected(message)
    return "Missing child" in message and any((place, name) in taken_out for name in expected)


def _expected(message: str) -> list[str]:
    found = _EXPECTED.search(_NAMESPACE.sub("", message))
    return found[1].split(", ") if found is not None else []


def _finding(element: Element, kind: str, message: str, name: str) -> Finding:
    subject = _SUBJECT.match(message)
    attribute = subject[1] if subject is not None else None
    place = xpath_of(element) + (f"/@{attribute}" if attribute else "")
    plain = _FACET.sub("", _NAMESPACE.sub("", _SUBJECT.sub("", message))).strip()
    own, expected = local_name(element), _expected(message)
    if kind == "SCHEMAV_ELEMENT_CONTENT" and "not expected" in message:
        code = FindingCode.ELEMENT_NOT_ADMITTED
        known = element_names(name)
        said = (
            f"stands out of order, or does not belong in {local_name(element.getparent())}"
            if own in known and element.getparent() is not None
            else f"is unknown in {name}{did_you_mean(own, sorted(known))}"
        )
        plain = f"{said}; expected here: {', '.join(expected) or 'nothing more'}"
    elif kind == "SCHEMAV_ELEMENT_CONTENT":
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        plain = f"lacks an element; expected at its end: {', '.join(expected)}"
    elif kind == "SCHEMAV_CVC_COMPLEX_TYPE_4":
        code = FindingCode.REQUIRED_ELEMENT_MISSING
    elif kind == "SCHEMAV_CVC_ELT_1":
        code, plain = FindingCode.INVALID_FILE_FORMAT, f"is not the element that {name} begins with"
    else:
        code = FindingCode.INVALID_FORMAT_OF_ELEMENT
    return Finding(Step.SCHEMA, place, line_of(element), code, _sentence(plain))


def _sentence(text: str) -> str:
    """The message of the library as the end of a sentence that begins with the element."""
    return text.replace("The value ", "has the value ", 1).replace(
        "' is not accepted", "', not accepted", 1
    )
