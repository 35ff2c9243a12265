"""YAML and TOML documents: read, validated with every problem named, and written."""

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import attrs
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from skontro.files.reading import read_text
from skontro.files.yaml_reading import MAX_LEVELS, NotYamlError, load_yaml
from skontro.model import InputError
from skontro.model.text import did_you_mean

Place = tuple[str | int, ...]
_Shape = TypeVar("_Shape", bound="Schema")

#: Most digits of a whole number; its field has further limits.
_MAX_DIGITS: Final = 40
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_PLAINER: Final = {
    "missing": "is missing",
    "extra_forbidden": "is an unknown key",
    "model_type": "must be a mapping with keys",
    "dict_type": "must be a mapping with keys",
    "list_type": "must be a list",
    "bool_type": "must be true or false",
    "string_type": "must be text; put it in quotes",
}


class Schema(BaseModel):
    """A part of a document: exact types and no other keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


@attrs.frozen
class Problem:
    """One problem of a document, at a place such as ``("accounts", 0, "bic")``."""

    place: Place
    message: str


@attrs.frozen
class Document:
    """A document before validation.

    Attributes:
        path: the file.
        content: mappings, lists, text, numbers and dates.
    """

    path: Path
    content: object

    @cached_property
    def _lines(self) -> "_LineFinder":
        return _LineFinder(self.path)

    def fitted(self, shape: type[_Shape]) -> _Shape:
        """The content as this schema.

        Raises:
            InputError: it does not fit; names every problem with its line and place.
        """
        found, problems = fit(self.content, shape)
        if found is None:
            raise self.refuse(problems)
        return found

    def refuse(self, problems: Sequence[Problem]) -> InputError:
        """All problems as one error; for YAML with line numbers, by line."""
        placed = sorted(((self._lines.at(p.place), p) for p in problems), key=lambda pair: pair[0])
        texts = [
            (f"line {line}: " if line else "") + f"{place_text(p.place)} {p.message}"
            for line, p in placed
        ]
        if len(texts) == 1:
            return InputError(f"{self.path}: {texts[0]}")
        return InputError("\n  ".join([f"{self.path}: {len(texts)} problems", *texts]))

    def text_of_place(self, place: Place) -> str:
        """The file, where it is YAML the line of a place, and the place itself if it is one."""
        line = self._lines.at(place)
        parts = [str(self.path), f"line {line}" if line else "", place_text(place) if place else ""]
        return ": ".join(part for part in parts if part)


def read_document(path: Path) -> Document:
    """Read a document from a `.yaml`, `.yml` or `.toml` file.

    YAML is read as version 1.2, in which the unquoted words yes and NO are text.

    Raises:
        InputError: the file cannot be read, is no such document, has a key twice, or holds text or
            numbers that could not be written again.
    """
    suffix = path.suffix.lower()
    if suffix not in {".yaml", ".yml", ".toml"}:
        raise InputError(f"{path}: the name must end in .yaml, .yml or .toml")
    text = read_text(path)
    try:
        content = tomllib.loads(text) if suffix == ".toml" else load_yaml(text)
    except NotYamlError as error:
        raise InputError(f"{path}: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: this is not TOML: it is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"{path}: this is not TOML: {error}") from None
    problems: list[Problem] = []
    document = Document(path, _usable(content, (), problems, set()))
    if problems:
        raise document.refuse(problems)
    return document


def _usable(content: object, place: Place, problems: list[Problem], seen: set[int]) -> object:
    """The content with characters beyond U+FFFF whole, which JSON escapes in halves.

    Args:
        content: value at the place; mappings and lists are changed in place.
        problems: list to which problems are added.
        seen: mappings and lists visited, by identity; aliases share them.
    """
    if isinstance(content, str):
        return _whole_characters(content, place, problems)
    if isinstance(content, int) and abs(content) >= 10**_MAX_DIGITS:
        problems.append(Problem(place, f"has more than {_MAX_DIGITS} digits"))
        return 0
    if id(content) in seen or not isinstance(content, dict | list):
        return content
    seen.add(id(content))
    if len(place) > MAX_LEVELS:
        problems.append(Problem(place, "is nested too deeply"))
    elif isinstance(content, list):
        content[:] = [_usable(v, (*place, i), problems, seen) for i, v in enumerate(content)]
    else:
        items = [(_usable(k, place, problems, seen), v) for k, v in content.items()]
        content.clear()
        content.update({k: _usable(v, (*place, _step(k)), problems, seen) for k, v in items})
    return content


def _step(key: object) -> str | int:
    return key if isinstance(key, str | int) else str(key)


def _whole_characters(text: str, place: Place, problems: list[Problem]) -> str:
    if not _SURROGATE.search(text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        problems.append(Problem(place, "has a lone surrogate; write the character itself"))
        return ""


def fit(content: object, shape: type[_Shape]) -> tuple[_Shape | None, list[Problem]]:
    """The content as this schema, or None and all its problems."""
    try:
        return shape.model_validate(content), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [
            Problem(detail["loc"], problem_message(detail) + _hint(detail, shape))
            for detail in details
        ]


def yaml_text(content: dict[str, object], shape: type[Schema]) -> str:
    """A document as YAML 1.2, keys in the order given; it reads back equal.

    Raises:
        InputError: the content does not have the form, for example text of two lines.
    """
    _, problems = fit(content, shape)
    if problems:
        texts = [f"{place_text(problem.place)} {problem.message}" for problem in problems]
        raise InputError(f"this cannot be written: {'; '.join(texts)}")
    yaml = YAML(typ="rt", pure=True)
    yaml.default_flow_style = False
    yaml.width = 1 << 30  # a folded line would read back the same, but is hard to read
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


def place_text(place: Place) -> str:
    """A place as text, for example ``participants[3].accounts[0].credit_line``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".") or "the document"


def problem_message(detail: ErrorDetails) -> str:
    """A problem found by Pydantic, as a text for users."""
    return _PLAINER.get(detail["type"], detail["msg"])


def _hint(detail: ErrorDetails, shape: type[Schema]) -> str:
    """The key that an unknown key may have meant."""
    if detail["type"] != "extra_forbidden":
        return ""
    *path, key = detail["loc"]
    around = _shape_at(shape, path)
    return "" if around is None else did_you_mean(key, around.model_fields)


def _shape_at(shape: type[Schema], path: Sequence[str | int]) -> type[Schema] | None:
    """The schema of a part of a document; None if there are several or none."""
    for step in path:
        if isinstance(step, int):
            continue  # of a list, whose elements have the schema
        field = shape.model_fields.get(step)
        found = [] if field is None else _shapes_in(field.annotation)
        if len(found) != 1:
            return None
        shape = found[0]
    return shape


def _shapes_in(annotation: object) -> list[type[Schema]]:
    """The schemas in an annotation such as ``list[Schema] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Schema):
        return [annotation]
    return [shape for part in get_args(annotation) for shape in _shapes_in(part)]


class _LineFinder:
    """Finds the lines of places in a YAML file; in other files it finds none."""

    def __init__(self, path: Path) -> None:
        self._root: Any = None
        if path.suffix.lower() != ".toml":
            # Read again with the slower loader, which keeps the lines.
            with suppress(NotYamlError):
                self._root = load_yaml(read_text(path), with_lines=True)

    def at(self, place: Place) -> int:
        """The line of the place, or of the nearest part around it; 0 where it has none."""
        node, line = self._root, 0
        for step in place:
            position = _position(node, step)
            if position is None:
                break
            node, line = node[step], position + 1
        return line


def _position(node: object, step: str | int) -> int | None:
    """The line, counted from 0, on which a child of a mapping or list begins."""
    if not isinstance(node, CommentedMap | CommentedSeq):
        return None
    # Only children written here have a position, not those merged by an alias.
    position = (node.lc.data or {}).get(step)
    return None if position is None else int(position[0])
