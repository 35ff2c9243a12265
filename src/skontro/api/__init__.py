"""The functions of the public Python API, loaded by ``import skontro``."""

from skontro.api.plots import draw_in_notebooks

draw_in_notebooks()
