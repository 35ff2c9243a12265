"""A proof of a peer's statements as a batch of links takes it: its document, and what it states."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from skontro.system.links.statement_reader import StatementReader
from skontro.system.mirror.peer_statements import PeerStatement, read_statement

if TYPE_CHECKING:
    from collections.abc import Iterable


@attrs.frozen(slots=False)
class HeardProof:
    """Statements of a peer with the proof that its record has them, as JSON values.

        heard = HeardProof(document)
        heard.statements  # read once, however often they are asked for

    Attributes:
        document: a proof that was checked, or is to be checked.
    """

    document: dict[str, Any]

    @property
    def statements(self) -> tuple[PeerStatement, ...]:
        """The statements, in the order of the proof.

        Raises:
            InputError: one of them is malformed.
        """
        return self._read[0]

    @property
    def is_canonical(self) -> bool:
        """Whether each statement has the bytes that its sender writes.

        Raises:
            InputError: one of them is malformed.
        """
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[tuple[PeerStatement, ...], bool]:
        reader, is_canonical = StatementReader(), True
        read: list[PeerStatement] = []
        for text in (one["content"] for one in self.document["statements"]):
            statement: PeerStatement | None = reader.read(text)
            if statement is None:
                statement = read_statement(text)
                is_canonical = is_canonical and statement.to_bytes() == text.encode()
            read.append(statement)
        return tuple(read), is_canonical


def as_heard(proofs: Iterable[HeardProof | dict[str, Any]]) -> tuple[HeardProof, ...]:
    """Proofs from their documents; those that have been read already as they are."""
    return tuple(one if isinstance(one, HeardProof) else HeardProof(one) for one in proofs)
