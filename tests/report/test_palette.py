"""The colours of a report: contrast on light and dark pages, shades that grey paper keeps."""

import itertools
import re
from importlib.resources import files
from typing import Final

import pytest

from skontro.report.drawing.heat_map import SHADES
from skontro.report.palette import SERIES

_CSS: Final = files("skontro.report").joinpath("page.css").read_text(encoding="utf-8")
#: Least contrasts of WCAG 2.2 AA: of text, and of marks to what lies beside them.
_TEXT, _MARK = 4.5, 3.0


def variables(scheme: str) -> dict[str, str]:
    """The colours of a scheme, by name; a dark page keeps what it does not replace."""
    blocks = re.findall(r":root \{(.*?)\}", _CSS, re.S)
    light, dark = (dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", text)) for text in blocks[:2])
    return light if scheme == "light" else light | dark


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2 defines it."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_have_contrast(scheme: str) -> None:
    colours = variables(scheme)
    for text, ground in itertools.product(["ink", "quiet", "accent"], ["page", "card", "hover"]):
        assert contrast(colours[text], colours[ground]) >= _TEXT, (text, ground)
    for name in [*SERIES, "series-others", "mark", "mark-light", "mark-quiet", "mark-warm", "ink"]:
        assert contrast(colours[name], colours["card"]) >= _MARK, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_can_be_read_on_every_shade(scheme: str) -> None:
    colours = variables(scheme)
    for shade in range(SHADES):
        rule = re.search(rf"\.c-shade-{shade} \{{.*?--on-shade: var\(--([a-z-]+)\)", _CSS)
        assert rule
        assert contrast(colours[rule[1]], colours[f"shade-{shade}"]) >= _TEXT, shade


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shades_keep_their_order_without_colour(scheme: str) -> None:
    colours = variables(scheme)
    greys = [luminance(colours[f"shade-{shade}"]) for shade in range(SHADES)]
    assert greys == sorted(greys, reverse=scheme == "light")
    assert all(contrast(colours[f"shade-{n}"], colours[f"shade-{n + 1}"]) > 1.1
               for n in range(SHADES - 1))  # fmt: skip


def test_a_dark_page_replaces_every_colour() -> None:
    light, dark = variables("light"), variables("dark")
    same = {name for name in light if light[name] == dark[name]}
    assert same == set()


def test_paper_is_light_whatever_the_screen_is() -> None:
    assert "@media screen and (prefers-color-scheme: dark)" in _CSS
    assert _CSS.count("prefers-color-scheme") == 1
