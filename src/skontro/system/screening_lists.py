"""The sanctions lists that two people agreed to screen with, and how strictly.

They are part of the record. An engine with any other lists is not asked.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, ReasonCode
from skontro.model.text import MAX_NAME, canonical_text, parse_date
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.strict_documents import read_document, strict_converter

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Most lists that one system screens with.
MAX_LISTS: Final = 50
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{value!r} is not true or false")
    return value


_CONVERTER: Final = strict_converter()
_CONVERTER.register_structure_hook(bool, lambda value, _: _truth(value))


@attrs.frozen
class AgreedList:
    """One sanctions list.

    Attributes:
        name: by which evidence names it; 1 to 140 characters.
        published: its day, ISO 8601.
        sha256: of its file, 64 hexadecimal digits; of the digests of all files of several.
        entries: number of listed parties, at least 1.

    Raises:
        InputError: a value is out of range.
    """

    name: str
    published: str
    sha256: str
    entries: int

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.name) <= MAX_NAME:
            raise InputError(f"the name of a list has 1 to {MAX_NAME} characters")
        parse_date(self.published)
        if not _SHA256.fullmatch(self.sha256):
            raise InputError(f"list {self.name}: sha256 has 64 hexadecimal digits in lower case")
        if self.entries < 1:
            raise InputError(f"list {self.name}: has no entries")


@attrs.frozen
class ScreeningLists:
    """All lists of a system, and how strictly parties are compared with them.

        one = AgreedList("UN", "2026-11-20", "ab" * 32, 1_002)
        ScreeningLists((one,), 85, 7, True).digest  # 64 hexadecimal digits

    Attributes:
        lists: in the order of their names, each name once.
        threshold: least score of a hit, 1 to 100.
        max_age_days: of a list; from 0.
        rejects_confirmed: whether a confirmed hit is rejected and not held.
    """

    lists: tuple[AgreedList, ...]
    threshold: int
    max_age_days: int
    rejects_confirmed: bool

    @property
    def digest(self) -> str:
        """SHA-256 of the document, by which engines are recognised."""
        return hashlib.sha256(canonical_text(self.to_document()).encode()).hexdigest()

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {**attrs.asdict(self), "lists": [attrs.asdict(one) for one in self.lists]}

    def named(self) -> dict[str, Any]:
        """The document with its digest, for people."""
        return {**self.to_document(), "digest": self.digest}

    @classmethod
    def from_document(cls, document: object) -> ScreeningLists:
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed, names no list, or more than `MAX_LISTS`.
        """
        found = read_document(_CONVERTER, document, cls, "screening_lists")
        names = [one.name for one in found.lists]
        if not 1 <= len(names) <= MAX_LISTS:
            raise InputError(f"screening_lists: names {len(names)} lists; 1 to {MAX_LISTS} may be")
        if names != sorted({*names}):
            raise InputError("screening_lists: lists come in the order of their names, each once")
        if not 1 <= found.threshold <= 100 or found.max_age_days < 0:
            raise InputError("screening_lists: threshold is 1 to 100, and max_age_days from 0")
        return found


def _proposed(action: Action) -> ScreeningLists:
    return ScreeningLists.from_document(given(action.screening_lists))


def _check(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    try:
        proposed = _proposed(action)
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    # For a later day, the lists of that day count.
    changes = action.effective_on is not None or proposed != system.screening_lists
    return ReasonCode.NONE if changes else ReasonCode.NOTHING_TO_CHANGE


def _show(system: SettlementSystem, action: Action, _time: int) -> Document:
    """The lists before and after, and each list that is added, replaced or left out."""
    before, after = system.screening_lists, _proposed(action)
    old = {} if before is None else {one.name: one for one in before.lists}
    new = {one.name: one for one in after.lists}
    return {
        "from": "no lists agreed" if before is None else before.named(),
        "to": after.named(),
        "changes": [
            {
                "list": name,
                "from": attrs.asdict(old[name]) if name in old else "none",
                "to": attrs.asdict(new[name]) if name in new else "none",
            }
            for name in sorted({*old, *new})
            if old.get(name) != new.get(name)
        ],
    }


def _replace(system: SettlementSystem, action: Action, _time: int) -> tuple[Commands, ReasonCode]:
    system.screening_lists = _proposed(action)
    return NO_COMMANDS, ReasonCode.NONE


RULES: Final = {
    ActionKind.SET_SCREENING_LISTS: ActionRule(
        needs=("screening_lists",),
        may_be_dated=True,
        check=_check,
        show=_show,
        effect=_replace,
    ),
}
