"""XML from outside, parsed once; hostile input is refused before the parser sees it."""

import re
from typing import Final

import attrs
from lxml import etree

from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.schema_store import Element
from skontro.model.text import quoted

#: Most bytes of one message that is read whole.
MAX_MESSAGE_BYTES: Final = 10 * 2**20
#: Most elements inside each other, the bound of the parser (libxml2) while nothing lifts it.
MAX_DEPTH: Final = 256

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_DECLARED_ENCODING: Final = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{0,80})[\"']"
)
#: A declaration of a document type or of an entity. Nothing else in XML begins so.
DECLARATIONS: Final = (b"<!DOCTYPE", b"<!ENTITY")
#: The first bytes, in which an XML declaration must be.
_HEAD: Final = 400


class Refused(Exception):  # noqa: N818  the fact is the name
    """The input was refused before a message could be read from it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def refused(text: str, line: int = 0) -> Refused:
    """A refusal of the whole input."""
    return Refused(Finding(Step.INPUT, "", line, FindingCode.INVALID_FILE_FORMAT, text))


def new_parser() -> Element:
    """A parser without network, document types and entities, with the bounds of libxml2."""
    return etree.XMLParser(**PARSER_OPTIONS)


#: Options of every parser of messages. The encoding is fixed: it was checked before.
PARSER_OPTIONS: Final = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "recover": False,
    "remove_blank_text": True,
    "remove_comments": True,
    "remove_pis": True,
}
_PARSER: Final = new_parser()


@attrs.frozen
class Limits:
    """Bounds of an input.

    Attributes:
        message_bytes: of a message that is read whole.
    """

    message_bytes: int = MAX_MESSAGE_BYTES


DEFAULT_LIMITS: Final = Limits()


def check_head(content: bytes) -> None:
    """Refuse another encoding than UTF-8 by the beginning of an input.

    Raises:
        Refused: it begins like UTF-16 or UTF-32, or declares another encoding.
    """
    head = content[:_HEAD]
    if not content.strip():
        raise refused("the input is empty; it needs one message")
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in head:
        raise refused("the encoding is not UTF-8: the input begins like UTF-16 or UTF-32")
    declared = _DECLARED_ENCODING.match(head.removeprefix(_BYTE_ORDER_MARK))
    if declared is not None and declared[1].lower() not in {b"utf-8", b"utf8"}:
        name = declared[1].decode("ascii", "backslashreplace")
        raise refused(f"the encoding {quoted(name)} is declared; messages are in UTF-8")


def check_declarations(content: bytes) -> None:
    """Refuse declarations of document types and entities.

    Raises:
        Refused: there is one, also inside a comment.
    """
    for declaration in DECLARATIONS:
        if declaration in content:
            name = declaration.decode()
            line = content[: content.index(declaration)].count(b"\n") + 1
            raise refused(f"{name} is not allowed in a message", line)


def parse(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Element:
    """The root element of an input.

    Args:
        content: the whole input, in UTF-8.
        limits: its bounds.

    Raises:
        Refused: it is too large, in another encoding, has a document type or an entity, is nested
            too deeply, or is no well-formed XML.
    """
    if len(content) > limits.message_bytes:
        raise refused(f"the input has {len(content):,} bytes; {limits.message_bytes:,} is the most")
    check_head(content)
    check_declarations(content)
    try:
        return etree.fromstring(content, _PARSER)
    except etree.XMLSyntaxError as error:
        raise syntax_refusal(error) from None


def syntax_refusal(error: Element) -> Refused:
    """A refusal for an error of the parser, with its line."""
    reason = re.sub(r" \(<string>, line \d+\)$", "", str(error.msg or "no element found"))
    if "Excessive depth" in reason:
        reason = f"elements are nested more than {MAX_DEPTH} deep"
    return refused(f"is no well-formed XML: {reason}", error.lineno or 0)
