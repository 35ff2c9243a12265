"""Bulk files of credit transfers, read in bounded memory.

A schema is checked on a whole tree, and that of a large file does not fit in memory. So finished
transactions move out of the parser's tree into a skeleton: the same document with the same group
header. There they are validated in batches. The schemas have no constraints across transactions,
and a message is its header, then transactions, then supplementary data. So the file is valid if
each batch is, if the header comes first, and if what remains with the last transaction is.
"""

import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import attrs
from lxml import etree

from skontro.messages.content import Findings, Money, text_at
from skontro.messages.envelope import Enveloped, open_envelope
from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.instructed_order import InstructedOrder
from skontro.messages.market_practice import check_group
from skontro.messages.message_read import MessageRead
from skontro.messages.parsing import (
    PARSER_OPTIONS,
    Refused,
    check_declarations,
    check_head,
    refused,
    syntax_refusal,
)
from skontro.messages.places import line_of, xpath_of
from skontro.messages.reading import finish
from skontro.messages.schema_store import Element
from skontro.messages.schema_validation import MAX_FINDINGS, schema_findings
from skontro.messages.semantics import Totals
from skontro.messages.signatures import signatures_in
from skontro.messages.skeleton import (
    BULK_KINDS,
    BULK_NAMES,
    Skeleton,
    last_transaction,
    transactions_of,
)
from skontro.messages.system_view import NO_VIEW, SystemView
from skontro.messages.transaction_parties import agent_bic
from skontro.messages.transfer_messages import check_offered, read_one
from skontro.model import InputError

#: Bytes read at a time.
CHUNK: Final = 256 * 2**10
#: Transactions validated together.
BATCH: Final = 64
#: Bytes after which finished transactions are validated although they are fewer.
MAX_WAITING: Final = 2**20
#: Most bytes of one transaction, or of anything between two.
MAX_BETWEEN: Final = 4 * 2**20
#: Most elements of the message outside its transactions.
_MAX_OUTSIDE: Final = 100
#: Longest declaration that is looked for across two chunks.
_OVERLAP: Final = 16
_TRANSACTION: Final = re.compile(r"^(/(?:[^/]+/)*?CdtTrfTxInf)(?:\[\d+\])?(?=/|$)")
_PAYMENT: Final = re.compile(r"^(/(?:[^/]+/)*?PmtInf)(?:\[\d+\])?(?=/|$)")


class BulkReader:
    """Credit transfers of one message (pacs.008, pacs.009, pain.001) in a file of any size.

        reader = BulkReader(file)
        orders = [order for order in reader]
        if not reader.message.accepted:
            orders.clear()  # a message is taken whole or not at all

    Memory is bounded by a batch and not by the file, apart from 16 bytes for each UETR and the
    orders that the caller keeps. The result for a file is that of `read_messages`.

    Args:
        file: open for reading bytes.
        view: what the system knows.
    """

    def __init__(self, file: BinaryIO, view: SystemView = NO_VIEW) -> None:
        self._file, self._view = file, view
        self._findings: dict[Finding, None] = {}
        self._totals = Totals()
        self._uetrs: dict[int, int] = {}
        self._skeleton: Skeleton | None = None
        #: The transaction that left the tree last.
        self._last: Element = None
        self._message: MessageRead | None = None

    @property
    def message(self) -> MessageRead:
        """The message without its orders and references, once all orders were read.

        Raises:
            InputError: they were not.
        """
        if self._message is None:
            raise InputError("the file is not read to its end yet: go through the orders first")
        return self._message

    @property
    def beginning(self) -> MessageRead:
        """Name, id and creation of the message; known before its first order.

        Raises:
            InputError: no transaction was read yet.
        """
        if self._skeleton is None:
            raise InputError("no transaction is read yet: go through the orders first")
        created = text_at(self._skeleton.header, "CreDtTm")
        return MessageRead(self._skeleton.name, self._skeleton.group.message_id, created=created)

    @property
    def count(self) -> int:
        """Number of transactions read so far."""
        return self._totals.count

    def __iter__(self) -> Iterator[InstructedOrder]:
        """Each valid order in the order of the file; whether all may be used, `message` says."""
        try:
            yield from self._read()
        except Refused as refusal:
            name = self._skeleton.name if self._skeleton is not None else ""
            self._message = MessageRead(name, findings=(*self._findings, refusal.finding))

    def _read(self) -> Iterator[InstructedOrder]:
        parser = etree.XMLPullParser(events=("end",), tag="{*}CdtTrfTxInf", **PARSER_OPTIONS)
        finished: list[Element] = []
        waiting = 0
        for chunk in self._chunks():
            try:
                parser.feed(chunk)
                # The last finished one stays: the parser may still add text after it.
                finished += transactions_of(parser)
            except etree.XMLSyntaxError as error:
                raise syntax_refusal(error) from None
            waiting += len(chunk)
            if len(finished) > BATCH or (waiting > MAX_WAITING and len(finished) > 1):
                for start in range(0, len(finished) - 1, BATCH):
                    yield from self._batch(finished[start : min(start + BATCH, len(finished) - 1)])
                del finished[:-1]
                waiting = 0
            elif waiting > MAX_BETWEEN:
                raise refused(f"more than {MAX_BETWEEN:,} bytes without the end of a transaction")
            if self._skeleton is not None and self._skeleton.elements_outside() > _MAX_OUTSIDE:
                break
            if len(self._findings) >= MAX_FINDINGS:
                raise refused(f"more than {MAX_FINDINGS} findings: the rest was not read")
        try:
            root = parser.close()
        except etree.XMLSyntaxError as error:
            raise syntax_refusal(error) from None
        finished += transactions_of(parser)
        if len(finished) > 1:
            yield from self._batch(finished[:-1])
        yield from self._end(root, finished)

    def _chunks(self) -> Iterator[bytes]:
        """The file in chunks, the beginning and all declarations checked."""
        chunk = self._file.read(CHUNK)
        check_head(chunk)
        before = b""
        while chunk:
            check_declarations(before + chunk)
            before = chunk[-_OVERLAP:]
            yield chunk
            chunk = self._file.read(CHUNK)

    def _batch(self, elements: list[Element]) -> Iterator[InstructedOrder]:
        """The orders of finished transactions, which leave the parser's tree."""
        for source, group in itertools.groupby(elements, lambda one: one.getparent()):
            skeleton = self._skeleton_of(source, members := list(group))
            if source is skeleton.source:
                yield from self._of_one_parent(members, skeleton)

    def _skeleton_of(self, source: Element, transactions: list[Element]) -> Skeleton:
        """The skeleton for these transactions of one parent."""
        if self._skeleton is None:
            self._skeleton = Skeleton.around(transactions[0])
        elif self._skeleton.is_followed_by(source):
            self._leave(self._skeleton)
            self._skeleton = self._skeleton.following(source)
        return self._skeleton

    def _leave(self, skeleton: Skeleton) -> None:
        """Validate the rest of a payment, all of whose transactions moved out."""
        if self._last is not None:
            skeleton.take_rest(self._last)
        self._note(schema_findings(skeleton.root, skeleton.name), skeleton)

    def _of_one_parent(
        self, elements: list[Element], skeleton: Skeleton
    ) -> Iterator[InstructedOrder]:
        self._last = elements[-1]
        skeleton.body.extend(elements)
        if skeleton.is_valid():
            for element in elements:
                yield from self._one(element, skeleton)
        else:
            skeleton.clear()
            for element in elements:
                skeleton.body.append(element)
                faults = schema_findings(skeleton.root, skeleton.name)
                if faults:
                    self._count(skeleton, None)
                    self._note(faults, skeleton)
                else:
                    yield from self._one(element, skeleton)
                skeleton.clear()
        skeleton.clear()

    def _count(self, skeleton: Skeleton, money: object) -> None:
        skeleton.count += 1
        self._totals.add(money if isinstance(money, Money) else None)

    def _one(self, element: Element, skeleton: Skeleton) -> Iterator[InstructedOrder]:
        findings = Findings(element)
        content = skeleton.content_of(element)
        self._count(skeleton, content.get("IntrBkSttlmAmt"))
        skeleton.instructing = skeleton.instructing or agent_bic(content, "InstgAgt")
        order = read_one(content, skeleton.group, self._view, findings)
        if order is not None:
            self._refuse_repeated(order, findings)
        if findings:
            self._note(findings.located(), skeleton)
        if order is not None and not findings.refuse:
            yield order

    def _refuse_repeated(self, order: InstructedOrder, findings: Findings) -> None:
        if not order.uetr:
            return
        number = int(order.uetr.replace("-", ""), 16)
        earlier = self._uetrs.setdefault(number, self._totals.count)
        if earlier != self._totals.count:
            text = f"is also in transaction {earlier} of this message"
            code = FindingCode.DUPLICATE_TRANSACTION
            findings.add(Step.SEMANTICS, "PmtId/UETR", code, text)

    def _note(self, findings: list[Finding], skeleton: Skeleton | None) -> None:
        """Keep findings about the transaction counted last, with its position in the file."""
        number, count = (1, 1) if skeleton is None else (skeleton.number, skeleton.count)
        for one in findings:
            place = _TRANSACTION.sub(rf"\1[{count}]", one.xpath)
            place = _PAYMENT.sub(rf"\1[{number}]", place)
            self._findings[attrs.evolve(one, xpath=place)] = None

    def _end(self, root: Element, finished: list[Element]) -> Iterator[InstructedOrder]:
        """The rest of the message: the last transaction, and everything around transactions."""
        enveloped, findings = open_envelope(root)
        documents = [one for one in enveloped if one.document is not None]
        if findings or len(documents) != 1:
            found = findings or [refused("is no bulk file: it must hold one message").finding]
            self._message = MessageRead("", findings=(*self._findings, *found))
            return
        (one,) = documents
        signed = signatures_in(root)
        if signed:
            place = xpath_of(signed[0]), line_of(signed[0])
            text = "is not verified in a bulk file: send it unsigned, or as a message of its own"
            code = FindingCode.INCORRECT_SIGNATURE
            self._findings[Finding(Step.SIGNATURE, *place, code, text)] = None
        if not one.name.startswith(BULK_KINDS):
            text = f"{one.name} is not read in bulk; {BULK_NAMES} are"
            self._message = MessageRead(one.name, findings=(refused(text).finding,))
            return
        if finished:
            self._skeleton_of(finished[-1].getparent(), finished[-1:])
        skeleton = self._skeleton
        faults = schema_findings(one.document, one.name)
        if faults:
            self._totals.count += 1
            if skeleton is not None:
                skeleton.count += 1
            self._note(faults, skeleton)
        else:
            last = last_transaction(one.document[0])
            skeleton = skeleton or Skeleton.around(last)
            self._skeleton = skeleton
            yield from self._one(last, skeleton)
        self._message = self._finished(one.name, skeleton, one)

    def _finished(self, name: str, skeleton: Skeleton | None, enveloped: Enveloped) -> MessageRead:
        message_id, instructing, created = "", "", ""
        group: list[Finding] = []
        if skeleton is not None:
            message_id, instructing = skeleton.group.message_id, skeleton.instructing
            created = text_at(skeleton.header, "CreDtTm")
            if not any(one.step == Step.SCHEMA for one in self._findings):
                group = self._about_group(skeleton)
        located = [*group, *self._findings]
        if skeleton is not None and skeleton.number == 1:  # no position where it is the only one
            located = [
                attrs.evolve(f, xpath=f.xpath.replace("/PmtInf[1]", "/PmtInf")) for f in located
            ]
        message = MessageRead(
            name, message_id, instructing=instructing, findings=tuple(located), created=created
        )
        return finish(message, enveloped, self._view)

    def _about_group(self, skeleton: Skeleton) -> list[Finding]:
        """Faults of the group header, which its schema accepts."""
        about, group = Findings(skeleton.message[0]), skeleton.group
        check_group(skeleton.header, about)
        check_offered(skeleton.name, self._view, about)
        self._totals.check(skeleton.header, about)
        sender = skeleton.instructing
        if sender and self._view.knows_message(sender, group.message_id):
            text = f"{group.message_id} is known: {sender} sent a message with it before"
            about.add(Step.SEMANTICS, "MsgId", FindingCode.DUPLICATE_MESSAGE_ID, text)
        return about.located()
