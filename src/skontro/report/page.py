"""The report page: one self-contained HTML file."""

import base64
import hashlib
import re
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from skontro import __version__
from skontro.files.period import Results
from skontro.files.writing import write_text
from skontro.report import period_tables, settlement_tables
from skontro.report.drawing import WIDTHS, hatchings
from skontro.report.formatting import both_shares, group_words, lifted_by_returns, period
from skontro.report.headline import key_figures
from skontro.report.palette import CurrencyColours, Plot
from skontro.report.plots.business_day import day_timeline, queue_plots, settlement_plot
from skontro.report.plots.currencies import currency_plot
from skontro.report.plots.delay import delay_plot
from skontro.report.plots.liquidity import liquidity_plot
from skontro.report.plots.shares import corridor_plot, day_plot
from skontro.report.table import Table
from skontro.statistics import Summary, delays, summarise

_HERE: Final = "skontro.report"
_CODE: Final = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+){3,}")


@attrs.frozen(kw_only=True)
class Section:
    """One part of the page: plots, then tables."""

    name: str
    title: str
    note: str
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...] = ()


def write_report(results: Results, path: Path) -> None:
    """Write the report of a settled period as one HTML file.

    The file refers to no other: styles, plots and the script are inside, and its content security
    policy forbids the browser to fetch anything. The same results give the same bytes.

    Args:
        results: a period that has ended.
        path: the file to write; it is replaced if it exists.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
        InvariantBroken: a table contradicts itself.
    """
    write_text(path, render_report(results))


def is_report(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a report."""
    return b'<meta name="generator" content="Skontro report">' in head


def render_report(results: Results) -> str:
    """The report as text; see `write_report`."""
    summary = summarise(results)
    return render_page(
        "page.html.j2",
        summary=summary,
        period=period(summary.dates),
        key_figures=key_figures(summary),
        sections=_sections(results, summary),
        method_tables=(period_tables.rate_table(summary),),
    )


def render_page(template: str, *, method_tables: tuple[Table, ...] = (), **content: object) -> str:
    """A page from one of the templates here, with styles and scripts inside it."""
    script = _resource("page.js")
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(_resource("page.css")),
            script=Markup(script),
            script_hash=_hash(script),
            hatchings=hatchings(),
            widths=WIDTHS,
            version=__version__,
            method_tables=method_tables,
            **content,
        )
    )


def render_part(template: str, **content: object) -> str:
    """A part of a notebook from one of the templates here, with the styles for it."""
    style = Markup(_resource("notebook.css").strip())
    return _environment().get_template(template).render(style=style, **content)


def _sections(results: Results, summary: Summary) -> tuple[Section, ...]:
    colours = CurrencyColours.of(summary)
    timeline = day_timeline(results)
    countries = tuple(
        sorted(
            country.alpha3
            for country in {
                country
                for shares in summary.layers
                for corridor in shares.corridors
                for country in (corridor.payer_country, corridor.payee_country)
            }
        )
    )
    by_day = day_plot(summary)
    return (
        Section(
            name="corridors-section",
            title="National-currency share by corridor",
            note=_share_note(summary),
            plots=tuple(
                corridor_plot(shares, countries, summary.account_currency)
                for shares in summary.layers
            ),
            tables=(period_tables.share_table(summary),),
        ),
        Section(
            name="currencies-section",
            title="Currencies",
            note="",
            plots=(currency_plot(summary, colours.ranked), *((by_day,) if by_day else ())),
            tables=(period_tables.currency_table(summary),),
        ),
        Section(
            name="day-section",
            title="The business day" if len(summary.dates) == 1 else "The business days",
            note="",
            plots=(
                settlement_plot(results, timeline),
                *queue_plots(results, timeline, colours),
            ),
            tables=settlement_tables.mechanism_tables(results),
        ),
        Section(
            name="liquidity-section",
            title="Liquidity",
            note="",
            plots=(liquidity_plot(summary),),
            tables=(settlement_tables.liquidity_table(summary),),
        ),
        Section(
            name="delay-section",
            title="Delay",
            note="",
            plots=(delay_plot(summary, delays(results)),),
            tables=(settlement_tables.delay_table(summary),),
        ),
        Section(
            name="detail-section",
            title="In detail",
            note="",
            plots=(),
            tables=(
                period_tables.corridor_table(summary),
                settlement_tables.returned_table(results),
            ),
        ),
    )


def _share_note(summary: Summary) -> str:
    notes = [group_words(summary.group), _domestic_note(summary), lifted_by_returns(summary.credit)]
    return " ".join(note for note in notes if note)


def _domestic_note(summary: Summary) -> str:
    if summary.instruction.total.orders == summary.instruction.cross_border.orders:
        return ""
    instruction, interbank = (
        both_shares(shares.cross_border.by_corridor.share, shares.cross_border.by_member.share)
        for shares in (summary.instruction, summary.interbank)
    )
    return (
        "Orders inside one country are included; without them the share is "
        f"{instruction} at the instruction layer and {interbank} at the interbank layer."
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    return environment


def _breakable(text: str) -> Markup:
    """A cell in which a long code may break after its hyphens."""
    if _CODE.fullmatch(text):
        return Markup("-<wbr>").join(text.split("-"))
    return Markup("") + text


def _resource(name: str) -> str:
    return files(_HERE).joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """A script's hash for the content security policy: a browser runs only this script."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
