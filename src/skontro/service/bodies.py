"""Bodies of requests as shapes; those of batches piece by piece, so that others get their turn."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError

from skontro.files.json_reading import NotJsonError, read_json
from skontro.service.order_schemas import MOST_ORDERS, OrderIn
from skontro.service.problems import Problem
from skontro.service.read_limits import unhurried
from skontro.service.schema_fields import In

_Shape = TypeVar("_Shape", bound=BaseModel)

#: Mistakes of one body that are told.
_MOST_MISTAKES: Final = 100


class _Batch(In):
    """The frame of a batch; each of the orders is looked at by itself."""

    orders: Annotated[list[Any], Field(min_length=1, max_length=MOST_ORDERS)]


def read_body(shape: type[_Shape], body: bytes) -> _Shape:
    """A body as this shape.

    Raises:
        Problem: it is not JSON (400), or has another form (422).
    """
    mistakes: list[dict[str, Any]] = []
    found = _fit(shape, _content(body), (), mistakes)
    if found is None:
        raise _other_form(mistakes)
    return found


def read_orders(body: bytes) -> list[OrderIn]:
    """The orders of a batch. Holds the interpreter for a few of them at a time.

    Raises:
        Problem: it is not JSON (400), or has another form (422).
    """
    mistakes: list[dict[str, Any]] = []
    frame = _content(body)
    _fit(_Batch, frame, (), mistakes)
    listed = frame.get("orders") if isinstance(frame, dict) else None
    listed = listed if isinstance(listed, list) and len(listed) <= MOST_ORDERS else []
    orders: list[OrderIn] = []
    for place, content in enumerate(unhurried(listed)):
        order = _fit(OrderIn, content, ("orders", place), mistakes)
        if order is not None:
            orders.append(order)
        if len(mistakes) >= _MOST_MISTAKES:
            break
    if mistakes:
        raise _other_form(mistakes)
    return orders


def _content(body: bytes) -> Any:  # noqa: ANN401  any JSON value
    try:
        return read_json(body)
    except NotJsonError as error:
        raise Problem(400, "Not JSON", str(error)) from None


def _fit(
    shape: type[_Shape],
    content: object,
    place: Sequence[str | int],
    mistakes: list[dict[str, Any]],
) -> _Shape | None:
    """The content as this shape; None with what is wrong added to the mistakes."""
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        mistakes += [
            {
                "pointer": "/" + "/".join(str(step) for step in (*place, *one["loc"])),
                "in": "body",
                "detail": one["msg"],
            }
            for one in found[:_MOST_MISTAKES]
        ]
        return None


def _other_form(mistakes: list[dict[str, Any]]) -> Problem:
    detail = "the body does not have the form that the OpenAPI document describes"
    return Problem(422, "Request cannot be read", detail, None, mistakes[:_MOST_MISTAKES])
