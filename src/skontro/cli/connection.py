"""Connection of commands to a running service: its URL and the caller's credentials."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from skontro.service.client import Client

Url = Annotated[str, typer.Option(envvar="SKONTRO_URL", help="URL of the service.")]
DEFAULT_URL = "http://127.0.0.1:8790"
#: Rows of a page that commands ask for.
_PAGE = 100

TokenFile = Annotated[
    Path | None,
    typer.Option(
        help="File with an operator's token; the token itself may be in the environment, as "
        "SKONTRO_TOKEN."
    ),
]
KeyFile = Annotated[
    Path | None, typer.Option("--key", help="Private key of a participant's person, PEM.")
]
KeyId = Annotated[str | None, typer.Option(help="Key id under which the service knows the key.")]


@contextmanager
def connected(
    url: str, token_file: Path | None, key: Path | None, key_id: str | None
) -> Iterator[Service]:
    """Connect as an operator with a token, or as a participant's person with a key.

    Raises:
        InputError: no caller or two callers are named, or a file cannot be read.
    """
    import os

    from skontro.model import InputError
    from skontro.service.client import Client

    if (key is None) != (key_id is None):
        raise InputError("a participant's person calls with both --key and --key-id")
    if key is not None and key_id is not None:
        if token_file is not None:
            raise InputError("call with a token or with a key, not with both")
        client = signing_client(url, key, key_id)
    else:
        token = os.environ.get("SKONTRO_TOKEN") if token_file is None else read_secret(token_file)
        if not token:
            raise InputError(
                "say who you are: --token-file or SKONTRO_TOKEN for an operator, --key and "
                "--key-id for a participant's person"
            )
        client = _client(lambda: Client(url, token=token, timeout=30), url)
    try:
        yield Service(client, url)
    finally:
        client.close()


def signing_client(url: str, key: Path, key_id: str) -> Client:
    """A client of a participant's person.

    Raises:
        InputError: the key or its id cannot be used, or there is no such URL.
    """
    from skontro.ledger.keys import read_private_key
    from skontro.service.client import Client, Signature
    from skontro.system.credentials import check_key_id

    signature = Signature(check_key_id(key_id), read_private_key(key))
    return _client(lambda: Client(url, signature, timeout=30), url)


def _client(make: Callable[[], Client], url: str) -> Client:
    import httpx

    from skontro.model import InputError, quoted

    try:
        return make()
    except httpx.InvalidURL as error:
        raise InputError(f"{quoted(url)} is not the URL of a service: {error}") from None
    except ValueError as error:
        # A header holds ASCII, and so does a token that the service has given out.
        what = "the token" if url.isascii() else quoted(url)
        raise InputError(f"{what} has characters that cannot be sent: {error.args[-1]}") from None


def read_secret(path: Path) -> str:
    """Read a secret from a file of one line.

    Raises:
        InputError: the file cannot be read, or has more than one line.
    """
    from skontro.files.reading import read_text
    from skontro.model import InputError

    lines = read_text(path).split()
    if len(lines) != 1:
        raise InputError(f"{path}: one line without spaces is expected")
    return lines[0]


class Service:
    """A running service; its refusals become errors."""

    def __init__(self, client: Client, url: str) -> None:
        self.client, self._url = client, url

    def get(self, path: str) -> Any:  # noqa: ANN401  the answer's JSON
        """Get a resource.

        Raises:
            InputError: the service does not answer, or refuses.
        """
        return self._answer(lambda: self.client.get(path))

    def get_text(self, path: str) -> str:
        """Get a resource that is text.

        Raises:
            InputError: the service does not answer, or refuses.
        """
        import httpx

        from skontro.model import InputError

        try:
            answer: httpx.Response = self.client.get(path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise InputError(f"{self._url} does not answer: {error}; is it running?") from None
        if not answer.is_success:
            raise InputError(_refusal(answer.status_code, None))
        return answer.text

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Post a request.

        Raises:
            InputError: the service does not answer, or refuses.
        """
        return self._answer(lambda: self.client.send("POST", path, body))

    def _answer(self, ask: Any) -> Any:  # noqa: ANN401  a call without arguments
        import httpx

        from skontro.model import InputError

        try:
            answer: httpx.Response = ask()
            content = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise InputError(f"{self._url} does not answer: {error}; is it running?") from None
        except ValueError:
            raise InputError(f"{self._url} does not answer as the service does") from None
        if answer.is_success:
            return content
        raise InputError(_refusal(answer.status_code, content))


def _refusal(status: int, problem: Any) -> str:  # noqa: ANN401  the answer's JSON
    """The reason of a refusal, in one line, or with one line for each mistake."""
    if not isinstance(problem, dict):
        return f"the service refused ({status})"
    reason = f" [{problem['reason']}]" if problem.get("reason") else ""
    lines = [f"the service refused ({status}): {problem.get('detail', '')}{reason}"]
    lines += [
        f"  {str(one.get('pointer', '')).lstrip('/')}: {one.get('detail', '')}"
        for one in problem.get("errors") or []
    ]
    return "\n".join(printable(line) for line in lines)


def printable(text: str) -> str:
    """Text for a terminal, with control and direction characters shown as codes."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def all_pages(service: Any, path: str, name: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """All rows of a list, page by page; the client is imported when it is needed."""
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = service.get(f"{path}?after={after}&limit={_PAGE}")
        rows += page[name]
        after = page["next"]
    return rows
