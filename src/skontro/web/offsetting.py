"""Pages of offsetting runs, what they freed and the orders that each settled; for the operator."""

from typing import Annotated, Any, Final

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse

from skontro.engine.offsetting.run import REASON_OF_ALGORITHM
from skontro.model import Algorithm
from skontro.service.api.parameters import PageStart
from skontro.service.api.problems import Problem, not_found
from skontro.service.api.read_limits import DATABASE_UNITS, PAGE_UNITS
from skontro.web import words
from skontro.web.viewer import TheViewer, Viewer

router = APIRouter(prefix="/offsetting")

#: Runs of one page, and orders of one page of a run.
PAGE: Final = 50

Before = Annotated[int | None, Query(ge=0, le=2**62)]
RunNumber = Annotated[int, Path(ge=0, le=2**62)]


@router.get("")
async def show_runs(viewer: TheViewer, before: Before = None) -> HTMLResponse:
    """Show the sums of the running day, and the runs over all queues, the newest first."""
    _operators_only(viewer)
    runs = viewer.context.mapper.order_index.offsetting_runs
    async with viewer.context.history.limits.turn(viewer.identity, PAGE_UNITS + PAGE):
        rows = runs.before(before, PAGE + 1)
        listed = [_run_out(viewer, one) for one in rows[:PAGE]]
        sums = [
            {
                "algorithm": Algorithm(one.algorithm),
                "currency": viewer.context.sequencer.view.directory.currencies[one.currency],
                "sums": one,
            }
            for one in runs.sums
        ]
    return viewer.page(
        "offsetting.html.j2",
        runs=listed,
        sums=sums,
        before=before,
        next=listed[-1]["number"] if len(rows) > PAGE else None,
        algorithms=words.ALGORITHMS,
    )


@router.get("/{number}")
async def show_run(number: RunNumber, viewer: TheViewer, after: PageStart = 0) -> HTMLResponse:
    """Show one run over all queues with the orders that it settled."""
    _operators_only(viewer)
    context = viewer.context
    index = context.mapper.order_index
    run = index.offsetting_runs.get(number)
    if run is None:
        raise not_found(f"no offsetting run {number} is known")
    reason = REASON_OF_ALGORITHM + int(run["algorithm"])

    def read() -> list[int]:
        settled = context.history.settled_in(int(run["batch"]), int(run["time"]), reason)
        found = [index.index_of_number(order) for order in settled]
        known = np.array([one for one in found if one is not None], np.int64)
        directory = context.mapper.directory
        currency = directory.currencies[int(run["currency"])]
        of_currency = [one.currency == currency for one in directory.accounts]
        payers = index.at(known)["payer"]
        kept: list[int] = known[np.array(of_currency, np.bool_)[payers]].tolist()
        return kept

    async with context.history.limits.turn(viewer.identity, DATABASE_UNITS):
        settled = await anyio.to_thread.run_sync(read)
    page = index.at(np.array(settled[after : after + PAGE], np.int64))
    return viewer.page(
        "offsetting_run.html.j2",
        run=_run_out(viewer, run),
        orders=[context.mapper.order_out(one) for one in page],
        after=after,
        next=after + PAGE if len(settled) > after + PAGE else None,
        algorithms=words.ALGORITHMS,
    )


def _run_out(viewer: Viewer, run: Any) -> dict[str, Any]:  # noqa: ANN401  one record
    """A run as templates show it; amounts in minor units."""
    names = ("number", "time", "batch", "considered", "settled", "value", "posted", "freed")
    return {
        **{name: int(run[name]) for name in names},
        "algorithm": Algorithm(int(run["algorithm"])),
        "currency": viewer.context.sequencer.view.directory.currencies[int(run["currency"])],
    }


def _operators_only(viewer: Viewer) -> None:
    if not viewer.identity.is_operator:
        detail = "runs over the queues of all are shown to the operator alone"
        raise Problem(403, "Not permitted", detail)
