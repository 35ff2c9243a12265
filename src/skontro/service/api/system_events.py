"""Steps of the business day as messages to participants (admi.004)."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from skontro.ledger.day_steps import DayStep
from skontro.messages.writers.notices import write_event
from skontro.service.api.message_answers import heading_of, xml_response
from skontro.service.api.openapi import gives_message, problems
from skontro.service.api.parameters import AfterBatch
from skontro.service.api.problems import not_found
from skontro.service.api.service_context import ByParticipant, TheContext
from skontro.system import StepKind

router = APIRouter(prefix="/v1/day", tags=["business day"])

#: Code and text of each step in an admi.004.
EVENTS: Final = {
    StepKind.START: ("STRT", "the business day {date} has started"),
    StepKind.OPEN: ("OPEN", "settlement has opened for the business day {date}"),
    StepKind.CUSTOMER_CUT_OFF: ("CCUT", "cut-off of customer payments in {currency}, {date}"),
    StepKind.INTERBANK_CUT_OFF: ("ICUT", "cut-off of interbank payments in {currency}, {date}"),
    StepKind.END_OF_DAY: ("ENDD", "settlement has closed for the business day {date}"),
    StepKind.SEAL: ("SEAL", "the business day {date} is sealed"),
}


@router.get(
    "/admi.004",
    operation_id="get_system_event",
    response_class=Response,
    responses=problems(403, 404, 422) | gives_message(),
)
async def show_event(
    identity: ByParticipant, context: TheContext, after: AfterBatch = -1
) -> Response:
    """Notify of the next step of the business day after a batch, as ISO 20022 admi.004.

    The header `Link` leads to the step that follows it. Until that step takes effect, the answer
    there is 404.
    """
    step = context.mapper.order_index.day_steps.after(after)
    if step is None:
        raise not_found(f"no step of the business day after batch {after} is known yet")
    response = xml_response(_message(context, identity.side, step))
    response.headers["Link"] = f'</v1/day/admi.004?after={step.batch}>; rel="next"'
    return response


def _message(context: TheContext, side: str, step: DayStep) -> bytes:
    code, text = EVENTS[step.kind]
    heading = heading_of(context, None, side, f"E{step.batch}", step.time)
    parameters = [one for one in (step.date, step.currency) if one]
    described = text.format(date=step.date, currency=step.currency)
    return write_event(heading, code, described, at=step.time, parameters=parameters)
