"""Answers of the API's routes as values for templates; ids and fields of requests."""

import json
from typing import Any, Final

from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from skontro.service.api.problems import Problem

#: Most characters of the id of a request.
_MOST: Final = 64


def content_of(response: Response) -> dict[str, Any]:
    """The JSON of a route's response."""
    found: dict[str, Any] = json.loads(bytes(response.body))
    return found


def request_id(fields: dict[str, str]) -> str:
    """The id of a request, taken out of the form's fields: the same form again changes nothing.

    Raises:
        Problem: the form has none.
    """
    found = fields.pop("request_id", "")
    if not (found.isascii() and found.isprintable() and 0 < len(found) <= _MOST):
        raise Problem(400, "Not a form", "the form has no id; open the page again")
    return found


def read_shape(shape: type[BaseModel], fields: dict[str, Any]) -> Any:  # noqa: ANN401  the shape
    """Fields of a form in the shape that a route takes.

    Raises:
        Problem: a field is missing or cannot be read.
    """
    try:
        return shape.model_validate(fields)
    except ValidationError as error:
        errors = [
            {"pointer": "/" + "/".join(map(str, one["loc"])), "detail": one["msg"]}
            for one in error.errors()[:20]
        ]
        detail = "go back, and correct these fields"
        raise Problem(422, "Form cannot be read", detail, None, errors) from None
