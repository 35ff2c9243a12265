"""Elements of a message: text that XML and the schema allow, exact amounts, times in UTC.

Text is never refused here: it has been recorded already, and an answer must go out. A character
that XML forbids becomes U+FFFD. Text longer than its element is cut and ends in an ellipsis, so
that it is not taken for the whole.
"""

import datetime
import re
from collections.abc import Iterable
from typing import Final

from lxml import etree

from skontro.messages.schema_store import Element, namespace_of
from skontro.model import Currency, InputError, format_amount, from_timestamp, quoted

#: Most digits of an amount in a message, without zeros at the end of its fraction.
MAX_AMOUNT_DIGITS: Final = 18

#: In the place of a character that XML forbids, and at the end of text that was cut.
_REPLACEMENT, _CUT = "\ufffd", "…"

# `Char` of XML 1.0, 5th edition, section 2.2. Line breaks become spaces before.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS: Final = re.compile("[\t\n\r]+")


def root(message_name: str, tag: str = "Document") -> Element:
    """An element in the namespace of a message, without a prefix."""
    uri = namespace_of(message_name)
    return etree.Element(f"{{{uri}}}{tag}", nsmap={None: uri})


def add(parent: Element, path: str) -> Element:
    """Add elements inside each other, in the namespace of their parent.

    Args:
        parent: of the first.
        path: tags, separated by slashes.

    Returns:
        The innermost.
    """
    prefix = parent.tag[: parent.tag.index("}") + 1]
    for tag in path.split("/"):
        parent = etree.SubElement(parent, prefix + tag)
    return parent


def add_text(parent: Element, path: str, text: str | None, most: int) -> None:
    """Add elements, the innermost with text; nothing for empty text.

    Args:
        parent: as for `add`, as is `path`.
        path: tags, separated by slashes.
        text: any; characters and length are changed as above.
        most: largest number of characters.
    """
    if text:
        add(parent, path).text = fit(text, most)


def add_lines(parent: Element, tag: str, lines: Iterable[str], most: int, number: int) -> None:
    """Add an element for each line; longer lines are continued in the next.

    Where there are more lines than elements, they are joined, so that nothing is lost before the
    last element is full.

    Args:
        parent: of the elements.
        tag: of each.
        lines: any text; empty lines are left out.
        most: characters of an element.
        number: of elements, at most.
    """
    kept = [readable(line) for line in lines if line]
    pieces = [line[at : at + most] for line in kept for at in range(0, len(line), most)]
    if len(pieces) > number:
        joined = fit(", ".join(kept), most * number)
        pieces = [joined[at : at + most] for at in range(0, len(joined), most)]
    for piece in pieces:
        add(parent, tag).text = piece


def readable(text: str) -> str:
    """The text on one line, with U+FFFD for characters that XML forbids."""
    return _BREAKS.sub(" ", _FORBIDDEN.sub(_REPLACEMENT, text))


def fit(text: str, most: int) -> str:
    """The readable text, cut to at most `most` characters."""
    text = readable(text)
    return text if len(text) <= most else text[: most - 1] + _CUT


def check_reference(field: str, text: str) -> str:
    """A reference that a message cannot do without, if it has 1 to 35 readable characters.

    Raises:
        InputError: it has not; the message names the field.
    """
    if not 1 <= len(text) <= 35 or readable(text) != text:
        raise InputError(f"{field}: {quoted(text)} is not 1 to 35 readable characters")
    return text


def amount_text(minor: int, currency: Currency) -> str:
    """An amount as a decimal number, exactly.

    Args:
        minor: minor units, not negative.
        currency: gives the number of decimals.

    Raises:
        InputError: it is negative, or has more digits than a message holds.
    """
    text = format_amount(minor, currency)
    digits = text.rstrip("0").replace(".", "") if currency.exponent else text
    if minor < 0 or len(digits.lstrip("0")) > MAX_AMOUNT_DIGITS:
        raise InputError(
            f"{text} {currency.code} does not fit into a message: ISO 20022 has "
            f"{MAX_AMOUNT_DIGITS} digits and no sign"
        )
    return text


def add_amount(parent: Element, path: str, minor: int, currency: Currency) -> None:
    """Add an amount with its currency; errors as `amount_text`."""
    text = amount_text(minor, currency)
    element = add(parent, path)
    element.text = text
    element.set("Ccy", currency.code)


def add_timestamp(parent: Element, path: str, timestamp: int | None) -> None:
    """Add a time in UTC, to the microsecond where it has such a part; nothing for None."""
    if timestamp is not None:
        time = from_timestamp(timestamp).astimezone(datetime.UTC).replace(tzinfo=None)
        add(parent, path).text = time.isoformat() + "Z"
