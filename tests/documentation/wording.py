"""Wording that reads as translated, in pages and in docstrings, comments and messages."""

import ast
import io
import re
import tokenize
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
    r"whatever": "any, for any, even if",
    r"stood": "was",
    r"becam?e of": "the status of",
    r"(?:is|are|was) none that": "is not one that",
    r"what (?:it|they) ha(?:s|ve|d)": "its fields, their content",
    r"the one who": "the person who, the participant that",
    r"unless told otherwise": "by default",
    r"go on": "continue",
}
#: Not before a colon, where a field is described.
_WORDS: Final = re.compile(r"\b(?:" + "|".join(WORDS) + r")\b(?!:)", re.IGNORECASE)
#: A quick look, because parsing all modules takes seconds.
_MAY_BE_WRONG: Final = re.compile(rf"\b(?:What(?:ever)?|Whoever|Whom|Of)\b|(?i:{_WORDS.pattern})")
_CODE: Final = re.compile(r"`[^`]+`|\"[^\"]+\"|“[^”]+”")


def wrong_wording(text: str) -> list[str]:
    """The sentences of a text that begin with such an opening or have such a word."""
    return [
        sentence
        for sentence in sentences(text)
        if OPENINGS.search(sentence) or _WORDS.search(_CODE.sub("", sentence))
    ]


def texts_of_module(path: Path) -> Iterator[str]:
    """The docstrings, the comments, and the strings of several words: messages and help."""
    source = path.read_text(encoding="utf-8")
    if not _MAY_BE_WRONG.search(source):
        return
    for node in ast.walk(ast.parse(source)):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and len(text.split()) > 2:
            yield text
    yield from _comments(source)


def _comments(source: str) -> Iterator[str]:
    """The comments, those of adjacent lines as one."""
    block: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, column = token.start
        if line != last + 1 or token.line[:column].strip():
            yield " ".join(block)
            block = []
        block.append(token.string.lstrip("#: "))
        last = line
    yield " ".join(block)
