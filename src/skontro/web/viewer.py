"""Who looks at a page: the session of the browser, its person, language and formats."""

import hmac
import uuid
from functools import lru_cache
from typing import Annotated, Any, Final

import attrs
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context, context_of
from skontro.service.auth.credentials import Identity
from skontro.web import render
from skontro.web.formats import Formats
from skontro.web.forms import read_form
from skontro.web.navigation import menu
from skontro.web.sessions import Session, Sessions
from skontro.web.translations import LANGUAGES, preferred_language

#: The cookie of the language; that of the session has another name with TLS, which no other site
#: of the same host can set.
LANGUAGE_COOKIE: Final = "skontro-language"
_SESSION_COOKIE: Final = "skontro-session"
_SECURE_COOKIE: Final = "__Host-skontro-session"


class NotSignedIn(Exception):  # noqa: N818  the fact is the name
    """The browser has no session, or it has ended."""


@attrs.frozen(eq=False)
class Viewer:
    """A signed-in person at a page.

    Attributes:
        context: the running service.
        identity: the person.
        session: of the browser.
        language: code of the language.
        shown: formats of figures and times.
        path: of the page.
    """

    context: Context
    identity: Identity
    session: Session
    language: str
    shown: Formats
    path: str

    @property
    def may_act(self) -> bool:
        """Whether the person may do more than look."""
        return self.identity.role != "viewer"

    def refuse_others(self, why: str) -> None:
        """Show a page to the operator's people alone.

        Raises:
            Problem: the person belongs to a participant.
        """
        if not self.identity.is_operator:
            raise Problem(403, "Not permitted", why)

    def page(self, template: str, status: int = 200, **content: Any) -> HTMLResponse:  # noqa: ANN401
        """A page from a template, with what all pages have."""
        return render.page(self.language, template, status, **self.common, **content)

    def part(self, template: str, **content: Any) -> str:  # noqa: ANN401  of templates
        """A part of a page from a template."""
        return render.render(self.language, template, **self.common, **content)

    @property
    def common(self) -> dict[str, Any]:
        """Content of all pages."""
        view = self.context.sequencer.view
        return {
            "viewer": self,
            "identity": self.identity,
            "shown": self.shown,
            "csrf": self.session.csrf,
            "request_id": _new_id,
            "system": self.context.mapper.rules.name,
            "view": view,
            "menu": menu(self),
            "path": self.path,
        }


def _new_id() -> str:
    """The id of a form's request."""
    return str(uuid.uuid4())


def sessions_of(request: Request) -> Sessions:
    """The sessions of the application."""
    found: Sessions = request.app.state.sessions
    return found


async def service_of(request: Request) -> Context:
    """The running service.

    Raises:
        Problem: it has not recovered yet.
    """
    scope = {**request.scope, "app": request.app.state.owner}
    return await context_of(Request(scope))


TheService = Annotated[Context, Depends(service_of)]


def session_cookie(context: Context) -> str:
    """The name of the session's cookie."""
    return _SECURE_COOKIE if is_secure(context) else _SESSION_COOKIE


def is_secure(context: Context) -> bool:
    """Whether browsers reach the pages with TLS."""
    return context.authenticator.base_url.startswith("https:")


def set_cookie(response: Response, context: Context, name: str, value: str, seconds: int) -> None:
    """Set a cookie of these pages: no script reads it, and with TLS it is never sent without."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(context),
        httponly=True,
        samesite="lax",
    )


def language_of(request: Request) -> str:
    """The language that the reader has chosen, or that the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return preferred_language(request.headers.get("accept-language", ""))


@lru_cache(maxsize=100)
def formats(language: str, time_zone: str) -> Formats:
    """Formats in a language and time zone."""
    return Formats(language, time_zone)


def viewer_of(request: Request, context: Context, *, use: bool = True) -> Viewer:
    """Who looks.

    Args:
        request: of the browser.
        context: the running service.
        use: whether the session continues by it.

    Raises:
        NotSignedIn: there is no session, or its credential is no longer in force.
        Problem: the person's rate is exceeded.
    """
    name = request.cookies.get(session_cookie(context), "")
    session = sessions_of(request).find(name, use=use)
    identity = None if session is None else context.authenticator.holder(session.credential)
    if session is None or identity is None:
        sessions_of(request).close(name)
        raise NotSignedIn
    context.authenticator.slow_down(identity)
    language = language_of(request)
    zone = context.mapper.rules.calendar.time_zone
    return Viewer(context, identity, session, language, formats(language, zone), request.url.path)


async def _viewer(request: Request, context: TheService) -> Viewer:
    return viewer_of(request, context)


TheViewer = Annotated[Viewer, Depends(_viewer)]


async def _form(request: Request, viewer: TheViewer) -> dict[str, str]:
    fields = await read_form(request)
    if not hmac.compare_digest(fields.pop("csrf", "").encode(), viewer.session.csrf.encode()):
        raise Problem(403, "Form too old", "open the page again, and send the form again")
    return fields


#: The fields of a form that a page of this session has shown.
TheForm = Annotated[dict[str, str], Depends(_form)]
