"""Statements that systems make to each other about a link; a signature is put to them elsewhere."""

import json
import re
from enum import StrEnum
from typing import Any, Final

import attrs

from skontro.model import InputError, ReasonCode, check_uetr
from skontro.model.identity import UETR_PATTERN
from skontro.system.links.contract import SYSTEM_ID_PATTERN, check_system_id
from skontro.system.links.link_documents import (
    MAX_NUMBER,
    check_digest,
    check_fields,
    check_number,
    check_text,
)
from skontro.system.links.statement_form import StatementForm

#: Part of the signed text, so that no other document can pass for a statement.
STATEMENT_FORMAT: Final = "skontro link statement 1"


class Step(StrEnum):
    """The fact that a statement states; the texts are part of the signed bytes and never change."""

    MATCH = "match"  # an own bank instructed these terms
    READY = "ready"  # the own leg would settle now; nothing is locked
    NOT_READY = "not_ready"  # it would not settle now, or could not be earmarked
    WITHDRAW = "withdraw"  # an own bank asks the decider to end the link before it asks
    EARMARK = "earmark"  # decider: earmark your leg; I decide until decide-by
    PREPARED = "prepared"  # follower: my leg is earmarked until you decide
    REFUSED = "refused"  # follower: my leg is not earmarked and never will be
    COMMITTED = "committed"  # decider: my leg is final, and so the link is
    NOT_COMMITTED = "not_committed"  # decider: my leg has not settled and never will


#: Steps that are true of one batch for ever; the others may be repeated from later batches.
ONCE: Final = (
    Step.MATCH,
    Step.EARMARK,
    Step.PREPARED,
    Step.REFUSED,
    Step.COMMITTED,
    Step.NOT_COMMITTED,
)
WITH_DECIDE_BY: Final = (Step.EARMARK, Step.PREPARED, Step.COMMITTED)
WITH_REASON: Final = (Step.NOT_READY, Step.REFUSED, Step.NOT_COMMITTED)
_OPPOSITES: Final = ((Step.COMMITTED, Step.NOT_COMMITTED), (Step.PREPARED, Step.REFUSED))
_FIELDS: Final = ("link", "step", "sender", "addressee", "terms", "batch", "time")
_STEPS: Final = {str(step): step for step in Step}
_SYSTEM: Final = f"({SYSTEM_ID_PATTERN.strip('^$')})"
_LINK: Final = f"({UETR_PATTERN.strip('^$')})"
_NUMBER: Final = "(0|[1-9][0-9]{0,15})"
#: The canonical text, without line breaks: no value has a character that JSON escapes.
_CANONICAL: Final = re.compile(
    rf'\{{"addressee":"{_SYSTEM}","batch":{_NUMBER},(?:"decide_by":{_NUMBER},)?'
    rf'"format":"{STATEMENT_FORMAT}","link":"{_LINK}",(?:"reason":"([A-Z_]+)",)?'
    rf'"sender":"{_SYSTEM}","step":"([a-z_]+)","terms":"([0-9a-f]{{64}})","time":{_NUMBER}\}}'
)


@attrs.frozen(slots=False)
class Statement:
    """A fact of the sender's record about a link, for one other system of it.

        statement = Statement(link, Step.READY, "UZ-RTGS", "KZ-RTGS", terms.digest, 17, time)
        Statement.from_document(statement.to_document()) == statement

    Attributes:
        link: its UUID.
        step: the fact.
        sender, addressee: short ids of the two systems.
        terms: digest of the terms by the sender's record.
        batch: number of the batch of the sender's record that made it true; it was durable first.
        time: record time of that batch.
        decide_by: last record time of the decider at which it may commit. In `EARMARK`, `PREPARED`
            and `COMMITTED`; in `NOT_COMMITTED` if the decider had asked for earmarks; else None.
        reason: in `NOT_READY`, `REFUSED` and `NOT_COMMITTED`; else `NONE`.

    Raises:
        InputError: a value is malformed, or the statement contradicts itself.
    """

    link: str
    step: Step
    sender: str
    addressee: str
    terms: str
    batch: int
    time: int
    decide_by: int | None = None
    reason: ReasonCode = ReasonCode.NONE

    def __attrs_post_init__(self) -> None:
        for name, check in (("sender", check_system_id), ("addressee", check_system_id)):
            try:
                check(check_text(getattr(self, name), "it"))
            except InputError as error:
                raise InputError(f"{name}: {error}") from None
        try:
            check_uetr(check_text(self.link, "it"))
        except InputError:
            raise InputError("link: must be a lower-case UUID of version 4") from None
        check_digest(self.terms, "terms")
        check_number(self.batch, "batch")
        check_number(self.time, "time")
        if self.decide_by is not None:
            check_number(self.decide_by, "decide_by")
        self._check_consistency()

    @classmethod
    def of_checked(
        cls,
        link: str,
        step: Step,
        sender: str,
        addressee: str,
        terms: str,
        batch: int,
        time: int,
        decide_by: int | None,
        reason: ReasonCode,
    ) -> "Statement":
        """A statement whose values are well formed, each by itself, as those of a link's state are.

        Raises:
            InputError: the statement contradicts itself.
        """
        made = object.__new__(cls)
        made.__dict__.update(
            link=link,
            step=step,
            sender=sender,
            addressee=addressee,
            terms=terms,
            batch=batch,
            time=time,
            decide_by=decide_by,
            reason=reason,
        )
        made._check_consistency()
        return made

    def _check_consistency(self) -> None:
        if self.sender == self.addressee:
            raise InputError("addressee: a system makes no statement to itself")
        self._check_decide_by()
        if (self.reason != ReasonCode.NONE) != (self.step in WITH_REASON):
            raise InputError(f"reason: a statement {self.step} has {self._needs(WITH_REASON)}")

    def _check_decide_by(self) -> None:
        """Check decide-by against the step, and the time of a decision against it."""
        given = self.decide_by is not None
        if self.step != Step.NOT_COMMITTED and given != (self.step in WITH_DECIDE_BY):
            needs = self._needs(WITH_DECIDE_BY)
            raise InputError(f"decide_by: a statement {self.step} has {needs}")
        late = self.decide_by is not None and self.time > self.decide_by
        if self.step == Step.COMMITTED and late:
            raise InputError("time: a link is not committed after decide_by")
        if self.step == Step.EARMARK and late:
            raise InputError("time: an earmark is not asked for after decide_by")
        if self.step == Step.NOT_COMMITTED and self.reason == ReasonCode.LINK_LAPSED and not late:
            raise InputError("time: a link lapses only after decide_by")

    def _needs(self, steps: tuple[Step, ...]) -> str:
        return "one" if self.step in steps else "none"

    @property
    def key(self) -> tuple[str, Step, str]:
        """Link, step and sender: a repetition has the same, and the same answer."""
        return (self.link, self.step, self.sender)

    def to_document(self) -> dict[str, Any]:
        """As JSON values; `decide_by` and `reason` only where the step has them."""
        document: dict[str, Any] = {"format": STATEMENT_FORMAT}
        document |= {name: getattr(self, name) for name in _FIELDS} | {"step": str(self.step)}
        if self.decide_by is not None:
            document["decide_by"] = self.decide_by
        if self.reason != ReasonCode.NONE:
            document["reason"] = self.reason.name
        return document

    @property
    def form(self) -> StatementForm:
        """The canonical text without link and terms."""
        # As `canonical_text` of the document, but several times as fast.
        by = "" if self.decide_by is None else f'"decide_by":{self.decide_by},'
        reason = "" if self.reason == ReasonCode.NONE else f'"reason":"{self.reason.name}",'
        return StatementForm(
            f'{{"addressee":"{self.addressee}","batch":{self.batch},{by}'
            f'"format":"{STATEMENT_FORMAT}","link":"',
            f'",{reason}"sender":"{self.sender}","step":"{self.step}","terms":"',
            f'","time":{self.time}}}',
        )

    def to_bytes(self) -> bytes:
        """The canonical text in UTF-8: the bytes that the sender signs."""
        return self.form.text(self.link, self.terms)

    def about(self, link: str, terms: str) -> "Statement":
        """The same statement about another link.

        Args:
            link, terms: its UUID and the digest of its terms, both well formed.
        """
        made = object.__new__(Statement)
        made.__dict__.update(self.__dict__, link=link, terms=terms)
        return made

    @classmethod
    def from_canonical(cls, text: str) -> "Statement | None":
        """A statement from the text that `to_bytes` gives; None for other texts.

        Several times as fast as `from_text`, which reads other texts too, and says why it refuses
        one.

        Raises:
            InputError: the statement contradicts itself.
        """
        found = _CANONICAL.fullmatch(text)
        if found is None:
            return None
        addressee, batch, by, link, reason, sender, step, terms, time = found.groups()
        known = _STEPS.get(step), ReasonCode.__members__.get(reason or ReasonCode.NONE.name)
        if known[0] is None or known[1] is None:
            return None
        numbers = int(batch), int(time), int(by or 0)
        if max(numbers) > MAX_NUMBER:
            return None
        decide_by = None if by is None else numbers[2]
        return cls.of_checked(
            link, known[0], sender, addressee, terms, *numbers[:2], decide_by, known[1]
        )

    @classmethod
    def from_text(cls, text: str | bytes) -> "Statement":
        """A statement from its JSON text, which need not be canonical.

        Raises:
            InputError: it is no JSON, or malformed.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError("link proof: a statement is not JSON") from None
        return cls.from_document(document)

    @classmethod
    def from_document(cls, document: object) -> "Statement":
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed; the message names the field.
        """
        optional = [
            name
            for name in ("decide_by", "reason")
            if isinstance(document, dict) and document.get(name) is not None
        ]
        fields = dict(check_fields(document, ("format", *_FIELDS, *optional), "statement"))
        if fields.pop("format") != STATEMENT_FORMAT:
            raise InputError(f"format: must be {STATEMENT_FORMAT!r}")
        step = check_text(fields.pop("step"), "step")
        if step not in set(Step):
            raise InputError(f"step: must be one of {', '.join(Step)}")
        reason = check_text(fields.pop("reason", ReasonCode.NONE.name), "reason")
        if reason not in ReasonCode.__members__:
            raise InputError("reason: must be the name of a reason code")
        return cls(step=Step(step), reason=ReasonCode[reason], **fields)


def contradict(first: Statement, second: Statement) -> bool:
    """Whether one system made two statements that cannot both be true.

    Both, with their signatures, are the evidence against the sender and against no other system.

    Example:
        >>> contradict(committed, not_committed)
        True
    """
    if (first.link, first.sender) != (second.link, second.sender):
        return False
    steps = {first.step, second.step}
    if first.terms != second.terms or any(steps == set(pair) for pair in _OPPOSITES):
        return True
    if None not in (first.decide_by, second.decide_by) and first.decide_by != second.decide_by:
        return True
    same = attrs.evolve(first, addressee=second.addressee) == second
    return first.step == second.step and first.step in ONCE and not same
