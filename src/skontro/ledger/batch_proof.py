"""What the receipts of one batch have in common, so that each further one costs a path."""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from skontro.ledger.entry import Entry
from skontro.ledger.hash_tree import leaf_hashes, leaf_of, path_in, tree_levels
from skontro.ledger.tables import COMMANDS, REQUESTS, Records


@attrs.frozen(eq=False)
class BatchProof:
    """The hash tree of a batch, and what all its receipts say.

        proof = BatchProof.of(entry)
        receipt = proof.receipt(proof.request_of(position), public_key)

    Attributes:
        batch: its number.
        requests, commands: its records.
        first_commands: of each request, the position of its first command.
        levels: of its hash tree.
        common: the fields that are the same in all receipts of the batch.
    """

    batch: int
    requests: Records
    commands: Records
    first_commands: npt.NDArray[np.int64]
    levels: tuple[bytes, ...]
    common: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> "BatchProof":
        """The proof of a batch.

        Args:
            entry: with all its tables.
        """
        requests, commands = entry.rows[REQUESTS.name], entry.rows[COMMANDS.name]
        common = {
            "header": entry.header.hex(),
            "commitments": [one.hex() for one in entry.other_commitments],
            "previous_hash": entry.previous_hash.hex(),
            "hash": entry.hash.hex(),
            "signature": entry.signature.hex(),
        }
        levels = tree_levels(leaf_hashes(requests, commands))
        first = requests["first_command"].astype(np.int64)
        return cls(entry.number, requests, commands, first, levels, common)

    @property
    def size(self) -> int:
        """Requests and commands of the batch."""
        return len(self.requests) + len(self.commands)

    def request_of(self, position: int) -> int | None:
        """The place of the request to which a command belongs; None if there is none."""
        place = int(np.searchsorted(self.first_commands, position, "right")) - 1
        if place < 0:
            return None
        first, count = self.first_commands[place], int(self.requests["commands"][place])
        return place if position < first + count else None

    def receipt(self, place: int, key: str) -> dict[str, Any]:
        """The receipt of one request; `check_receipt` checks it.

        Args:
            place: of the request in the batch.
            key: the public key of the writer, as text.
        """
        return {
            "batch": self.batch,
            "position": place,
            "requests": len(self.requests),
            "request": leaf_of(self.requests, self.commands, place).hex(),
            "path": [one.hex() for one in path_in(self.levels, place)],
            **self.common,
            "public_key": key,
        }
