"""The skeleton of a bulk file: a document with its group header, for batches of transactions."""

import copy
from collections.abc import Iterator
from typing import Final

from lxml import etree

from skontro.messages.content import Content, content_of
from skontro.messages.credit_transfer import Group
from skontro.messages.envelope import open_envelope
from skontro.messages.parsing import refused
from skontro.messages.places import local_name
from skontro.messages.schema_store import Element, find_schema
from skontro.messages.transaction_parties import agent_bic

#: Messages that are read in bulk.
BULK_KINDS: Final = ("pacs.008.", "pacs.009.")


def transactions_of(parser: Element) -> Iterator[Element]:
    """Finished transactions; elements of that name are elsewhere too, as in foreign data."""
    for _, element in parser.read_events():
        body = element.getparent()
        document = body.getparent() if body is not None else None
        if document is not None and local_name(document) == "Document":
            yield element


class Skeleton:
    """A document with the group header of a message, in which transactions are validated."""

    def __init__(self, source: Element, name: str) -> None:
        self.source, self.name = source, name
        document = source.getparent()
        self.root = etree.Element(document.tag, nsmap=document.nsmap)
        self.body = etree.SubElement(self.root, source.tag, nsmap=source.nsmap)
        self.root.sourceline, self.body.sourceline = document.sourceline, source.sourceline
        self.body.append(copy.deepcopy(source[0]))
        self._schema = find_schema(name)
        self.header: Content = content_of(source[0], name)
        self.group = Group.of(name, self.header)
        self.instructing = agent_bic(self.header, "InstgAgt")

    @classmethod
    def around(cls, transaction: Element) -> "Skeleton":
        """The skeleton of the message that has this transaction.

        Raises:
            Refused: it is in no message that is read in bulk, or no group header comes before it.
        """
        body = transaction.getparent()
        above = [one for one in transaction.iterancestors() if local_name(one) == "Document"]
        enveloped, findings = open_envelope(above[-1]) if above else ([], [])
        name = enveloped[0].name if enveloped else ""
        if not name.startswith(BULK_KINDS):
            reason = findings[0].text if findings else f"{name or 'it'} is not read in bulk"
            raise refused(f"{reason}; pacs.008 and pacs.009 are")
        if local_name(body[0]) != "GrpHdr":
            raise refused("the group header (GrpHdr) must come before all transactions")
        return cls(body, name)

    def is_valid(self) -> bool:
        """Whether the document is valid with the transactions that are in it."""
        return bool(self._schema.validate(self.root))

    def elements_outside(self) -> int:
        """Number of elements of the message that are no transactions, and the last transaction."""
        return sum(local_name(one) != "CdtTrfTxInf" for one in self.source)
