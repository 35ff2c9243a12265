"""Forms of browsers: their fields, with bounds, from this site only."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from skontro.service.api.problems import Problem

#: Bytes and fields of a form.
MAX_BYTES: Final = 65_536
MAX_FIELDS: Final = 100

_FORM: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, each once, without surrounding spaces.

    Raises:
        Problem: the form comes from another site, has another form or too many bytes or fields.
    """
    refuse_other_origin(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Problem(415, "Not a form", f"send the form as Content-Type: {_FORM}")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise Problem(413, "Too large", f"a form has at most {MAX_BYTES} bytes")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Problem(400, "Not a form", "the form cannot be read") from None
    names = [name for name, _ in fields]
    if len(names) != len({*names}):
        raise Problem(400, "Not a form", "a field of the form comes twice")
    return {name: value.strip() for name, value in fields}


def refuse_other_origin(request: Request) -> None:
    """Refuse a request that a page of another site has made.

    Raises:
        Problem: it was.
    """
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != host):
        raise Problem(403, "Not from here", "the form came from another site; open the page again")


def local_path(path: str) -> str:
    """The path, if it is one of this site; otherwise that of the overview.

    Example:
        >>> local_path("/orders?after=5"), local_path("//elsewhere"), local_path("https://x")
        ('/orders?after=5', '/', '/')
    """
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
