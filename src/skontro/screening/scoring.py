"""How alike two names are, from 0 to 100, in whole numbers.

A score is the largest of these, each independent of all other names on a list:

- letters in common, in order, of both names without spaces: 200 * common / (letters of both);
- the same with each word compared with the word that is most like it, in any order of words;
- `ONE_EDIT`, where one insertion, deletion, substitution or exchange of neighbours makes both
  equal;
- `PART`, where all words of one are words or initials of the other, and enough of them are rare.

Letters in common are the longest common subsequence (Hyyrö 2004), by rapidfuzz. Neither way has
more in common than both names' letters have regardless of order: `index` relies on it.
"""

from collections import Counter
from typing import Final

from rapidfuzz.distance import OSA, LCSseq

from skontro.screening.common_words import is_rare
from skontro.screening.names import Name

EXACT: Final = 100
#: Two names that one edit makes equal, the longer one with so many letters;
#: of two with just so many, no letter may be another.
ONE_EDIT: Final = 92
MIN_EDITED: Final = 3
#: One name is a part of the other, with so many letters in words that are not common; fewer where
#: an initial agrees.
PART: Final = 88
MIN_RARE: Final = 10
MIN_RARE_WITH_INITIAL: Final = 7
#: Least likeness of two words that are taken for each other.
_MIN_WORD: Final = 60


def ratio(common: int, letters: int) -> int:
    """Percent of the letters of both names that are in common, rounded down."""
    return 200 * common // letters if letters else 0


def pairs(words: tuple[str, ...], others: tuple[str, ...]) -> list[tuple[int, int, int]]:
    """Letters in common of each word and the most alike of the others, each used once.

    The best pair first, so that the order of words does not matter.

    Returns:
        Letters in common, place of the word, and of the other.
    """
    alike = []
    for number, word in enumerate(words):
        for other_number, other in enumerate(others):
            common = int(LCSseq.similarity(word, other))
            letters = len(word) + len(other)
            if ratio(common, letters) >= _MIN_WORD:
                # Ties by text and never by place.
                alike.append((-common, letters, word, other, number, other_number))
    alike.sort()
    used: set[int] = set()
    other_used: set[int] = set()
    found = []
    for common, _, _, _, number, other_number in alike:
        if number not in used and other_number not in other_used:
            used.add(number)
            other_used.add(other_number)
            found.append((-common, number, other_number))
    return found


def aligned(words: tuple[str, ...], others: tuple[str, ...]) -> int:
    """Letters in common, each word compared with the most alike of the others."""
    return sum(common for common, _, _ in pairs(words, others))


def is_one_edit(joined: str, other: str) -> bool:
    """Whether one edit at most makes the names equal, and they have enough letters."""
    shorter, longer = sorted((len(joined), len(other)))
    if longer < MIN_EDITED:
        return False
    if longer == MIN_EDITED and shorter == longer and sorted(joined) != sorted(other):
        return False  # every third company of three letters is one letter from a listed one
    return OSA.distance(joined, other, score_cutoff=1) <= 1


def is_part(words: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether each word is one of the whole name, or the initial of one, and enough are rare.

    Common words (`common_words`) say nothing: many people are named *Mohammed Ali*.

    Example:
        >>> is_part(("a", "zawahiri"), ("ayman", "muhammad", "zawahiri"))
        True
    """
    if not 2 <= len(words) <= len(whole):
        return False
    full = [word for word in words if len(word) > 1]
    initials = [word for word in words if len(word) == 1]
    rare = sum(len(word) for word in full if is_rare(word))
    if rare < (MIN_RARE_WITH_INITIAL if initials else MIN_RARE):
        return False
    left = Counter(whole)
    for word in full:
        if not left[word]:
            return False
        left[word] -= 1
    free = Counter(word[0] for word, count in left.items() for _ in range(count))
    return not Counter(initials) - free


def name_score(name: Name, other: Name) -> int:
    """The score of two names by their letters.

    Example:
        >>> from skontro.screening.names import read_name
        >>> name_score(read_name("Ayman al-Zawahiri"), read_name("ZAWAHIRI, Dr. Aymen"))
        92
    """
    joined, other_joined = name.joined, other.joined
    if not joined or not other_joined:
        return 0
    letters = len(joined) + len(other_joined)
    best = ratio(int(LCSseq.similarity(joined, other_joined)), letters)
    return max(best, words_score(name, other, letters)) if best < EXACT else EXACT


def words_score(name: Name, other: Name, letters: int) -> int:
    """The score by words, by one edit and as a part: all but the letters in order."""
    words, others = name.words, other.words
    best = ratio(aligned(words, others), letters)
    if best < ONE_EDIT and (
        is_one_edit(name.joined, other.joined)
        or is_one_edit("".join(sorted(words)), "".join(sorted(others)))
    ):
        best = ONE_EDIT
    if best < PART and (is_part(words, others) or is_part(others, words)):
        best = PART
    return best
