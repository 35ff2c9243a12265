"""Published schemas by message name, compiled when first used."""

import re
import threading
from functools import cache
from importlib import resources
from typing import Any, Final, TypeAlias

from lxml import etree

from skontro.model import InputError
from skontro.model.text import quoted

#: Elements and trees of lxml, which has no types of its own.
Element: TypeAlias = Any

#: Before the message name in every namespace of ISO 20022.
NAMESPACE_PREFIX: Final = "urn:iso:std:iso:20022:tech:xsd:"
#: Form of a message name: business area, message, variant, version.
MESSAGE_NAME_PATTERN: Final = r"[a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2}"
_NAME = re.compile(MESSAGE_NAME_PATTERN)

_FOLDER: Final = resources.files("skontro.messages") / "schemas"
#: Compiling one schema from two threads at a time would compile it twice.
_COMPILING: Final = threading.Lock()


@cache
def known_messages() -> tuple[str, ...]:
    """Names of all messages with a schema, sorted, for example ``pacs.008.001.08``."""
    files = [file.name for file in _FOLDER.iterdir()]
    return tuple(sorted(name.removesuffix(".xsd") for name in files if name.endswith(".xsd")))


def known_versions(message: str) -> tuple[str, ...]:
    """Names of all versions of a message: of ``pacs.008`` or any name that begins so."""
    kind = ".".join(message.split(".")[:2])
    return tuple(name for name in known_messages() if name.startswith(f"{kind}."))


def namespace_of(name: str) -> str:
    """The XML namespace of a message."""
    return NAMESPACE_PREFIX + name


def message_name_of(namespace: str) -> str:
    """The message of a namespace.

    Raises:
        InputError: it is no namespace of ISO 20022, or no schema of that message is known.
    """
    name = namespace.removeprefix(NAMESPACE_PREFIX)
    if name == namespace or not _NAME.fullmatch(name):
        raise InputError(
            f"the namespace {quoted(namespace)} is not one of ISO 20022; it begins with "
            f"{NAMESPACE_PREFIX}"
        )
    if name not in known_messages():
        versions = ", ".join(known_versions(name))
        raise InputError(
            f"{name} is not known; " + (f"known are {versions}" if versions else "nor its kind")
        )
    return name


def schema_text(name: str) -> bytes:
    """The schema of a message as published."""
    return (_FOLDER / f"{name}.xsd").read_bytes()


def find_schema(name: str) -> Element:
    """The compiled schema (`lxml.etree.XMLSchema`) of a known message; compiled once."""
    with _COMPILING:
        return _compiled(name)


@cache
def _compiled(name: str) -> Element:
    return etree.XMLSchema(etree.fromstring(schema_text(name)))


@cache
def element_names(name: str) -> frozenset[str]:
    """Names of all elements that a message may have anywhere."""
    declared = etree.fromstring(schema_text(name)).iter("{http://www.w3.org/2001/XMLSchema}element")
    return frozenset(element.get("name") for element in declared if element.get("name"))
