"""Statements of other systems, about links, one-way payments and joint cycles, by their format."""

import json
import re
from typing import Final, TypeAlias

from skontro.model import InputError, InvariantBroken
from skontro.system.joint.joint_statements import JOINT_STATEMENT_FORMAT, JointStatement
from skontro.system.links.statements import Statement
from skontro.system.mirror.payment_statements import PAYMENT_STATEMENT_FORMAT, PaymentStatement

PeerStatement: TypeAlias = Statement | PaymentStatement | JointStatement

#: The keys of a canonical text are sorted, and this is the first of all forms.
_ADDRESSEE: Final = re.compile(rb'\{"addressee":"([0-9A-Z-]+)"')


def addressee_of(text: bytes) -> str:
    """The system for which a statement of the own system is, from its canonical bytes.

    Raises:
        InvariantBroken: they are no statement.

    Example:
        >>> addressee_of(statement.to_bytes())
        'KZ-RTGS'
    """
    found = _ADDRESSEE.match(text)
    if found is None:
        raise InvariantBroken("a statement names its addressee", repr(text[:40]))
    return found[1].decode()


def read_statement(text: str | bytes) -> PeerStatement:
    """A statement from its JSON text, which need not be canonical.

    Raises:
        InputError: it is no JSON, or malformed.

    Example:
        >>> read_statement(statement.to_bytes()) == statement
        True
    """
    try:
        text = text if isinstance(text, str) else text.decode()
        usual = Statement.from_canonical(text)
        if usual is not None:
            return usual
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("link proof: a statement is not JSON") from None
    if isinstance(document, dict) and document.get("format") == PAYMENT_STATEMENT_FORMAT:
        return PaymentStatement.from_document(document)
    if isinstance(document, dict) and document.get("format") == JOINT_STATEMENT_FORMAT:
        return JointStatement.from_document(document)
    return Statement.from_document(document)
