"""The skeleton of a bulk file: a document with its group header, for batches of transactions.

In a pain.001 transactions are inside payments (``PmtInf``). Each payment has a skeleton of its own.
"""

import copy
import itertools
from collections.abc import Iterator
from typing import Final

from lxml import etree

from skontro.messages.content import Content, content_of
from skontro.messages.credit_transfer import Group
from skontro.messages.envelope import open_envelope
from skontro.messages.initiation import transfers_of_initiation
from skontro.messages.parsing import refused
from skontro.messages.places import local_name
from skontro.messages.schema_store import Element, find_schema
from skontro.messages.transaction_parties import agent_bic

#: Messages that are read in bulk.
BULK_KINDS: Final = ("pacs.008.", "pacs.009.", "pain.001.")
BULK_NAMES: Final = "pacs.008, pacs.009 and pain.001"
_TRANSACTION, _PAYMENT = "CdtTrfTxInf", "PmtInf"


def _body_of(container: Element) -> Element:
    """The element inside ``Document``, from the parent of a transaction; None if there is none."""
    if container is None:
        return None
    body = container.getparent() if local_name(container) == _PAYMENT else container
    document = None if body is None else body.getparent()
    return body if document is not None and local_name(document) == "Document" else None


def transactions_of(parser: Element) -> Iterator[Element]:
    """Finished transactions; elements of that name are elsewhere too, as in foreign data."""
    for _, element in parser.read_events():
        if _body_of(element.getparent()) is not None:
            yield element


def last_transaction(body: Element) -> Element:
    """The transaction that is left in a schema-valid message, of which the others moved out."""
    payments = [one for one in body if local_name(one) == _PAYMENT]
    container = payments[-1] if payments else body
    return next(one for one in container if local_name(one) == _TRANSACTION)


class Skeleton:
    """A document with the group header of a message, in which transactions are validated.

    Attributes:
        source: parent of the transactions in the tree of the parser.
        number: of the payment in its message, from 1.
        count: transactions of it so far.
        instructing: BIC of the instructing agent; empty while none is known.
    """

    def __init__(self, source: Element, name: str, number: int = 1) -> None:
        self.source, self.name, self.number, self.count = source, name, number, 0
        self.message = _body_of(source)
        document = self.message.getparent()
        self.root = etree.Element(document.tag, nsmap=document.nsmap)
        copied = etree.SubElement(self.root, self.message.tag, nsmap=self.message.nsmap)
        self.root.sourceline, copied.sourceline = document.sourceline, self.message.sourceline
        copied.append(copy.deepcopy(self.message[0]))
        self.body, self.payment = copied, None
        if source is not self.message:
            self.body = etree.SubElement(copied, source.tag, nsmap=source.nsmap)
            self.body.sourceline = source.sourceline
            for one in itertools.takewhile(lambda one: local_name(one) != _TRANSACTION, source):
                self.body.append(copy.deepcopy(one))
            self.payment = content_of(self.body, name)
        self._kept = len(self.body)
        self._schema = find_schema(name)
        self.header: Content = content_of(self.message[0], name)
        self.group = Group.of(name, self.header)
        self.instructing = agent_bic(self.header, "InstgAgt")

    @classmethod
    def around(cls, transaction: Element) -> "Skeleton":
        """The skeleton of the message that has this transaction.

        Raises:
            Refused: it is in no message that is read in bulk, or no group header comes before it.
        """
        body = _body_of(transaction.getparent())
        above = [one for one in transaction.iterancestors() if local_name(one) == "Document"]
        enveloped, findings = open_envelope(above[-1]) if above else ([], [])
        name = enveloped[0].name if enveloped else ""
        if not name.startswith(BULK_KINDS):
            reason = findings[0].text if findings else f"{name or 'it'} is not read in bulk"
            raise refused(f"{reason}; {BULK_NAMES} are")
        if body is None or local_name(body[0]) != "GrpHdr":
            raise refused("the group header (GrpHdr) must come before all transactions")
        return cls(transaction.getparent(), name)

    def is_followed_by(self, source: Element) -> bool:
        """Whether this is another payment of the same message."""
        return (
            self.payment is not None
            and source is not self.source
            and local_name(source) == _PAYMENT
            and source.getparent() is self.message
        )

    def following(self, source: Element) -> "Skeleton":
        """The skeleton of the next payment of the message."""
        following = Skeleton(source, self.name, self.number + 1)
        following.instructing = self.instructing
        return following

    def is_valid(self) -> bool:
        """Whether the document is valid with the transactions that are in it."""
        return bool(self._schema.validate(self.root))

    def clear(self) -> None:
        """Take the transactions out."""
        del self.body[self._kept :]

    def content_of(self, transaction: Element) -> Content:
        """The values of a transaction; in a payment, together with those of the payment."""
        own = content_of(transaction, self.name)
        if self.payment is None:
            return own
        payment = {**self.payment, _TRANSACTION: own}
        whole: Content = {"GrpHdr": self.header, _PAYMENT: payment}
        [(_, _, transfer)] = transfers_of_initiation(whole)
        return transfer

    def take_rest(self, transaction: Element) -> None:
        """Take what is left of a finished payment out of the parser's tree, to be validated.

        Args:
            transaction: one of it, without which no payment is valid.
        """
        self.source.append(transaction)
        self.body.getparent().replace(self.body, self.source)

    def elements_outside(self) -> int:
        """Number of elements of the message that are no transactions, and the last transaction."""
        levels = {self.source, self.message}
        return sum(local_name(one) != _TRANSACTION for level in levels for one in level)
