"""JSON Schemas of documents, so that editors complete and check them.

They are generated from the classes that read the documents. A schema accepts every document that
is read. It accepts some more, because limits across fields are checked when a document is read.
"""

import json
import re
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from skontro.files.access import AccessSchema
from skontro.files.designs import DesignsSchema
from skontro.files.documents import Schema
from skontro.files.participants import DirectorySchema
from skontro.files.scenario import ScenarioSchema
from skontro.files.system_rules import SystemSchema
from skontro.model import InputError
from skontro.model.text import none_of

#: The kinds of documents, and their formats as in the key `format`.
_KINDS: Final[dict[str, tuple[type[Schema], str]]] = {
    "scenario": (ScenarioSchema, "skontro scenario"),
    "participants": (DirectorySchema, ""),
    "designs": (DesignsSchema, "skontro designs"),
    "system": (SystemSchema, "skontro system"),
    "access": (AccessSchema, "skontro access"),
}

KINDS: Final = tuple(_KINDS)
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
#: A line such as `dates: in order.` below `Attributes:`.
_ATTRIBUTES: Final = re.compile(r"^(\w+(?:, \w+)*): (.*)$")
_TYPES: Final = {"boolean": bool, "string": str, "integer": int}


def json_schema(kind: str) -> str:
    """The JSON Schema of a kind of document, as text.

    Args:
        kind: one of `KINDS`.

    Raises:
        InputError: there is no such kind.

    Example:
        >>> "business_days" in json_schema("scenario")
        True
    """
    if kind not in _KINDS:
        raise InputError(none_of(kind, KINDS))
    shape, form = _KINDS[kind]
    schema = _tidy(shape.model_json_schema(by_alias=True, schema_generator=_Generator))
    if form:
        schema["properties"]["format"] = {"const": form}
    if "version" in schema["properties"]:
        schema["properties"]["version"] = {"const": 1}
    named = {"$schema": _DIALECT, "title": f"Skontro {kind}"}
    return json.dumps(named | schema, ensure_ascii=False, indent=2) + "\n"


class _Generator(GenerateJsonSchema):
    """Leaves out defaults that are values of the program, and not of documents."""

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401  as Pydantic has it
        return dft if type(dft) in _TYPES.values() else None


def _tidy(node: Any) -> Any:  # noqa: ANN401  JSON
    """A schema without titles made from names, and with defaults that are values of documents."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {
        key: {name: _tidy(one) for name, one in value.items()}
        if key in ("properties", "$defs")
        else _tidy(value)
        for key, value in node.items()
        if key not in ("title", "default")
    }
    default = node.get("default")
    if type(default) is _TYPES.get(node.get("type", "")):
        found["default"] = default
    if node.get("additionalProperties") is True:
        del found["additionalProperties"]
    if "properties" in found and "description" in found:
        _describe(found)
    return found


def _describe(schema: dict[str, Any]) -> None:
    """Give properties the descriptions in the docstring of their class."""
    summary, _, attributes = schema["description"].partition("\n\nAttributes:\n")
    schema["description"] = " ".join(summary.split())
    for line in re.split(r"\n(?=    \w)", attributes):
        match = _ATTRIBUTES.fullmatch(" ".join(line.split()))
        for name in match[1].split(", ") if match else ():
            if match and name in schema["properties"]:
                schema["properties"][name]["description"] = match[2]
