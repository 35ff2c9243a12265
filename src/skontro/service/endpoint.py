"""The endpoint of the service: its listening sockets and its TLS certificate."""

import errno
import socket
import ssl
from typing import Final

import structlog
import uvicorn

from skontro.model import InputError
from skontro.service.settings import Settings

#: Connections that may wait to be taken.
_BACKLOG: Final = 2048

_log = structlog.get_logger("skontro")


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets on an address, opened before any other work.

    Args:
        host: name or address; a name may have several.
        port: 0 for any that is free.

    Raises:
        InputError: the address is in use, or does not belong to this machine.
    """
    made: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = socket.socket(family, kind, protocol)
            made.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            # At once: an address that is bound and not listening can be bound a second time.
            one.listen(_BACKLOG)
            one.setblocking(False)
    except OSError as error:
        for one in made:
            one.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"{host}:{port} is in use: a service runs there already; stop it, or name another "
                "--port"
            ) from None
        raise InputError(f"{host}:{port}: cannot listen there: {error.strerror or error}") from None
    return made


def load_certificate(config: uvicorn.Config) -> None:
    """Load the certificate and the rest of the server's configuration.

    Raises:
        InputError: the certificate or its key cannot be used.
    """
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"{config.ssl_certfile}, {config.ssl_keyfile}: the certificate and its key "
            f"cannot be used: {error}"
        ) from None


def renew_certificate(context: ssl.SSLContext, settings: Settings) -> None:
    """Reload the certificate from its files for new connections."""
    certificate, key = settings.certificate, settings.certificate_key
    if certificate is None:
        return
    # Tried on another context first: half a change would refuse all callers.
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    context.load_cert_chain(certificate, key)
    _log.info("certificate reloaded", file=str(certificate))
