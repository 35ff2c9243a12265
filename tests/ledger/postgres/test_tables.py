"""Arrays as PostgreSQL sends and takes them: each that `encode` cannot have given is refused."""

from collections.abc import Callable

import numpy as np
import pytest

from skontro.ledger.chunked_array import ChunkedArray
from skontro.ledger.entry import leaf_hashes
from skontro.ledger.journal import MAX_BATCHES
from skontro.ledger.postgres.tables import Table
from skontro.model import InvariantBroken
from skontro.model.hash_tree import path_in, root_from_path, root_of, tree_levels

DTYPE = np.dtype(
    [("time", np.int64), ("small", np.int16), ("plain", np.int32), ("key", "V16"), ("hash", "V32")]
)
TABLE = Table.of("one", DTYPE, {"small": 7, "key": bytes(16)}, plain="named")
TIME = 99


def rows(count: int) -> np.ndarray:
    made = np.zeros(count, DTYPE)
    made["plain"], made["time"], made["small"] = np.arange(count), TIME, 7
    made["hash"] = np.void(bytes(range(32)))
    return made


def test_columns_are_called_and_typed_as_in_the_database() -> None:
    assert [(one.name, one.field, one.type) for one in TABLE.columns] == [
        ("time", "time", "bigint[]"),
        ("small", "small", "smallint[]"),
        ("named", "plain", "integer[]"),
        ("key", "key", "uuid[]"),
        ("hash", "hash", "bytea[]"),
    ]
    assert [one.layout.itemsize - 4 for one in TABLE.columns] == [8, 2, 4, 16, 32]
    assert [one.element for one in TABLE.columns] == [20, 21, 23, 2950, 17]
    assert [one.array for one in TABLE.columns] == [1016, 1005, 1007, 2951, 1001]
    assert (len(TABLE.none), TABLE.none.dtype) == (0, DTYPE)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_what_is_usual_is_left_out(count: int) -> None:
    said = [len(one) > 12 for one in TABLE.encode(rows(count), TIME)]
    assert said == [False, False, True, False, True]
    for name, value in (("time", TIME + 1), ("small", 8), ("key", np.void(bytes(15) + b"\1"))):
        made = rows(count)
        made[name][-1] = value
        encoded = TABLE.encode(made, TIME)
        assert [len(one) > 12 for one in encoded][DTYPE.names.index(name)]
        assert TABLE.decode(encoded, 3, TIME).tobytes() == made.tobytes()


def test_an_array_is_written_as_postgresql_has_it() -> None:
    named = TABLE.columns[2]
    assert bytes(named.encode(np.array([], np.int32))) == bytes(8) + (23).to_bytes(4, "big")
    numbers = (1, 0, 23, 2, 1, 4, 5, 4, -6)
    assert bytes(named.encode(np.array([5, -6], np.int32))) == b"".join(
        one.to_bytes(4, "big", signed=True) for one in numbers
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda array: array[:-1],
        lambda array: array + b"\0",
        lambda array: array[:4] + b"\0\0\0\1" + array[8:],
        lambda array: array[:-8] + b"\0\0\0\3" + array[-4:],
        lambda array: array[:8],
        lambda array: array[:12],
        lambda array: b"",
    ],
)
def test_an_array_with_gaps_or_of_another_form_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    encoded: list[bytes] = [*TABLE.encode(rows(3), TIME)]
    encoded[2] = spoil(encoded[2])
    with pytest.raises(
        InvariantBroken, match="table one, batch 3, column named: it is not a list of integer"
    ):
        TABLE.decode(encoded, 3, TIME)


def test_columns_of_other_lengths_are_refused() -> None:
    usual, empty = TABLE.encode(rows(3), TIME), TABLE.columns
    fewer = TABLE.encode(rows(2), TIME)
    for place, count in ((2, 2), (4, 2)):
        wrong = [*usual]
        wrong[place] = fewer[place]
        name = empty[place].name
        with pytest.raises(InvariantBroken, match=f"column {name}: {count} elements, others 3"):
            TABLE.decode(wrong, 3, TIME)
    # What is usual is never said, and what has no usual value never left out.
    said = [*usual]
    said[1] = empty[1].encode(np.full(3, 7, np.int16))
    with pytest.raises(InvariantBroken, match="column small: 3 elements, others 3"):
        TABLE.decode(said, 3, TIME)
    left_out = [*usual]
    left_out[4] = empty[4].encode(np.zeros(0, "V32"))
    with pytest.raises(InvariantBroken, match="column hash: 0 elements, others 3"):
        TABLE.decode(left_out, 3, TIME)
    nothing = [one.encode(rows(0)[one.field]) for one in empty]
    with pytest.raises(InvariantBroken, match="table one, batch 3: a row without anything in it"):
        TABLE.decode(nothing, 3, TIME)


@pytest.mark.parametrize("count", range(1, 20))
def test_a_path_is_as_long_as_its_tree_is_high(count: int) -> None:
    requests = np.zeros(count, [("first_command", np.int32), ("commands", np.int32)])
    requests["first_command"], requests["commands"] = np.arange(count) * 2, 2
    commands = np.arange(2 * count, dtype=np.int64)
    levels = tree_levels(leaf_hashes(requests, commands))
    assert levels[-1] == root_of(leaf_hashes(requests, commands))
    leaves = [requests[n].tobytes() + commands[2 * n : 2 * n + 2].tobytes() for n in range(count)]
    for place, leaf in enumerate(leaves):
        path = path_in(levels, place)
        assert root_from_path(leaf, place, count, path) == levels[-1]
        with pytest.raises(ValueError, match="the path is too long"):
            root_from_path(leaf, place, count, [*path, bytes(32)])
        if path:
            with pytest.raises(ValueError, match="the path is too short"):
                root_from_path(leaf, place, count, path[:-1])


@pytest.mark.parametrize("far", [15, 16, 17, 40])
def test_records_far_apart_are_found_like_near_ones(far: int) -> None:
    blocks = ChunkedArray(np.int64)
    blocks.append(np.arange((far + 1) << 16))
    indices = np.array([far << 16, 3, (far << 16) + 9, 70_000], np.int64)
    assert blocks.take(indices).tolist() == indices.tolist()


def test_parameters_of_a_statement_stay_below_what_postgresql_takes() -> None:
    from skontro.ledger.postgres.tables import TABLES

    most = 2 + MAX_BATCHES * (14 + sum(1 + len(table.columns) for table in TABLES))
    assert most <= 65_535
