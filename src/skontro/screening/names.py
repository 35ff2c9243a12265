"""Names in one comparable form: romanised, without case, marks, punctuation and organisation forms.

Unicode NFKC first, then `anyascii` for all but ASCII, then words. A name in any script can be
compared with one in any other. Scripts that write no vowels are compared by consonants.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import attrs
from anyascii import anyascii

from skontro.screening.organisation_forms import without_forms, without_titles

#: Characters of a name that are read; more than any message or list has.
MAX_CHARACTERS: Final = 255

_APOSTROPHES: Final = frozenset("'`´‘’‛ʼʻʽʾʿˈ\u0640")
#: Written without spaces, one syllable a character: Han, Hangul, and their extensions.
_SYLLABLES: Final = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: Written without most vowels: Hebrew, Arabic, Syriac, and the presentation forms.
_ABJAD: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
#: Romanised Cyrillic that can mean one letter of another alphabet.
_FOREIGN_LETTERS: Final = {"kh": "h", "dzh": "j", "ts": "c", "ks": "x"}
_FOREIGN: Final = re.compile("|".join(_FOREIGN_LETTERS))
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
#: Their letters look like Latin ones.
_LOOKALIKE: Final = re.compile("[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff]")
_INITIALS: Final = re.compile(r"(?<=\b\w)\.(?=\w\b)")
#: The article before a sun letter, as in az-Zawahiri and ash-Shami.
_ASSIMILATED: Final = re.compile(r"\b[aeu](sh|th|dh|[dnrstz])-(?=\1)")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_ARTICLE: Final = re.compile("(?<!\\w)ال(?=\\w{3})")
#: One sound is romanised in several ways; Arabic has no p, and writes v as f, Persian as w.
_CONSONANTS: Final = str.maketrans(
    {
        **dict.fromkeys("aeiouwy"),
        "q": "k",
        "g": "k",
        "c": "k",
        "p": "b",
        "v": "f",
        "x": "ks",
        "z": "d",
    }
)
_DIGRAPHS: Final = re.compile("(?<=[tdks])h|(?<=.)h$")
_SERVANT: Final = re.compile("^(?:abd[aeou]+|bd)l$")
_DOUBLED: Final = re.compile(r"(.)\1+")


@attrs.frozen
class Name:
    """A name as it is compared.

    Attributes:
        words: romanised lower-case words in their order, without forms, titles and articles.
        form: kinds of organisation forms that were found, else "".
        abjad: whether the script writes no vowels, so that consonants are compared.
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

    @property
    def consonants(self) -> tuple[str, ...]:
        """The consonants of each word, doubled ones once; words without any are left out."""
        return tuple(filter(None, map(consonants, self.words)))


def consonants(word: str) -> str:
    """The consonants of a romanised word, as an abjad would write them.

    Example:
        >>> consonants("muhammad"), consonants("mhmd")
        ('mhmd', 'mhmd')
    """
    word = _SERVANT.sub("abd", word).replace("dj", "j")
    plain = _DOUBLED.sub(r"\1", word.translate(_CONSONANTS))
    return _DIGRAPHS.sub("", plain)


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
    return Name(tuple(without_titles(left)), form, abjad, unreadable, tuple(words))


def readings(text: str) -> tuple[Name, ...]:
    """All ways to read a name as words; the first is that of `read_name`.

    One with a form, title or article is also compared with it: a typing error there would
    hide it. Cyrillic *х*, *в*, *дж* are romanised kh, v, dzh and can mean foreign h, w, j. A
    name of three or four Han or Hangul characters is a family name of one or two of them and a
    given name. Romanised, they are two words.

    Example:
        >>> [name.words for name in readings("王小明")]
        [('wang', 'xiao', 'ming'), ('wang', 'xiaoming')]
    """
    name = read_name(text)
    words = name.words
    others = [name.in_full] if name.in_full != words and not name.abjad else []
    if _CYRILLIC.search(text):
        plain = tuple(
            _FOREIGN.sub(lambda found: _FOREIGN_LETTERS[found[0]], word) for word in words
        )
        foreign = tuple(word.replace("v", "w") for word in plain)
        others += [other for other in dict.fromkeys((plain, foreign)) if other != words]
    if not text.isascii() and 3 <= len(words) <= 4 and _is_syllables(text):
        others.append((words[0], "".join(words[1:])))
        if len(words) == 4:
            others.append(("".join(words[:2]), "".join(words[2:])))
    return (name, *(attrs.evolve(name, words=other) for other in others))


def _is_syllables(text: str) -> bool:
    letters = [char for char in text if char.isalnum()]
    return all(_SYLLABLES.match(char) for char in letters)


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
            kept.append(f" {char} " if _SYLLABLES.match(char) else char)
        else:
            kept.append(char if char in ".-" else " ")
    plain = _ARTICLE.sub("", "".join(kept))
    romanised: list[str] = []
    for word in plain.split():
        latin = anyascii(word)
        if not any(char.isalnum() for char in latin):
            if word.strip(".-"):
                unreadable = unreadable or f"word {word!r} is of no known script"
            continue
        if _LATIN.search(word) and _LOOKALIKE.search(word):
            unreadable = unreadable or f"word {word!r} mixes scripts"
        romanised.append(latin)
    return " ".join(romanised), unreadable, bool(_ABJAD.search(composed))
