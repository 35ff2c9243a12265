"""Written messages, checked by the published schemas."""

from typing import Any

from lxml import etree

from skontro.messages.envelope import open_envelope
from skontro.messages.parsing import parse
from skontro.messages.schema_store import find_schema


def parts_of(message: bytes) -> tuple[Any, Any]:
    """The header, if there is one, and the document; both valid by their schemas."""
    assert message.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n")
    (found,), findings = open_envelope(parse(message))
    assert findings == []
    for part, name in ((found.header, found.header_name), (found.document, found.name)):
        if part is not None:
            find_schema(name).assertValid(etree.fromstring(etree.tostring(part)))
    return found.header, found.document


def texts(part: Any, path: str) -> list[str]:
    """The texts at a path of local names, such as ``Document/FIToFIPmtStsRpt/GrpHdr/MsgId``."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    found: list[str] = [one.text for one in part.xpath("." if not path else "./" + steps)]
    return found


def text(part: Any, path: str) -> str:
    """The only text at a path."""
    (found,) = texts(part, path)
    return found
