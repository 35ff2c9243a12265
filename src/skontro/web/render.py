"""Templates of the pages: one environment for each language, all data escaped."""

import hashlib
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from skontro import __version__
from skontro.web.document_words import name_in, reason_in, value_in
from skontro.web.phrases import said
from skontro.web.translations import LANGUAGES, translations

#: Scripts and styles, and their types.
STATIC: Final = {
    "pages.css": "text/css",
    "pages.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "sse.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


@cache
def static_file(name: str) -> bytes:
    """The content of one of `STATIC`."""
    return files("skontro.web").joinpath("static", name).read_bytes()


@cache
def static_path(name: str) -> str:
    """The path of one of `STATIC`, another one for each content, so that browsers may keep it."""
    return f"/static/{hashlib.sha256(static_file(name)).hexdigest()[:16]}/{name}"


@cache
def environment(language: str) -> Environment:
    """The templates in one of `LANGUAGES`."""
    made = Environment(
        loader=PackageLoader("skontro.web"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "language": language,
        "languages": LANGUAGES,
        "static_path": static_path,
        "version": __version__,
        "named": partial(name_in, language),
        "valued": partial(value_in, language),
        "said": partial(said, language),
        "reasoned": partial(reason_in, language),
    }
    return made


def render(language: str, template: str, **content: Any) -> str:  # noqa: ANN401  of templates
    """A template with its content, as text."""
    return environment(language).get_template(template).render(**content)


def page(language: str, template: str, status: int = 200, **content: Any) -> HTMLResponse:  # noqa: ANN401
    """A template with its content, as a response."""
    return HTMLResponse(render(language, template, **content), status)
