"""The report of a settled period: one HTML file, readable without any outside host."""

from skontro.report.page import is_report, render_report, write_report

__all__ = ["is_report", "render_report", "write_report"]
