"""The route of batches of orders, in JSON or as tables."""

from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from skontro.engine import to_records
from skontro.service.api.openapi import problems, takes
from skontro.service.api.order_schemas import EntriesOut, OrdersIn
from skontro.service.api.order_submission import read_submission, submit_together
from skontro.service.api.parameters import media_type_of
from skontro.service.api.read_limits import json_response
from skontro.service.sequencer.idempotency import caller_of
from skontro.service.sequencer.requests import Caller, ReadOrders
from skontro.service.tables.table_orders import read_orders_of_table
from skontro.service.tables.transfer import FORMS

router = APIRouter(prefix="/v1/orders", tags=["orders"])

#: Bytes that an order has in a batch, or more; and in a table, whose rows are counted once read.
_BYTES_OF_ORDER: Final = 150
_BYTES_OF_ROW: Final = 1_500
#: Rows of a table that cost as much as one order in JSON.
_ROWS_PER_UNIT: Final = 10


@router.post(
    "/batch",
    operation_id="submit_order_batch",
    status_code=201,
    response_model=EntriesOut,
    responses=problems(400, 403, 409, 422),
    openapi_extra=takes(OrdersIn, *FORMS),
)
async def submit_orders(request: Request) -> Response:
    """Submit orders together: all of them are recorded, or none; each has its own outcome.

    A table has a row for each order. Its columns are the fields of an order, and those of the
    terms of its counterleg, such as `counterleg_payer`. A null is a field left out.
    """
    context, identity, body, idempotency_key = await read_submission(request)
    mapper = context.mapper
    form = FORMS.get(media_type_of(request.headers.get("content-type", "")))

    def read() -> tuple[ReadOrders, Caller]:
        if form is None:
            orders = mapper.reader.read_batch(body, identity)
        else:
            orders = read_orders_of_table(mapper.reader, context.tables, form, body, identity)
        content = to_records(orders.commands).tobytes()
        return orders, caller_of(identity, idempotency_key, content)

    # In threads, and few at one time: senders of a single order meanwhile need not wait for
    # thousands of these.
    limits = context.batch_limits
    size = len(body) / (_BYTES_OF_ORDER if form is None else _BYTES_OF_ROW)
    async with limits.turn(identity, size):
        orders, caller = await anyio.to_thread.run_sync(read)
        if form is not None:
            limits.charge(identity, len(orders.commands) / _ROWS_PER_UNIT)
    records = await submit_together(context, caller, orders.commands, orders.details)
    async with limits.another_turn(identity):
        return await anyio.to_thread.run_sync(
            lambda: json_response(mapper.entries_out(records), 201)
        )
