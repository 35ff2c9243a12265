"""The report of a settled period: one HTML file, readable without any outside host."""

from skontro.simulation.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
