"""Messages mutated at random: bytes, elements, values and structure."""

import copy
import random
from functools import cache
from pathlib import Path

from lxml import etree

from tests.messages import test_requests as requests
from tests.messages.texts import (
    CREDITOR,
    DEBTOR,
    enveloped,
    header,
    pacs008,
    pacs009,
    pain001,
    without_declaration,
)

SAMPLES = Path(__file__).parents[1] / "messages/samples"

#: Values that break what reads them, or fit nowhere.
_VALUES = (
    *("", " ", "0", "-1", "1e9", "NaN", "+1.5", ".5", "9" * 19, "9" * 40, "0.000001", "1,5"),
    *("2026-02-30", "0000-01-01", "9999-12-31", "2026-11-27Z", "24:00:00", "2026-11-27T25:00:00Z"),
    *("\n", "\t", "a\nb", "\u202e", "\u0000"[:0], "\ufffe"[:0], "Ж" * 140, "x" * 3_000, "🏦"),
    *("KZT", "XXX", "XAU", "kzt", "URGT", "CRED", "true", "HSBKKZKX", "DE89370400440532013000"),
    *(
        "00000000-0000-4000-8000-000000000000",
        "Infinity",
        "٣",
        "\uff11\uff12",
        "&amp;",
        "]]>",
        "${x}",
        "%s",
    ),
)


@cache
def seeds() -> tuple[bytes, ...]:
    """Valid messages of every kind, and the public samples."""
    plain = without_declaration(pacs008(transfers=2))
    built = [
        pacs008(),
        pacs008("13", transfers=3),
        pacs009(underlying=DEBTOR + CREDITOR),
        pain001(),
        enveloped(header(), plain),
        enveloped(header(version="04"), without_declaration(pacs009())),
        *(
            content
            for name, content in vars(requests).items()
            if name.isupper() and isinstance(content, bytes)
        ),
    ]
    samples = [path.read_bytes() for path in sorted(SAMPLES.glob("*/*/*.xml"))]
    return (*built, *samples)


def mutated(content: bytes, draw: random.Random) -> bytes:
    """A message changed in one to four ways; now and then no XML at all."""
    if draw.random() < 0.15:
        return _bytes(content, draw)
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return _bytes(content, draw)
    for _ in range(draw.randint(1, 4)):
        _mutate(root, draw)
    changed = bytes(etree.tostring(root, xml_declaration=draw.random() < 0.5, encoding="UTF-8"))
    return _bytes(changed, draw) if draw.random() < 0.05 else changed


def _bytes(content: bytes, draw: random.Random) -> bytes:
    """Bytes changed, cut, repeated or put in."""
    data = bytearray(content)
    for _ in range(draw.randint(1, 5)):
        place = draw.randrange(len(data) + 1) if data else 0
        kind = draw.randrange(5)
        if kind == 0 and data:
            data[min(place, len(data) - 1)] = draw.randrange(256)
        elif kind == 1:
            del data[place : place + draw.randint(1, 30)]
        elif kind == 2:
            data[place:place] = data[place : place + draw.randint(1, 60)]
        elif kind == 3:
            data[place:place] = draw.choice(
                (
                    b"<!DOCTYPE a>",
                    b"<!ENTITY",
                    b"&x;",
                    b"<![CDATA[",
                    b"]]>",
                    b"<?x?>",
                    b"\x00",
                    b"<!--",
                )
            )
        else:
            del data[place:]
    return bytes(data)


def _mutate(root: etree._Element, draw: random.Random) -> None:
    elements = [one for one in root.iter() if isinstance(one.tag, str)]
    one, other = draw.choice(elements), draw.choice(elements)
    parent = one.getparent()
    kind = draw.randrange(9)
    if kind <= 2:
        leaves = [each for each in elements if not len(each)]
        leaf = draw.choice(leaves or elements)
        values = [draw.choice(_VALUES), draw.choice(leaves or elements).text]
        leaf.text = draw.choice(values)
    elif kind == 3 and parent is not None:
        parent.remove(one)
    elif kind == 4 and parent is not None:
        parent.insert(draw.randrange(len(parent) + 1), copy.deepcopy(one))
    elif kind == 5 and parent is not None:
        parent[:] = draw.sample([*parent], len(parent))
    elif kind == 6:
        one.append(copy.deepcopy(other))
    elif kind == 7:
        name = draw.choice((other.tag, "Unknwn", "{urn:x}Nm"))
        one.tag = name
    elif kind == 8:
        one.set(draw.choice(("Ccy", "a", "{http://www.w3.org/2001/XMLSchema-instance}nil")), "KZT")
