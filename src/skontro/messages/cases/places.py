"""Places of fields in messages about cases, and the parts that many of them share."""

from enum import Enum, auto
from typing import Final

import attrs

_CODE_LENGTH: Final = 4


class Form(Enum):
    """How a field is written at its place."""

    TEXT = auto()
    LINES = auto()  # an element for each line
    CODE = auto()  # `Cd` for a code of ISO, else `Prtry`
    AMOUNT = auto()
    DATE = auto()
    TIME = auto()


@attrs.frozen(kw_only=True)
class Place:
    """A field of `CaseMessage` at its place in a message.

    Attributes:
        path: of local names, below the element of the message.
        field: that stands here; empty for a constant.
        form: how it is written.
        also: further paths that it is read from, if it is not at the first.
        most, lines: characters of a line, and lines at most, of `Form.LINES`.
        proprietary: element of a proprietary code.
        constant: text that is written here and not read.
        only_with: field without which nothing is written here; empty for always.
        is_read: whether the field is read from here.
        codes: what is written for some values of the field; other values are not written.
    """

    path: str
    field: str = ""
    form: Form = Form.TEXT
    also: tuple[str, ...] = ()
    most: int = 105
    lines: int = 1_000
    proprietary: str = "Prtry"
    constant: str = ""
    only_with: str = ""
    is_read: bool = True
    codes: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class Layout:
    """The places of one kind of message.

    Attributes:
        version: that is written.
        root: element of the message.
        places: in the order of the schema.
        repeated: paths of elements with one payment each, the outer before the inner.
        required: fields without which the schema refuses the message.
        adds_compensation: whether the amount of `principal` includes the compensation.
    """

    version: str
    root: str
    places: tuple[Place, ...]
    repeated: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    adds_compensation: bool = False


def agent(path: str, field: str, *also: str, only_with: str = "", is_read: bool = True) -> Place:
    """An institution by its BIC."""
    bic = "FinInstnId/BICFI"
    further = tuple(f"{one}/{bic}" for one in also)
    return Place(
        path=f"{path}/{bic}", field=field, also=further, only_with=only_with, is_read=is_read
    )


def amount(path: str, field: str, *also: str) -> Place:
    """An amount with its currency."""
    return Place(path=path, field=field, form=Form.AMOUNT, also=also)


def date(path: str, field: str, *also: str) -> Place:
    """A day."""
    return Place(path=path, field=field, form=Form.DATE, also=also)


def code(path: str, field: str, *also: str, proprietary: str = "Prtry") -> Place:
    """A code of ISO or a proprietary text."""
    return Place(path=path, field=field, form=Form.CODE, also=also, proprietary=proprietary)


def lines(path: str, most: int, number: int, *also: str, only_with: str = "") -> Place:
    """Text for people."""
    return Place(
        path=path,
        field="text",
        form=Form.LINES,
        most=most,
        lines=number,
        also=also,
        only_with=only_with,
    )


def assignment() -> tuple[Place, ...]:
    """Id, sender, receiver and time of an assignment."""
    return (
        Place(path="Assgnmt/Id", field="message_id"),
        agent("Assgnmt/Assgnr/Agt", "assigner"),
        agent("Assgnmt/Assgne/Agt", "assignee"),
        Place(path="Assgnmt/CreDtTm", field="created_at", form=Form.TIME),
    )


def case(path: str, *also: str) -> tuple[Place, ...]:
    """Id and creator of the case."""
    return (
        Place(
            path=f"{path}/Id",
            field="case",
            also=tuple(f"{one}/Id" for one in also),
        ),
        agent(f"{path}/Cretr/Agt", "creator", *(f"{one}/Cretr/Agt" for one in also)),
    )


def references(path: str, *also: str, group: str = "OrgnlGrpInf") -> tuple[Place, ...]:
    """The payment, and the message that it came in.

    Args:
        path: of the element with the references of the payment.
        also: further such elements.
        group: the element of the message, in each of them.
    """

    def at(name: str, field: str) -> Place:
        places = [f"{one}/{name}" for one in (path, *also)]
        return Place(path=places[0], field=field, also=tuple(places[1:]))

    return (
        at(f"{group}/OrgnlMsgId", "original_id"),
        at(f"{group}/OrgnlMsgNmId", "original_name"),
        at("OrgnlInstrId", "instruction_id"),
        at("OrgnlEndToEndId", "end_to_end_id"),
        at("OrgnlTxId", "transaction_id"),
        at("OrgnlUETR", "uetr"),
    )


def is_code(text: str) -> bool:
    """Whether a text is written as a code of ISO, and not as proprietary."""
    return len(text) <= _CODE_LENGTH and text.isascii() and text.isalnum() and text.isupper()
