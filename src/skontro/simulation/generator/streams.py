"""Independent streams of random draws, one for each purpose.

A change to one setting then changes only what that setting is about: the values of payments stay
the same when the banks change, and the other way round.
"""

from enum import IntEnum, unique

import numpy as np


@unique
class Purpose(IntEnum):
    """What draws are for; the number is the key of the stream and never changes."""

    SIZES = 1
    DAYS = 2
    LINKS = 3
    BANKS = 4
    ARRIVALS = 5
    CLASSES = 6
    TIMES = 7
    REFERENCES = 8


def stream(seed: int, purpose: Purpose) -> np.random.Generator:
    """The generator for a purpose, spawned from the seed under the purpose's key."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose,))))
