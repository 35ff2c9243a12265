"""Statements of other systems, about links and about one-way payments, read by their format."""

import json
from typing import TypeAlias

from skontro.model import InputError
from skontro.system.links.statements import Statement
from skontro.system.mirror.payment_statements import PAYMENT_STATEMENT_FORMAT, PaymentStatement

PeerStatement: TypeAlias = Statement | PaymentStatement


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
    return Statement.from_document(document)
