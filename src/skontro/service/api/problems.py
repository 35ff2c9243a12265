"""Errors as RFC 9457 problem documents, with reason codes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse

from skontro.engine import uetr_text
from skontro.model import ReasonCode

#: Most mistakes of one body that are reported.
MAX_MISTAKES: Final = 100


class Problem(Exception):  # noqa: N818  the document's own name
    """An error response.

    Args:
        status: HTTP status.
        title: the kind of problem, the same for all problems of a kind.
        detail: this problem, and advice.
        reason: reason code, if any.
        errors: single mistakes, each with its JSON pointer.
        headers: additional response headers.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        reason: ReasonCode | None = None,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.reason, self.errors, self.headers = reason, errors, dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The body of the response."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.reason is not None:
            document["reason"] = self.reason.name
            document["reason_code"] = int(self.reason)
        if self.errors is not None:
            document["errors"] = self.errors
        return document


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """The response to a request that ended in a problem."""
    request.scope["skontro.why"] = str(error) if isinstance(error, Problem) else None
    if not isinstance(error, Problem):
        error = Problem(500, "Internal error", "the request failed; the log says why")
    return JSONResponse(
        error.document(),
        error.status,
        headers=error.headers,
        media_type="application/problem+json",
    )


def refused(reason: ReasonCode) -> Problem:
    """A business outcome that changes nothing."""
    return Problem(422, "Refused", reason.explanation, reason)


def in_use(uetrs: Sequence[bytes], why: str) -> Problem:
    """Conflict of orders whose UETRs are in use.

    Args:
        uetrs: 16 bytes each.
        why: the end of a sentence that begins with their number.
    """
    reason = ReasonCode.DUPLICATE_ORDER
    errors = [{"uetr": uetr_text(uetr), "reason": reason.name} for uetr in uetrs[:100]]
    return Problem(409, "Conflict", f"{len(uetrs)} UETRs {why}", reason, errors)


def not_found(what: str) -> Problem:
    """The resource does not exist, or the caller may not see it."""
    return Problem(404, "Not found", what)


def other_form(mistakes: list[dict[str, Any]]) -> Problem:
    """A body of another form than documented, with the first of its mistakes."""
    detail = "the body does not have the form that the OpenAPI document describes"
    return Problem(422, "Request cannot be read", detail, None, mistakes[:MAX_MISTAKES])


def mistake_of(index: int, field: str, reason: ReasonCode, detail: str) -> dict[str, Any]:
    """A mistake in an order of a request, with the pointer to its field."""
    return {
        "pointer": f"/orders/{index}/{field}",
        "reason": reason.name,
        "reason_code": int(reason),
        "detail": detail,
    }
