"""Changes of good files: one place of a document or table, or bytes of any file, made hostile."""

import copy
import csv
import io
import json
import random
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML

from tests.fuzz.hostile import HALF_SURROGATES, TEXTS, VALUES


def hostile_table(text: str, draw: random.Random) -> str:
    """A CSV text with a cell, a name or a row made hostile."""
    rows = list(csv.reader(io.StringIO(text)))
    row = draw.randrange(len(rows))
    column = draw.randrange(len(rows[row]) or 1)
    change = draw.randrange(12)
    if change < 7:
        rows[row][column : column + 1] = [draw.choice(TEXTS)]
    elif change == 7:
        del rows[row]
    elif change == 8:
        rows.insert(row, list(rows[row]))
    elif change == 9:
        rows[row].insert(column, draw.choice(TEXTS))
    elif change == 10:
        del rows[row][column]
    else:
        other = draw.randrange(len(rows))
        rows[row], rows[other] = rows[other], rows[row]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=draw.choice(["\n", "\n", "\n", "\r\n", "\r"]))
    writer.writerows(rows)
    return stream.getvalue()


def hostile_yaml(text: str, draw: random.Random) -> str:
    """A YAML document with one place of it made hostile, written as JSON, which YAML can read."""
    return _as_flow(_hostile(YAML(typ="safe", pure=True).load(text), draw))


def hostile_json(text: str, draw: random.Random) -> str:
    """A JSON document with one place of it made hostile."""
    return json.dumps(_hostile(json.loads(text), draw), default=str)


def hostile_bytes(content: bytes, draw: random.Random) -> bytes:
    """Any file, cut, doubled, in another encoding, or with bytes changed."""
    at = draw.randrange(len(content) + 1)
    few = draw.choice([b"\x00", b"\r", b'"', b"\xe4", b"&a ", b"*a ", b"<<: ", b"!!int ", b"- "])
    text = content.decode("latin-1")
    return draw.choice(
        [
            content[:at],
            content[:at] + bytes([draw.randrange(256)]) + content[at + 1 :],
            content[:at] + draw.randbytes(draw.randrange(1, 9)) + content[at:],
            content[at:] + content[:at],
            content + content,
            b"\xef\xbb\xbf" + content,
            text.encode(draw.choice(["utf-16", "utf-16-be", "latin-1", "utf-8"])),
            content[:at] + few + content[at:],
            content[:at] + few + content[at:],
        ]
    )


def _places(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(content, dict):
        for key, child in content.items():
            yield from _places(child, (*place, key))
    elif isinstance(content, list):
        for index, child in enumerate(content):
            yield from _places(child, (*place, index))


def _hostile(content: Any, draw: random.Random) -> Any:
    content = copy.deepcopy(content)
    place = draw.choice(list(_places(content)))
    value = draw.choice([*TEXTS, *TEXTS, *HALF_SURROGATES, *VALUES, *VALUES])
    if not place:
        return value
    parent = content
    for step in place[:-1]:
        parent = parent[step]
    last, change = place[-1], draw.randrange(8)
    if isinstance(parent, list) and change == 0:
        parent *= 2
    elif isinstance(parent, dict) and change == 1:
        parent[draw.choice([key for key in TEXTS if len(key) < 99])] = value
    elif change == 2:
        del parent[last]
    elif change == 3:
        for _ in range(draw.choice([1, 3, 30])):
            parent[last] = [parent[last]] if draw.random() < 0.5 else {"x": parent[last]}
    else:
        parent[last] = value
    return content


def _as_flow(content: Any) -> str:
    """As JSON, but for what only YAML has; numbers of any length."""
    if isinstance(content, dict):
        return "{" + ", ".join(f"{_key(k)}: {_as_flow(v)}" for k, v in content.items()) + "}"
    if isinstance(content, list):
        return "[" + ", ".join(map(_as_flow, content)) + "]"
    if content is None or isinstance(content, bool | str | float):
        text = json.dumps(content)
        return {"Infinity": ".inf", "NaN": ".nan"}.get(text, text)
    if isinstance(content, int) and abs(content) > 10**400:
        return ("-" if content < 0 else "") + "1" + "0" * 4000 + "0" * 1000
    return str(content)


def _key(key: Any) -> str:
    return json.dumps(key) if isinstance(key, str) else str(key)
