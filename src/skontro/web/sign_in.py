"""Routes to sign in and out, and to choose a language."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context
from skontro.web import render
from skontro.web.forms import local_path, read_form
from skontro.web.sessions import LONGEST_SECONDS
from skontro.web.translations import LANGUAGES
from skontro.web.viewer import (
    LANGUAGE_COOKIE,
    TheForm,
    TheService,
    TheViewer,
    is_secure,
    language_of,
    session_cookie,
    sessions_of,
    set_cookie,
)

router = APIRouter()

_LANGUAGE_SECONDS: Final = 365 * 24 * 60 * 60
_NOT_RECOGNISED: Final = 401


@router.get("/sign-in")
async def show_sign_in(request: Request, context: TheService, to: str = "/") -> HTMLResponse:
    """Ask for a token or a one-time code."""
    return _page(request, context, to)


@router.post("/sign-in")
async def sign_in(request: Request, context: TheService) -> Response:
    """Begin a session with an operator's token or with a one-time code."""
    fields = await read_form(request)
    to = fields.get("to", "/")
    try:
        credential = _credential(context, fields)
    except Problem as problem:
        request.scope["skontro.why"] = str(problem)
        return _page(request, context, to, problem.status)
    return signed_in(request, context, credential, to)


def signed_in(request: Request, context: Context, credential: str, to: str) -> Response:
    """Begin the session of a person, and lead to a page.

    Args:
        request: of the browser.
        context: the running service.
        credential: of the person.
        to: path of the page.
    """
    name = sessions_of(request).open(credential)
    response = RedirectResponse(local_path(to), 303)
    set_cookie(response, context, session_cookie(context), name, LONGEST_SECONDS)
    return response


def _credential(context: Context, fields: dict[str, str]) -> str:
    if token := fields.get("token"):
        return context.authenticator.holder_of_token(token).credential
    found = context.sign_in_codes.take(fields.get("code", ""))
    if found is None or context.authenticator.holder(found) is None:
        raise Problem(_NOT_RECOGNISED, "Not recognised", "the code is not known, or no longer")
    return found


@router.post("/sign-out")
async def sign_out(
    request: Request, context: TheService, _viewer: TheViewer, _form: TheForm
) -> Response:
    """End the session."""
    name = session_cookie(context)
    sessions_of(request).close(request.cookies.get(name, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(name, path="/", secure=is_secure(context), httponly=True)
    return response


@router.get("/language/{code}")
async def choose_language(code: str, context: TheService, to: str = "/") -> Response:
    """Show the pages in another language from now on."""
    if code not in LANGUAGES:
        raise Problem(404, "Not found", "the pages are not in this language")
    response = RedirectResponse(local_path(to), 303)
    set_cookie(response, context, LANGUAGE_COOKIE, code, _LANGUAGE_SECONDS)
    return response


def _page(request: Request, context: Context, to: str, status: int = 200) -> HTMLResponse:
    return render.page(
        language_of(request),
        "sign_in.html.j2",
        status,
        to=local_path(to),
        path=f"/sign-in?to={local_path(to)}",
        refused=status == _NOT_RECOGNISED,
        system=context.mapper.rules.name,
        open_id=context.open_id.client is not None,
    )
