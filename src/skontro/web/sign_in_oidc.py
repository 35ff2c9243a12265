"""Routes of the sign-in at an issuer of OpenID Connect, where one is configured."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context
from skontro.service.auth.oidc import (
    ATTEMPT_SECONDS,
    IssuerAway,
    NotSignedInThere,
    OpenIdClient,
)
from skontro.web.forms import local_path
from skontro.web.sign_in import signed_in
from skontro.web.viewer import TheService, is_secure, set_cookie

router = APIRouter()

_BEGIN: Final = "/sign-in/oidc"
_ANSWER: Final = f"{_BEGIN}/answer"
#: Ties an attempt to the browser that began it; with TLS under a name that no other host sets.
_COOKIE: Final = "skontro-oidc"


@router.get(_BEGIN)
async def begin(context: TheService, to: str = "/") -> Response:
    """Lead to the issuer."""
    client = _client(context)
    try:
        url, browser = await client.begin(local_path(to), _answer_url(context))
    except IssuerAway as error:
        raise _away(error) from None
    response = RedirectResponse(url, 303)
    set_cookie(response, context, _cookie(context), browser, ATTEMPT_SECONDS)
    return response


@router.get(_ANSWER)
async def finish(request: Request, context: TheService) -> Response:
    """Begin the session of the person whom the issuer names."""
    client, cookie = _client(context), _cookie(context)
    try:
        (side, person), to = await client.finish(
            dict(request.query_params), request.cookies.get(cookie, ""), _answer_url(context)
        )
    except NotSignedInThere as error:
        raise Problem(401, "Not recognised", str(error)) from None
    except IssuerAway as error:
        raise _away(error) from None
    credential = context.authenticator.credential_of(side, person)
    if credential is None:
        detail = f"{person} of {side} has no key or token in force"
        raise Problem(401, "Not recognised", detail)
    response = signed_in(request, context, credential, to)
    response.delete_cookie(cookie, path="/", secure=is_secure(context), httponly=True)
    return response


def _client(context: Context) -> OpenIdClient:
    client = context.open_id.client
    if client is None:
        raise Problem(404, "Not found", "no issuer is configured; see oidc.json")
    return client


def _away(error: IssuerAway) -> Problem:
    return Problem(503, "Not ready", f"{error}; sign in with a code or token meanwhile")


def _answer_url(context: Context) -> str:
    return f"{context.authenticator.base_url}{_ANSWER}"


def _cookie(context: Context) -> str:
    return f"__Host-{_COOKIE}" if is_secure(context) else _COOKIE
