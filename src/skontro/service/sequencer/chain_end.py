"""The end of the record's chain, where the sequencer adds batches."""

from collections.abc import Mapping

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import Head, make_entry
from skontro.ledger.postgres.tables import Records
from skontro.service.sequencer.requests import CommitGroupBuilder
from skontro.system import Batch


class ChainEnd:
    """Gives batches their numbers, hashes and signatures.

    Args:
        head: the last batch so far.
        key: signs the batches.

    Attributes:
        head: the last batch added; it may not be durable yet.
    """

    def __init__(self, head: Head, key: Ed25519PrivateKey) -> None:
        self.head, self._key = head, key

    def add(
        self,
        group: CommitGroupBuilder,
        batch: Batch,
        requests: Records,
        attachments: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """Add a batch to the chain and to the group that is committed next."""
        number, previous = self.head.number + 1, self.head.hash
        entry = make_entry(number, batch, requests, previous, attachments)
        entry = attrs.evolve(entry, signature=self._key.sign(entry.hash))
        self.head = Head(entry.number, batch.time, entry.hash, entry.signature)
        group.entries.append(entry)
        group.commands += len(batch.commands)
