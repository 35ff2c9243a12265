"""The index finds all that a scan of every name finds."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from skontro.screening.index import NameIndex, letter_counts, letter_mask
from skontro.screening.names import Name, read_name
from skontro.screening.scoring import name_score
from tests.draws import examples
from tests.screening.cuts import ofac_list, un_list

SOME_WORDS = st.lists(
    st.one_of(
        st.text("abcd", min_size=1, max_size=5),
        st.sampled_from(["zawahiri", "qadhafi", "muhammad", "a", "z", "trading"]),
    ),
    min_size=1,
    max_size=4,
)
NAMES = SOME_WORDS.map(lambda words: Name(tuple(words)))


def scanned(names: list[Name], name: Name, least: int) -> list[tuple[int, int]]:
    scores = [(number, name_score(name, other)) for number, other in enumerate(names)]
    return [pair for pair in scores if pair[1] >= least]


@given(st.lists(NAMES, max_size=12), NAMES, st.integers(60, 100))
@settings(max_examples=examples(150), deadline=None)
def test_as_a_scan(names: list[Name], name: Name, least: int) -> None:
    assert NameIndex(names).search(name, least) == scanned(names, name, least)


def listed() -> list[Name]:
    texts = [name.text for one in (un_list(), ofac_list()) for e in one.entries for name in e.names]
    return [name for name in map(read_name, texts) if name.words and not name.abjad]


@pytest.mark.parametrize("least", [70, 85, 93])
def test_as_a_scan_of_listed_names(least: int) -> None:
    names = listed()
    index = NameIndex(names)
    draw = random.Random(7)
    for _ in range(12):
        words = list(draw.choice(names).words)
        place = draw.randrange(len(words))
        words[place] = words[place][1:] + "x"
        draw.shuffle(words)
        name = Name(tuple(words))
        assert index.search(name, least) == scanned(names, name, least)


def test_nothing_is_lost_against_rapidfuzz() -> None:
    """Whatever a plain scan with `fuzz.ratio` or `token_sort_ratio` finds is found."""
    names = listed()
    index = NameIndex(names)
    joined = [name.joined for name in names]
    in_order = [" ".join(sorted(name.words)) for name in names]
    found = 0
    for name in names[::40]:
        numbers = {number for number, _ in index.search(name, 85)}
        plain = process.extract(name.joined, joined, scorer=fuzz.ratio, score_cutoff=85, limit=None)
        assert {number for _, _, number in plain} <= numbers
        sorted_words = process.extract(
            " ".join(sorted(name.words)), in_order, scorer=fuzz.ratio, score_cutoff=99, limit=None
        )
        assert {number for _, _, number in sorted_words} <= numbers
        found += len(plain)
    assert found > 12


def test_an_empty_index_and_an_empty_name() -> None:
    assert NameIndex([]).search(Name(("ab",)), 1) == []
    assert NameIndex([Name(("ab",))]).search(Name(()), 1) == []


def test_numbers_are_those_given() -> None:
    names = [Name(("abcdefgh",)), Name(("ab",)), Name(("abcdefgh",)), Name(("abcd",))]
    assert NameIndex(names).search(Name(("abcdefgh",)), 100) == [(0, 100), (2, 100)]
    assert NameIndex(names).search(Name(("ab",)), 100) == [(1, 100)]


def test_letters_are_counted() -> None:
    counts = letter_counts("abba09")
    assert counts.shape == (36,)
    assert [int(counts[place]) for place in (0, 1, 2, 26, 35)] == [2, 2, 0, 1, 1]
    assert int(np.sum(counts)) == 6


def test_a_letter_that_occurs_very_often_is_counted() -> None:
    name = Name(("a" * 300,))
    assert NameIndex([name]).search(name, 100) == [(0, 100)]


def test_parts_are_sought_only_where_they_count() -> None:
    index = NameIndex([Name(("zawahiri", "kassem", "muhammad", "abdelrahman", "ibrahim"))])
    part = Name(("zawahiri", "kassem"))
    assert index.search(part, 88) == [(0, 88)]
    assert index.search(part, 89) == []


@pytest.mark.parametrize(
    ("joined", "bits"),
    [
        ("", []),
        ("a", [0]),
        ("aa", [0, 36]),
        ("aaa", [0, 36]),
        ("zz1", [25, 27, 61]),
        ("1", [27]),
        ("11", [27, 63]),
        ("22", [28]),  # a mask has 64 bits
        ("99", [35]),
    ],
)
def test_a_mask_has_bits_for_letters_and_for_their_second_occurrence(
    joined: str, bits: list[int]
) -> None:
    assert letter_mask(joined) == sum(1 << bit for bit in bits)
