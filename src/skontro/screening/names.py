"""Names in one comparable form: romanised, without case, marks, punctuation and organisation forms.

Unicode NFKC first, then `anyascii` for all but ASCII, then words. A name in any script can be
compared with one in any other. `sounds` compares scripts that write no short vowels.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import attrs
from anyascii import anyascii

from skontro.screening.organisation_forms import (
    TITLES,
    TITLES_IN_ABJAD,
    without_forms,
    without_titles,
)

#: Characters of a name that are read; more than any message or list has.
MAX_CHARACTERS: Final = 255

_APOSTROPHES: Final = frozenset("'`´‘’‛ʼʻʽʾʿˈ\u0640")
#: Written without spaces, one syllable a character: Han, Hangul, and their extensions.
SYLLABLES: Final = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: Written without most vowels: Hebrew, Arabic, Syriac, and the presentation forms.
ABJAD: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
#: Their letters look like Latin ones.
_LOOKALIKE: Final = re.compile("[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff]")
_INITIALS: Final = re.compile(r"(?<=\b\w)\.(?=\w\b)")
#: The article before a sun letter, as in az-Zawahiri and ash-Shami.
_ASSIMILATED: Final = re.compile(r"\b[aeu](sh|th|dh|[dnrstz])-(?=\1)")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_ARTICLE: Final = re.compile("(?<!\\w)ال(?=\\w{3})|(?<=\\bعبد) ?ال(?!له)(?=\\w{2})")
#: The alef of *Allah*, said as any vowel, and the last letter of *Musa*, written for a and for i.
_SILENT: Final = re.compile("ا(?=لله)|(?<=\\w)ى\\b")
#: Alef inside a word is a long a; anyascii leaves it out. At the beginning it can be any vowel.
_ALEF: Final = re.compile("(?<=[\u0620-\u08ff])\u0627")


@attrs.frozen
class Name:
    """A name as it is compared.

    Attributes:
        words: romanised lower-case words in their order, without forms, titles and articles.
        form: kinds of organisation forms that were found, else "".
        abjad: whether the script writes no short vowels, so that sounds are compared.
        unreadable: the reason why it cannot be compared; "" where it can.
        in_full: the words with forms, titles and articles.

    Example:
        >>> read_name("ООО «Ромашка»").words
        ('romashka',)
    """

    words: tuple[str, ...]
    form: str = ""
    abjad: bool = False
    unreadable: str = ""
    in_full: tuple[str, ...] = ()

    @property
    def joined(self) -> str:
        """All letters in order, without spaces."""
        return "".join(self.words)


@lru_cache(maxsize=20_000)
def read_name(text: str) -> Name:
    """A name in its comparable form.

    Args:
        text: as in a message or on a list, in any script.

    Returns:
        The name; with a reason in `unreadable` where nothing, or too little, could be romanised.
    """
    if len(text) > MAX_CHARACTERS:
        return Name((), unreadable=f"name has more than {MAX_CHARACTERS:,} characters")
    plain, unreadable, abjad = (text, "", False) if text.isascii() else _romanised(text)
    plain = _ASSIMILATED.sub("", _INITIALS.sub("", plain.lower()))
    for apostrophe in "'`":
        plain = plain.replace(apostrophe, "")
    words = _NOT_WORD.sub(" ", plain).split()
    if not words and not unreadable:
        unreadable = "name has no letters or digits"
    left, form = without_forms(words)
    plain_words = without_titles(left, TITLES_IN_ABJAD if abjad else TITLES)
    return Name(tuple(plain_words), form, abjad, unreadable, tuple(words))


def _romanised(text: str) -> tuple[str, str, bool]:
    """ASCII text, the reason why it cannot be compared, and whether it was an abjad."""
    composed = unicodedata.normalize("NFKC", text)
    kept: list[str] = []
    unreadable = ""
    for char in composed:
        category = unicodedata.category(char)
        if category in {"Cn", "Co", "Cs"}:
            unreadable = f"character U+{ord(char):04X} is of no known script"
        elif category == "Cf" or char in _APOSTROPHES:
            continue
        elif category[0] in "LMN":
            kept.append(f" {char} " if SYLLABLES.match(char) else char)
        else:
            kept.append(char if char in ".-" else " ")
    plain = _ALEF.sub("a", _SILENT.sub("", _ARTICLE.sub(" ", "".join(kept))))
    romanised: list[str] = []
    for word in plain.split():
        latin = anyascii(word)
        if not any(char.isalnum() for char in latin):
            if word.strip(".-"):
                unreadable = unreadable or f"word {word!r} is of no known script"
            continue
        if LATIN.search(word) and _LOOKALIKE.search(word):
            unreadable = unreadable or f"word {word!r} mixes scripts"
        romanised.append(latin)
    return " ".join(romanised), unreadable, bool(ABJAD.search(composed))
