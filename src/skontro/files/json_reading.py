"""Strict JSON reading: every reader gets the same values (RFC 8259, RFC 7493).

Python's own reader accepts more: it takes the last of two equal keys, ``NaN``, and lone
surrogates. An intermediary may read such a text differently from the service. The signed order
would then not be the intended one.
"""

import json
import re
from typing import Any, Final, NoReturn

#: Objects and lists within one another; no request and no file has more than four.
MAX_LEVELS: Final = 16

#: A possible escape of half a surrogate pair.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class NotJsonError(ValueError):
    """The text is not JSON that all readers read in the same way; the message says why."""


def read_json(content: bytes) -> Any:  # noqa: ANN401  objects, lists, text, numbers, truth, None
    """Parse a JSON text.

    Raises:
        NotJsonError: it is not UTF-8 or not JSON, has a key twice in one object, a number that is
            none, half of a surrogate pair, or is nested more deeply than `MAX_LEVELS`.

    Example:
        >>> read_json(b'{"amount": "1.00"}')
        {'amount': '1.00'}
    """
    try:
        text = content.decode()
        found = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise NotJsonError("this is not UTF-8 text") from None
    except RecursionError:
        raise NotJsonError(_TOO_DEEP) from None
    except NotJsonError:
        raise
    except json.JSONDecodeError as error:
        raise NotJsonError(f"this is not JSON: {error}") from None
    except ValueError:
        raise NotJsonError("a number has too many digits") from None
    _check_depth(found)
    if _SURROGATE.search(text):
        _check_text(found)
    return found


_TOO_DEEP: Final = f"this is nested more deeply than {MAX_LEVELS} levels"


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotJsonError(f"the key {key[:64]!a} occurs twice in one object")
            seen.add(key)
    return found


def _no_number(name: str) -> NoReturn:
    raise NotJsonError(f"{name} is not a number in JSON")


def _check_depth(content: object) -> None:
    level: list[Any] = [content]
    for _ in range(MAX_LEVELS):
        level = [
            child
            for part in level
            if isinstance(part, dict | list)
            for child in (part.values() if isinstance(part, dict) else part)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise NotJsonError(_TOO_DEEP)


def _check_text(content: object) -> None:
    """Refuse lone surrogates; a pair of escapes has become one character before."""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotJsonError("there is a lone surrogate") from None
