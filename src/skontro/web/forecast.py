"""The page of the liquidity forecast: who will lack how much and when, and what would settle."""

from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from skontro.web.forecast_plot import plot_of
from skontro.web.fork_questions import answer_of
from skontro.web.requests import read_shape
from skontro.web.viewer import TheForm, TheViewer, Viewer

router = APIRouter()

#: Accounts in the table, and those of them with a plot; the rest is in `skontro forecast --json`.
MOST_ROWS: Final = 50
MOST_PLOTS: Final = 12


class ForecastIn(BaseModel):
    """Fields of the form.

    Attributes:
        days: most earlier business days to expect from.
        percent: share of the value for which the liquidity is found; 0 for none.
    """

    days: Annotated[int, Field(ge=0, le=60)] = 10
    percent: Annotated[int, Field(ge=0, le=100)] = 95


@router.get("/forecast")
async def show_form(viewer: TheViewer) -> HTMLResponse:
    """Ask how many days to expect from, and which share should settle."""
    return _page(viewer, ForecastIn(), None)


@router.post("/forecast")
async def forecast(viewer: TheViewer, form: TheForm) -> HTMLResponse:
    """Forecast the rest of the day."""
    _refuse_others(viewer)
    asked: ForecastIn = read_shape(ForecastIn, form)
    question = {
        "url": viewer.context.history.url,
        "key": viewer.context.public_key,
        **asked.model_dump(),
    }
    return _page(viewer, asked, await answer_of("skontro.web.forecast_process", question))


def _refuse_others(viewer: Viewer) -> None:
    viewer.refuse_others("the forecast is shown to the operator alone")


def _page(viewer: Viewer, form: ForecastIn, found: dict[str, Any] | None) -> HTMLResponse:
    _refuse_others(viewer)
    accounts = [] if found is None else found.get("accounts", [])
    lacking = [one for one in accounts if Decimal(one["lack"]["upper"]) > 0]
    return viewer.page(
        "forecast.html.j2",
        form=form,
        found=found,
        rows=lacking[:MOST_ROWS],
        plots=[(one, plot_of(one["quarters"])) for one in lacking[:MOST_PLOTS]],
        more=max(0, len(lacking) - MOST_ROWS),
    )
