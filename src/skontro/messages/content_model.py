"""Content models of schemas: the elements inside an element, their order and number.

The library names the first misplaced element of a parent and skips the rest. Schemas of ISO 20022
are regular: sequences and choices of named elements. So their content models are read here once
more, to name every missing, unknown, repeated and misplaced element. Whether a message is valid,
the library alone decides.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import Final

import attrs
from lxml import etree

from skontro.messages.findings import FindingCode
from skontro.messages.places import Places, line_of, local_name
from skontro.messages.schema_store import Element, element_names, schema_text
from skontro.model.text import did_you_mean

_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"


@attrs.frozen
class Slot:
    """One place in a sequence: an element, or a choice between several.

    Attributes:
        types: type of each element that is allowed there, by name.
        least, most: how often; `most` is None without a bound.
    """

    types: dict[str, str]
    least: int
    most: int | None


@attrs.frozen
class Model:
    """The content of a type.

    Attributes:
        slots: in their order.
        place: of each name among the slots.
        is_open: whether elements of other standards are allowed there.
    """

    slots: tuple[Slot, ...]
    place: dict[str, int]
    is_open: bool


@attrs.frozen
class ContentFault:
    """An element that is missing, unknown, repeated or misplaced.

    Attributes:
        xpath, line: of the element; of a missing one where it belongs, and the line of its parent.
        code, text: as in a finding.
    """

    xpath: str
    line: int
    code: FindingCode
    text: str


@cache
def models(name: str) -> tuple[dict[str, Model], dict[str, str]]:
    """Content models of a message by type, and types of elements at its root."""
    schema = etree.fromstring(schema_text(name))
    types = {
        one.get("name"): _model(one)
        for one in schema.iterchildren(f"{_XSD}complexType")
        if one.find(f"{_XSD}simpleContent") is None
    }
    roots = {one.get("name"): one.get("type") for one in schema.iterchildren(f"{_XSD}element")}
    return types, roots


def _model(complex_type: Element) -> Model:
    slots: list[Slot] = []
    is_open = False
    for group in complex_type.iterchildren(f"{_XSD}sequence", f"{_XSD}choice"):
        if group.tag == f"{_XSD}choice":
            slots.append(_choice(group))
            continue
        for one in group:
            if one.tag == f"{_XSD}element":
                slots.append(_slot(one, {one.get("name"): one.get("type")}))
            elif one.tag == f"{_XSD}choice":
                slots.append(_choice(one))
            elif one.tag == f"{_XSD}any":
                is_open = True
    place = {name: number for number, slot in enumerate(slots) for name in slot.types}
    return Model(tuple(slots), place, is_open)


def _choice(group: Element) -> Slot:
    elements = [*group.iterchildren(f"{_XSD}element")]
    types = {one.get("name"): one.get("type") for one in elements}
    repeats = any(one.get("maxOccurs", "1") != "1" for one in elements)
    slot = _slot(group, types)
    return attrs.evolve(slot, most=None) if repeats else slot


def _slot(element: Element, types: dict[str, str]) -> Slot:
    most = element.get("maxOccurs", "1")
    least = int(element.get("minOccurs", "1"))
    return Slot(types, least, None if most == "unbounded" else int(most))


def repair(
    trial: Element, name: str, originals: dict[Element, Element], places: Places
) -> Iterator[ContentFault]:
    """Faults of content in a copy of a message, which is corrected on the way.

    Afterwards every element that remains is where it belongs, and the library checks all of
    them. Missing elements are filled in empty.

    Args:
        trial: the copy of ``Document`` or ``AppHdr``.
        name: of the message.
        originals: element of the message for each of the copy.
        places: of elements of the message.
    """
    types, roots = models(name)
    kind = roots.get(local_name(trial), "")
    if kind in types:
        yield from _repair(trial, types[kind], types, name, originals, places)


def _repair(
    parent: Element,
    model: Model,
    types: dict[str, Model],
    name: str,
    originals: dict[Element, Element],
    places: Places,
) -> Iterator[ContentFault]:
    namespace = parent.tag.rpartition("}")[0] + "}"
    standing: list[list[Element]] = [[] for _ in model.slots]
    known: list[tuple[int, Element]] = []
    for child in [*parent]:
        own = local_name(child)
        number = model.place.get(own) if child.tag == namespace + own else None
        if number is None:
            if not model.is_open:
                yield _unknown(originals[child], own, name, model, places)
                parent.remove(child)
            continue
        slot = model.slots[number]
        if slot.most is not None and len(standing[number]) >= slot.most:
            text = _too_often(slot, own)
            yield _fault(originals[child], FindingCode.ELEMENT_NOT_ADMITTED, text, places)
            parent.remove(child)
            continue
        standing[number].append(child)
        known.append((number, child))
    in_order = _longest_rising([number for number, _ in known])
    for position, (number, child) in enumerate(known):
        if position not in in_order:
            place = f"after {', '.join(model.slots[number - 1].types)}" if number else "first"
            text = f"is out of order: it belongs {place}"
            yield _fault(originals[child], FindingCode.ELEMENT_NOT_ADMITTED, text, places)
    lacking = False
    for slot, found in zip(model.slots, standing, strict=True):
        if slot.least and not found:
            lacking = True
            yield _missing(originals[parent], slot, places)
            found.append(etree.SubElement(parent, namespace + next(iter(slot.types))))
    if not model.is_open and (lacking or len(in_order) < len(known)):
        parent[:] = [child for found in standing for child in found]
    for child in parent:
        number = model.place.get(local_name(child))
        inner = (
            types.get(model.slots[number].types[local_name(child)]) if number is not None else None
        )
        if inner is not None and child in originals:
            yield from _repair(child, inner, types, name, originals, places)


def _longest_rising(numbers: list[int]) -> set[int]:
    """Positions of a longest part that never falls; the fewest others are out of order."""
    ends: list[int] = []  # the least last number of a rising part of each length
    last: list[int] = []  # the position of that number
    before: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect_right(ends, number)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        last[length : length + 1] = [position]
    found: set[int] = set()
    position = last[-1] if last else -1
    while position >= 0:
        found.add(position)
        position = before[position]
    return found


def _too_often(slot: Slot, own: str) -> str:
    if len(slot.types) > 1:
        return f"excludes another of {', '.join(slot.types)} next to it"
    return f"occurs too often: at most {slot.most} of {own}"


def _unknown(original: Element, own: str, name: str, model: Model, places: Places) -> ContentFault:
    expected = [each for slot in model.slots for each in slot.types]
    parent = local_name(original.getparent())
    text = (
        f"does not belong in {parent}"
        if own in element_names(name)
        else f"is unknown in {name}{did_you_mean(own, expected)}"
    )
    return _fault(original, FindingCode.ELEMENT_NOT_ADMITTED, text, places)


def _missing(parent: Element, slot: Slot, places: Places) -> ContentFault:
    place = places.xpath_of(parent)
    if len(slot.types) > 1:
        text = f"lacks one of {', '.join(slot.types)}"
        return ContentFault(place, line_of(parent), FindingCode.REQUIRED_ELEMENT_MISSING, text)
    (name,) = slot.types
    code = FindingCode.REQUIRED_ELEMENT_MISSING
    return ContentFault(f"{place}/{name}", line_of(parent), code, "is missing")


def _fault(original: Element, code: FindingCode, text: str, places: Places) -> ContentFault:
    return ContentFault(places.xpath_of(original), line_of(original), code, text)
