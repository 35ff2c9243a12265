"""The canonical text of a statement without link and terms, which many statements share."""

from typing import NamedTuple


class StatementForm(NamedTuple):
    """The canonical text of a statement, without link and terms.

        statement.form.text(statement.link, statement.terms) == statement.to_bytes()

    Attributes:
        head: up to the link.
        middle: from there to the digest of the terms.
        tail: the rest.
    """

    head: str
    middle: str
    tail: str

    def text(self, link: str, terms: str) -> bytes:
        """The canonical text of the statement about this link, in UTF-8."""
        return f"{self.head}{link}{self.middle}{terms}{self.tail}".encode()
