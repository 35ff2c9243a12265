"""A client that signs its requests: an example for participants' engineers, and for trials."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPSignatureKeyResolver,
    SigningKey,
    algorithms,
)

from skontro.ledger.keys import read_private_key

Json = Mapping[str, Any]


class _OwnKey(HTTPSignatureKeyResolver):
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> SigningKey:
        return self._key

    def resolve_public_key(self, key_id: str) -> Any:  # noqa: ANN401  as the library has it
        raise KeyError(key_id)


class Signature(httpx.Auth):
    """Signs each request (RFC 9421).

    Args:
        key_id: under which the operator knows the key.
        key: key of one person of a participant.
    """

    requires_request_body = True

    def __init__(self, key_id: str, key: Ed25519PrivateKey) -> None:
        self._key_id = key_id
        self._signer = HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519, key_resolver=_OwnKey(key)
        )

    def auth_flow(self, request: httpx.Request) -> Any:  # noqa: ANN401  a generator of requests
        """Add the signature to the headers."""
        covered = ["@method", "@target-uri"]
        if "idempotency-key" in request.headers:
            covered.append("idempotency-key")
        self._signer.sign(
            _Signable(request),
            key_id=self._key_id,
            covered_component_ids=covered,
            body=request.content or None,
        )
        yield request


class _Signable:
    """A request in the form that the signer needs."""

    def __init__(self, request: httpx.Request) -> None:
        self.method, self.url, self.headers = request.method, str(request.url), request.headers


class Client:
    """A client of the service for a participant or, with a token, an operator.

    Args:
        url: URL of the service.
        auth: a `Signature`; or None with a token.
        token: token of an operator's person.
    """

    def __init__(
        self,
        url: str,
        auth: Signature | None = None,
        token: str | None = None,
        **options: Any,  # noqa: ANN401  those of httpx
    ) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=url, auth=auth, headers=headers, **options)

    def submit(self, order: Json, key: str | None = None) -> httpx.Response:
        """Submit one order."""
        return self._send("POST", "/v1/orders", order, key)

    def submit_batch(self, orders: Sequence[Json], key: str | None = None) -> httpx.Response:
        """Submit orders together."""
        return self._send("POST", "/v1/orders/batch", {"orders": orders}, key)

    def submit_table(self, table: bytes, media_type: str, key: str | None = None) -> httpx.Response:
        """Submit the orders of a table together.

        Args:
            table: an Arrow IPC stream or a Parquet file.
            media_type: of the table, such as `application/vnd.apache.arrow.stream`.
            key: id of the request.
        """
        headers = {"Content-Type": media_type} | ({} if key is None else {"Idempotency-Key": key})
        return self.http.post("/v1/orders/batch", content=table, headers=headers)

    def submit_message(self, message: bytes) -> httpx.Response:
        """Submit an ISO 20022 message."""
        headers = {"Content-Type": "application/xml"}
        return self.http.post("/v1/messages", content=message, headers=headers)

    def propose(self, action: Json, key: str | None = None) -> httpx.Response:
        """Propose an action that needs the approval of a second person."""
        return self.send("POST", "/v1/proposals", action, key)

    def revoke(self, action: Json, key: str | None = None) -> httpx.Response:
        """Revoke a key or remove a person, alone and at once."""
        return self.send("POST", "/v1/revocations", action, key)

    def approve(self, number: int, shown: str, key: str | None = None) -> httpx.Response:
        """Approve another person's proposal; `shown` is the hash of the document that was shown."""
        return self.send("POST", f"/v1/proposals/{number}/approval", {"hash": shown}, key)

    def reject(self, number: int, key: str | None = None) -> httpx.Response:
        """Close a proposal without effect."""
        return self.send("POST", f"/v1/proposals/{number}/rejection", key=key)

    def send(
        self, method: str, path: str, body: Json | None = None, key: str | None = None
    ) -> httpx.Response:
        """Send any other request; with a new id if none is given."""
        return self._send(method, path, body, key or str(uuid.uuid4()))

    def get(self, path: str, **query: Any) -> httpx.Response:  # noqa: ANN401  query values
        """Get a resource; the query may be in the path instead."""
        return self.http.get(path, params=query or None)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def _send(self, method: str, path: str, body: Json | None, key: str | None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        if body is None:
            return self.http.request(method, path, headers=headers)
        return self.http.request(method, path, json=body, headers=headers)


def trial_clients(folder: Path, url: str) -> Callable[[str], Client]:
    """Clients by BIC that sign with the trial keys in a system's folder.

    Raises:
        InputError: when called with a BIC without a key.
    """

    @cache
    def client(bic: str) -> Client:
        key = read_private_key(folder / "keys" / f"{bic}-1.pem")
        return Client(url, Signature(f"{bic}-1", key), timeout=60)

    return client
