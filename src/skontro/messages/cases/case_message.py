"""A message about a case as a neutral value, the same for all kinds of message."""

import datetime
import re
from collections.abc import Callable
from typing import Any, Final

import attrs

from skontro.messages.schema_store import known_messages
from skontro.model import Currency, InputError, check_bic, quoted
from skontro.model.text import check_line, none_of

#: Kinds of message about cases.
CASE_MESSAGES: Final = (
    "camt.026",
    "camt.027",
    "camt.029",
    "camt.056",
    "camt.087",
    "camt.105",
    "camt.106",
    "camt.110",
    "camt.111",
    "pacs.004",
    "pacs.028",
)
#: Most characters of an identification or a proprietary code.
MOST_OF_ID: Final = 35

_UETR: Final = re.compile("[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}")
_STATUS: Final = re.compile("[A-Z0-9]{1,4}")


def _check_name(message: "CaseMessage", field: Any, name: str) -> None:  # noqa: ANN401  of attrs
    if name[:8] not in CASE_MESSAGES or name not in known_messages():
        known = [one for one in known_messages() if one[:8] in CASE_MESSAGES]
        raise InputError(f"{field.name}: {none_of(name, known)}")


def _text(most: int, least: int = 0) -> Callable[[Any, Any, str], None]:
    """A validator of one line of text."""

    def check(_: object, field: Any, text: str) -> None:  # noqa: ANN401  of attrs
        if not least <= len(text) <= most:
            span = f"{least} to {most}" if least else f"at most {most}"
            raise InputError(f"{field.name}: {quoted(text)} is not {span} characters")
        _check_characters(field.name, text)

    return check


def _check_characters(name: str, text: str) -> None:
    try:
        if text:
            check_line(text)
        if text != text.strip():
            raise InputError("has a space at its beginning or end")
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def _check_lines(_: object, field: Any, lines: tuple[str, ...]) -> None:  # noqa: ANN401
    for line in lines:
        if not line:
            raise InputError(f"{field.name}: a line is empty; leave it out")
        _check_characters(field.name, line)


def _check_bic(_: object, field: Any, bic: str) -> None:  # noqa: ANN401  of attrs
    try:
        if bic:
            check_bic(bic)
    except InputError as error:
        raise InputError(f"{field.name}: {error}") from None


def _check_pattern(pattern: re.Pattern[str], kind: str) -> Callable[[Any, Any, str], None]:
    def check(_: object, field: Any, text: str) -> None:  # noqa: ANN401  of attrs
        if text and not pattern.fullmatch(text):
            raise InputError(f"{field.name}: {quoted(text)} is not {kind}")

    return check


def _check_amount(message: "CaseMessage", field: Any, amount: int | None) -> None:  # noqa: ANN401
    if amount is None:
        return
    if amount <= 0:
        raise InputError(f"{field.name}: {amount} is not above zero")
    if message.currency is None:
        raise InputError(f"currency: is missing; {field.name} needs it")


def _field(check: Any, default: Any = "") -> Any:  # noqa: ANN401  attrs promises each field's type
    return attrs.field(default=default, validator=check)


_ID: Final = _text(MOST_OF_ID)


@attrs.frozen(kw_only=True)
class CaseMessage:
    """A message about a case between two institutions.

        CaseMessage(name="camt.027.001.10", message_id="M-1", assigner="AAAAKZK0", uetr=uetr)

    Attributes:
        name: with version, for example ``camt.027.001.10``.
        message_id: of this message, 1 to 35 characters.
        created_at: microseconds since 1970; None where the message has no such time.
        assigner, assignee: BICs of sender and receiver; empty where not given.
        case: id of the case; empty where not given.
        creator: BIC of the institution that opened the case; empty where not given.
        uetr: of the payment.
        original_id, original_name: id and name of the message that the payment came in.
        answers: id of the message that an answer to an investigation answers.
        instruction_id, end_to_end_id, transaction_id: of the payment.
        currency: of all amounts; None without any.
        amount: of the payment, minor units.
        value_date: of the payment.
        type: of an investigation, as code or proprietary text.
        status: of an answer, an ISO code.
        reason: ISO code of 1 to 4 characters, or a longer proprietary text.
        text: lines for people.
        principal: amount that is paid back, minor units.
        compensation: interest, fees or charges that are asked for or paid, minor units.
        date: value date that is asked for, or that was or will be reached.

    Raises:
        InputError: a field cannot be used; the message begins with its name.
    """

    name: str = attrs.field(validator=_check_name)
    message_id: str = attrs.field(validator=_text(MOST_OF_ID, 1))
    created_at: int | None = None
    assigner: str = _field(_check_bic)
    assignee: str = _field(_check_bic)
    case: str = _field(_ID)
    creator: str = _field(_check_bic)
    uetr: str = _field(_check_pattern(_UETR, "a UETR"))
    original_id: str = _field(_ID)
    original_name: str = _field(_ID)
    answers: str = _field(_ID)
    instruction_id: str = _field(_ID)
    end_to_end_id: str = _field(_ID)
    transaction_id: str = _field(_ID)
    currency: Currency | None = None
    amount: int | None = _field(_check_amount, None)
    value_date: datetime.date | None = None
    type: str = _field(_ID)
    status: str = _field(_check_pattern(_STATUS, "a code of 1 to 4 capital letters and digits"))
    reason: str = _field(_ID)
    text: tuple[str, ...] = _field(_check_lines, ())
    principal: int | None = _field(_check_amount, None)
    compensation: int | None = _field(_check_amount, None)
    date: datetime.date | None = None

    @property
    def kind(self) -> str:
        """The message without its version, for example ``camt.027``."""
        return self.name[:8]
