"""Designs to compare, in documents: a rulebook or netting cycles, and the available liquidity."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import attrs
from pydantic import BeforeValidator, Field, PlainValidator

from skontro.files.document_fields import LineField, text_like, unusable
from skontro.files.document_header import FolderKind, check_kind
from skontro.files.documents import Document, Place, Problem, Schema, fit, read_document
from skontro.files.netting import NettingField, to_netting_rules
from skontro.files.rulebook import (
    RulebookField,
    RulebookSchema,
    runs_that_never_occur,
    to_rulebook,
)
from skontro.model import ArgumentError, BusinessDay, InputError, NettingRules, Rulebook
from skontro.model.text import did_you_mean
from skontro.system.credentials import spelling

#: The format name of a file of several designs.
_KIND: Final = FolderKind("skontro designs", "designs.yaml")

#: Longer names would not fit next to a bar, nor into a terminal's table.
MAX_NAME_LENGTH: Final = 40
#: Besides letters, marks and digits: no sign that HTML, a plot or a spreadsheet reads as its own,
#: and no `=`, which ends a name.
_SIGNS: Final = " .,+-_/():%"
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")
_MOST: Final = 100
#: Where a rulebook's key is not the model's name.
_FIELDS: Final = {name: name for name in RulebookSchema.model_fields} | {"offsetting": "schedule"}


@attrs.frozen(kw_only=True)
class LiquidityParts:
    """A design's parts of the scenario's liquidity, by kind; each is exact."""

    opening_balances: Fraction = Fraction(1)
    credit_lines: Fraction = Fraction(1)
    collateral: Fraction = Fraction(1)


@attrs.frozen(kw_only=True)
class Design:
    """One way to settle a scenario's payments.

    Attributes:
        name: its name in results.
        description: one line, or empty.
        rulebook: the mechanisms of settlement.
        netting: rules of netting cycles, in which orders then settle; or None.
        liquidity: the accounts' part of the scenario's liquidity, before any degree.
        reservations: whether the scenario's reservations are set.
        limits: whether its net-sender and bilateral limits are set.
        source: file and place that defined it; empty for the built-in ones.

    Example:
        >>> Design(name="on entry", rulebook=Rulebook(offset_on_entry=True)).limits
        True
    """

    name: str
    description: str = ""
    rulebook: Rulebook = attrs.field(factory=Rulebook)
    netting: NettingRules | None = None
    liquidity: LiquidityParts = attrs.field(factory=LiquidityParts)
    reservations: bool = True
    limits: bool = True
    source: str = attrs.field(default="", eq=False)


def _part(value: object) -> Fraction:
    parts = _PART.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise unusable(f"must be a part such as '50%', not {value!r}")
    part = Fraction(parts[1]) / 100
    if part > _MOST:
        raise unusable(f"{value!r} is above {100 * _MOST}%")
    return part


_PART_TEXT: Final = text_like(r"^[0-9]+(\.[0-9]+)?%$", "50%")
_Part = Annotated[Fraction, PlainValidator(_part, json_schema_input_type=_PART_TEXT)]


class _Liquidity(Schema):
    opening_balances: _Part = Fraction(1)
    credit_lines: _Part = Fraction(1)
    collateral: _Part = Fraction(1)


def _liquidity(value: object) -> object:
    """One part applies to all three kinds of liquidity."""
    return dict.fromkeys(_Liquidity.model_fields, value) if isinstance(value, str) else value


_Removable = Literal[
    "offset_on_entry",
    "bypass",
    "when_queued",
    "offsetting",
    "in_runs_only",
    "position_limits",
    "netting",
    "reservations",
    "limits",
]


class DesignSchema(Schema):
    """One design as a document has it."""

    description: LineField = ""
    based_on: LineField | None = None
    rulebook: RulebookField = Field(default_factory=RulebookSchema)
    netting: NettingField = None
    liquidity: Annotated[
        _Liquidity,
        BeforeValidator(_liquidity, json_schema_input_type=_Liquidity | _PART_TEXT),
    ] = _Liquidity()
    without: list[_Removable] = Field(default_factory=list)


class DesignsSchema(Schema):
    """Designs to compare, by name."""

    format: str
    version: int
    designs: dict[str, DesignSchema]


@attrs.frozen
class DesignContext:
    """Context for the validation of designs.

    Attributes:
        known: designs that others may be based on, by name.
        days: business days of the scenario; a run that occurs on none of them is refused.
        zone: the time zone of the runs.
        taken: other names that a design may not have, such as how reports call the known ones.
    """

    known: Mapping[str, Design]
    days: Sequence[BusinessDay]
    zone: ZoneInfo
    taken: Sequence[str] = ()


def read_designs(path: Path, context: DesignContext) -> dict[str, Design]:
    """Read a file of named designs.

    Raises:
        InputError: the file cannot be used; names every problem with its line and place.
    """
    document = read_document(path)
    check_kind(document, _KIND)
    _check_keys(document)
    shape = document.fitted(DesignsSchema)
    problems: list[Problem] = []
    if not shape.designs:
        raise document.refuse([Problem(("designs",), "must have at least one design")])
    found: dict[str, Design] = {}
    for name, one in shape.designs.items():
        place: Place = ("designs", name)
        more = [Problem(place, text) for text in _name_problems(name, context, found)]
        if not more:
            design, more = _to_design(name, one, document, place, context, found)
            found |= {} if design is None else {name: design}
        problems += more
    if problems:
        raise document.refuse(problems)
    return found


def read_design(name: str, path: Path, context: DesignContext) -> Design:
    """Read a file of one design, or of only a rulebook, and give it a name.

    Raises:
        InputError: the name or the file cannot be used.
    """
    for problem in _name_problems(name, context, {}):
        raise InputError(f"design {name!r}: {problem}")
    document = read_document(path)
    content = document.content
    if isinstance(content, dict) and content.get("format") == _KIND.format:
        text = f"{path}: this file holds several designs: give it with "
        raise ArgumentError(text.__add__, "designs_file", "designs")
    if not isinstance(content, dict) or any(key in DesignSchema.model_fields for key in content):
        one, problems = fit(content, DesignSchema)
    else:  # a rulebook by itself
        rulebook, problems = fit(content, RulebookSchema)
        one = None if rulebook is None else DesignSchema(rulebook=rulebook)
    if one is not None:
        design, problems = _to_design(name, one, document, (), context, {})
        if design is not None and not problems:
            return design
    if "rulebook" not in (content if isinstance(content, dict) else {}):
        problems = [
            attrs.evolve(p, place=p.place[p.place[:1] == ("rulebook",) :]) for p in problems
        ]
    raise document.refuse(problems)


def _check_keys(document: Document) -> None:
    """Check that the names are text: YAML reads an unquoted 2 as a number."""
    content: Any = document.content
    designs = content.get("designs")
    if isinstance(designs, dict):
        problems = [
            Problem(("designs", name), f"{name!r} is a name: put it in quotes")
            for name in designs
            if not isinstance(name, str)
        ]
        if problems:
            raise document.refuse(problems)


def _is_name(text: str) -> bool:
    """Whether the text can be shown everywhere as it is."""
    kinds = [unicodedata.category(sign)[0] for sign in text]
    shown = all(kind in "LMN" or sign in _SIGNS for kind, sign in zip(kinds, text, strict=True))
    fits = 0 < len(text) <= MAX_NAME_LENGTH and text == text.strip()
    return fits and shown and kinds[0] in "LN"


def _name_problems(name: str, context: DesignContext, found: Mapping[str, Design]) -> list[str]:
    if not _is_name(name):
        return [
            f"is not a valid name: it must have 1 to {MAX_NAME_LENGTH} letters, digits, spaces and "
            ". , + - _ / ( ) : %, begin with a letter or digit, and not end with a space"
        ]
    alike = spelling(name.replace("_", " "))
    for other in (*context.known, *context.taken, *found):
        if spelling(other.replace("_", " ")) == alike:
            kind = "an earlier design" if other in found else "a design that is there already"
            return [f"is the name of {kind}, {other!r}: give it another"]
    return []


def _to_design(
    name: str,
    shape: DesignSchema,
    document: Document,
    place: Place,
    context: DesignContext,
    found: Mapping[str, Design],
) -> tuple[Design | None, list[Problem]]:
    known = {**context.known, **found}
    base = Design(name=name) if shape.based_on is None else known.get(shape.based_on)
    if base is None:
        text = (
            f"{shape.based_on!r} is not one of {', '.join(known)}, nor a design above this one"
            f"{did_you_mean(shape.based_on, known)}"
        )
        return None, [Problem((*place, "based_on"), text)]
    try:
        at: Place = (*place, "rulebook")
        given = to_rulebook(shape.rulebook)
        keys = {*shape.rulebook.model_fields_set, *shape.without} & {*_FIELDS}
        changes = {_FIELDS[key]: getattr(given, _FIELDS[key]) for key in sorted(keys)}
        rulebook = attrs.evolve(base.rulebook, **changes)
        at = (*place, "netting")
        netting = None if "netting" in shape.without else base.netting
        netting = netting if shape.netting is None else to_netting_rules(shape.netting)
        if netting is not None and rulebook != Rulebook():
            text = "in netting cycles orders settle only at cut-offs: leave out the rulebook"
            raise InputError(text)
    except InputError as error:
        return None, [Problem(at, f"cannot be used: {error}")]
    problems = _contradictions(shape, place) + [
        attrs.evolve(one, place=(*place, *one.place))
        for one in runs_that_never_occur(given, context.days, context.zone)
    ]
    parts = {
        kind: getattr(base.liquidity, kind) * getattr(shape.liquidity, kind)
        for kind in _Liquidity.model_fields
    }
    design = Design(
        name=name,
        description=shape.description,
        rulebook=rulebook,
        netting=netting,
        liquidity=LiquidityParts(**parts),
        reservations=base.reservations and "reservations" not in shape.without,
        limits=base.limits and "limits" not in shape.without,
        source=document.text_of_place(place),
    )
    return design, problems


def _contradictions(shape: DesignSchema, place: Place) -> list[Problem]:
    """Keys that are both given and left out."""
    given = {*shape.rulebook.model_fields_set} | ({"netting"} if shape.netting else set())
    return [
        Problem((*place, "without", number), f"{key!r} is given above as well")
        for number, key in enumerate(shape.without)
        if key in given
    ]
