"""Independent random streams, one for each purpose, and payment references drawn from them."""

from enum import IntEnum, unique
from typing import Final

import numpy as np
import polars as pl


@unique
class Purpose(IntEnum):
    """Purpose of draws; its number is the key of the random stream and never changes."""

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


_HEXADECIMAL: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_DASHES: Final = (8, 13, 18, 23)
_DIGITS: Final = [index for index in range(36) if index not in _DASHES]


def draw_references(number: int, seed: int) -> pl.Series:
    """So many version 4 UUIDs as text; 122 random bits each, so two never meet in practice."""
    octets = np.frombuffer(
        bytearray(stream(seed, Purpose.REFERENCES).bytes(16 * number)), dtype=np.uint8
    ).reshape(number, 16)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40  # version 4
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80  # variant of RFC 4122
    text = np.full((number, 36), ord("-"), dtype=np.uint8)
    text[:, _DIGITS[0::2]] = _HEXADECIMAL[octets >> 4]
    text[:, _DIGITS[1::2]] = _HEXADECIMAL[octets & 0x0F]
    encoded = text.reshape(-1).view("S36").tolist()
    return pl.Series("uetr", encoded, dtype=pl.Binary).cast(pl.String)
