"""Mutated messages never raise, and are read alike whole and in parts.

`python -m tests.fuzz.messages_campaign` is the long run, with or without Atheris.
"""

import random

import pytest

from tests.fuzz.message_properties import check_input
from tests.fuzz.mutated_messages import mutated, seeds


@pytest.mark.parametrize("number", range(len(seeds())))
def test_seeds_and_what_becomes_of_them(number: int) -> None:
    draw = random.Random(number)
    content = seeds()[number]
    check_input(content)
    for _ in range(3):
        check_input(mutated(content, draw))
