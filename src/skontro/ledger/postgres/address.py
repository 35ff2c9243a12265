"""Database addresses: checked before use, and shown without passwords."""

import re
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from skontro.model import InputError

#: Form of an address.
FORM: Final = (
    "write postgresql://USER@HOST:PORT/NAME, with the password in PGPASSWORD or a password file"
)

_SCHEMES: Final = ("postgresql://", "postgres://")
_ALMOST: Final = re.compile(r"(?i)\s*postg\w*:")
_KEY_VALUE: Final = re.compile(
    r"(?i)(^|\s)(host|hostaddr|port|dbname|user|password|service)\s*=\s*\S"
)
_PASSWORD_SETTING: Final = re.compile(
    r"""(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&'"]+)"""
)
_USER_PART: Final = re.compile(r"(?i)(postg\w*:/*)\S*@")
_HIDDEN: Final = "***"
#: Most characters of a database message that are shown in one line.
_MAX_CHARACTERS: Final = 400
_PORTS: Final = range(1, 65_536)


class DatabaseUnavailable(psycopg.OperationalError, InputError):  # noqa: N818  the fact
    """The database does not answer or fails; the message is one line without passwords."""


def is_url(place: str) -> bool:
    """Whether a text is meant as a database address, well formed or not.

    All other texts are folders. A mistyped address must not pass for a folder: it would get a new
    record.
    """
    return bool("://" in place or _ALMOST.match(place) or _KEY_VALUE.search(place))


def checked_url(text: str, named: str = "--database") -> str:
    """The address, if it is well formed.

    Args:
        text: text as received.
        named: name of the option or setting, for the message.

    Raises:
        InputError: it is not a `postgresql://` or `postgres://` URL. The message names the mistake
            without repeating the text, which may hold a password.
    """
    mistake = _mistake(text)
    if mistake is not None:
        raise InputError(f"{named}: {mistake}; {FORM}")
    return text


def _mistake(text: str) -> str | None:
    if not text.startswith(_SCHEMES):
        return _mistake_of_scheme(text)
    if any(one.isspace() or not one.isprintable() for one in text):
        return "a URL has no spaces or control characters (write %20 for a space)"
    address, _, _ = text.partition("?")
    if address.count("@") > 1 or "@" in address.partition("://")[2].partition("/")[2]:
        return "it has an @ too many (within a password write %40 for @ and %2F for /)"
    try:
        settings = conninfo_to_dict(text)
    except (psycopg.Error, ValueError) as error:
        reason, _, _ = str(error).partition(': "')  # after which it quotes the text
        return f"this URL cannot be read ({reason.strip()})"
    if not all(_is_port(one) for one in str(settings.get("port", "")).split(",")):
        return "the port is not a number from 1 to 65535"
    return None


def _is_port(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and int(text[:6]) in _PORTS)


def _mistake_of_scheme(text: str) -> str:
    if not text.strip():
        return "it is empty"
    if _ALMOST.match(text):
        return "the URL of a database begins with postgresql:// or postgres://"
    if "://" not in text and _KEY_VALUE.search(text):
        return "settings as key=value are not taken, only a URL"
    if "://" in text:
        return "this is not the URL of a PostgreSQL database, which begins with postgresql://"
    return "this is not the URL of a database; the folder of a system is given as an argument"


def shown_url(url: str) -> str:
    """An address for messages and logs: user, hosts, ports and name only."""
    if _mistake(url) is not None:
        return "(an address that cannot be read)"
    settings = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    hosts = settings.get("host", settings.get("hostaddr", "")).split(",")
    ports = settings.get("port", "").split(",")
    ports += ports[-1:] * (len(hosts) - len(ports))
    places = [
        (f"[{host}]" if ":" in host else quote(host, safe="/")) + (f":{port}" if port else "")
        for host, port in zip(hosts, ports, strict=False)
    ]
    user = f"{quote(settings['user'], safe='')}@" if "user" in settings else ""
    return f"postgresql://{user}{','.join(places)}/{quote(settings.get('dbname', ''), safe='')}"


def password_of(url: str) -> str | None:
    """The password in a valid address; None without one."""
    password = conninfo_to_dict(url).get("password")
    return None if password is None else str(password)


def without_password(url: str) -> str:
    """A valid address without its password."""
    scheme, separator, rest = url.partition("://")
    address, mark, query = rest.partition("?")
    user, at, place = address.rpartition("@")
    kept = [one for one in query.split("&") if not one.startswith("password=")]
    query = "&".join(kept)
    return f"{scheme}{separator}{user.partition(':')[0]}{at}{place}{mark if query else ''}{query}"


def scrubbed(text: str, url: str) -> str:
    """A message of the database in one line, without any password.

    Args:
        text: text of the message; it may repeat the address or parts of it.
        url: the address.
    """
    text = text.replace(url, shown_url(url))
    try:
        settings = conninfo_to_dict(url)
    except (psycopg.Error, ValueError):
        settings = {}
    for name, value in settings.items():
        if "password" in name or "secret" in name:
            for secret in {str(value), quote(str(value)), quote(str(value), safe="")} - {""}:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _HIDDEN, text)
    text = _PASSWORD_SETTING.sub(rf"\1{_HIDDEN}", text)
    text = _USER_PART.sub(rf"\1{_HIDDEN}@", text)
    line = " ".join(text.split())
    return line if len(line) <= _MAX_CHARACTERS else f"{line[:_MAX_CHARACTERS]}…"
