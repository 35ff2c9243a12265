"""Statements that members of a joint cycle make to each other.

Documents have their own signature, so any member may hand them on. The other statements are facts
of the sender's record.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, TypeAlias

import attrs

from skontro.model import InputError
from skontro.model.text import canonical_text
from skontro.system.joint.joint_documents import (
    PUBLICATION_FORMAT,
    SignedPublication,
    SignedResult,
)
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import check_digest, check_fields, check_number, check_text

#: Part of the signed text, so that no other document can pass for such a statement.
JOINT_STATEMENT_FORMAT: Final = "skontro joint statement 1"

JointDocument: TypeAlias = SignedPublication | SignedResult

_FIELDS: Final = ("cycle", "step", "sender", "addressee", "batch", "time")


class JointStep(StrEnum):
    """The content of a statement; the texts are part of the signed bytes and never change."""

    DOCUMENT = "document"  # a publication or a result, of the sender or handed on
    PAID = "paid"  # the net amounts of the result are paid
    NOT_PAID = "not_paid"  # they are not, and never will be
    ROWS_ASKED = "rows_asked"  # which root have the first rows of your result?
    ROWS = "rows"  # the root of these rows


def read_joint_document(document: object) -> JointDocument:
    """A signed document of a cycle; its signature is not checked.

    Raises:
        InputError: it is malformed.
    """
    if isinstance(document, dict) and document.get("format") == PUBLICATION_FORMAT:
        return SignedPublication.from_document(document)
    return SignedResult.from_document(document)


@attrs.frozen
class JointStatement:
    """A statement of one member of a cycle to another.

        statement = JointStatement(cycle, JointStep.PAID, "KG-RTGS", "KZ-RTGS", 17, time, root=root)
        JointStatement.from_document(statement.to_document()) == statement

    Attributes:
        cycle: identifier of the cycle.
        step: what is stated.
        sender, addressee: identifiers of the two systems.
        batch, time: number and record time of the batch that first states it.
        document: of a step `DOCUMENT`.
        asks: whether the sender wants an answer, because it has had none for a while.
        rows: number of first rows, in `ROWS_ASKED` and `ROWS`; else 0.
        root: of the result, or of its first rows; empty in other steps.

    Raises:
        InputError: a value is malformed, or the statement contradicts itself.
    """

    cycle: str
    step: JointStep
    sender: str
    addressee: str
    batch: int
    time: int
    document: JointDocument | None = None
    asks: bool = False
    rows: int = 0
    root: str = ""

    def __attrs_post_init__(self) -> None:
        check_text(self.cycle, "cycle")
        check_system_id(check_text(self.sender, "sender"))
        check_system_id(check_text(self.addressee, "addressee"))
        if self.sender == self.addressee:
            raise InputError("addressee: a system makes no statement to itself")
        check_number(self.batch, "batch")
        check_number(self.time, "time")
        if type(self.asks) is not bool:
            raise InputError("asks: must be true or false")
        if (self.document is not None) != (self.step == JointStep.DOCUMENT):
            raise InputError("document: only a statement of a document has one")
        if (self.step in (JointStep.ROWS_ASKED, JointStep.ROWS)) != (self.rows > 0):
            raise InputError("rows: only a statement about rows has their number")
        if (self.step in (JointStep.ROWS, JointStep.PAID, JointStep.NOT_PAID)) != (self.root != ""):
            raise InputError("root: only a statement about rows or about the end has one")
        if self.root:
            check_digest(self.root, "root")

    @property
    def link(self) -> str:
        """The cycle, as the name under which a refusal is reported."""
        return self.cycle

    def to_document(self) -> dict[str, Any]:
        """As JSON values; fields without a value are left out."""
        found: dict[str, Any] = {"format": JOINT_STATEMENT_FORMAT}
        found |= {name: getattr(self, name) for name in _FIELDS} | {"step": str(self.step)}
        if self.document is not None:
            found["document"] = self.document.to_document()
        if self.asks:
            found["asks"] = True
        if self.rows:
            found["rows"] = self.rows
        if self.root:
            found["root"] = self.root
        return found

    def to_bytes(self) -> bytes:
        """The canonical text in UTF-8: the bytes that the record of the sender has."""
        return canonical_text(self.to_document()).encode()

    @classmethod
    def from_document(cls, document: object) -> JointStatement:
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed; the message names the field.
        """
        given = document if isinstance(document, dict) else {}
        optional = [name for name in ("document", "asks", "rows", "root") if name in given]
        names = ("format", *_FIELDS, *optional)
        fields = dict(check_fields(document, names, "statement about a joint cycle"))
        if fields.pop("format") != JOINT_STATEMENT_FORMAT:
            raise InputError(f"format: must be {JOINT_STATEMENT_FORMAT!r}")
        step = check_text(fields.pop("step"), "step")
        if step not in set(JointStep):
            raise InputError(f"step: must be one of {', '.join(JointStep)}")
        if "rows" in fields:
            check_number(fields["rows"], "rows", least=1)
        if "document" in fields:
            fields["document"] = read_joint_document(fields["document"])
        statement = cls(step=JointStep(step), **fields)
        if statement.document is not None and cycle_of(statement.document) != statement.cycle:
            raise InputError("document: it is of another cycle")
        return statement


def cycle_of(document: JointDocument) -> str:
    """The identifier of the cycle of a document."""
    return document.cycle if isinstance(document, SignedResult) else document.publication.cycle
