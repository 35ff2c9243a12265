"""Settings of the sign-in by OpenID Connect: a file in the folder of the system, not in the record.

It names people whom the record knows. Who they are, and what they may do, comes from the record.
"""

import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from skontro.files.json_reading import NotJsonError, read_json
from skontro.files.reading import exists, is_folder, read_bytes, read_text
from skontro.model import InputError, quoted

#: In the folder of the system.
OIDC_FILE: Final = "oidc.json"

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_NEEDED: Final = ("issuer", "client_id", "people")
_OPTIONAL: Final = ("client_secret_file",)


@attrs.frozen
class OidcSettings:
    """How people sign in at an issuer.

    Attributes:
        issuer: its URL, exactly as it names itself.
        client_id: of this system at the issuer.
        people: side (`operator` or a BIC) and name of each person, by subject at the issuer.
        client_secret: None for a public client.
    """

    issuer: str
    client_id: str
    people: Mapping[str, tuple[str, str]]
    client_secret: str | None = attrs.field(default=None, repr=False)


def is_safe_url(text: object) -> bool:
    """Whether this is a URL with TLS, or one of this machine.

    Example:
        >>> is_safe_url("https://login.example/realm"), is_safe_url("http://login.example")
        (True, False)
    """
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        return False
    try:
        parts = urllib.parse.urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    )


def read_oidc(folder: Path) -> OidcSettings | None:
    """The settings in the folder of a system; None without the file.

    Args:
        folder: or a file in it.

    Raises:
        InputError: the file has another form; the message names the field.
    """
    path = (folder if is_folder(folder) else folder.parent) / OIDC_FILE
    if not exists(path):
        return None
    try:
        document = read_json(read_bytes(path))
    except NotJsonError as error:
        raise InputError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise InputError(f"{path}: must be an object with {', '.join(_NEEDED)}")
    for name in _NEEDED:
        if name not in document:
            raise InputError(f"{path}: {name} is missing")
    for name in document:
        if name not in (*_NEEDED, *_OPTIONAL):
            allowed = ", ".join((*_NEEDED, *_OPTIONAL))
            raise InputError(f"{path}: there is no field {quoted(name)}; there are {allowed}")
    issuer, client_id = document["issuer"], document["client_id"]
    if not is_safe_url(issuer) or "?" in issuer or "#" in issuer:
        raise InputError(f"{path}: issuer must be a URL such as https://login.example")
    if not isinstance(client_id, str) or not client_id:
        raise InputError(f"{path}: client_id must be a text")
    return OidcSettings(
        issuer, client_id, _people(path, document["people"]), _secret(path, document)
    )


def _people(path: Path, given: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401  of JSON
    if not isinstance(given, dict) or not given:
        raise InputError(f"{path}: people must have a side and a person by subject")
    people = {}
    for subject, one in given.items():
        if (
            not isinstance(one, dict)
            or one.keys() != {"side", "person"}
            or not all(isinstance(value, str) and value for value in one.values())
        ):
            raise InputError(f"{path}: people: {quoted(subject)} must have a side and a person")
        people[subject] = (one["side"], one["person"])
    return people


def _secret(path: Path, document: dict[str, Any]) -> str | None:
    name = document.get("client_secret_file")
    if name is None:
        return None
    if not isinstance(name, str) or not name:
        raise InputError(f"{path}: client_secret_file must name a file")
    secret = read_text(path.parent / name).strip()
    if not secret:
        raise InputError(f"{path}: client_secret_file {quoted(name)} is empty")
    return secret
