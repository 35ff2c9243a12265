"""Wording that reads as translated, in pages and in the docstrings and messages of the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.documentation.pages import sentences

#: A sentence, heading, item or cell does not begin with these.
OPENINGS: Final = re.compile(r"^[#*_ ]*(?:What|Whatever|Whoever|Whom|Of)\b")

#: These are not written at all: each with the plain word for it.
WORDS: Final = {
    r"persons": "people",
    r"(?:is|are) none of": "is not one of, are not",
    r"it is none": "it is not, it is not valid",
    r"is no longer so": "is different now",
    r"comes? to nothing": "has no effect, is zero",
    r"dear(?:er|est)?": "costly",
    r"beside": "next to, besides, compared with",
    r"but for": "except",
    r"anew": "again",
    r"of whom": "a new sentence",
    r"whoever": "the one that, any caller that",
    r"nobody": "no participant, no person",
    r"goes? on": "continues",
    r"overt(?:ake|akes|aken|aking|ook)": "bypass",
    r"stands? (?:in|on|for|before|behind|there|twice|alone)": "is in, means, is ahead",
    r"borne? out": "confirmed",
    r"worth (?:its|the) while": "useful",
    r"takes? part": "is a participant",
    r"gone through": "replayed",
}
#: Not before a colon, where a field is described.
_WORDS: Final = re.compile(r"\b(?:" + "|".join(WORDS) + r")\b(?!:)", re.IGNORECASE)
_CODE: Final = re.compile(r"`[^`]+`|\"[^\"]+\"|“[^”]+”")


def wrong_wording(text: str) -> list[str]:
    """The sentences of a text that begin with such an opening or have such a word."""
    return [
        sentence
        for sentence in sentences(text)
        if OPENINGS.search(sentence) or _WORDS.search(_CODE.sub("", sentence))
    ]


def texts_of_module(path: Path) -> Iterator[str]:
    """The docstrings of a module, and its strings of several words: messages and help."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and len(text.split()) > 2:
            yield text
