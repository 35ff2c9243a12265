"""admi.002 and admi.004: a message that cannot be read, and events of the system."""

from collections.abc import Sequence

from skontro.messages.writers.elements import add, add_lines, add_text, add_timestamp, root
from skontro.messages.writers.heading import Heading, Original, written
from skontro.messages.writers.status_report import UNKNOWN


def write_rejection(
    heading: Heading,
    original: Original,
    code: str,
    text: str,
    *,
    location: str = "",
    data: Sequence[str] = (),
) -> bytes:
    """Write an admi.002: the message could not be taken as the message that it claims to be.

    Args:
        heading: of the rejection.
        original: the message, as far as it is known.
        code: the reason, at most 35 characters.
        text: for a person.
        location: XPath of the first mistake; empty if unknown.
        data: all mistakes, a line each.
    """
    message_name = "admi.002.001.01"
    document = root(message_name)
    rejection = add(document, "admi.002.001.01")
    add_text(rejection, "RltdRef/Ref", original.message_id or UNKNOWN, 35)
    reason = add(rejection, "Rsn")
    add_text(reason, "RjctgPtyRsn", code, 35)
    add_timestamp(reason, "RjctnDtTm", heading.created_at)
    add_text(reason, "ErrLctn", location, 350)
    add_text(reason, "RsnDesc", text, 350)
    add_text(reason, "AddtlData", " | ".join(data), 20_000)
    return written(heading, document, message_name)


def write_event(
    heading: Heading, code: str, text: str, *, at: int, parameters: Sequence[str] = ()
) -> bytes:
    """Write an admi.004: something happened in the system, for example a phase of the day.

    Args:
        heading: of the notification.
        code: of the event, 1 to 4 letters and digits.
        text: for a person.
        at: when it happened, microseconds since 1970.
        parameters: for example the business date, at most 35 characters each.
    """
    message_name = "admi.004.001.02"
    document = root(message_name)
    event = add(document, "SysEvtNtfctn/EvtInf")
    add_text(event, "EvtCd", code, 4)
    add_lines(event, "EvtParam", parameters, 35, 1_000)
    add_text(event, "EvtDesc", text, 1_000)
    add_timestamp(event, "EvtTm", at)
    return written(heading, document, message_name)
