"""Candidates for a name among all listed ones, by bounds that lose none.

Two names of m and n letters with c letters in common, in any order, have no score above
200c/(m+n): letters in common in order are among them, and one edit changes two letters at most. So
letters are compared first, in NumPy. A mask has a bit for each letter that a name has once, and one
for each that it has twice; each bit that differs is a letter that differs. Then the counts of each
letter are compared. On 20,000 entities a handful of names is left, and only these are scored. If
one name is a part of the other, both have a rare word in common, and are found by it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from skontro.screening.common_words import is_rare
from skontro.screening.names import Name
from skontro.screening.scoring import EXACT, ONE_EDIT, PART, is_part, ratio, words_score

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_COLUMN: Final = np.full(128, -1, np.int64)
_COLUMN[np.frombuffer(_LETTERS.encode(), np.uint8)] = np.arange(len(_LETTERS))
_BITS: Final = {letter: 1 << place for place, letter in enumerate(_LETTERS)}
#: A mask has no room for the second occurrence of the last digits.
_ALL_BITS: Final = (1 << 64) - 1
#: Letters that may differ between two names that are one edit apart.
_EDIT_LETTERS: Final = 2


def letter_counts(joined: str) -> npt.NDArray[np.uint16]:
    """How often each letter and digit is in a romanised name; shape (36,)."""
    codes = np.frombuffer(joined.encode(), np.uint8)
    return np.bincount(_COLUMN[codes], minlength=len(_LETTERS)).astype(np.uint16)


def _all_counts(joined: list[str], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
    """`letter_counts` of all names; shape (36, names)."""
    codes = np.frombuffer("".join(joined).encode(), np.uint8)
    cells = np.repeat(np.arange(len(joined)), lengths) * len(_LETTERS) + _COLUMN[codes]
    counts = np.bincount(cells, minlength=len(joined) * len(_LETTERS))
    return np.ascontiguousarray(counts.reshape(len(joined), len(_LETTERS)).T.astype(np.uint16))


def letter_mask(joined: str) -> int:
    """A bit for each letter and digit of a romanised name, and for each letter that it has twice.

    Example:
        >>> letter_mask("abba") == 1 << 0 | 1 << 1 | 1 << 36 | 1 << 37
        True
    """
    mask = 0
    for letter in joined:
        bit = _BITS[letter]
        mask |= bit << len(_LETTERS) & _ALL_BITS if mask & bit else bit
    return mask


class NameIndex:
    """Listed names, arranged for the search of names like one.

    Args:
        names: romanised, in any order; a search gives their numbers.

    Example:
        >>> from skontro.screening.names import read_name
        >>> index = NameIndex([read_name("Ayman al-Zawahiri"), read_name("Saddam Hussein")])
        >>> index.search(read_name("ZAWAHIRI, Aiman"), 84)
        [(0, 92)]
    """

    def __init__(self, names: Sequence[Name]) -> None:
        joined = [name.joined for name in names]
        lengths = np.array([len(text) for text in joined], np.int64)
        order = np.argsort(lengths, kind="stable")
        self._names = [names[number] for number in order]
        self._numbers = [int(number) for number in order]
        self._joined = [joined[number] for number in order]
        self._lengths = lengths[order]
        self._counts = _all_counts(self._joined, self._lengths)
        self._masks = np.array([letter_mask(text) for text in self._joined], np.uint64)
        by_word: dict[str, list[int]] = defaultdict(list)
        by_longest: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self._names):
            rare = _rare_words(name)
            for word in rare:
                by_word[word].append(place)
            if rare:
                by_longest[rare[0]].append(place)
        self._by_word, self._by_longest = dict(by_word), dict(by_longest)

    def search(self, name: Name, least: int) -> list[tuple[int, int]]:
        """All listed names with a score of at least so much, and their scores.

        Args:
            name: to search.
            least: score, from 1 to 100.

        Returns:
            Number of the listed name and score, by number.
        """
        joined = name.joined
        if not joined or not self._names:
            return []
        places = self._like(joined, least)
        in_order: list[int] = []
        if places:
            common = cdist(
                [joined], [self._joined[place] for place in places], scorer=LCSseq.similarity
            )
            in_order = common[0].astype(int).tolist()
        scores: dict[int, int] = {}
        for place, letters in zip(places, in_order, strict=True):
            scores[place] = self._score(name, place, letters)
        if least <= PART:
            for place in self._parts(name):
                # The bounds on letters leave out no name that is more than a part.
                scores.setdefault(place, PART)
        return sorted(
            (self._numbers[place], score) for place, score in scores.items() if score >= least
        )

    def _score(self, name: Name, place: int, common: int) -> int:
        other = self._names[place]
        letters = len(name.joined) + len(other.joined)
        best = ratio(common, letters)
        return best if best >= EXACT else max(best, words_score(name, other, letters))

    def _like(self, joined: str, least: int) -> list[int]:
        """Places of names whose letters, in any order, allow the score."""
        length = len(joined)
        edits = _EDIT_LETTERS if least <= ONE_EDIT else 0
        # At most the smaller of both lengths is in common, so the other length is within bounds.
        low = min(length - edits, -(-length * least // (200 - least)))
        high = max(length + edits, length * (200 - least) // least)
        first = int(np.searchsorted(self._lengths, low, "left"))
        last = int(np.searchsorted(self._lengths, high, "right"))
        if first == last:
            return []
        counts = letter_counts(joined)
        letters = self._lengths[first:last] + length
        allowed = np.maximum(edits, letters * (100 - least) // 100)
        bits = np.bitwise_count(self._masks[first:last] ^ np.uint64(letter_mask(joined)))
        left = np.flatnonzero(bits <= allowed)
        common = np.minimum(self._counts[:, first + left], counts[:, None]).sum(0, dtype=np.int64)
        return [int(place) for place in left[letters[left] - 2 * common <= allowed[left]] + first]

    def _parts(self, name: Name) -> list[int]:
        """Places of names that are a part of this one, or have this one as a part.

        A part has a rare word. A name that has this one as a part has all its rare words, also the
        rarest of them. The longest rare word of a part of this name is in this name.
        """
        rare = _rare_words(name)
        if len(name.words) < 2 or not rare:
            return []
        fewest = min((self._by_word.get(word, []) for word in rare), key=len)
        found = {place for place in fewest if is_part(name.words, self._names[place].words)}
        for word in rare:
            for place in self._by_longest.get(word, ()):
                if is_part(self._names[place].words, name.words):
                    found.add(place)
        return sorted(found)


def _rare_words(name: Name) -> list[str]:
    """The rare words of a name, each once, the longest first."""
    return sorted({*filter(is_rare, name.words)}, key=lambda word: (-len(word), word))
