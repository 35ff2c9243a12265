"""Route of the statistics of cases."""

from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter

from skontro.service.api.case_schemas import CaseStatisticsOut
from skontro.service.api.openapi import problems
from skontro.service.api.parameters import MAX_NUMBER
from skontro.service.api.read_limits import PAGE_UNITS, in_turns
from skontro.service.api.service_context import Anyone, TheContext
from skontro.service.case_exchange.statistics import case_figures, figures_document
from skontro.system import SettlementSystem
from skontro.system.cases.case import Case

router = APIRouter(prefix="/v1/cases", tags=["cases"])

#: Cases that the sequencer gives at a time, so that orders wait for few only.
PAGE: Final = 1_000


@router.get(
    "/statistics",
    operation_id="get_case_statistics",
    response_model=CaseStatisticsOut,
    responses=problems(),
)
async def show_statistics(identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show cases by type, corridor and currency: number, days open, share upheld, money paid.

    A participant's figures are of its own cases, the operator's of all. Open cases count, and those
    that ended in the last 400 days.
    """
    side = None if identity.is_operator else identity.side
    directory = context.mapper.directory
    cases: list[Case] = []

    def query(system: SettlementSystem) -> list[Case]:
        before = cases[-1].number if cases else MAX_NUMBER
        return system.cases.page(side, before, PAGE)

    def compute() -> list[dict[str, Any]]:
        found = case_figures(in_turns(cases), lambda bic: directory.participant(bic).country.alpha3)
        return [figures_document(one) for one in found]

    limits = context.history.limits
    async with limits.turn(identity, PAGE_UNITS):
        while page := await context.ask(query):
            limits.charge(identity, len(page))
            cases += page
        return {"figures": await anyio.to_thread.run_sync(compute)}
