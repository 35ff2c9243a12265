"""Addresses of other systems: settings of the service, not part of the record."""

import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from skontro.files.json_reading import NotJsonError, read_json
from skontro.files.reading import exists, is_folder, read_bytes
from skontro.model import InputError, quoted
from skontro.system.links.contract import check_system_id

#: In the folder of the system: identifiers and URLs of peers, as one JSON object.
PEERS_FILE: Final = "peers.json"

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def check_address(system: str, url: object) -> str:
    """The URL of a peer, without a slash at its end.

    Args:
        system: identifier of the peer.
        url: a value from the settings.

    Raises:
        InputError: the identifier is none, or this is no such URL. Without TLS only this machine
            can be reached.

    Example:
        >>> check_address("KG-RTGS", "https://rtgs.kg.example/")
        'https://rtgs.kg.example'
    """
    check_system_id(system)
    text = url if isinstance(url, str) else ""
    try:
        parts = urllib.parse.urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urllib.parse.urlsplit("")
    plain = parts.query == parts.fragment == "" and parts.username is None
    if parts.scheme not in ("http", "https") or not host or not plain:
        raise InputError(
            f"peer {system}: {quoted(str(url))} is not a URL such as https://rtgs.example"
        )
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise InputError(
            f"peer {system}: {quoted(text)} sends statements unencrypted; use https, or a proxy on "
            "this machine that speaks TLS"
        )
    return text.rstrip("/")


def read_options(options: Iterable[str]) -> dict[str, str]:
    """Peers from texts such as ``KG-RTGS=https://rtgs.kg.example``.

    Raises:
        InputError: a text has another form, or names a peer twice.
    """
    peers: dict[str, str] = {}
    for option in options:
        system, equals, url = option.partition("=")
        if not equals:
            raise InputError(f"--peer {quoted(option)}: write SYSTEM=URL")
        if system in peers:
            raise InputError(f"--peer: {system} is named twice")
        peers[system] = check_address(system, url)
    return peers


def peers_in(folder: Path) -> dict[str, str]:
    """Peers in the folder of a system; none without the file.

    Args:
        folder: or a file in it.

    Raises:
        InputError: the file has another form.
    """
    path = (folder if is_folder(folder) else folder.parent) / PEERS_FILE
    if not exists(path):
        return {}
    try:
        document = read_json(read_bytes(path))
    except NotJsonError as error:
        raise InputError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise InputError(f'{path}: must be an object such as {{"KG-RTGS": "https://…"}}')
    try:
        return {system: check_address(system, url) for system, url in document.items()}
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def checked_peers(peers: Mapping[str, str]) -> dict[str, str]:
    """Peers with their URLs checked.

    Raises:
        InputError: as `check_address`.
    """
    return {system: check_address(system, url) for system, url in peers.items()}
